"""Orders: taken in once under the hub's id, cancelled once, and every fact put into a feed.

The danger is the second order. Two PUTs of one order may race, repeat after a lost answer, or
come again after a restart; the unique key `orders_once` decides, in one transaction with the stock
that is taken, and everything after it only reads what is there. The store's own sales (R2) live in
the same table without a hub id.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec import Raw, json

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.judging import judge_order
from ponte_sandbox.store.products import Products, Taken
from ponte_sandbox.store.shops import STATE, Shop
from ponte_sandbox.store.wire import (
    MOST_MONEY,
    SAO_PAULO,
    Buyer,
    Currency,
    Delivery,
    DocumentType,
    Order,
    OrderContent,
    OrderEvent,
    OrderEvents,
    OrderItem,
    OrderList,
    OrderStatus,
    OrderSummary,
    Payment,
    TakenOrder,
    Totals,
    json_encoder,
    money,
    now,
)

# The number before a shop's first order; the contract's examples begin here.
FIRST_NUMBER = 100_000

_DISPATCHED = (OrderStatus.DISPATCHED, OrderStatus.DELIVERED)
_NULL = b"null"
# Who buys at the counter: a made-up person with the CPF that Brazilian test data uses everywhere.
_COUNTER_CPF = "11144477735"

_SELECT = (
    "SELECT number, hub_order_id, status, content, taken, created_at, canceled_at, invoice,"
    " shipment, delivered_at FROM orders"
)
_content_decoder = json.Decoder(OrderContent)
_taken_decoder = json.Decoder(list[Taken])


class OrderRow(NamedTuple):
    """An order as stored."""

    number: int
    hub_order_id: str | None
    status: str
    content: bytes
    taken: bytes
    created_at: str
    canceled_at: str | None
    invoice: bytes | None
    shipment: bytes | None
    delivered_at: str | None

    def read_content(self) -> OrderContent:
        """What was ordered, by whom, and where it goes."""
        return _content_decoder.decode(self.content)

    def answer(self) -> TakenOrder:
        """The contract's short answer."""
        return TakenOrder(
            self.hub_order_id,
            str(self.number),
            self.status,
            self.created_at,
            self.status == OrderStatus.CANCELED,
        )


