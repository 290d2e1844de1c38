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
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from ponte.domain.catalogue import Attribute as StoreAttribute
from ponte.domain.catalogue import Dimensions, Photo, StoreProduct, StoreVariation
from ponte.domain.hub_body import (
    AttributeBody,
    CategoryBody,
    DimensionBody,
    FamilyBody,
    OfferBody,
    PhotoBody,
    ValueBody,
)
from ponte.domain.price_tables import PriceTables, decode_tables, encode_tables
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.skus import hub_sku

# EAN-8, UPC-A, EAN-13 and the case code GTIN-14.
_EAN_LENGTHS = frozenset({8, 12, 13, 14})
CENTS = Decimal("0.01")
_NOTHING = "0.00"
_NO_SKU = ""
_WITHOUT_EAN = Problem(ProblemCode.NO_EAN)
# SKU -> pieces, never negative.
Stock = dict[str, int]
# SKU -> (price, special price or None), reais with two places as text.
Prices = dict[str, tuple[str, str | None]]


class FamilyDraft(Struct, frozen=True):
    """What the hub should have of one family, and what is wrong with it."""

    key: str
    sku: str
    stock: Stock
    price: Prices
    # Without stock and price: they are facets of their own.
    content: FamilyBody
    # The store's spelling of every SKU of the family, by the hub's.
    store_skus: dict[str, str]
    warnings: tuple[Problem, ...] = ()
    # What channels pay; part of the price's clock.
    tables: PriceTables = ()


_canonical = msgspec.json.Encoder(order="sorted")
_content_encoder = msgspec.json.Encoder(decimal_format="number")
_content_decoder = msgspec.json.Decoder(FamilyBody)
_stock_decoder = msgspec.json.Decoder(Stock)
_price_decoder = msgspec.json.Decoder(Prices)

# The content facet of a family that the store removed or unpublished: stock zero, available 0.
RETIRED = b"retired\0\0\0\0\0\0\0\0\0"


def encode_facet(facet: Stock | Prices) -> bytes:
    """The canonical bytes of a facet: equal facets have equal bytes."""
    return _canonical.encode(facet)


def encode_prices(prices: Prices, tables: PriceTables) -> bytes:
    """The canonical bytes of the price facet. Tables stand under the SKU that no product has, so
    that a family without any has the bytes it always had, and is not sent again."""
    if tables:
        prices = {_NO_SKU: (encode_tables(tables), None), **prices}
    return _canonical.encode(prices)


def encode_content(content: FamilyBody) -> bytes:
    """The canonical bytes of the content facet; its fields have one order."""
    return _content_encoder.encode(content)


def decode_stock(raw: bytes | str) -> Stock:
    """The stock facet from its canonical bytes."""
    return _stock_decoder.decode(raw)


def decode_prices(raw: bytes | str) -> Prices:
    """What each SKU costs, from the price facet's canonical bytes."""
    return decode_price_facet(raw)[0]


def decode_price_facet(raw: bytes | str) -> tuple[Prices, PriceTables]:
    """The price facet from its canonical bytes: what each SKU costs, and what channels pay."""
    prices = _price_decoder.decode(raw)
    packed = prices.pop(_NO_SKU, None)
    return prices, () if packed is None else decode_tables(packed[0])


def decode_content(raw: bytes | str) -> FamilyBody:
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
    variations: dict[str, OfferBody] = {}
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
        variations[member] = _variation_content(member, variation)
        if not is_ean(variation.ean):
            warnings[_WITHOUT_EAN] = None
    if not variations:
        stock = {sku: max(0, product.stock)}
        if not is_ean(product.ean):
            warnings[_WITHOUT_EAN] = None
    for problem in _publishing_doubts(product, price):
        warnings[problem] = None
    return FamilyDraft(
        key=product.key,
        sku=sku,
        stock=stock,
        price=price,
        content=_family_content(sku, product, variations),
        store_skus=store_skus,
        warnings=tuple(warnings),
    )


def without_skus(draft: FamilyDraft, contested: Collection[str]) -> FamilyDraft:
    """The family without variations whose SKUs another family owns."""

    def kept(facet: dict[str, Any]) -> dict[str, Any]:
        return {sku: value for sku, value in facet.items() if sku not in contested}

    content = msgspec.structs.replace(
        draft.content,
        variations=[each for each in draft.content.variations if each.sku not in contested],
    )
    return msgspec.structs.replace(
        draft,
        stock=kept(draft.stock),
        price=kept(draft.price),
        store_skus=kept(draft.store_skus),
        content=content,
    )


