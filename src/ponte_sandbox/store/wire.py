"""The contract's shapes as they travel: products, orders, events (see contract.yaml).

Money stays a text with two decimals on the wire and in storage, and becomes `Decimal` where it is
reckoned with; a JSON number is refused, so no float can slip in. Products are encoded once when
they are written and spliced into answers as they are, which keeps the change feed fast.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Raw, Struct, json

# The shop's clock: the contract's timezone, in which a Brazilian shop writes its times.
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
# The largest amount: 13 digits before the point, as NF-e's vNF (TDec_1302).
_MONEY = r"\A[0-9]{1,13}\.[0-9]{2}\Z"
_MEASURE = r"\A[0-9]{1,9}(\.[0-9]{1,4})?\Z"
_HUB_ORDER_ID = r"\A[A-Za-z0-9][A-Za-z0-9._~-]{0,63}\Z"
# Stock within 32 bits: what every platform's database holds.
_MOST_STOCK = 2**31 - 1
# As many as an NF-e holds.
MOST_ITEMS = 990
# The largest amount that `Money` can be.
MOST_MONEY = Decimal("9999999999999.99")

Money = Annotated[str, Meta(pattern=_MONEY)]
Measure = Annotated[str, Meta(pattern=_MEASURE)]
HubOrderId = Annotated[str, Meta(pattern=_HUB_ORDER_ID)]
Stock = Annotated[int, Meta(ge=-_MOST_STOCK, le=_MOST_STOCK)]
# RFC 3339 with an offset; kept as sent, never converted (year 9999 would overflow in UTC).
Time = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=500)]
# A SKU may be anything a merchant typed; a bound keeps an index usable.
Sku = Annotated[str, Meta(min_length=1, max_length=10_000)]

json_encoder = json.Encoder(decimal_format="string")


def money(amount: Decimal) -> str:
    """An amount with two decimals as the wire wants it; it must not have more than two."""
    return f"{amount:.2f}"


def now() -> str:
    """The present time as the contract writes it: São Paulo, milliseconds, offset."""
    return datetime.now(SAO_PAULO).isoformat(timespec="milliseconds")


def stamp(seconds: float) -> str:
    """A time of the Unix clock as the contract writes it."""
    return datetime.fromtimestamp(seconds, SAO_PAULO).isoformat(timespec="milliseconds")


class Attribute(Struct):
    """A property such as colour or size: codes for machines, labels for people."""

    code: LongText
    label: LongText
    value_code: LongText
    value: LongText


class Photo(Struct):
    """A picture; position 0 is the first."""

    url: Annotated[str, Meta(max_length=2000)]
    title: LongText = ""
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Dimensions(Struct):
    """The parcel: centimetres, and the weight in the store's unit (kg)."""

    length_cm: Measure
    width_cm: Measure
    height_cm: Measure
    weight: Measure


class Variation(Struct, kw_only=True):
    """One sellable member of a family."""

    sku: Sku
    name: str | None = None
    ean: str | None = None
    price: Money
    special_price: Money | None = None
    stock: Stock = 0
    attributes: list[Attribute] = []
    photos: list[Photo] = []
    dimensions: Dimensions | None = None


class Product(Struct, kw_only=True):
    """A family: a simple product, or one with variations."""

    id: str
    sku: Sku
    name: str
    published: bool = True
    price: Money
    special_price: Money | None = None
    stock: Stock = 0
    ean: str | None = None
    ncm: str | None = None
    brand: str | None = None
    model: str | None = None
    description: str = ""
    short_description: str | None = None
    warranty_months: int | None = None
    warranty_message: str | None = None
    handling_days: int | None = None
    cost: Money | None = None
    link: str | None = None
    dimensions: Dimensions | None = None
    categories: list[str] = []
    attributes: list[Attribute] = []
    photos: list[Photo] = []
    variations: list[Variation] = []
    created_at: str
    updated_at: str

    def settle(self) -> None:
        """With variations: own stock is their sum, own price and special price their lowest.

        A special price that is none beside the lowest price is left out, and a sum beyond what a
        stock can be is the most it can be.
        """
        if not self.variations:
            return
        pieces = sum(variation.stock for variation in self.variations)
        self.stock = max(-_MOST_STOCK, min(_MOST_STOCK, pieces))
        self.price = min((variation.price for variation in self.variations), key=Decimal)
        specials = [v.special_price for v in self.variations if v.special_price is not None]
        special = min(specials, key=Decimal, default=None)
        is_lower = special is not None and Decimal(special) < Decimal(self.price)
        self.special_price = special if is_lower else None

    def sold_skus(self) -> list[str]:
        """The SKUs under which it is sold: its variations', or its own when it has none."""
        return [variation.sku for variation in self.variations] or [self.sku]