class Orders:
    """The orders of all shops and their event feeds."""

    def __init__(
        self,
        storage: Storage,
        products: Products,
        address: Address,
        on_change: Callable[[int], None],
    ) -> None:
        """`on_change` is told the shop after each event of its feed."""
        self._storage = storage
        self._products = products
        self._address = address
        self._on_change = on_change
        # Highest event sequence and order number per shop, read when first needed.
        self._sequences: dict[int, int] = {}
        self._numbers: dict[int, int] = {}

    def newest_sequence(self, shop: int) -> int:
        """The sequence of the shop's last order event; 0 when there was none."""
        known = self._sequences.get(shop)
        if known is None:
            row = self._storage.read_one(
                "SELECT max(sequence) FROM order_events WHERE shop = ?", (shop,)
            )
            known = self._sequences[shop] = (row[0] if row else None) or 0
        return known

    def put(self, shop: Shop, order: Order) -> tuple[TakenOrder, bool]:
        """Take a hub order in; (answer, whether it is new). A known id changes nothing.

        Raises `Refusal` 422, see `judge_order` and `Products.take`.
        """
        known = self.find(shop.shop, order.hub_order_id)
        if known is not None:
            return known.answer(), False
        judge_order(order)
        # Without the id, which the column holds: the rest is the same shape for own sales.
        content = OrderContent(
            **{field: getattr(order, field) for field in OrderContent.__struct_fields__}
        )
        return self._insert(shop, order.hub_order_id, content), True

    def sell(self, shop: Shop, sku: str, quantity: int) -> TakenOrder:
        """A sale of the store's own (R2), at the present price, to a buyer at the counter.

        Raises `Refusal` 422 unknown_sku, insufficient_stock, or invalid_order beyond all amounts.
        """
        family = self._products.owner(shop.shop, sku)
        product = self._products.get(shop.shop, family) if family is not None else None
        if product is None:
            raise Refusal(422, "unknown_sku", f"Nothing is sold under the SKU {sku[:100]!r}", "sku")
        sold = next((v for v in product.variations if v.sku == sku), product)
        price = Decimal(sold.special_price or sold.price)
        if price * quantity > MOST_MONEY:
            reason = f"{quantity} at {price} are more than an order can amount to"
            raise Refusal(422, "invalid_order", reason, "quantity")
        total = money(price * quantity)
        moment = datetime.now(SAO_PAULO)
        content = OrderContent(
            placed_at=moment,
            approved_at=moment,
            currency=Currency.BRL,
            totals=Totals(total, "0.00", "0.00", "0.00", total),
            buyer=Buyer("Cliente da loja", DocumentType.CPF, _COUNTER_CPF),
            delivery=Delivery(
                recipient="Cliente da loja",
                street="Rua Augusta",
                number="1500",
                neighborhood="Consolação",
                city="São Paulo",
                state=STATE,
                postal_code="01304001",
                country="BR",
            ),
            items=[
                OrderItem(
                    sku=sku,
                    name=product.name,
                    quantity=quantity,
                    unit_price=money(price),
                    discount="0.00",
                    total=total,
                )
            ],
            payments=[Payment("pix", 1, total)],
        )
        return self._insert(shop, None, content)

    def cancel(self, shop: int, row: OrderRow, reason: str) -> OrderRow:
        """Cancel and return what was taken to stock, once. Raises `Refusal` 409 when dispatched."""
        if row.status == OrderStatus.CANCELED:
            return row
        if row.status in _DISPATCHED:
            reason = f"Order {row.number} was dispatched and cannot be canceled"
            raise Refusal(409, "already_dispatched", reason)
        moment = now()
        with self._storage.writing():
            self._storage.write(
                "UPDATE orders SET status = ?, canceled_at = ?, cancel_reason = ?"
                " WHERE shop = ? AND number = ?",
                (OrderStatus.CANCELED, moment, reason, shop, row.number),
            )
            self._products.give_back(shop, _taken_decoder.decode(row.taken))
            changed = row._replace(status=OrderStatus.CANCELED, canceled_at=moment)
            self.record(shop, changed, OrderStatus.CANCELED, moment)
        return changed

    def advance(self, shop: int, row: OrderRow, moment: str) -> None:
        """Store the order's new status, invoice, shipment and delivery, and tell the feed."""
        with self._storage.writing():
            self._storage.write(
                "UPDATE orders SET status = ?, invoice = ?, shipment = ?, delivered_at = ?"
                " WHERE shop = ? AND number = ?",
                (row.status, row.invoice, row.shipment, row.delivered_at, shop, row.number),
            )
            self.record(shop, row, row.status, moment)

    def find(self, shop: int, hub_order_id: str) -> OrderRow | None:
        """The order of this hub id, or None."""
        row = self._storage.read_one(
            f"{_SELECT} WHERE shop = ? AND hub_order_id = ?", (shop, hub_order_id)
        )
        return OrderRow(*row) if row else None

    def by_number(self, shop: int, number: int) -> OrderRow | None:
        """The order of this store number, or None."""
        row = self._storage.read_one(f"{_SELECT} WHERE shop = ? AND number = ?", (shop, number))
        return OrderRow(*row) if row else None

    def count(self, shop: int, status: OrderStatus, most: int) -> int:
        """How many orders are at this status, counted up to `most`."""
        row = self._storage.read_one(
            "SELECT count(*) FROM (SELECT 1 FROM orders WHERE shop = ? AND status = ? LIMIT ?)",
            (shop, status, most),
        )
        return int(row[0]) if row else 0

    def document(self, row: OrderRow) -> bytes:
        """The whole order as JSON: as it was taken in, with number, status and what followed."""
        content = msgspec.structs.asdict(row.read_content())
        answer = msgspec.structs.asdict(row.answer())
        later = {
            "canceled_at": row.canceled_at,
            "invoice": Raw(row.invoice or _NULL),
            "shipment": Raw(row.shipment or _NULL),
            "delivered_at": row.delivered_at,
        }
        return self._address.outward(json_encoder.encode({**answer, **content, **later}))

    def page(self, shop: int, after: int, limit: int) -> bytes:
        """A page of the order list by growing number, as JSON."""
        rows = [
            OrderRow(*row)
            for row in self._storage.read(
                f"{_SELECT} WHERE shop = ? AND number > ? ORDER BY number LIMIT ?",
                (shop, after, limit + 1),
            )
        ]
        orders = [
            OrderSummary(
                row.hub_order_id,
                str(row.number),
                row.status,
                row.read_content().totals,
                row.created_at,
                row.canceled_at,
                Raw(row.invoice or _NULL),
                Raw(row.shipment or _NULL),
                row.delivered_at,
            )
            for row in rows[:limit]
        ]
        next_after = rows[:limit][-1].number if orders else after
        page = OrderList(orders, next_after, len(rows) > limit)
        return self._address.outward(json_encoder.encode(page))

    def events(self, shop: int, after: int, limit: int) -> bytes:
        """A page of the event feed as JSON."""
        rows = self._storage.read(
            "SELECT sequence, event FROM order_events WHERE shop = ? AND sequence > ?"
            " ORDER BY sequence LIMIT ?",
            (shop, after, limit + 1),
        )
        events = [Raw(event) for _, event in rows[:limit]]
        next_after = rows[:limit][-1][0] if events else after
        page = OrderEvents(events, next_after, len(rows) > limit)
        return self._address.outward(json_encoder.encode(page))

    def record(self, shop: int, row: OrderRow, kind: str, moment: str) -> None:
        """Append a fact to the feed."""
        sequence = self._sequences[shop] = self.newest_sequence(shop) + 1
        event = OrderEvent(
            sequence, row.hub_order_id, str(row.number), kind, moment,
            Raw(row.invoice or _NULL), Raw(row.shipment or _NULL), row.delivered_at,
        )  # fmt: skip
        self._storage.write(
            "INSERT INTO order_events (shop, sequence, event) VALUES (?, ?, ?)",
            (shop, sequence, json_encoder.encode(event)),
        )
        self._on_change(shop)

    def _insert(self, shop: Shop, hub_order_id: str | None, content: OrderContent) -> TakenOrder:
        moment = now()
        with self._storage.writing():
            taken = self._products.take(
                shop.shop, content.items, backorders=bool(shop.allows_backorders)
            )
            row = OrderRow(
                self._next_number(shop.shop), hub_order_id, OrderStatus.APPROVED,
                json_encoder.encode(content), json_encoder.encode(taken), moment,
                None, None, None, None,
            )  # fmt: skip
            self._storage.write(
                "INSERT INTO orders (shop, number, hub_order_id, status, content, taken,"
                " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (shop.shop, *row[:6]),
            )
            self.record(shop.shop, row, "created", moment)
        return row.answer()

    def _next_number(self, shop: int) -> int:
        known = self._numbers.get(shop)
        if known is None:
            row = self._storage.read_one("SELECT max(number) FROM orders WHERE shop = ?", (shop,))
            known = (row[0] if row else None) or FIRST_NUMBER
        self._numbers[shop] = known + 1
        return known + 1