def _family_content(
    sku: str, product: StoreProduct, variations: dict[str, OfferBody]
) -> FamilyBody:
    return FamilyBody(
        sku=sku,
        name=_filled(product.name),
        external=_filled(product.key),
        ean=_filled(product.ean),
        ncm=_filled(product.ncm),
        brand=_filled(product.brand),
        model=_filled(product.model),
        description=_filled(product.description),
        short_description=_filled(product.short_description),
        warranty_time=_number(product.warranty_months),
        warranty_message=_filled(product.warranty_message),
        handling_time=_number(product.handling_days),
        cost=None if product.cost is None else Decimal(money(product.cost)),
        link=_filled(product.link),
        # What the store does not know any more is cleared (R4).
        dimension=_dimension(product.dimensions) or DimensionBody(None, None, None, None),
        attributes=_attributes(product.attributes),
        photos=_photos(product.photos),
        categories=[
            CategoryBody(path)
            for path in dict.fromkeys(path.strip() for path in product.categories)
            if path
        ],
        # In one order: a store that shows its variations in another one has not changed them.
        variations=[variations[member] for member in sorted(variations)],
    )


def _variation_content(sku: str, variation: StoreVariation) -> OfferBody:
    return OfferBody(
        sku=sku,
        name=_filled(variation.name),
        external=_filled(variation.sku),
        ean=_filled(variation.ean),
        dimension=_dimension(variation.dimensions) or UNSET,
        attributes=_attributes(variation.attributes),
        photos=_photos(variation.photos),
    )


def _attributes(attributes: tuple[StoreAttribute, ...]) -> list[AttributeBody]:
    """One per code, stripped: readers of the hub's answers strip, and would see a difference."""
    by_code = {}
    for attribute in attributes:
        code = attribute.code.strip() or attribute.label.strip()
        if code:
            value = ValueBody(attribute.value_code.strip(), attribute.value.strip())
            by_code[code] = AttributeBody(code, attribute.label.strip(), value)
    return list(by_code.values())


def _photos(photos: tuple[Photo, ...]) -> list[PhotoBody]:
    """One per address, in the gallery's order, stripped like everything that is compared."""
    if len(photos) > 1:
        photos = tuple(sorted(photos, key=_position))
    titles: dict[str, str] = {}
    for photo in photos:
        url = photo.url.strip()
        if url:
            titles.setdefault(url, photo.title.strip())
    return [PhotoBody(url, title, place) for place, (url, title) in enumerate(titles.items())]


def _position(photo: Photo) -> int:
    return photo.position


def _dimension(dimensions: Dimensions | None) -> DimensionBody | None:
    if dimensions is None:
        return None
    return DimensionBody(
        _number(dimensions.length_cm),
        _number(dimensions.width_cm),
        _number(dimensions.height_cm),
        _number(dimensions.weight_kg),
    )


def _publishing_doubts(product: StoreProduct, price: Prices) -> list[Problem]:
    """What a channel would not publish; the hub holds it all the same."""
    doubts = []
    if any(pair[0] == _NOTHING for pair in price.values()):
        doubts.append(Problem(ProblemCode.NO_PRICE))
    size = product.dimensions
    if size is None or min(size.length_cm, size.width_cm, size.height_cm, size.weight_kg) <= 0:
        doubts.append(Problem(ProblemCode.NO_WEIGHT))
    if not any(path.strip() for path in product.categories):
        doubts.append(Problem(ProblemCode.NO_CATEGORY))
    return doubts


# Amounts and measures repeat, within a family and over a catalogue that likes ",90".
@lru_cache(maxsize=8192)
def _price_pair(price: Decimal, special: Decimal | None) -> tuple[str, str | None]:
    promotion = None if special is None else money(max(special, Decimal(0)))
    return money(max(price, Decimal(0))), None if promotion == _NOTHING else promotion


@lru_cache(maxsize=8192)
def _number(value: Decimal | int | None) -> Decimal | None:
    """In one spelling, because equal contents have equal bytes."""
    return None if value is None else Decimal(plain_number(Decimal(value)))


def plain_number(value: Decimal) -> str:
    """A number without trailing zeros or exponent: 10.00 and 1E+1 are both "10"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _filled(text: str | None) -> str | None:
    return text.strip() or None if text else None


def is_ean(code: str | None) -> bool:
    """Whether `code` is an EAN as a channel wants to see it: digits only, the last one right.

    Written out because an export checks some three of them a family: python-stdnum, which a test
    compares it with, takes 5 µs for one, this 0.6 µs.
    """
    if code is None or len(code) not in _EAN_LENGTHS or not (code.isascii() and code.isdecimal()):
        return False
    # Digits as their ASCII codes, 48 to 57, from the check digit to the left.
    odd, even = code[::-2].encode(), code[-2::-2].encode()
    return (sum(odd) - 48 * len(odd) + 3 * (sum(even) - 48 * len(even))) % 10 == 0
