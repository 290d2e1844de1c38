"""What the hub still has to be told of an order: invoice, dispatch, delivery, step by step.

The store's facts are *desired*, what the hub has shown or accepted is *acknowledged*; the next step
is the first difference, in the order of the manual: Faturado (R6), Despachado (R7), or both at once
as Entrega informada (R8). Before each step the order is read from the hub: a step that arrived
although its answer was lost is recognised there, and the shipment's id is re-used, or the hub would
duplicate the delivery (pluggto-api.md [D]).

Facts are acknowledged whole, so that a correction (another link under the same key) differs; and in
the store's words, so that a hub that writes them otherwise makes no difference.
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
    """Acknowledged: the facts the hub has, in the store's words, and whether delivery is known."""

    invoice: Invoice | None = None
    dispatch: Dispatch | None = None
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
    invoice_due = invoice is not None and invoice != acked.invoice
    dispatch_due = facts.dispatch is not None and facts.dispatch != acked.dispatch
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
    progress = _PROGRESS.get(order.status, 0)
    invoice, dispatch = acked.invoice, acked.dispatch
    if facts.invoice and progress >= 1 and _shows(order, _invoice_fields(facts.invoice)):
        invoice = facts.invoice
    if facts.dispatch and progress >= 2 and _shows(order, _dispatch_fields(facts.dispatch)):
        dispatch = facts.dispatch
    delivered = acked.delivered or (facts.delivered_at is not None and progress == 4)
    return AckedFacts(invoice, dispatch, delivered)


def _shows(order: HubOrder, fields: dict[str, str]) -> bool:
    """Whether a delivery has all of these. Where the hub writes one otherwise, the step is sent
    once more, with the shipment's id, and its being accepted then counts."""
    return any(
        all((getattr(shipment, name) or "") == value for name, value in fields.items())
        for shipment in order.shipments
    )


def _invoiced(invoice: Invoice, acked: AckedFacts, order: HubOrder) -> ReportStep:
    code = acked.dispatch.tracking_code if acked.dispatch else None
    shipment = _addressed(order, _invoice_fields(invoice), invoice.key, code)
    return _step(order, "invoiced", shipment, msgspec.structs.replace(acked, invoice=invoice))


def _dispatched(
    dispatch: Dispatch, invoice: Invoice | None, acked: AckedFacts, order: HubOrder
) -> ReportStep:
    key = invoice.key if invoice else None
    fields = _sent_fields(dispatch, order)
    shipment = _addressed(order, fields, key, dispatch.tracking_code)
    after = msgspec.structs.replace(acked, dispatch=dispatch)
    step = _step(order, "shipped", shipment, after)
    fallback = _step(order, "shipping_informed", shipment, after)
    return msgspec.structs.replace(step, fallback=fallback.body if step.status else None)


def _delivery_informed(
    invoice: Invoice, dispatch: Dispatch, acked: AckedFacts, order: HubOrder
) -> ReportStep:
    fields = _invoice_fields(invoice) | _sent_fields(dispatch, order)
    shipment = _addressed(order, fields, invoice.key, dispatch.tracking_code)
    after = AckedFacts(invoice, dispatch, acked.delivered)
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
    order: HubOrder, fields: dict[str, str], key: str | None, code: str | None
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


def _invoice_fields(invoice: Invoice) -> dict[str, str]:
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


def _sent_fields(dispatch: Dispatch, order: HubOrder) -> dict[str, str]:
    """The parcel and its status, which a late correction must not set back."""
    fields = _dispatch_fields(dispatch)
    return fields if order.status == "delivered" else {**fields, "status": "shipped"}


def _dispatch_fields(dispatch: Dispatch) -> dict[str, str]:
    fields = {
        "shipping_company": dispatch.carrier,
        "track_code": dispatch.tracking_code,
        "date_shipped": dispatch.dispatched_at.isoformat(),
    }
    if dispatch.method:
        fields["shipping_method"] = dispatch.method
    if dispatch.tracking_url:
        fields["track_url"] = dispatch.tracking_url
    return fields
