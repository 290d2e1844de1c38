"""What the merchant does with an order: invoice, dispatch, deliver, or inform delivery at once.

Steps go one way and each happens once: a step that was done answers as before and makes no second
event, one out of order is refused with the reason, and each is one transaction, so an invoice
number is never used twice nor skipped by a crash.
"""

import asyncio
import importlib
import secrets
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from msgspec import Meta, Struct

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.address import PLACEHOLDER
from ponte_sandbox.store.nfe_key import SERIES, access_key
from ponte_sandbox.store.orders import OrderRow, Orders
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.wire import (
    SAO_PAULO,
    Invoice,
    OrderItem,
    OrderStatus,
    Shipment,
    json_encoder,
)

# Carriers and what they call their service, taken in turn by order number.
_CARRIERS = (
    ("Correios", "SEDEX"), ("Correios", "PAC"), ("Jadlog", ".Package"), ("Loggi", "Expresso"),
    ("Total Express", "Standard"),
)  # fmt: skip
# Weights of a tracking code's eight digits (UPU S10).
_S10 = (8, 6, 4, 2, 3, 5, 9, 7)

_INVOICED = (OrderStatus.INVOICED, OrderStatus.DISPATCHED, OrderStatus.DELIVERED)
_DISPATCHED = (OrderStatus.DISPATCHED, OrderStatus.DELIVERED)


class DispatchWish(Struct, forbid_unknown_fields=True):
    """What the merchant says of the parcel; what is left out is made up."""

    carrier: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    method: Annotated[str, Meta(max_length=200)] | None = None
    tracking_code: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    tracking_url: Annotated[str, Meta(max_length=2000)] | None = None


class Fulfilment:
    """The steps of an order, for the merchant."""

    def __init__(self, storage: Storage, orders: Orders, products: Products) -> None:
        self._storage = storage
        self._orders = orders
        self._products = products

    def invoice(self, shop: Shop, row: OrderRow) -> OrderRow:
        """Issue the NF-e, once. Raises `Refusal` 409 for a canceled order."""
        if row.status in _INVOICED:
            return row
        _refuse_canceled(row)
        moment = datetime.now(SAO_PAULO)
        with self._storage.writing():
            changed = row._replace(
                status=OrderStatus.INVOICED,
                invoice=json_encoder.encode(self._issue(shop, row, moment)),
            )
            self._orders.advance(shop.shop, changed, _stamp(moment))
        return changed

    def dispatch(self, shop: Shop, row: OrderRow, wish: DispatchWish) -> OrderRow:
        """Hand to the carrier, once. Raises `Refusal` 409 when canceled or not invoiced."""
        if row.status in _DISPATCHED:
            return row
        _refuse_canceled(row)
        if row.status not in _INVOICED:
            reason = f"Order {row.number} has no invoice yet; invoice it before dispatch"
            raise Refusal(409, "not_invoiced", reason)
        moment = _stamp(datetime.now(SAO_PAULO))
        changed = row._replace(
            status=OrderStatus.DISPATCHED,
            shipment=json_encoder.encode(_shipment(row, wish, moment)),
        )
        self._orders.advance(shop.shop, changed, moment)
        return changed

    def inform_delivery(self, shop: Shop, row: OrderRow, wish: DispatchWish) -> OrderRow:
        """Invoice and dispatch at once (R8): two facts, one transaction."""
        with self._storage.writing():
            return self.dispatch(shop, self.invoice(shop, row), wish)

    def deliver(self, shop: Shop, row: OrderRow) -> OrderRow:
        """The buyer has it, once. Raises `Refusal` 409 when canceled or not dispatched."""
        if row.status == OrderStatus.DELIVERED:
            return row
        _refuse_canceled(row)
        if row.status not in _DISPATCHED:
            reason = f"Order {row.number} was not dispatched yet"
            raise Refusal(409, "not_dispatched", reason)
        moment = _stamp(datetime.now(SAO_PAULO))
        changed = row._replace(status=OrderStatus.DELIVERED, delivered_at=moment)
        self._orders.advance(shop.shop, changed, moment)
        return changed

    def invoice_xml(self, token: str) -> bytes | None:
        """The XML behind an invoice's public link, or None."""
        row = self._storage.read_one("SELECT xml FROM invoices WHERE token = ?", (token,))
        return row[0] if row else None

    def _issue(self, shop: Shop, row: OrderRow, moment: datetime) -> Invoice:
        # Loaded by `load_invoicing` already, outside the event loop's thread.
        from ponte_sandbox.store.nfe import InvoiceFacts, InvoiceLine, cfop_of, invoice_xml

        newest = self._storage.read_one(
            "SELECT coalesce(max(number), 0) FROM invoices WHERE shop = ?", (shop.shop,)
        )
        number = (newest[0] if newest else 0) + 1
        key = access_key(moment, shop.cnpj, number, secrets.randbelow(10**8))
        content = row.read_content()
        facts = InvoiceFacts(key, number, moment, cfop_of(content.delivery.state))
        lines = [InvoiceLine(i, *self._tax_numbers(shop.shop, i)) for i in content.items]
        token = secrets.token_urlsafe(24)
        self._storage.write(
            "INSERT INTO invoices (token, shop, number, order_number, xml) VALUES (?, ?, ?, ?, ?)",
            (token, shop.shop, number, row.number, invoice_xml(shop, content, lines, facts)),
        )
        return Invoice(
            key=key,
            number=str(number),
            series=str(SERIES),
            issued_at=_stamp(moment),
            xml_url=f"{PLACEHOLDER}/nfe/{token}.xml",
            cfops=[facts.cfop],
        )

    def _tax_numbers(self, shop: int, item: OrderItem) -> tuple[str | None, str | None]:
        """NCM and EAN of what is sold under the item's SKU today."""
        family = self._products.owner(shop, item.sku)
        product = self._products.get(shop, family) if family is not None else None
        if product is None:
            return None, None
        eans = {variation.sku: variation.ean for variation in product.variations}
        return product.ncm, eans.get(item.sku, product.ean)


async def load_invoicing() -> None:
    """Load what writes invoices; call it before `Fulfilment.invoice`.

    nfelib's classes take 0.3 s and 30 MB: a store that invoices nothing does without, and one that
    does goes on serving while a thread loads them.
    """
    await asyncio.to_thread(importlib.import_module, "ponte_sandbox.store.nfe")


def tracking_code(number: int) -> str:
    """A postal tracking code with its check digit (UPU S10), such as BR001000235BR."""
    digits = f"{number % 10**8:08d}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, _S10, strict=True)) % 11
    check = {0: 5, 1: 0}.get(rest, 11 - rest)
    return f"BR{digits}{check}BR"


def _shipment(row: OrderRow, wish: DispatchWish, moment: str) -> Shipment:
    carrier, method = _CARRIERS[row.number % len(_CARRIERS)]
    if wish.carrier is not None:
        carrier, method = wish.carrier, wish.method or ""
    code = wish.tracking_code or tracking_code(row.number)
    url = wish.tracking_url or f"{PLACEHOLDER}/rastreio/{quote(code)}"
    return Shipment(carrier, wish.method or method or None, code, url, moment)


def _refuse_canceled(row: OrderRow) -> None:
    if row.status == OrderStatus.CANCELED:
        raise Refusal(409, "canceled", f"Order {row.number} is canceled")


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
