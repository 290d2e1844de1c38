"""What the two sandboxes show of themselves, as far as the demo compares it.

Typed a second time on purpose, independent of Ponte's own wire types and mappings: a comparison
that used the code it judges would share its mistakes. Amounts are `Decimal` from the wire on.
"""

from decimal import Decimal

from msgspec import Struct

# The store's side (contract.yaml).


class StoreAttribute(Struct, frozen=True):
    """A property: `code` and `label` of the property, then of its value."""

    code: str
    label: str
    value_code: str
    value: str


class StorePhoto(Struct, frozen=True):
    """A picture; position 0 is the first."""

    url: str
    title: str = ""
    position: int = 0


class StoreDimensions(Struct, frozen=True):
    """Centimetres and, in the sandbox store, kilograms."""

    length_cm: Decimal
    width_cm: Decimal
    height_cm: Decimal
    weight: Decimal


class StoreOffer(Struct, frozen=True, kw_only=True):
    """What is sold under one SKU."""

    sku: str
    name: str | None = None
    price: Decimal
    special_price: Decimal | None = None
    stock: int
    ean: str | None = None
    dimensions: StoreDimensions | None = None
    attributes: tuple[StoreAttribute, ...] = ()
    photos: tuple[StorePhoto, ...] = ()


class StoreFamily(StoreOffer, frozen=True, kw_only=True):
    """A product, or a parent with its variations."""

    id: str
    published: bool
    ncm: str | None = None
    brand: str | None = None
    model: str | None = None
    description: str = ""
    categories: tuple[str, ...] = ()
    variations: tuple[StoreOffer, ...] = ()


class FeedEntry(Struct, frozen=True):
    """An entry of the change feed; no product when it was deleted."""

    id: str
    sku: str
    deleted: bool
    product: StoreFamily | None


class Totals(Struct, frozen=True):
    """The store's reckoning of an order."""

    total: Decimal


class Invoice(Struct, frozen=True):
    """A nota fiscal by its access key."""

    key: str


class Parcel(Struct, frozen=True):
    """What was handed to the carrier."""

    tracking_code: str


class StoreOrder(Struct, frozen=True):
    """An entry of the store's order list; without a hub id it is the store's own sale (R2)."""

    hub_order_id: str | None
    number: str
    status: str
    totals: Totals
    canceled_at: str | None
    invoice: Invoice | None
    shipment: Parcel | None
    delivered_at: str | None


# The hub's side (pluggto-api.md).


class HubCategory(Struct, frozen=True):
    """A category by its path."""

    name: str | None = None


class HubValue(Struct, frozen=True):
    """A property's value."""

    code: str | None = None
    label: str | None = None


class HubAttribute(Struct, frozen=True):
    """A property."""

    code: str | None = None
    label: str | None = None
    value: HubValue | None = None


class HubPhoto(Struct, frozen=True):
    """A picture."""

    url: str | None = None
    title: str | None = None
    order: int | None = None


class HubDimension(Struct, frozen=True):
    """Centimetres and kilograms."""

    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    weight: Decimal | None = None


class HubOffer(Struct, frozen=True, kw_only=True):
    """What is sold under one SKU."""

    sku: str
    name: str | None = None
    price: Decimal | None = None
    special_price: Decimal | None = None
    quantity: int | None = None
    ean: str | None = None
    dimension: HubDimension | None = None
    attributes: tuple[HubAttribute, ...] = ()
    photos: tuple[HubPhoto, ...] = ()


class HubProduct(HubOffer, frozen=True, kw_only=True):
    """A product, or a parent with its variations."""

    ncm: str | None = None
    brand: str | None = None
    model: str | None = None
    description: str | None = None
    available: int | None = None
    categories: tuple[HubCategory, ...] = ()
    variations: tuple[HubOffer, ...] = ()


class StatusChange(Struct, frozen=True):
    """An entry of an order's history."""

    status: str


class HubShipment(Struct, frozen=True):
    """A delivery as the hub knows it."""

    nfe_key: str | None = None
    track_code: str | None = None


class HubLog(Struct, frozen=True):
    """What was reported about an order."""

    message: str | None = None


class HubItem(Struct, frozen=True):
    """A line of an order; `variation` is the one sold where there is one."""

    sku: str | None = None
    variation: dict[str, object] | None = None


class HubOrder(Struct, frozen=True):
    """An order."""

    id: str
    status: str
    external: str | None = None
    ack: bool | None = None
    total: Decimal | None = None
    status_history: tuple[StatusChange, ...] = ()
    shipments: tuple[HubShipment, ...] = ()
    log_history: tuple[HubLog, ...] = ()
    items: tuple[HubItem, ...] = ()
