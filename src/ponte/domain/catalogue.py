"""What a store says of its products: the platform-neutral shape every store adapter answers with.

Nothing here judges: a product may have no EAN, price 0 or a SKU with a slash. Judging is the work
of `families`, so that a strange product becomes a pendência of its own and not an error of a page.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from ponte.domain.store_pages import StorePages


class Attribute(Struct, frozen=True):
    """A property such as colour or size, with a code for machines and a label for people."""

    code: str
    label: str
    value_code: str
    value: str


class Photo(Struct, frozen=True):
    """A picture at an address, in its place within the gallery (0 is first)."""

    url: str
    title: str = ""
    position: int = 0


class Dimensions(Struct, frozen=True):
    """The parcel's size: centimetres, and the weight in kilograms."""

    length_cm: Decimal
    width_cm: Decimal
    height_cm: Decimal
    weight_kg: Decimal


class StoreVariation(Struct, frozen=True):
    """One sellable member of a family, such as *blue, M*."""

    sku: str
    stock: int
    price: Decimal
    special_price: Decimal | None = None
    name: str | None = None
    ean: str | None = None
    attributes: tuple[Attribute, ...] = ()
    photos: tuple[Photo, ...] = ()
    dimensions: Dimensions | None = None


class StoreProduct(Struct, frozen=True):
    """A family as the store knows it: a simple product, or a parent with its variations.

    Money is in reais with two places; stock in pieces (the store may say a negative number).
    """

    # The store's own id: stays the same when the merchant renames the SKU.
    key: str
    sku: str
    name: str
    published: bool
    price: Decimal
    stock: int
    special_price: Decimal | None = None
    ean: str | None = None
    ncm: str | None = None
    brand: str | None = None
    model: str | None = None
    description: str = ""
    short_description: str | None = None
    warranty_months: int | None = None
    warranty_message: str | None = None
    handling_days: int | None = None
    cost: Decimal | None = None
    link: str | None = None
    dimensions: Dimensions | None = None
    # Paths from the root, such as "Moda > Masculino > Camisetas".
    categories: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    photos: tuple[Photo, ...] = ()
    variations: tuple[StoreVariation, ...] = ()


class ProductChange(Struct, frozen=True):
    """One entry of the store's change feed: the product as it is now, or that it is gone."""

    sequence: int
    key: str
    # None when deleted, or when the product could not be read (`unreadable` says why).
    product: StoreProduct | None = None
    unreadable: str | None = None

    @property
    def deleted(self) -> bool:
        """Whether the store removed the product."""
        return self.product is None and self.unreadable is None


class ChangePage(Struct, frozen=True):
    """A page of the change feed; `next_after` is where the next page begins.

    `changes` may be read from the answer only as they are asked for, each time anew.
    """

    changes: Sequence[ProductChange]
    next_after: int
    has_more: bool
    # The feed's highest sequence when the page was made; None where the store does not tell.
    head: int | None = None


class StoreFacts(Struct, frozen=True):
    """Who the store is; `store_id` is unique per shop."""

    store_id: str
    name: str
    domain: str
    product_count: int | None = None
    pages: StorePages = StorePages()
