"""What the merchant's price rules of single channels come to for a family: its price tables.

An amount where one is right for everything that the family sells, else the percentage (see
`price_tables`). It is worked out from the price that the hub gets, and rounded like it, so that
what the merchant reads in the hub is what they would have typed.
"""

from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

import msgspec

from ponte.domain.families import FamilyDraft, Prices, money, plain_number
from ponte.domain.price_tables import AmountTable, NoTable, PercentTable, PriceTable, PriceTables
from ponte.domain.rules import MerchantRules, PriceTableRule

_WHOLE = Decimal(100)
_NOTHING = "0.00"


def with_tables(draft: FamilyDraft, rules: MerchantRules) -> FamilyDraft:
    """The draft with its price tables; itself where the merchant has no rules of that kind."""
    if not rules.price_tables and not rules.dropped_tables:
        return draft
    return msgspec.structs.replace(draft, tables=tables_of(draft.price, rules))


def tables_of(prices: Prices, rules: MerchantRules) -> PriceTables:
    """The tables of a family whose SKUs cost `prices`, in the order of their codes."""
    pairs = set(prices.values())
    common = pairs.pop() if len(pairs) == 1 else None
    tables: list[PriceTable] = [_table(rule, common) for rule in rules.price_tables]
    tables += [NoTable(code) for code in rules.dropped_tables]
    return tuple(sorted(tables, key=attrgetter("code")))


def _table(rule: PriceTableRule, common: tuple[str, str | None] | None) -> PriceTable:
    if common is not None:
        price, special = amounts_in(rule.percent, common)
        # Nobody means to give it away: neither a product without a price, nor cents rounded off.
        if price != _NOTHING:
            return AmountTable(rule.code, rule.label, price, special)
    return PercentTable(rule.code, rule.label, plain_number(rule.percent))


# As in `families`: the amounts of a catalogue repeat.
@lru_cache(maxsize=8192)
def amounts_in(percent: Decimal, pair: tuple[str, str | None]) -> tuple[str, str | None]:
    """Price and special price, so many per cent higher."""
    price, special = pair
    raised = None if special is None else _raised(special, percent)
    return _raised(price, percent), None if raised == _NOTHING else raised


def _raised(amount: str, percent: Decimal) -> str:
    return money(Decimal(amount) * (_WHOLE + percent) / _WHOLE)
