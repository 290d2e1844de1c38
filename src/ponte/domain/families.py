"""From what the store says to what the hub should have: three facets of a family.

A *family* is a simple product, or a parent with its variations; it is the unit of the catalogue
loop. Its desired state has three facets with three clocks (R3): *stock* and *price* per SKU, and
*content*, everything else. Facets are kept in one canonical spelling, so that "nothing changed" is
a comparison of bytes and never costs a call.

A defect never blocks more than its own family: what the hub can hold is sent and the defect is a
warning; only a family without a usable SKU is held back.
"""

from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from stdnum import ean as ean_number

from ponte.domain.catalogue import Attribute as StoreAttribute
from ponte.domain.catalogue import Dimensions, Photo, StoreProduct, StoreVariation
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.skus import hub_sku

# EAN-8, UPC-A, EAN-13 and the case code GTIN-14.
_EAN_LENGTHS = frozenset({8, 12, 13, 14})
CENTS = Decimal("0.01")
_DIMENSION_FIELDS = (
    "dimension.length",
    "dimension.width",
    "dimension.height",
    "dimension.weight",
)
# Hub fields that are numbers; they are compared as numbers and sent as numbers.
NUMERIC_FIELDS = frozenset(
    {
        "warranty_time",
        "handling_time",
        "cost",
        *_DIMENSION_FIELDS,
    }
)

# SKU -> pieces, never negative.
Stock = dict[str, int]
# SKU -> (price, special price or None), reais with two places as text.
Prices = dict[str, tuple[str, str | None]]


class OfferContent(Struct, frozen=True):
    """The content of one SKU. `fields` by the hub's names; None clears a field."""

    fields: dict[str, str | None]
    # (code, label, value code, value)
    attributes: tuple[tuple[str, str, str, str], ...] = ()
    # (address, title), in the gallery's order
    photos: tuple[tuple[str, str], ...] = ()


class FamilyContent(Struct, frozen=True):
    """The content facet: the parent's own, its categories, and each variation's."""

    own: OfferContent
    categories: tuple[str, ...] = ()
    variations: dict[str, OfferContent] = {}


class FamilyDraft(Struct, frozen=True):
    """What the hub should have of one family, and what is wrong with it."""

    key: str
    sku: str
    stock: Stock
    price: Prices
    content: FamilyContent
    # The store's spelling of every SKU of the family, by the hub's.
    store_skus: dict[str, str]
    warnings: tuple[Problem, ...] = ()


_canonical = msgspec.json.Encoder(order="sorted")
_content_decoder = msgspec.json.Decoder(FamilyContent)
_stock_decoder = msgspec.json.Decoder(Stock)
_price_decoder = msgspec.json.Decoder(Prices)

# The content facet of a family that the store removed or unpublished: stock zero, available 0.
RETIRED = b"retired\0\0\0\0\0\0\0\0\0"


def encode_facet(facet: Stock | Prices | Struct) -> bytes:
    """The canonical bytes of a facet: equal facets have equal bytes."""
    return _canonical.encode(facet)


def decode_stock(raw: bytes | str) -> Stock:
    """The stock facet from its canonical bytes."""
    return _stock_decoder.decode(raw)


def decode_prices(raw: bytes | str) -> Prices:
    """The price facet from its canonical bytes."""
    return _price_decoder.decode(raw)


def decode_content(raw: bytes | str) -> FamilyContent:
    """The content facet from its canonical bytes."""
    return _content_decoder.decode(raw)


def content_hash(encoded: bytes) -> bytes:
    """16 bytes that stand for a content facet in the ledger."""
    return blake2b(encoded, digest_size=16).digest()


def money(amount: Decimal) -> str:
    """Reais as the ledger and the wire spell them: two places, and no "-0.00"."""
    return str(amount.quantize(CENTS, rounding=ROUND_HALF_UP) + 0)


def draft_family(product: StoreProduct) -> FamilyDraft | Problem:
    """What the hub should have of `product`, or the problem that keeps it from being sent (R4)."""
    sku = hub_sku(product.sku)
    if not sku:
        return Problem(ProblemCode.NO_SKU, product.name[:80])
    warnings: dict[Problem, None] = {}
    store_skus = {sku: product.sku}
    price: Prices = {sku: _price_pair(product.price, product.special_price)}
    variations: dict[str, OfferContent] = {}
    stock: Stock = {}
    for variation in product.variations:
        member = hub_sku(variation.sku)
        if not member:
            warnings[Problem(ProblemCode.NO_SKU, (variation.name or product.name)[:80])] = None
            continue
        if member in store_skus:
            warnings[Problem(ProblemCode.DUPLICATE_SKU, member)] = None
            continue
        store_skus[member] = variation.sku
        stock[member] = max(0, variation.stock)
        price[member] = _price_pair(variation.price, variation.special_price)
        variations[member] = _variation_content(variation)
        if not _valid_ean(variation.ean):
            warnings[Problem(ProblemCode.NO_EAN)] = None
    if not variations:
        stock = {sku: max(0, product.stock)}
        if not _valid_ean(product.ean):
            warnings[Problem(ProblemCode.NO_EAN)] = None
    for problem in _publishing_doubts(product, price):
        warnings[problem] = None
    return FamilyDraft(
        key=product.key,
        sku=sku,
        stock=stock,
        price=price,
        content=_family_content(product, variations),
        store_skus=store_skus,
        warnings=tuple(warnings),
    )


