"""What other rules would change of a family, counted and with examples, before they are saved.

Pure, and drafted by the same code as a pull, so that what is shown is what would be sent. Counts
are of families; an example is one field of one SKU, before and after.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct

from ponte.domain.applying_rules import LeftOut, applier
from ponte.domain.catalogue import StoreProduct
from ponte.domain.channel_prices import with_tables
from ponte.domain.families import (
    FamilyDraft,
    draft_family,
    encode_content,
    plain_number,
)
from ponte.domain.hub_body import DimensionBody
from ponte.domain.price_tables import NoTable, PercentTable, PriceTable
from ponte.domain.problems import Problem
from ponte.domain.rules import MerchantRules, remember_dropped
from ponte.domain.unmet_entries import UnmetEntries, UnmetEntry

# Of each field; enough to see what a rule does, few enough to read.
EXAMPLES_OF_A_FIELD = 8
# What a discount makes of a price that it would use up: the merchant should know of these.
_LOWEST_PRICE = "0.01"
# A page shows a few dozen names; the longest known has 300 characters.
_SHOWN_NAME = 120


class Field(StrEnum):
    """What an example is about."""

    # Begins to go, or goes no more: "before" and "after" are the reason it is left out, or None.
    GOES = "goes"
    STOCK = "stock"
    PRICE = "price"
    SPECIAL_PRICE = "special_price"
    # What a channel pays, with the code of its price table in front: "ml: 12.90" or "ml: +10 %".
    CHANNEL_PRICE = "channel_price"
    BRAND = "brand"
    WARRANTY_MONTHS = "warranty_months"
    WARRANTY_MESSAGE = "warranty_message"
    HANDLING_DAYS = "handling_days"
    WEIGHT = "weight"
    # A product that the store removed: what becomes of it.
    REMOVED = "removed"


class Example(Struct, frozen=True):
    """One field of one SKU; numbers are written with a point, amounts with two places."""

    sku: str
    name: str
    field: Field
    before: str | None
    after: str | None


class Effect(Struct):
    """What the candidate rules would change. Counts are of families, unless said otherwise."""

    families: int = 0
    unchanged: int = 0
    stock: int = 0
    price: int = 0
    content: int = 0
    # Would go, and do not now; go now, and would not.
    starts: int = 0
    stops: int = 0
    # Of those whose stock changes: nothing could be sold any more of what can be now.
    sold_out: int = 0
    # Of those whose price changes: it would be one cent.
    at_lowest_price: int = 0
    # Removed by the store, still known here, and treated otherwise.
    removed: int = 0
    # Orders that are tried again, and reports that are looked at again.
    orders: int = 0
    reports: int = 0
    examples: list[Example] = msgspec.field(default_factory=list)
    # What stands in a list of what goes, and no product has; told when all of them were seen.
    unmet: list[UnmetEntry] = msgspec.field(default_factory=list)

    @property
    def changes_something(self) -> bool:
        """Whether a save would do anything that can be told beforehand."""
        return self.unchanged < self.families or any((self.removed, self.orders, self.reports))


class Comparing:
    """Compares families under two sets of rules; `effect` is what came of it so far."""

    def __init__(self, before: MerchantRules, after: MerchantRules) -> None:
        self._before = before
        self._after = remember_dropped(before, after)
        self._changes_tables = before.price_tables != after.price_tables
        self._apply_before = applier(before)
        self._apply_after = applier(after)
        self._shown: Counter[Field] = Counter()
        self._unmet = UnmetEntries(after)
        self.effect = Effect()

    def add(self, product: StoreProduct) -> None:
        """One family, as the store shows it."""
        effect = self.effect
        effect.families += 1
        self._unmet.add(product)
        before, after = self._apply_before(product), self._apply_after(product)
        is_same = before == after and not self._changes_tables
        if is_same or (isinstance(before, LeftOut) and isinstance(after, LeftOut)):
            effect.unchanged += 1
        elif isinstance(after, LeftOut):
            effect.stops += 1
            self._show(product.sku, product.name, Field.GOES, None, after)
        elif isinstance(before, LeftOut):
            effect.starts += 1
            self._show(product.sku, product.name, Field.GOES, before, None)
        else:
            self._compare(_draft(before, self._before), _draft(after, self._after))

    def add_removed(self, sku: str) -> None:
        """One that the store removed, and of which the hub may have something."""
        self.effect.removed += 1
        self._show(sku, "", Field.REMOVED, self._before.removed, self._after.removed)

    def end(self) -> None:
        """That was the whole catalogue."""
        self.effect.unmet = self._unmet.left()

    def _compare(self, before: object, after: object) -> None:
        effect = self.effect
        if not isinstance(before, FamilyDraft) or not isinstance(after, FamilyDraft):
            # It has no usable SKU, whatever the rules.
            effect.unchanged += 1
            return
        stock = before.stock != after.stock
        price = (before.price, before.tables) != (after.price, after.tables)
        content = encode_content(before.content) != encode_content(after.content)
        effect.stock += stock
        effect.price += price
        effect.content += content
        effect.unchanged += not (stock or price or content)
        effect.sold_out += stock and any(before.stock.values()) and not any(after.stock.values())
        effect.at_lowest_price += price and any(
            pair[0] == _LOWEST_PRICE != before.price[sku][0] for sku, pair in after.price.items()
        )
        name = after.content.name or ""
        seen: set[Field] = set()
        for sku, field, old, new in _differences(before, after):
            # One SKU of a family is enough of an example.
            if field not in seen:
                seen.add(field)
                self._show(sku, name, field, old, new)

    def _show(
        self, sku: str, name: str, field: Field, before: str | None, after: str | None
    ) -> None:
        if self._shown[field] < EXAMPLES_OF_A_FIELD:
            self._shown[field] += 1
            self.effect.examples.append(Example(sku, name[:_SHOWN_NAME], field, before, after))


def _draft(product: StoreProduct, rules: MerchantRules) -> FamilyDraft | Problem:
    draft = draft_family(product)
    return with_tables(draft, rules) if isinstance(draft, FamilyDraft) else draft


def _differences(
    before: FamilyDraft, after: FamilyDraft
) -> Iterator[tuple[str, Field, str | None, str | None]]:
    for sku, pieces in after.stock.items():
        if before.stock.get(sku) != pieces:
            yield sku, Field.STOCK, str(before.stock.get(sku, 0)), str(pieces)
    for sku, (price, special) in after.price.items():
        old_price, old_special = before.price.get(sku, (None, None))
        if old_price != price:
            yield sku, Field.PRICE, old_price, price
        if old_special != special:
            yield sku, Field.SPECIAL_PRICE, old_special, special
    tables = {table.code: table for table in before.tables}
    for table in after.tables:
        known = tables.get(table.code, NoTable(table.code))
        if known != table:
            yield after.sku, Field.CHANNEL_PRICE, _table_text(known), _table_text(table)
    old, new = before.content, after.content
    pairs = (
        (Field.BRAND, old.brand, new.brand),
        (Field.WARRANTY_MONTHS, _text(old.warranty_time), _text(new.warranty_time)),
        (Field.WARRANTY_MESSAGE, old.warranty_message, new.warranty_message),
        (Field.HANDLING_DAYS, _text(old.handling_time), _text(new.handling_time)),
        (Field.WEIGHT, _weight(before), _weight(after)),
    )
    for field, was, becomes in pairs:
        if was != becomes:
            yield after.sku, field, was, becomes


def _weight(draft: FamilyDraft) -> str | None:
    size = draft.content.dimension
    return _text(size.weight) if isinstance(size, DimensionBody) else None


def _table_text(table: PriceTable) -> str | None:
    if isinstance(table, NoTable):
        return None
    if isinstance(table, PercentTable):
        return f"{table.code}: {Decimal(table.percent):+f} %"
    return f"{table.code}: {table.price}"


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain_number(number)
