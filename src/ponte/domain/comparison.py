"""What of a family the hub shows otherwise than the store has it, field by field. Pure.

Equality is the push's own (`acknowledgement`): what a push would leave as it is must be equal here,
and what it would send must differ, or an audit would report what nothing ever repairs, or keep
silent about what is wrong. A test plays both against each other. What the hub does not show proves
nothing: `silent` asks for a fuller look.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct, UnsetType

from ponte.domain.acknowledgement import same_field, same_members, same_price, shown_price
from ponte.domain.families import FamilyDraft
from ponte.domain.hub_body import OfferBody, fields_of
from ponte.domain.hub_product import HubMember, HubOffer, HubProduct
from ponte.domain.price_tables import NoTable, is_proven, said_of, wanted_of

# What is kept and shown of one value: a name in full, of a description the place that differs.
LONGEST_VALUE = 160


class Field(StrEnum):
    """Where a store and a hub can differ. Simple fields by the hub's names (pluggto-api.md)."""

    STOCK = "stock"
    PRICE = "price"
    SPECIAL_PRICE = "special_price"
    PRICE_TABLE = "price_table"
    AVAILABLE = "available"
    NAME = "name"
    EXTERNAL = "external"
    EAN = "ean"
    NCM = "ncm"
    BRAND = "brand"
    MODEL = "model"
    DESCRIPTION = "description"
    SHORT_DESCRIPTION = "short_description"
    WARRANTY_TIME = "warranty_time"
    WARRANTY_MESSAGE = "warranty_message"
    HANDLING_TIME = "handling_time"
    COST = "cost"
    LINK = "link"
    LENGTH = "dimension.length"
    WIDTH = "dimension.width"
    HEIGHT = "dimension.height"
    WEIGHT = "dimension.weight"
    CATEGORY_MISSING = "category_missing"
    CATEGORY_EXTRA = "category_extra"
    ATTRIBUTE = "attribute"
    ATTRIBUTE_MISSING = "attribute_missing"
    ATTRIBUTE_EXTRA = "attribute_extra"
    PHOTO_PLACE = "photo_place"
    PHOTO_MISSING = "photo_missing"
    PHOTO_EXTRA = "photo_extra"
    VARIATION_MISSING = "variation_missing"
    VARIATION_EXTRA = "variation_extra"
    PRODUCT_MISSING = "product_missing"
    # The hub has a product that the store does not know: for information, and never touched (R1).
    ONLY_IN_HUB = "only_in_hub"


class Difference(Struct, frozen=True):
    """One field of one SKU; the values as text, cut to what differs. "" is nothing."""

    sku: str
    field: Field
    store_value: str
    hub_value: str


class Comparison(Struct, frozen=True):
    """What came of comparing one family."""

    differences: tuple[Difference, ...] = ()
    # The hub did not show everything: read the product alone before it counts as equal.
    silent: bool = False


class _Found:
    def __init__(self) -> None:
        self.differences: list[Difference] = []
        self.silent = False

    def add(self, sku: str, field: Field, store_value: str | None, hub_value: str | None) -> None:
        one, other = shown_apart(store_value or "", hub_value or "")
        self.differences.append(Difference(sku, field, one, other))

    def comparison(self) -> Comparison:
        return Comparison(tuple(self.differences), self.silent)


def compare(draft: FamilyDraft, shown: HubProduct) -> Comparison:
    """A family that is to be on sale, against the product under its SKU."""
    found = _Found()
    offers = _offers(draft, shown)
    if offers is None:
        found.silent = True
        offers = {draft.sku: shown.own}
    else:
        for sku in draft.stock:
            if sku not in offers:
                found.add(sku, Field.VARIATION_MISSING, sku, None)
        _compare_amounts(draft, offers, found)
    _compare_tables(draft, shown, found)
    _find_extra(draft.stock, draft.sku, shown, found)
    if shown.available is False:
        found.add(draft.sku, Field.AVAILABLE, "1", "0")
    _compare_offer(draft.content, shown.own, found)
    categories = [(category.name, "") for category in draft.content.categories]
    _compare_members(draft.sku, _CATEGORIES, categories, shown.categories, found)
    for variation in draft.content.variations:
        offer = offers.get(variation.sku)
        if offer is not None:
            _compare_offer(variation, offer, found)
    return found.comparison()


def compare_off_sale(sku: str, skus: Iterable[str], shown: HubProduct) -> Comparison:
    """A family that the store does not offer (any more), `skus` its sellable ones, against what the
    hub still has of it."""
    found = _Found()
    wanted = dict.fromkeys(skus, 0)
    offers = {sku: shown.own}
    for offer in shown.variations or ():
        offers.setdefault(offer.sku, offer)
    for each in wanted:
        quantity = offers[each].quantity if each in offers else 0
        if isinstance(quantity, UnsetType):
            found.silent = True
        elif quantity:
            found.add(each, Field.STOCK, "0", str(quantity))
    _find_extra(wanted, sku, shown, found)
    if isinstance(shown.available, UnsetType):
        found.silent = True
    elif shown.available is not False:
        found.add(sku, Field.AVAILABLE, "0", "1")
    return found.comparison()


def missing(draft: FamilyDraft) -> Comparison:
    """A family that the hub does not have at all."""
    name = draft.content.name or draft.sku
    difference = Difference(draft.sku, Field.PRODUCT_MISSING, name[:LONGEST_VALUE], "")
    return Comparison((difference,))


def differing_skus(sku: str, sellable: Iterable[str], comparison: Comparison) -> int:
    """How many of a family's SKUs are not as in the store: what is wrong with the product itself is
    wrong with each of them, and so is a variation that is none of its."""
    known = set(sellable)
    own = {each.sku for each in comparison.differences}
    if own - (known - {sku}):
        return len(known)
    return len(own)


