"""Reading what a store that follows the contract answers, item by item.

A page is read in two steps: the envelope first, each item by itself after, so that one product with
a price of "grátis" becomes a pendência of its own and the page goes on. What does not fit the types
is tried once more leniently ("5" for 5) and then reported by the path of the fault, never by its
value. A family with four variations costs some 25 µs to read (2-core machine, one core).
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar, overload

import msgspec
from msgspec import Raw, Struct

from ponte.domain.catalogue import (
    Attribute,
    ChangePage,
    Dimensions,
    Photo,
    ProductChange,
    StoreProduct,
    StoreVariation,
)
from ponte.domain.failures import Transient
from ponte.domain.readings import count, mapping, money, number, text, whole
from ponte.http.exchange import NotJson, decode_json

_T = TypeVar("_T")

# The contract knows kilograms and grams.
KILOGRAMS = {"kg": Decimal(1), "g": Decimal("0.001")}

_GRAM = Decimal("0.001")

# What msgspec may raise on bytes that others wrote.
_UNREADABLE = (ValueError, RecursionError)

# PostgreSQL cannot store NUL; in JSON it can only be written so.
_NUL = b"\\u0000"


class WireFault(ValueError):
    """A field is not as the contract says; the text names the field, not its value."""


class _Dimensions(Struct):
    length_cm: str
    width_cm: str
    height_cm: str
    weight: str


class _Variation(Struct):
    sku: str
    price: str
    stock: int
    special_price: str | None = None
    name: str | None = None
    ean: str | None = None
    attributes: tuple[Attribute, ...] = ()
    photos: tuple[Photo, ...] = ()
    dimensions: _Dimensions | None = None


class _Product(Struct):
    id: str
    sku: str
    name: str
    published: bool
    price: str
    stock: int
    special_price: str | None = None
    ean: str | None = None
    ncm: str | None = None
    brand: str | None = None
    model: str | None = None
    description: str | None = None
    short_description: str | None = None
    warranty_months: int | None = None
    warranty_message: str | None = None
    handling_days: int | None = None
    cost: str | None = None
    link: str | None = None
    dimensions: _Dimensions | None = None
    categories: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    photos: tuple[Photo, ...] = ()
    variations: list[_Variation] = []


class _Change(Struct):
    sequence: int
    id: str
    deleted: bool
    product: _Product | None = None


class _ChangePage(Struct):
    items: list[Raw]
    next_after: int
    has_more: bool
    head: int | None = None


class _Batch(Struct):
    products: list[Raw]


_PAGE = msgspec.json.Decoder(_ChangePage)
_BATCH = msgspec.json.Decoder(_Batch)
_STRICT_CHANGE = msgspec.json.Decoder(_Change)
_LENIENT_CHANGE = msgspec.json.Decoder(_Change, strict=False)
_STRICT_PRODUCT = msgspec.json.Decoder(_Product)
_LENIENT_PRODUCT = msgspec.json.Decoder(_Product, strict=False)


class _Changes(Sequence[ProductChange]):
    """Read one at a time, and not kept: a page at once would not fit a processor's caches."""

    def __init__(self, items: list[Raw], kilograms: Decimal, next_after: int) -> None:
        self._items = items
        self._kilograms = kilograms
        self._next_after = next_after

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> ProductChange: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ProductChange]: ...
    def __getitem__(self, place: int | slice) -> ProductChange | Sequence[ProductChange]:
        if isinstance(place, slice):
            return _Changes(self._items[place], self._kilograms, self._next_after)
        return _read_change(self._items[place], self._kilograms, self._next_after)


def read_change_page(call: str, body: bytes, after: int, kilograms: Decimal) -> ChangePage:
    """A page of the change feed; `kilograms` is one unit of the store's weight.

    Raises `Transient` where the page itself is malformed or would not advance from `after`.
    """
    try:
        page = _PAGE.decode(body)
    except _UNREADABLE as error:
        raise Transient(f"{call}: the page is malformed ({fault_of(error)})") from error
    check_advance(call, after, page.next_after, page.has_more)
    return ChangePage(
        _Changes(page.items, kilograms, page.next_after) if page.items else (),
        page.next_after,
        page.has_more,
        page.head,
    )


def check_advance(call: str, after: int, next_after: int, has_more: bool) -> None:
    """A feed that goes back, or stands still and has more, would be read for ever."""
    if next_after < after or (has_more and next_after == after):
        raise Transient(f"{call}: the feed does not advance ({after} to {next_after})")


