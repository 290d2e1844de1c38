"""Reading the store's order events and order answers, entry by entry.

An event that cannot be read in full says so itself and never stops the feed: without its invoice
one order waits for a person, but with the feed stopped all of them would.
"""

from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from ponte.domain.failures import Transient
from ponte.domain.readings import flag, mapping, members, moment, text, whole
from ponte.domain.store_order import (
    Dispatch,
    EventPage,
    EventType,
    Invoice,
    OrderEvent,
    TakenOrder,
)
from ponte.http.exchange import NotJson, decode_json
from ponte.stores.webstore.wire import check_advance, fault_of

# Stands where an event gives no readable time; such an event is marked unreadable.
_NO_TIME = datetime.fromtimestamp(0, UTC)


class _EventPage(Struct):
    events: list[Raw]
    next_after: int
    has_more: bool


_PAGE = msgspec.json.Decoder(_EventPage)
_TYPES = {kind.value: kind for kind in EventType}


def read_event_page(call: str, body: bytes, after: int) -> EventPage:
    """A page of the order-event feed; `Transient` where it is malformed or does not advance."""
    try:
        page = _PAGE.decode(body)
    except (ValueError, RecursionError) as error:
        raise Transient(f"{call}: the page is malformed ({fault_of(error)})") from error
    check_advance(call, after, page.next_after, page.has_more)
    events = tuple(_read_event(bytes(event), page.next_after) for event in page.events)
    return EventPage(events, page.next_after, page.has_more)


def read_taken_order(call: str, value: object, hub_order_id: str) -> TakenOrder:
    """The store's answer to an order; `Transient` where it does not tell the order's number.

    Nothing is lost by that: the repeated PUT is answered as the first was.
    """
    fields = mapping(value)
    store_number = text(fields.get("number"))
    if store_number is None or text(fields.get("hub_order_id")) != hub_order_id:
        raise Transient(f"{call}: the answer does not tell the order's number")
    return TakenOrder(hub_order_id, store_number, flag(fields.get("canceled")) is True)


def _read_event(raw: bytes, next_after: int) -> OrderEvent:
    faults: list[str] = []
    try:
        fields = mapping(decode_json(raw))
    except NotJson:
        fields = {}
    sequence = whole(fields.get("sequence"))
    kind = _TYPES.get(text(fields.get("type")) or "")
    occurred_at = moment(fields.get("occurred_at"))
    number = text(fields.get("number"))
    required = {"sequence": sequence, "type": kind, "occurred_at": occurred_at, "number": number}
    faults.extend(name for name, value in required.items() if value is None)
    return OrderEvent(
        next_after if sequence is None else sequence,
        text(fields.get("hub_order_id")),
        number or "",
        kind or EventType.CREATED,
        occurred_at or _NO_TIME,
        _invoice(fields.get("invoice"), faults),
        _dispatch(fields.get("shipment"), faults),
        _shown_moment(fields.get("delivered_at"), "delivered_at", faults),
        f"not readable: {', '.join(faults)}" if faults else None,
    )


def _shown_moment(value: object, name: str, faults: list[str]) -> datetime | None:
    at = moment(value)
    if at is None and value is not None:
        faults.append(name)
    return at


def _invoice(value: object, faults: list[str]) -> Invoice | None:
    if value is None:
        return None
    fields = mapping(value)
    key, number = text(fields.get("key")), text(fields.get("number"))
    issued_at = moment(fields.get("issued_at"))
    if key is None or number is None or issued_at is None:
        faults.append("invoice")
        return None
    return Invoice(
        key,
        number,
        text(fields.get("series")) or "",
        issued_at,
        text(fields.get("xml_url")),
        tuple(cfop for value in members(fields.get("cfops")) if (cfop := text(value)) is not None),
    )


def _dispatch(value: object, faults: list[str]) -> Dispatch | None:
    if value is None:
        return None
    fields = mapping(value)
    carrier, code = text(fields.get("carrier")), text(fields.get("tracking_code"))
    dispatched_at = moment(fields.get("dispatched_at"))
    if carrier is None or code is None or dispatched_at is None:
        faults.append("shipment")
        return None
    return Dispatch(
        carrier, code, dispatched_at, text(fields.get("method")), text(fields.get("tracking_url"))
    )
