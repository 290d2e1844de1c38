"""Whether the hub shows what the store sells: every product, item by item. Pure.

Judged from the outside and by the manual alone (R1, R3, R4): published families stand in the hub
as they are, what is unpublished or deleted cannot be bought, nothing is there twice. Where several
families claim one SKU, which real catalogues contain, the hub must equal one of them.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from ponte.cli.demo.shapes import (
    FeedEntry,
    HubDimension,
    HubOffer,
    HubProduct,
    StoreAttribute,
    StoreDimensions,
    StoreFamily,
    StoreOffer,
    StorePhoto,
)

# How much of a long text is shown where it differs.
_SHOWN_CHARACTERS = 60


class Difference(Struct, frozen=True):
    """A failed check: what, and both values as text."""

    # "product RO-1" or "order 65…": what a person looks for.
    item: str
    what: str
    store: str
    hub: str
    # What the item is called in logs and calls.
    names: tuple[str, ...] = ()


class ProductVerdict(Struct, frozen=True):
    """How many families there should be, and how the hub shows them; the three add up to it."""

    store: int
    hub_equal: int
    hub_different: int
    hub_missing: int
    differences: tuple[Difference, ...] = ()


def hub_spelling(sku: str) -> str:
    """A SKU as the hub has it: no slash can stand in its paths (pluggto-api.md [C])."""
    return sku.strip().replace("/", "-")


def expected_skus(feed: Iterable[FeedEntry]) -> set[str]:
    """The SKUs, as the hub spells them, of what the store has published."""
    return {
        hub_spelling(entry.product.sku)
        for entry in feed
        if entry.product is not None and entry.product.published
    }


def compare_products(feed: Sequence[FeedEntry], shown: Iterable[HubProduct]) -> ProductVerdict:
    """Compare the store's whole change feed with all products of the hub."""
    products = {product.sku: product for product in shown}
    claims: dict[str, list[StoreFamily]] = {}
    for entry in feed:
        if entry.product is not None and entry.product.published:
            claims.setdefault(hub_spelling(entry.product.sku), []).append(entry.product)
    equal = different = missing = 0
    found: list[Difference] = []
    for sku, families in claims.items():
        product = products.pop(sku, None)
        names = (sku, *dict.fromkeys(family.sku for family in families if family.sku != sku))
        if product is None:
            missing += 1
            found.append(Difference(f"product {sku}", "presence", "published", "missing", names))
            continue
        verdicts = [_differences(family, product) for family in families]
        if [] in verdicts:
            equal += 1
            continue
        different += 1
        closest = min(verdicts, key=len)
        found += [
            Difference(f"product {sku}", what, wanted, got, names) for what, wanted, got in closest
        ]
    for sku, product in products.items():
        # Retired by the store, or never the store's at all: nobody may buy it.
        wrong = _still_sold(product)
        different += bool(wrong)
        found += [
            Difference(f"product {sku}", what, "off sale", got, (sku,)) for what, got in wrong
        ]
    total = equal + different + missing
    return ProductVerdict(total, equal, different, missing, tuple(found))


_Wrong = list[tuple[str, str, str]]


def _still_sold(product: HubProduct) -> list[tuple[str, str]]:
    wrong = [("available", str(product.available))] if product.available else []
    return wrong + [
        (f"quantity of {offer.sku}", str(offer.quantity))
        for offer in (product, *product.variations)
        if offer.quantity
    ]


def _differences(family: StoreFamily, product: HubProduct) -> _Wrong:
    wrong: _Wrong = []
    for name, wanted, got in (
        ("name", family.name, product.name),
        ("brand", family.brand, product.brand),
        ("model", family.model, product.model),
        ("ean", family.ean, product.ean),
        ("ncm", family.ncm, product.ncm),
        ("description", family.description, product.description),
    ):
        _compare_texts(wrong, name, wanted, got)
    _compare(wrong, "available", 1, product.available)
    paths = sorted({path.strip() for path in family.categories if path.strip()})
    _compare(wrong, "categories", paths, sorted(each.name or "" for each in product.categories))
    _compare_dimensions(wrong, "", family.dimensions, product.dimension)
    _compare_members(wrong, "", family, product)
    if not family.variations:
        _compare_offer(wrong, "", family, product)
    shown = {offer.sku: offer for offer in product.variations}
    for variation in family.variations:
        sku = hub_spelling(variation.sku)
        offer = shown.pop(sku, None)
        if offer is None:
            wrong.append((f"variation {sku}", "there", "missing"))
            continue
        prefix = f"{sku} "
        _compare_texts(wrong, f"{prefix}name", variation.name, offer.name)
        _compare_texts(wrong, f"{prefix}ean", variation.ean, offer.ean)
        if variation.dimensions is not None:
            _compare_dimensions(wrong, prefix, variation.dimensions, offer.dimension)
        _compare_offer(wrong, prefix, variation, offer)
        _compare_members(wrong, prefix, variation, offer)
    wrong += [
        (f"quantity of {offer.sku}, which the store no longer has", "0", str(offer.quantity))
        for offer in shown.values()
        if offer.quantity
    ]
    return wrong


