"""A hub order as we read it: typed, lenient where the hub is, and never written down.

Buyers' data passes through these values on its way from hub to store and is kept nowhere
(design.md, *Promises*). `repr` is therefore switched off where a person stands: a traceback or a
log line must not become a leak.
"""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct


class HubAddress(Struct, frozen=True, repr_omit_defaults=True):
    """The `receiver_*` or `payer_*` fields of an order, cleaned: absent, null and "" are None."""

    name: str | None = None
    documents: tuple[str, ...] = ()
    company_name: str | None = None
    state_registration: str | None = None
    street: str | None = None
    number: str | None = None
    complement: str | None = None
    reference: str | None = None
    neighborhood: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    email: str | None = None

    def __repr__(self) -> str:
        return "HubAddress(…)"


class HubItem(Struct, frozen=True):
    """A line of the order; `sku` is the one sold (the variation's, where there is one)."""

    sku: str | None
    # The second guess: the parent's SKU, or the channel's `original_sku`.
    other_skus: tuple[str, ...]
    name: str
    quantity: int | None
    price: Decimal | None
    total: Decimal | None
    discount: Decimal | None


class HubPayment(Struct, frozen=True):
    """A payment; `total` in reais includes interest."""

    method: str
    installments: int
    total: Decimal | None


class HubShipment(Struct, frozen=True):
    """A delivery of the order, as the hub has it; `id` must be sent again to change it.

    The other fields bear the hub's names, and its words as they came.
    """

    id: str | None
    status: str | None = None
    nfe_key: str | None = None
    nfe_number: str | None = None
    nfe_serie: str | None = None
    nfe_date: str | None = None
    nfe_link: str | None = None
    cfops: str | None = None
    track_code: str | None = None
    track_url: str | None = None
    shipping_company: str | None = None
    shipping_method: str | None = None
    date_shipped: str | None = None


class StatusChange(Struct, frozen=True):
    """An entry of `status_history`; `at` is None where the hub gives no readable time."""

    status: str
    at: datetime | None


class HubOrder(Struct, frozen=True):
    """An order, read from the hub. Money in reais, times aware."""

    id: str
    status: str
    order_number: str | None = None
    marketplace_id: str | None = None
    channel: str | None = None
    # Numbers we may have written; the hub answers a string or an object keyed by app.
    external: tuple[str, ...] = ()
    ack: bool = False
    created: datetime | None = None
    modified: datetime | None = None
    total: Decimal | None = None
    subtotal: Decimal | None = None
    shipping: Decimal | None = None
    discount: Decimal | None = None
    total_paid: Decimal | None = None
    currency: str | None = None
    account: int | None = None
    delivery_type: str | None = None
    expected_delivery: str | None = None
    receiver: HubAddress = HubAddress()
    payer: HubAddress = HubAddress()
    items: tuple[HubItem, ...] = ()
    payments: tuple[HubPayment, ...] = ()
    shipments: tuple[HubShipment, ...] = ()
    history: tuple[StatusChange, ...] = ()
    log_messages: tuple[str, ...] = ()


class OrderListing(Struct, frozen=True):
    """What a list tells of an order: enough to know whether to read it."""

    id: str
    status: str
    modified: datetime | None


class OrderPage(Struct, frozen=True):
    """A page of the hub's order list; `next` is None on the last page."""

    orders: tuple[OrderListing, ...]
    next: str | None