def without_skus(draft: FamilyDraft, contested: Collection[str]) -> FamilyDraft:
    """The family without variations whose SKUs another family owns."""

    def kept(facet: dict[str, Any]) -> dict[str, Any]:
        return {sku: value for sku, value in facet.items() if sku not in contested}

    content = msgspec.structs.replace(draft.content, variations=kept(draft.content.variations))
    return msgspec.structs.replace(
        draft,
        stock=kept(draft.stock),
        price=kept(draft.price),
        store_skus=kept(draft.store_skus),
        content=content,
    )


def _family_content(product: StoreProduct, variations: dict[str, OfferContent]) -> FamilyContent:
    fields: dict[str, str | None] = {
        "name": product.name,
        "external": product.key,
        "ean": product.ean,
        "ncm": product.ncm,
        "brand": product.brand,
        "model": product.model,
        "description": product.description,
        "short_description": product.short_description,
        "warranty_time": _number(product.warranty_months),
        "warranty_message": product.warranty_message,
        "handling_time": _number(product.handling_days),
        "cost": None if product.cost is None else money(product.cost),
        "link": product.link,
        # What the store does not know any more is cleared (R4).
        **dict.fromkeys(_DIMENSION_FIELDS),
        **_dimension_fields(product.dimensions),
    }
    return FamilyContent(
        own=OfferContent(
            fields=_blank_as_none(fields),
            attributes=_attributes(product.attributes),
            photos=_photos(product.photos),
        ),
        categories=tuple(
            dict.fromkeys(path.strip() for path in product.categories if path.strip())
        ),
        variations=variations,
    )


def _variation_content(variation: StoreVariation) -> OfferContent:
    fields: dict[str, str | None] = {
        "name": variation.name,
        "external": variation.sku,
        "ean": variation.ean,
    }
    if variation.dimensions is not None:
        fields |= _dimension_fields(variation.dimensions)
    return OfferContent(
        fields=_blank_as_none(fields),
        attributes=_attributes(variation.attributes),
        photos=_photos(variation.photos),
    )


def _attributes(attributes: tuple[StoreAttribute, ...]) -> tuple[tuple[str, str, str, str], ...]:
    """One per code, stripped: readers of the hub's answers strip, and would see a difference."""
    by_code = {}
    for attribute in attributes:
        code = attribute.code.strip() or attribute.label.strip()
        if code:
            value_code, value = attribute.value_code.strip(), attribute.value.strip()
            by_code[code] = (code, attribute.label.strip(), value_code, value)
    return tuple(by_code.values())


def _photos(photos: tuple[Photo, ...]) -> tuple[tuple[str, str], ...]:
    """One per address, in the gallery's order, stripped like everything that is compared."""
    titles: dict[str, str] = {}
    for photo in sorted(photos, key=lambda photo: photo.position):
        if photo.url.strip():
            titles.setdefault(photo.url.strip(), photo.title.strip())
    return tuple(titles.items())


def _dimension_fields(dimensions: Dimensions | None) -> dict[str, str | None]:
    if dimensions is None:
        return {}
    return {
        "dimension.length": _number(dimensions.length_cm),
        "dimension.width": _number(dimensions.width_cm),
        "dimension.height": _number(dimensions.height_cm),
        "dimension.weight": _number(dimensions.weight_kg),
    }


def _publishing_doubts(product: StoreProduct, price: Prices) -> list[Problem]:
    """What a channel would not publish; the hub holds it all the same."""
    doubts = []
    if any(Decimal(pair[0]) <= 0 for pair in price.values()):
        doubts.append(Problem(ProblemCode.NO_PRICE))
    size = product.dimensions
    if size is None or min(size.length_cm, size.width_cm, size.height_cm, size.weight_kg) <= 0:
        doubts.append(Problem(ProblemCode.NO_WEIGHT))
    if not any(path.strip() for path in product.categories):
        doubts.append(Problem(ProblemCode.NO_CATEGORY))
    return doubts


def _price_pair(price: Decimal, special: Decimal | None) -> tuple[str, str | None]:
    promotion = None if special is None else money(max(special, Decimal(0)))
    return money(max(price, Decimal(0))), None if promotion == "0.00" else promotion


def _number(value: Decimal | int | None) -> str | None:
    return None if value is None else plain_number(Decimal(value))


def plain_number(value: Decimal) -> str:
    """A number without trailing zeros or exponent: 10.00 and 1E+1 are both "10"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _blank_as_none(fields: dict[str, str | None]) -> dict[str, str | None]:
    return {name: (value.strip() or None) if value else None for name, value in fields.items()}


def _valid_ean(code: str | None) -> bool:
    # Only the check digit is the library's: its cleaning of odd spellings costs a twentieth of an
    # export, and a code that needs it is not what a channel wants to see.
    return (
        code is not None
        and len(code) in _EAN_LENGTHS
        and code.isascii()
        and code.isdecimal()
        and ean_number.calc_check_digit(code[:-1]) == code[-1]
    )
