"""What a merchant decides about the connection; everything has a default that is safe."""

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct


class ReportMode(StrEnum):
    """How the store's facts reach the hub."""

    # R6 and R7: Faturado, then Despachado.
    IN_STEPS = "in_steps"
    # R8: Entrega informada, once, with invoice and dispatch.
    AT_ONCE = "at_once"


# A tenth of the price at least, ten times it at most: beyond that a figure is a slip of the hand.
LEAST_PERCENT, MOST_PERCENT = Decimal(-90), Decimal(900)
# More channels than any merchant sells in; each table is sent with every product.
MOST_PRICE_TABLES = 20
# Codes that a merchant gave up are remembered, the newest of them, to be taken away in the hub.
MOST_DROPPED_TABLES = 100
LONGEST_TABLE_CODE = 60
LONGEST_TABLE_LABEL = 100
# As fine as prices: the hub's own rounding of percentages is not known.
MOST_PERCENT_PLACES = 2


class PriceTableRule(Struct, frozen=True):
    """What a channel pays that asks for the prices of `code`: so many per cent more than elsewhere,
    or less where it is negative. Raises `ValueError`."""

    code: str
    label: str
    percent: Decimal

    def __post_init__(self) -> None:
        """Refuse what the hub would show otherwise than it was sent, or what nobody can mean."""
        _check_words("code", self.code, LONGEST_TABLE_CODE)
        _check_words("label", self.label, LONGEST_TABLE_LABEL)
        if not self.percent.is_finite() or not LEAST_PERCENT <= self.percent <= MOST_PERCENT:
            raise ValueError(f"percent: between {LEAST_PERCENT} and {MOST_PERCENT}")
        # Not by its value: written out, a zero of a billion places would fill the memory.
        if int(self.percent.as_tuple().exponent) < -MOST_PERCENT_PLACES:
            raise ValueError(f"percent: {MOST_PERCENT_PLACES} places at most")


def _check_words(what: str, words: str, longest: int) -> None:
    if not 0 < len(words) <= longest or not words.isprintable() or words != words.strip():
        raise ValueError(f"{what}: 1 to {longest} printable characters, no space around them")


class MerchantRules(Struct, frozen=True):
    """The rules of one connection, stored as a JSON object."""

    report_mode: ReportMode = ReportMode.IN_STEPS
    # Reais by which an order's parts may miss its total. Five cents cover what marketplaces' own
    # rounding of instalments and discounts produces in the Olist sample.
    order_tolerance: Decimal = Decimal("0.05")
    # Prices of single channels, by the code of the hub's price table.
    price_tables: tuple[PriceTableRule, ...] = ()
    # Codes of tables that were ours: to be taken away wherever a product still has one.
    dropped_tables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises `ValueError` for two tables of one code, or too many of them."""
        if len(self.price_tables) > MOST_PRICE_TABLES:
            raise ValueError(f"price_tables: {MOST_PRICE_TABLES} at most")
        if len({table.code for table in self.price_tables}) < len(self.price_tables):
            raise ValueError("price_tables: each code once")


def remember_dropped(before: MerchantRules, after: MerchantRules) -> MerchantRules:
    """`after`, which remembers the tables that `before` had: else nobody would take them away."""
    kept = {table.code for table in after.price_tables}
    known = (*before.dropped_tables, *(table.code for table in before.price_tables))
    dropped = [code for code in dict.fromkeys(known) if code not in kept]
    return msgspec.structs.replace(after, dropped_tables=tuple(dropped[-MOST_DROPPED_TABLES:]))
