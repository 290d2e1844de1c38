"""An order on its way into the store, and what the store reports of it afterwards.

`StoreOrder` is what a store adapter puts into the store under the hub's id; it carries a buyer and
is never stored nor printed. `OrderEvent` is the store's feed of facts: invoice, dispatch, delivery.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class Totals(Struct, frozen=True):
    """Reais: `total = items + shipping - discount + interest`."""

    items: Decimal
    shipping: Decimal
    discount: Decimal
    interest: Decimal
    total: Decimal


class Buyer(Struct, frozen=True):
    """Who pays. `document_type` is "cpf" or "cnpj", `document` without punctuation."""

    name: str
    document_type: str
    document: str
    state_registration: str | None = None
    email: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "Buyer(…)"


class Delivery(Struct, frozen=True):
    """Where the parcel goes. Empty strings where the marketplace gave nothing."""

    recipient: str
    street: str
    number: str
    neighborhood: str
    city: str
    state: str
    postal_code: str
    country: str
    complement: str | None = None
    reference: str | None = None
    phone: str | None = None
    method: str | None = None
    estimated_delivery: str | None = None

    def __repr__(self) -> str:
        return "Delivery(…)"


class StoreItem(Struct, frozen=True):
    """A line: `sku` in the store's spelling, `hub_sku` in the hub's."""

    sku: str
    hub_sku: str
    name: str
    quantity: int
    unit_price: Decimal
    discount: Decimal
    total: Decimal


class StorePayment(Struct, frozen=True):
    """How it was paid."""

    method: str
    installments: int
    total: Decimal


class StoreOrder(Struct, frozen=True):
    """The order as the store takes it in; applied once per `hub_order_id`."""

    hub_order_id: str
    hub_order_number: str | None
    marketplace_order_id: str | None
    channel: str | None
    placed_at: datetime
    approved_at: datetime | None
    totals: Totals
    buyer: Buyer
    delivery: Delivery
    items: tuple[StoreItem, ...]
    payments: tuple[StorePayment, ...]
    currency: str = "BRL"
    note: str | None = None


class TakenOrder(Struct, frozen=True):
    """The store's answer: the number under which it keeps the order."""

    hub_order_id: str
    number: str
    canceled: bool = False


class EventType(StrEnum):
    """The facts a store reports of an order."""

    CREATED = "created"
    INVOICED = "invoiced"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELED = "canceled"


class Invoice(Struct, frozen=True):
    """The nota fiscal. `key` is its 44-character chave de acesso."""

    key: str
    number: str
    series: str
    issued_at: datetime
    xml_url: str | None = None
    cfops: tuple[str, ...] = ()


class Dispatch(Struct, frozen=True):
    """The parcel was handed to the carrier."""

    carrier: str
    tracking_code: str
    dispatched_at: datetime
    method: str | None = None
    tracking_url: str | None = None


class OrderEvent(Struct, frozen=True):
    """One entry of the order-event feed. `hub_order_id` None: a sale of the store's own (R2)."""

    sequence: int
    hub_order_id: str | None
    number: str
    type: EventType
    occurred_at: datetime
    invoice: Invoice | None = None
    dispatch: Dispatch | None = None
    delivered_at: datetime | None = None
    # Set when the entry could not be read in full; says which field and why.
    unreadable: str | None = None


class EventPage(Struct, frozen=True):
    """A page of the order-event feed."""

    events: tuple[OrderEvent, ...]
    next_after: int
    has_more: bool