product_decoder = json.Decoder(Product)


class ProductChange(Struct):
    """One entry of the change feed; `product` is encoded already, or JSON null."""

    sequence: int
    id: str
    sku: str
    deleted: bool
    product: Raw


class ProductChanges(Struct):
    """A page of the change feed."""

    items: list[ProductChange]
    next_after: int
    has_more: bool
    head: int


class ProductBatch(Struct):
    """What `POST /products/batch` answers."""

    products: list[Raw]
    missing: list[str]


class Totals(Struct):
    """Reais: `total = items + shipping - discount + interest`."""

    items: Money
    shipping: Money
    discount: Money
    interest: Money
    total: Money


class DocumentType(StrEnum):
    """The buyer's tax id: a person's or a company's."""

    CPF = "cpf"
    CNPJ = "cnpj"


class Buyer(Struct):
    """Who pays."""

    name: LongText
    document_type: DocumentType
    document: Annotated[str, Meta(max_length=20)]
    state_registration: Annotated[str, Meta(max_length=50)] | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    phone: Annotated[str, Meta(max_length=50)] | None = None


class Delivery(Struct, kw_only=True):
    """Where the parcel goes; empty texts where the marketplace gave nothing."""

    recipient: LongText
    street: LongText
    number: Annotated[str, Meta(max_length=100)]
    complement: LongText | None = None
    reference: Annotated[str, Meta(max_length=1000)] | None = None
    neighborhood: LongText
    city: LongText
    state: Annotated[str, Meta(max_length=100)]
    postal_code: Annotated[str, Meta(max_length=20)]
    country: Annotated[str, Meta(max_length=100)]
    phone: Annotated[str, Meta(max_length=50)] | None = None
    method: Text | None = None
    estimated_delivery: Annotated[str, Meta(max_length=50)] | None = None


class OrderItem(Struct, kw_only=True):
    """A line: `total = quantity x unit_price - discount`."""

    sku: Sku
    hub_sku: Annotated[str, Meta(max_length=10_000)] | None = None
    name: Annotated[str, Meta(max_length=10_000)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    unit_price: Money
    discount: Money
    total: Money


class Payment(Struct):
    """How it was paid; recorded, not judged."""

    method: Text
    installments: Annotated[int, Meta(ge=0, le=1000)]
    total: Money


class Currency(StrEnum):
    """The contract knows one."""

    BRL = "BRL"


class OrderContent(Struct, kw_only=True):
    """All of an order but its identity: what is kept, for the hub's orders and own sales alike."""

    hub_order_number: Text | None = None
    marketplace_order_id: Text | None = None
    channel: Text | None = None
    placed_at: Time
    approved_at: Time | None = None
    currency: Currency
    totals: Totals
    buyer: Buyer
    delivery: Delivery
    items: Annotated[list[OrderItem], Meta(min_length=1, max_length=MOST_ITEMS)]
    payments: Annotated[list[Payment], Meta(max_length=100)]
    note: Annotated[str, Meta(max_length=10_000)] | None = None


class Order(OrderContent, kw_only=True):
    """The order as a bridge puts it in."""

    hub_order_id: HubOrderId


class OrderStatus(StrEnum):
    """Where an order is on its way."""

    APPROVED = "approved"
    INVOICED = "invoiced"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELED = "canceled"


class TakenOrder(Struct):
    """The answer to a PUT: the store's number and where the order is now."""

    hub_order_id: str | None
    number: str
    status: str
    created_at: str
    canceled: bool


class Invoice(Struct):
    """The nota fiscal: `key` is its 44-character chave de acesso."""

    key: str
    number: str
    series: str
    issued_at: str
    xml_url: str
    cfops: list[str]


class Shipment(Struct):
    """Handed to the carrier."""

    carrier: str
    method: str | None
    tracking_code: str
    tracking_url: str | None
    dispatched_at: str


class OrderSummary(Struct):
    """An entry of the order list."""

    hub_order_id: str | None
    number: str
    status: str
    totals: Totals
    created_at: str
    canceled_at: str | None
    invoice: Raw
    shipment: Raw
    delivered_at: str | None


class OrderList(Struct):
    """A page of orders."""

    orders: list[OrderSummary]
    next_after: int
    has_more: bool


class OrderEvent(Struct):
    """A fact about an order. `type`: created, or a status it came to."""

    sequence: int
    hub_order_id: str | None
    number: str
    type: str
    occurred_at: str
    invoice: Raw
    shipment: Raw
    delivered_at: str | None


class OrderEvents(Struct):
    """A page of the event feed."""

    events: list[Raw]
    next_after: int
    has_more: bool
