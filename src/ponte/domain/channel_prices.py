"""What the merchant's price rules of single channels come to for a family: its price tables.

An amount where one is right for everything that the family sells, else the percentage (see
`price_tables`). It is worked out from the price that the hub gets, and rounded like it, so that
what the merchant reads in the hub is what they would have typed; a percentage the hub rounds.
"""

from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

import msgspec

from ponte.domain.applying_rules import asked_price
from ponte.domain.families import FamilyDraft, Prices, money, plain_number
from ponte.domain.price_tables import AmountTable, NoTable, PercentTable, PriceTable, PriceTables
from ponte.domain.rules import MerchantRules, PriceRounding, PriceTableRule

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
    rounding = rules.price_rounding
    tables: list[PriceTable] = [_table(rule, rounding, common) for rule in rules.price_tables]
    tables += [NoTable(code) for code in rules.dropped_tables]
    return tuple(sorted(tables, key=attrgetter("code")))


def _table(
    rule: PriceTableRule, rounding: PriceRounding, common: tuple[str, str | None] | None
) -> PriceTable:
    # Nobody means to give away what has no price yet.
    if common is not None and common[0] != _NOTHING:
        price, special = amounts_in(rule.percent, rounding, common)
        return AmountTable(rule.code, rule.label, price, special)
    return PercentTable(rule.code, rule.label, plain_number(rule.percent))


# As in `families`: the amounts of a catalogue repeat.
@lru_cache(maxsize=8192)
def amounts_in(
    percent: Decimal, rounding: PriceRounding, pair: tuple[str, str | None]
) -> tuple[str, str | None]:
    """Price and special price, so many per cent higher; by the arithmetic of the price itself."""
    rule = MerchantRules(price_percent=percent, price_rounding=rounding)
    price, special = pair
    raised = money(asked_price(Decimal(price), rule))
    if special is None:
        return raised, None
    promotion = money(asked_price(Decimal(special), rule))
    # A promotion that the rounding made equal to the price is none.
    return raised, None if promotion == raised and special != price else promotion