def _compare_offer(wrong: _Wrong, prefix: str, offer: StoreOffer, shown: HubOffer) -> None:
    """Stock and prices of one SKU. A store may owe pieces; a hub cannot sell fewer than none."""
    _compare(wrong, f"{prefix}stock", max(0, offer.stock), shown.quantity)
    _compare(wrong, f"{prefix}price", offer.price, shown.price or Decimal(0))
    # No promotion may be shown as nothing, as 0, or as the price itself.
    promotion = shown.special_price if shown.special_price != shown.price else None
    wanted = offer.special_price if offer.special_price != offer.price else None
    _compare(wrong, f"{prefix}special price", wanted or None, promotion or None)


def _compare_members(wrong: _Wrong, prefix: str, offer: StoreOffer, shown: HubOffer) -> None:
    """Attributes as a set, photos as a list: exactly these, none twice."""
    attributes = sorted(
        (
            each.code or "",
            each.label or "",
            (each.value and each.value.code) or "",
            (each.value and each.value.label) or "",
        )
        for each in shown.attributes
    )
    _compare(wrong, f"{prefix}attributes", _attributes(offer.attributes), attributes)
    in_order = sorted(shown.photos, key=lambda photo: photo.order or 0)
    photos = [(photo.url or "", photo.title or "") for photo in in_order]
    _compare(wrong, f"{prefix}photos", _photos(offer.photos), photos)


def _attributes(attributes: Iterable[StoreAttribute]) -> list[tuple[str, str, str, str]]:
    by_code = {
        each.code: (each.code, each.label, each.value_code, each.value) for each in attributes
    }
    return sorted(by_code.values())


def _photos(photos: Iterable[StorePhoto]) -> list[tuple[str, str]]:
    in_order = sorted(photos, key=lambda photo: photo.position)
    return list({photo.url: (photo.url, photo.title) for photo in in_order}.values())


def _compare_dimensions(
    wrong: _Wrong, prefix: str, wanted: StoreDimensions | None, shown: HubDimension | None
) -> None:
    """Four numbers; none and 0 are the same to a marketplace."""
    store = (
        (wanted.length_cm, wanted.width_cm, wanted.height_cm, wanted.weight)
        if wanted
        else (Decimal(0),) * 4
    )
    hub = (shown.length, shown.width, shown.height, shown.weight) if shown else (None,) * 4
    _compare(wrong, f"{prefix}dimensions", store, tuple(each or Decimal(0) for each in hub))


def _compare_texts(wrong: _Wrong, what: str, wanted: str | None, got: str | None) -> None:
    _compare(wrong, what, (wanted or "").strip(), (got or "").strip())


def _compare(wrong: _Wrong, what: str, wanted: object, got: object) -> None:
    if wanted != got:
        wrong.append((what, *_shown_apart(wanted, got)))


def _shown_apart(wanted: object, got: object) -> tuple[str, str]:
    """Both values as text, long ones from a little before where they begin to differ."""
    one, other = _as_text(wanted), _as_text(got)
    if max(len(one), len(other)) <= _SHOWN_CHARACTERS:
        return one, other
    same = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    begin = max(0, same - _SHOWN_CHARACTERS // 3)
    return _cut(one, begin), _cut(other, begin)


def _as_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_as_text(each) for each in value) + "]"
    return "none" if value is None else str(value)


def _cut(text: str, begin: int) -> str:
    end = begin + _SHOWN_CHARACTERS
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if len(text) > end else ''}"
