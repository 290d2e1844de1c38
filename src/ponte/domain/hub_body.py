"""A family as the hub takes it and shows it: the body of its calls, and the ids to change it by.

The ledger keeps a family's content in this very shape (without stock and price), so what is
drafted, kept, sent, and compared with the hub's answer is one thing: an answer that equals what was
sent proves everything at once, which is what makes an export cheap. Field names are the hub's
(pluggto-api.md). A field that is UNSET does not travel; None does, and clears.
"""

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType


class DimensionBody(Struct):
    """Centimetres, and the weight in kilograms."""

    length: Decimal | None
    width: Decimal | None
    height: Decimal | None
    weight: Decimal | None


class ValueBody(Struct):
    """An attribute's value, for machines and for people."""

    code: str
    label: str


class AttributeBody(Struct):
    """A property such as colour or size."""

    code: str
    label: str
    value: ValueBody


class PhotoBody(Struct):
    """A picture at an address; `order` is its place in the gallery, from 0."""

    url: str
    title: str
    order: int


class CategoryBody(Struct):
    """A category by its path from the root."""

    name: str


class OfferBody(Struct, kw_only=True, omit_defaults=True):
    """One SKU. Money in reais; lists without ids, in the store's order."""

    sku: str
    # Behind the SKU, where `full_body` puts them into a content that has none.
    quantity: int | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    special_price: Decimal | None | UnsetType = UNSET
    name: str | None
    external: str | None
    ean: str | None
    # UNSET for a variation that has none of its own: the parent's hold then.
    dimension: DimensionBody | None | UnsetType = UNSET
    attributes: list[AttributeBody] = []
    photos: list[PhotoBody] = []


class FamilyBody(OfferBody, kw_only=True, omit_defaults=True):
    """A simple product, or a parent with its variations in the order of their SKUs."""

    ncm: str | None
    brand: str | None
    model: str | None
    description: str | None
    short_description: str | None
    warranty_time: Decimal | None
    warranty_message: str | None
    handling_time: Decimal | None
    cost: Decimal | None
    link: str | None
    categories: list[CategoryBody] = []
    variations: list[OfferBody] = []
    available: int | UnsetType = UNSET


_NOT_COMPARED_AS_FIELDS = frozenset(
    {
        *("sku", "dimension", "attributes", "photos", "categories", "variations"),
        *("quantity", "price", "special_price", "available"),
    }
)
_OFFER_FIELDS = tuple(
    name for name in OfferBody.__struct_fields__ if name not in _NOT_COMPARED_AS_FIELDS
)
_FAMILY_FIELDS = tuple(
    name for name in FamilyBody.__struct_fields__ if name not in _NOT_COMPARED_AS_FIELDS
)
_SIDES = ("length", "width", "height", "weight")
# Fields that are numbers; blank and 0 are the same to a hub that cannot clear a number ([A]).
NUMERIC_FIELDS = frozenset(
    {"warranty_time", "handling_time", "cost", *("dimension." + side for side in _SIDES)}
)


def fields_of(body: OfferBody) -> dict[str, str | Decimal | None]:
    """The simple fields of one SKU by the hub's names; a parcel's sides as "dimension.weight"."""
    names = _FAMILY_FIELDS if isinstance(body, FamilyBody) else _OFFER_FIELDS
    fields: dict[str, str | Decimal | None] = {name: getattr(body, name) for name in names}
    if isinstance(body.dimension, DimensionBody):
        for side in _SIDES:
            fields["dimension." + side] = getattr(body.dimension, side)
    return fields


class KnownAttribute(Struct, frozen=True):
    """An attribute in the hub, with the id to address it by (None: the hub shows none)."""

    code: str
    id: str | None

    @property
    def identity(self) -> str:
        """What makes it the same attribute for us."""
        return self.code


class KnownPhoto(Struct, frozen=True):
    """A photo in the hub, with the id to address it by."""

    url: str
    id: str | None

    @property
    def identity(self) -> str:
        """What makes it the same photo for us."""
        return self.url


class KnownCategory(Struct, frozen=True):
    """A category in the hub, with the id to address it by."""

    name: str
    id: str | None

    @property
    def identity(self) -> str:
        """What makes it the same category for us."""
        return self.name


class KnownTable(Struct, frozen=True):
    """A price table of ours in the hub, with the id to address it by."""

    code: str
    id: str | None


Known = KnownAttribute | KnownPhoto | KnownCategory


class OfferMembers(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Members of one SKU as the hub last showed them."""

    attributes: tuple[KnownAttribute, ...] = ()
    photos: tuple[KnownPhoto, ...] = ()


class VariationMembers(OfferMembers, frozen=True, kw_only=True, omit_defaults=True):
    """The same of a variation."""

    sku: str


class Members(OfferMembers, frozen=True, kw_only=True, omit_defaults=True):
    """Members of a family in the hub; empty while nothing was shown yet."""

    categories: tuple[KnownCategory, ...] = ()
    variations: tuple[VariationMembers, ...] = ()
    # Named unlike the hub's `price_table`, which may hold tables that are not ours.
    our_tables: tuple[KnownTable, ...] = ()