def read_products(call: str, body: bytes, kilograms: Decimal) -> tuple[StoreProduct, ...]:
    """The products of a batch; one that cannot be read is left out as if unknown."""
    try:
        batch = _BATCH.decode(body)
    except _UNREADABLE as error:
        raise Transient(f"{call}: the answer is malformed ({fault_of(error)})") from error
    products = []
    for item in batch.products:
        try:
            wire = _typed(item, _STRICT_PRODUCT, _LENIENT_PRODUCT)
            products.append(_product(wire, wire.id, kilograms))
        except _UNREADABLE:
            # The change feed shows the same family, and there it becomes a pendência.
            continue
    return tuple(products)


def fault_of(error: BaseException) -> str:
    """What is wrong in words without values: msgspec names types and paths only."""
    if isinstance(error, (msgspec.MsgspecError, WireFault)):
        return str(error)
    return type(error).__name__


def _typed(
    item: Raw, strict: "msgspec.json.Decoder[_T]", lenient: "msgspec.json.Decoder[_T]"
) -> _T:
    raw = bytes(item)
    if _NUL in raw:
        raw = raw.replace(_NUL, b"")
    try:
        return strict.decode(raw)
    except msgspec.ValidationError:
        return lenient.decode(raw)


def _read_change(item: Raw, kilograms: Decimal, next_after: int) -> ProductChange:
    try:
        change = _typed(item, _STRICT_CHANGE, _LENIENT_CHANGE)
        if change.deleted:
            return ProductChange(change.sequence, change.id)
        if change.product is None:
            raise WireFault("neither deleted nor shown - at `$.product`")
        product = _product(change.product, change.id, kilograms)
    except _UNREADABLE as error:
        return _unreadable_change(item, next_after, fault_of(error))
    return ProductChange(change.sequence, change.id, product)


def _unreadable_change(item: Raw, next_after: int, fault: str) -> ProductChange:
    """The change with what can still be told of it: key "" where not even the id is readable."""
    try:
        fields = mapping(decode_json(bytes(item)))
    except NotJson:
        fields = {}
    sequence = whole(fields.get("sequence"))
    return ProductChange(
        next_after if sequence is None else sequence,
        text(fields.get("id")) or "",
        unreadable=fault,
    )


def _product(wire: _Product, key: str, kilograms: Decimal) -> StoreProduct:
    return StoreProduct(
        key,
        wire.sku,
        wire.name,
        wire.published,
        _required_money(wire.price, "price"),
        _pieces(wire.stock),
        _optional_money(wire.special_price, "special_price"),
        wire.ean,
        wire.ncm,
        wire.brand,
        wire.model,
        wire.description or "",
        wire.short_description,
        count(wire.warranty_months),
        wire.warranty_message,
        count(wire.handling_days),
        _optional_money(wire.cost, "cost"),
        wire.link,
        _dimensions(wire.dimensions, kilograms),
        wire.categories,
        wire.attributes,
        wire.photos,
        tuple([_variation(variation, kilograms) for variation in wire.variations]),
    )


def _variation(wire: _Variation, kilograms: Decimal) -> StoreVariation:
    return StoreVariation(
        wire.sku,
        _pieces(wire.stock),
        _required_money(wire.price, "price"),
        _optional_money(wire.special_price, "special_price"),
        wire.name,
        wire.ean,
        wire.attributes,
        wire.photos,
        _dimensions(wire.dimensions, kilograms),
    )


def _pieces(stock: int) -> int:
    pieces = count(stock)
    if pieces is None:
        raise WireFault("not a number of pieces - at `$.stock`")
    return pieces


# Prices repeat: within a family, and in a catalogue that likes ",90".
@lru_cache(maxsize=8192)
def _required_money(written: str, field: str) -> Decimal:
    amount = money(written)
    if amount is None:
        raise WireFault(f"not an amount of money - at `$.{field}`")
    return amount


def _optional_money(written: str | None, field: str) -> Decimal | None:
    return None if written is None else _required_money(written, field)


@lru_cache(maxsize=8192)
def _measure(written: str, field: str) -> Decimal:
    measure = number(written)
    if measure is None:
        raise WireFault(f"not a number - at `$.dimensions.{field}`")
    return measure


def _dimensions(wire: _Dimensions | None, kilograms: Decimal) -> Dimensions | None:
    if wire is None:
        return None
    weight = _measure(wire.weight, "weight")
    if kilograms != 1:
        weight = (weight * kilograms).quantize(_GRAM)
    return Dimensions(
        _measure(wire.length_cm, "length_cm"),
        _measure(wire.width_cm, "width_cm"),
        _measure(wire.height_cm, "height_cm"),
        weight,
    )
