"""What the hub still has to be told of an order: invoice, dispatch, delivery, step by step.

The store's facts are *desired*, what the hub has shown or accepted is *acknowledged*; the next step
is the first difference, in the order of the manual: Faturado (R6), Despachado (R7), or both at once
as Entrega informada (R8). Before each step the order is read from the hub: a step that arrived
although its answer was lost is recognised there, and the shipment's id is re-used, or the hub would
duplicate the delivery (pluggto-api.md [D]).
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.documents import nfe_key_problem
from ponte.domain.hub_order import HubOrder, HubShipment
from ponte.domain.orders import CANCELED
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.rules import ReportMode
from ponte.domain.store_order import Dispatch, Invoice

# How far an order is; a report never sets an order back.
_PROGRESS = {
    "invoiced": 1,
    "shipping_informed": 2,
    "shipped": 3,
    "delivered": 4,
}


class OrderFacts(Struct, frozen=True):
    """Desired: what the store told of an order."""

    invoice: Invoice | None = None
    dispatch: Dispatch | None = None
    delivered_at: datetime | None = None


class AckedFacts(Struct, frozen=True):
    """Acknowledged: invoice key and tracking code the hub has, and whether delivery is known."""

    invoice_key: str | None = None
    tracking_code: str | None = None
    delivered: bool = False


class ReportStep(Struct, frozen=True):
    """One PUT to the order, and what is acknowledged when the hub accepts it."""

    body: bytes
    acked: AckedFacts
    # The status it sets, "" when the order is already further.
    status: str
    # Another way to say the same, for a hub that does not know the first status ([A]).
    fallback: bytes | None = None
    # Refused, it is no pendência: the manual does not ask for it.
    optional: bool = False


_encoder = msgspec.json.Encoder()


def next_step(
    facts: OrderFacts, acked: AckedFacts, order: HubOrder, mode: ReportMode
) -> ReportStep | Problem | None:
    """The next thing to tell, or None when the hub knows everything there is to tell."""
    if order.status in CANCELED:
        return None
    invoice = facts.invoice
    invoice_due = invoice is not None and invoice.key != acked.invoice_key
    dispatch_due = (
        facts.dispatch is not None and facts.dispatch.tracking_code != acked.tracking_code
    )
    if invoice is not None and invoice_due:
        defect = nfe_key_problem(invoice.key)
        if defect:
            return Problem(ProblemCode.INVALID_INVOICE_KEY, defect)
    if mode is ReportMode.AT_ONCE:
        if invoice is None or facts.dispatch is None:
            return None
        if invoice_due or dispatch_due:
            return _delivery_informed(invoice, facts.dispatch, acked, order)
    elif invoice is not None and invoice_due:
        return _invoiced(invoice, acked, order)
    elif facts.dispatch is not None and dispatch_due:
        return _dispatched(facts.dispatch, facts.invoice, acked, order)
    if facts.delivered_at is not None and not acked.delivered and not dispatch_due:
        return _delivered(facts, facts.delivered_at, acked, order)
    return None


def shown_facts(facts: OrderFacts, acked: AckedFacts, order: HubOrder) -> AckedFacts:
    """What the order itself shows as known: a step whose answer we never got is seen here."""
    keys = {shipment.nfe_key for shipment in order.shipments}
    codes = {shipment.track_code for shipment in order.shipments}
    progress = _PROGRESS.get(order.status, 0)
    invoice_key, tracking_code = acked.invoice_key, acked.tracking_code
    if facts.invoice and facts.invoice.key in keys and progress >= 1:
        invoice_key = facts.invoice.key
    if facts.dispatch and facts.dispatch.tracking_code in codes and progress >= 2:
        tracking_code = facts.dispatch.tracking_code
    delivered = acked.delivered or (facts.delivered_at is not None and progress == 4)
    return AckedFacts(invoice_key, tracking_code, delivered)


def _invoiced(invoice: Invoice, acked: AckedFacts, order: HubOrder) -> ReportStep:
    shipment = _addressed(order, _invoice_fields(invoice), invoice.key, acked.tracking_code)
    return _step(
        order, "invoiced", shipment, msgspec.structs.replace(acked, invoice_key=invoice.key)
    )


def _dispatched(
    dispatch: Dispatch, invoice: Invoice | None, acked: AckedFacts, order: HubOrder
) -> ReportStep:
    key = invoice.key if invoice else None
    shipment = _addressed(order, _dispatch_fields(dispatch), key, dispatch.tracking_code)
    after = msgspec.structs.replace(acked, tracking_code=dispatch.tracking_code)
    step = _step(order, "shipped", shipment, after)
    fallback = _step(order, "shipping_informed", shipment, after)
    return msgspec.structs.replace(step, fallback=fallback.body)


def _delivery_informed(
    invoice: Invoice, dispatch: Dispatch, acked: AckedFacts, order: HubOrder
) -> ReportStep:
    fields = _invoice_fields(invoice) | _dispatch_fields(dispatch)
    shipment = _addressed(order, fields, invoice.key, dispatch.tracking_code)
    after = AckedFacts(invoice.key, dispatch.tracking_code, acked.delivered)
    return _step(order, "shipping_informed", shipment, after)


def _delivered(
    facts: OrderFacts, delivered_at: datetime, acked: AckedFacts, order: HubOrder
) -> ReportStep:
    key = facts.invoice.key if facts.invoice else None
    code = facts.dispatch.tracking_code if facts.dispatch else None
    fields = {"status": "delivered", "date_delivered": delivered_at.isoformat()}
    step = _step(
        order,
        "delivered",
        _addressed(order, fields, key, code),
        msgspec.structs.replace(acked, delivered=True),
    )
    return msgspec.structs.replace(step, optional=True)


def _step(order: HubOrder, status: str, shipment: dict[str, Any], acked: AckedFacts) -> ReportStep:
    body: dict[str, Any] = {"shipments": [shipment]}
    advances = _PROGRESS[status] > _PROGRESS.get(order.status, 0)
    if advances:
        body = {"status": status, **body}
    return ReportStep(_encoder.encode(body), acked, status if advances else "")


def _addressed(
    order: HubOrder, fields: dict[str, Any], key: str | None, code: str | None
) -> dict[str, Any]:
    """The shipment's fields, with the id of the delivery they belong to where there is one."""
    shipment = _matching(order.shipments, key, code)
    return fields if shipment is None else {"id": shipment.id, **fields}


def _matching(
    shipments: tuple[HubShipment, ...], key: str | None, code: str | None
) -> HubShipment | None:
    known = [shipment for shipment in shipments if shipment.id]
    for shipment in known:
        if (key and shipment.nfe_key == key) or (code and shipment.track_code == code):
            return shipment
    return known[0] if known else None


def _invoice_fields(invoice: Invoice) -> dict[str, Any]:
    fields = {
        "nfe_key": invoice.key,
        "nfe_number": invoice.number,
        "nfe_serie": invoice.series,
        "nfe_date": invoice.issued_at.isoformat(),
    }
    if invoice.xml_url:
        fields["nfe_link"] = invoice.xml_url
    if invoice.cfops:
        fields["cfops"] = ",".join(invoice.cfops)
    return fields


def _dispatch_fields(dispatch: Dispatch) -> dict[str, Any]:
    fields = {
        "shipping_company": dispatch.carrier,
        "track_code": dispatch.tracking_code,
        "status": "shipped",
        "date_shipped": dispatch.dispatched_at.isoformat(),
    }
    if dispatch.method:
        fields["shipping_method"] = dispatch.method
    if dispatch.tracking_url:
        fields["track_url"] = dispatch.tracking_url
    return fields
