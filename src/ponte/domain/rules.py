"""What a merchant decides about the connection; everything has a default that changes nothing.

Rules come from people and go over a whole catalogue: a markup of 1,000 % typed for 10 % would stand
in every marketplace within minutes. So whatever is out of its range is a fault of its field and is
not saved, and what differs between two sets of rules can be told, for the preview and the trail.
How they change a product is in `ponte.domain.applying_rules`.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.skus import hub_sku


class ReportMode(StrEnum):
    """How the store's facts reach the hub."""

    # R6 and R7: Faturado, then Despachado.
    IN_STEPS = "in_steps"
    # R8: Entrega informada, once, with invoice and dispatch.
    AT_ONCE = "at_once"


class PriceRounding(StrEnum):
    """Where a price ends: the nearest such amount."""

    NONE = "none"
    TEN_CENTS = "ten_cents"
    # 12,90 and 12,99, as shops write prices.
    NINETY = "ninety"
    NINETY_NINE = "ninety_nine"
    WHOLE = "whole"


class Unpublished(StrEnum):
    """What becomes of a product that the store keeps and does not show."""

    OFF_SALE = "off_sale"
    # Sent and kept up to date, with stock zero: it is there when it is published.
    WITHOUT_STOCK = "without_stock"
    # Sold in the channels only.
    AS_PUBLISHED = "as_published"


class Removed(StrEnum):
    """What becomes of a product that the store deleted."""

    OFF_SALE = "off_sale"
    DELETE = "delete"
    # Nothing is sent of it any more: what stands in the hub is somebody else's to care for.
    LEAVE = "leave"


class WeightUnit(StrEnum):
    """What the store's weights are. The contract says kilograms; some shops type grams."""

    KILOGRAMS = "kg"
    GRAMS = "g"


class Pausable(StrEnum):
    """The three loops as a merchant sees them; pull and push are both the catalogue."""

    CATALOGUE = "catalogue"
    ORDERS = "orders"
    REPORTS = "reports"


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
        if int(self.percent.as_tuple().exponent) < _CENT_EXPONENT:
            raise ValueError("percent: two places at most")


def _check_words(what: str, words: str, longest: int) -> None:
    if not 0 < len(words) <= longest or not words.isprintable() or words != words.strip():
        raise ValueError(f"{what}: 1 to {longest} printable characters, no space around them")


class MerchantRules(Struct, frozen=True):
    """The rules of one connection, stored as a JSON object."""

    report_mode: ReportMode = ReportMode.IN_STEPS
    # Reais by which an order's parts may miss its total. Five cents cover what marketplaces' own
    # rounding of instalments and discounts produces in the Olist sample.
    order_tolerance: Decimal = Decimal("0.05")
    # Kept back of each SKU's stock: so many pieces or so many per cent, whichever is more.
    reserve_units: int = 0
    reserve_percent: Decimal = Decimal(0)
    # No SKU is offered with more pieces.
    stock_ceiling: int | None = None
    # Markup (+) or discount (-): first the per cent, then the reais, then the rounding.
    price_percent: Decimal = Decimal(0)
    price_amount: Decimal = Decimal(0)
    price_rounding: PriceRounding = PriceRounding.NONE
    # What goes: in every list of those that are not empty, and in none of the second ones.
    # A category means those below it, too: "Moda" is "Moda > Camisetas" as well.
    only_categories: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()
    only_brands: tuple[str, ...] = ()
    except_brands: tuple[str, ...] = ()
    # A parent's SKU means the whole family, a variation's that variation.
    only_skus: tuple[str, ...] = ()
    except_skus: tuple[str, ...] = ()
    unpublished: Unpublished = Unpublished.OFF_SALE
    removed: Removed = Removed.OFF_SALE
    # Where the store leaves these blank.
    default_brand: str = ""
    default_warranty_months: int | None = None
    default_warranty_message: str = ""
    default_handling_days: int | None = None
    # What takes longer than this many days to hand over is offered with stock zero.
    longest_handling_days: int | None = None
    weight_unit: WeightUnit = WeightUnit.KILOGRAMS
    # Prices of single channels, by the code of the hub's price table: on top of the price rules.
    price_tables: tuple[PriceTableRule, ...] = ()
    # Codes of tables that were ours, to be taken away wherever a product still has one. It follows
    # from the changes of the rule above (`remember_dropped`), and is nobody's to set.
    dropped_tables: tuple[str, ...] = ()


# The rule that follows from others.
_FOLLOWING = "dropped_tables"
# They concern orders and reports; any other rule changes what the hub should have of products.
_NOT_OF_CATALOGUE = frozenset({"report_mode", "order_tolerance"})
# A mistyped point makes 1,250 % of 12,50 %: nobody sells for more than ten times the price, nor
# gives away more than nine tenths of it.
LEAST_PERCENT, MOST_PERCENT = Decimal(-90), Decimal(900)
# Reais; dearer corrections than this are no general rule.
MOST_AMOUNT = Decimal(10_000)
# An order that misses its total by more is wrong, whatever the merchant thinks.
MOST_TOLERANCE = Decimal(100)
# The hub's numbers of pieces are whole and small; a million stands for "as many as you like".
MOST_PIECES = 1_000_000
# Ten years of warranty, and a year until it is handed over.
MOST_MONTHS = 120
MOST_DAYS = 365
# Read with the connection at each wake-up, so they stay small; a longer list is a category.
MOST_NAMED = 2_000
# The longest category path and the longest SKU that stores have shown.
LONGEST_NAME = 300
LONGEST_MESSAGE = 500

# More channels than any merchant sells in; each table is sent with every product.
MOST_PRICE_TABLES = 20
# Codes that a merchant gave up are remembered, the newest of them, to be taken away in the hub.
MOST_DROPPED_TABLES = 100
LONGEST_TABLE_CODE = 60
LONGEST_TABLE_LABEL = 100