def _offers(draft: FamilyDraft, shown: HubProduct) -> dict[str, HubOffer] | None:
    """What is shown by SKU; None where variations are not shown and should be."""
    offers = {draft.sku: shown.own}
    if isinstance(shown.variations, UnsetType):
        return offers if set(draft.stock) == {draft.sku} else None
    for offer in shown.variations:
        offers.setdefault(offer.sku, offer)
    return offers


def _compare_amounts(draft: FamilyDraft, offers: dict[str, HubOffer], found: _Found) -> None:
    for sku, wanted in draft.stock.items():
        offer = offers.get(sku)
        if offer is None:
            continue
        if isinstance(offer.quantity, UnsetType):
            found.silent = True
        elif (offer.quantity or 0) != wanted:
            found.add(sku, Field.STOCK, str(wanted), str(offer.quantity or 0))
    for sku, pair in draft.price.items():
        offer = offers.get(sku)
        if offer is None:
            continue
        if isinstance(offer.price, UnsetType):
            found.silent = True
        elif not same_price(pair, offer):
            _add_price(sku, pair, shown_price(offer), found)


def _add_price(
    sku: str, wanted: tuple[str, str | None], shown: tuple[str, str | None], found: _Found
) -> None:
    if wanted[0] != shown[0]:
        found.add(sku, Field.PRICE, wanted[0], shown[0])
    # The price itself as promotion is none.
    promotions = [special if special != price else None for price, special in (wanted, shown)]
    if promotions[0] != promotions[1] or wanted[0] == shown[0]:
        found.add(sku, Field.SPECIAL_PRICE, wanted[1], shown[1])


def _compare_tables(draft: FamilyDraft, shown: HubProduct, found: _Found) -> None:
    """What channels pay. A table that was given up is not looked for: once gone it is anybody's."""
    for table in draft.tables:
        if isinstance(table, NoTable):
            continue
        if isinstance(shown.tables, UnsetType):
            found.silent = True
        elif not is_proven(table, shown.tables):
            said = [said_of(each) for each in shown.tables if each.code == table.code]
            found.add(draft.sku, Field.PRICE_TABLE, wanted_of(table), ", ".join(said))


def _find_extra(stock: dict[str, int], sku: str, shown: HubProduct, found: _Found) -> None:
    """What the hub sells of the product and the store does not; nothing of it is nothing wrong."""
    for offer in shown.variations or ():
        if offer.sku in stock or offer.sku == sku:
            continue
        if isinstance(offer.quantity, int) and offer.quantity > 0:
            found.add(offer.sku, Field.VARIATION_EXTRA, None, str(offer.quantity))


def _compare_offer(wanted: OfferBody, offer: HubOffer, found: _Found) -> None:
    if not offer.fields:
        found.silent = True
    for name, value in fields_of(wanted).items():
        if name in offer.fields and not same_field(name, value, offer.fields[name]):
            text = None if value is None else str(value)
            found.add(wanted.sku, Field(name), text, offer.fields[name])
    attributes = [(each.code, each.value.label) for each in wanted.attributes]
    _compare_members(wanted.sku, _ATTRIBUTES, attributes, offer.attributes, found)
    photos = [(each.url, str(each.order)) for each in wanted.photos]
    _compare_members(wanted.sku, _PHOTOS, photos, offer.photos, found)


# Fields of a kind of members: missing, too many, and otherwise than it should be.
_CATEGORIES = (Field.CATEGORY_MISSING, Field.CATEGORY_EXTRA, Field.CATEGORY_EXTRA)
_ATTRIBUTES = (Field.ATTRIBUTE_MISSING, Field.ATTRIBUTE_EXTRA, Field.ATTRIBUTE)
_PHOTOS = (Field.PHOTO_MISSING, Field.PHOTO_EXTRA, Field.PHOTO_PLACE)


def _compare_members(
    sku: str,
    fields: tuple[Field, Field, Field],
    wanted: list[tuple[str, str]],
    shown: tuple[HubMember, ...] | UnsetType,
    found: _Found,
) -> None:
    if isinstance(shown, UnsetType):
        found.silent = found.silent or bool(wanted)
        return
    if same_members(wanted, shown):
        return
    absent, extra, otherwise = fields
    values = dict(wanted)
    last = {member.identity: member.value for member in shown}
    for identity, value in values.items():
        if identity not in last:
            found.add(sku, absent, _named(identity, value, absent), None)
        elif value and last[identity] not in {"", value}:
            found.add(sku, otherwise, _named(identity, value), _named(identity, last[identity]))
    seen: set[str] = set()
    for member in shown:
        if member.identity not in values or member.identity in seen:
            found.add(sku, extra, None, _named(member.identity, member.value, extra))
        seen.add(member.identity)


def _named(identity: str, value: str, field: Field | None = None) -> str:
    """A member as people know it. A photo's place says nothing where the photo itself is wrong."""
    if not value or field in (Field.PHOTO_MISSING, Field.PHOTO_EXTRA):
        return identity
    return f"{identity}: {value}"


def shown_apart(one: str, other: str) -> tuple[str, str]:
    """Both texts, long ones from a little before where they begin to differ."""
    if max(len(one), len(other)) <= LONGEST_VALUE:
        return one, other
    pairs = enumerate(zip(one, other, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    begin = max(0, same - LONGEST_VALUE // 4)
    return _cut(one, begin), _cut(other, begin)


def _cut(text: str, begin: int) -> str:
    end = begin + LONGEST_VALUE
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if len(text) > end else ''}"
