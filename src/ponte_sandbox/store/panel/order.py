"""One order: what was bought, where it goes, what happened, and the next step.

A step is offered where it makes sense; one that the order cannot take any more (another window was
quicker) is refused with the reason.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import json

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.barcode import bars
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.fulfilment import DispatchWish
from ponte_sandbox.store.orders import OrderRow
from ponte_sandbox.store.panel.orders import ORDERS
from ponte_sandbox.store.panel.words import STATUS_KINDS, STATUS_WORDS, in_words
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.web_address import is_web_address
from ponte_sandbox.store.wire import Invoice, OrderStatus, Shipment
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

_ONE = ORDERS + "/{number:int}"
_invoice_decoder = json.Decoder(Invoice)
_shipment_decoder = json.Decoder(Shipment)

# What a payment's word means, where it is known.
PAYMENT_WORDS = {
    "credit": mark("Cartão de crédito"),
    "debit": mark("Cartão de débito"),
    "voucher": mark("Vale"),
    "ticket": mark("Boleto"),
    "boleto": mark("Boleto"),
    "pix": mark("Pix"),
}


class Event(NamedTuple):
    """Something that happened to an order."""

    moment: str
    words: str


def order_routes(store: Store) -> Sequence[Any]:
    """The order's page, its steps, and its invoice."""

    @get(_ONE)
    async def show(shop: NamedDependency[Shop], number: FromPath[int]) -> Template:
        row = _row(shop, number)
        invoice, shipment = _invoice(row), _shipment(row)
        context = {
            "row": row,
            "order": row.read_content(),
            "invoice": invoice,
            "shipment": shipment,
            "tracking": _web_link(shipment),
            "events": events(row, invoice, shipment),
            "status_words": STATUS_WORDS,
            "status_kinds": STATUS_KINDS,
            "payment_words": PAYMENT_WORDS,
        }
        return Template("store/order.html", context=context)

    @post(_ONE + "/faturar")
    async def invoice(
        request: Call, shop: NamedDependency[Shop], number: FromPath[int]
    ) -> Redirect:
        async def step(_form: Form) -> OrderRow:
            return await store.desk.invoice(shop, str(number))

        return await _take(request, shop, number, step, _("Nota fiscal emitida."))

    @post(_ONE + "/despachar")
    async def dispatch(
        request: Call, shop: NamedDependency[Shop], number: FromPath[int]
    ) -> Redirect:
        async def step(form: Form) -> OrderRow:
            return store.desk.dispatch(shop, str(number), _parcel(form))

        return await _take(request, shop, number, step, _("Pedido despachado."))

    @post(_ONE + "/informar-entrega")
    async def inform(request: Call, shop: NamedDependency[Shop], number: FromPath[int]) -> Redirect:
        async def step(form: Form) -> OrderRow:
            return await store.desk.inform_delivery(shop, str(number), _parcel(form))

        words = _("Entrega informada: nota fiscal emitida e pedido despachado.")
        return await _take(request, shop, number, step, words)

    @post(_ONE + "/entregar")
    async def deliver(
        request: Call, shop: NamedDependency[Shop], number: FromPath[int]
    ) -> Redirect:
        async def step(_form: Form) -> OrderRow:
            return store.desk.deliver(shop, str(number))

        return await _take(request, shop, number, step, _("Pedido entregue."))

    @post(_ONE + "/cancelar")
    async def cancel(request: Call, shop: NamedDependency[Shop], number: FromPath[int]) -> Redirect:
        async def step(form: Form) -> OrderRow:
            reason = form.text("reason")[:2000] or "cancelado pelo lojista"
            return store.desk.cancel(shop.shop, str(number), reason)

        words = _("Pedido cancelado. As peças voltaram ao estoque.")
        return await _take(request, shop, number, step, words)

    @get(_ONE + "/nota")
    async def danfe(shop: NamedDependency[Shop], number: FromPath[int]) -> Template:
        row = _row(shop, number)
        found = _invoice(row)
        if found is None:
            raise NotFoundException
        lines, width = bars(found.key)
        context = {
            "shop": shop,
            "row": row,
            "order": row.read_content(),
            "invoice": found,
            "shipment": _shipment(row),
            "key_groups": [found.key[at : at + 4] for at in range(0, len(found.key), 4)],
            "bars": lines,
            "bars_width": width,
            "xml": _path_of(found.xml_url),
        }
        return Template("store/danfe.html", context=context)

    def _web_link(shipment: Shipment | None) -> str:
        """Where the parcel can be followed; empty when that is no web address."""
        url = (shipment.tracking_url if shipment else None) or ""
        outward = store.address.outward(url.encode(errors="replace")).decode()
        return outward if is_web_address(outward) else ""

    def _row(shop: Shop, number: int) -> OrderRow:
        row = store.orders.by_number(shop.shop, number) if number < 10**12 else None
        if row is None:
            raise NotFoundException
        return row

    async def _take(
        request: Call,
        shop: Shop,
        number: int,
        step: Callable[[Form], Awaitable[OrderRow]],
        words: str,
    ) -> Redirect:
        """Take a step, or say why not."""
        _row(shop, number)
        try:
            await step(await read_form(request))
            tell(request, words)
        except Refusal as refusal:
            tell(request, in_words(refusal), "danger")
        return Redirect(f"{ORDERS}/{number}", status_code=303)

    return [show, invoice, dispatch, inform, deliver, cancel, danfe]


def events(row: OrderRow, invoice: Invoice | None, shipment: Shipment | None) -> list[Event]:
    """What happened, in its order: the facts that the event feed tells."""
    found = [Event(row.created_at, _("Pedido recebido"))]
    if invoice is not None:
        found.append(Event(invoice.issued_at, _("Nota fiscal %s emitida") % invoice.number))
    if shipment is not None:
        words = _("Despachado por %s") % shipment.carrier
        found.append(Event(shipment.dispatched_at, words))
    if row.delivered_at is not None:
        found.append(Event(row.delivered_at, _("Entregue")))
    if row.status == OrderStatus.CANCELED and row.canceled_at is not None:
        found.append(Event(row.canceled_at, _("Cancelado")))
    return found


def _parcel(form: Form) -> DispatchWish:
    """Carrier and tracking, as far as they were typed; the rest is made up."""
    return DispatchWish(
        form.text("carrier")[:200] or None, None, form.text("tracking_code")[:100] or None
    )


def _invoice(row: OrderRow) -> Invoice | None:
    return _invoice_decoder.decode(row.invoice) if row.invoice else None


def _shipment(row: OrderRow) -> Shipment | None:
    return _shipment_decoder.decode(row.shipment) if row.shipment else None


def _path_of(address: str) -> str:
    """The path of a link to this store itself, whose port may be another today."""
    return "/" + address.split("/", 3)[3]