_LISTS = (
    ("only_categories", "except_categories"),
    ("only_brands", "except_brands"),
    ("only_skus", "except_skus"),
)
_WHOLE = {
    "reserve_units": MOST_PIECES,
    "stock_ceiling": MOST_PIECES,
    "default_warranty_months": MOST_MONTHS,
    "default_handling_days": MOST_DAYS,
    "longest_handling_days": MOST_DAYS,
}
_AMOUNTS = {
    "order_tolerance": (Decimal(0), MOST_TOLERANCE),
    "reserve_percent": (Decimal(0), Decimal(100)),
    "price_percent": (LEAST_PERCENT, MOST_PERCENT),
    "price_amount": (-MOST_AMOUNT, MOST_AMOUNT),
}
_TEXTS = {"default_brand": LONGEST_NAME, "default_warranty_message": LONGEST_MESSAGE}
_CENT_EXPONENT = -2


class FaultCode(StrEnum):
    """What is wrong with a field; the words for people are the panel's."""

    OUT_OF_RANGE = "out_of_range"
    TOO_MANY_PLACES = "too_many_places"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    UNWRITABLE = "unwritable"
    IN_BOTH_LISTS = "in_both_lists"
    TWICE = "twice"


class Fault(Struct, frozen=True):
    """One thing wrong with one field; `least` and `most` are its bounds, `named` what is wrong."""

    field: str
    code: FaultCode
    least: Decimal | None = None
    most: Decimal | None = None
    named: str = ""


class RuleChange(Struct, frozen=True):
    """One rule that is another one now, both in the spelling of JSON."""

    rule: str
    before: Any
    after: Any


def faults_of(rules: MerchantRules) -> tuple[Fault, ...]:
    """What keeps these rules from being saved, field by field."""
    return (
        *_number_faults(rules),
        *_text_faults(rules),
        *_list_faults(rules),
        *_table_faults(rules),
    )


def changes_of(before: MerchantRules, after: MerchantRules) -> tuple[RuleChange, ...]:
    """Which rules differ, in the order of the fields."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return tuple(
        RuleChange(name, old[name], new[name])
        for name in MerchantRules.__struct_fields__
        if name != _FOLLOWING and getattr(before, name) != getattr(after, name)
    )


def alters_catalogue(before: MerchantRules, after: MerchantRules) -> bool:
    """Whether the hub should have other products, prices or stocks under the new rules."""
    return any(change.rule not in _NOT_OF_CATALOGUE for change in changes_of(before, after))


def remember_dropped(before: MerchantRules, after: MerchantRules) -> MerchantRules:
    """`after`, which remembers the tables that `before` had: else nobody would take them away."""
    kept = {table.code for table in after.price_tables}
    known = (*before.dropped_tables, *(table.code for table in before.price_tables))
    dropped = [code for code in dict.fromkeys(known) if code not in kept]
    return msgspec.structs.replace(after, dropped_tables=tuple(dropped[-MOST_DROPPED_TABLES:]))


def _number_faults(rules: MerchantRules) -> Iterator[Fault]:
    for name, (least, most) in _AMOUNTS.items():
        amount: Decimal = getattr(rules, name)
        if not amount.is_finite() or not least <= amount <= most:
            yield Fault(name, FaultCode.OUT_OF_RANGE, least, most)
        elif int(amount.normalize().as_tuple().exponent) < _CENT_EXPONENT:
            yield Fault(name, FaultCode.TOO_MANY_PLACES, least, most)
    for name, highest in _WHOLE.items():
        number: int | None = getattr(rules, name)
        if number is not None and not 0 <= number <= highest:
            yield Fault(name, FaultCode.OUT_OF_RANGE, Decimal(0), Decimal(highest))


def _text_faults(rules: MerchantRules) -> Iterator[Fault]:
    for name, longest in _TEXTS.items():
        text: str = getattr(rules, name)
        if len(text) > longest:
            yield Fault(name, FaultCode.TOO_LONG, most=Decimal(longest))
        elif not _is_writable(text):
            yield Fault(name, FaultCode.UNWRITABLE)


def _list_faults(rules: MerchantRules) -> Iterator[Fault]:
    for pair in _LISTS:
        for name in pair:
            entries: tuple[str, ...] = getattr(rules, name)
            if len(entries) > MOST_NAMED:
                yield Fault(name, FaultCode.TOO_MANY, most=Decimal(MOST_NAMED))
            elif too_long := next((each for each in entries if len(each) > LONGEST_NAME), None):
                yield Fault(
                    name, FaultCode.TOO_LONG, most=Decimal(LONGEST_NAME), named=too_long[:40]
                )
            elif not all(each.strip() and _is_writable(each) for each in entries):
                yield Fault(name, FaultCode.UNWRITABLE)
        only, without = pair
        both = {_same(only, each) for each in getattr(rules, only)}.intersection(
            _same(without, each) for each in getattr(rules, without)
        )
        if both:
            yield Fault(without, FaultCode.IN_BOTH_LISTS, named=min(both)[:40])


def _table_faults(rules: MerchantRules) -> Iterator[Fault]:
    codes = [table.code for table in rules.price_tables]
    if len(codes) > MOST_PRICE_TABLES:
        yield Fault("price_tables", FaultCode.TOO_MANY, most=Decimal(MOST_PRICE_TABLES))
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        yield Fault("price_tables", FaultCode.TWICE, named=twice)


def _same(field: str, entry: str) -> str:
    return hub_sku(entry) if field.endswith("skus") else entry.strip().casefold()


def _is_writable(text: str) -> bool:
    """Neither the database nor the hub takes NUL, and half a surrogate is no text."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
