"""Orders into the store and its events back, against real sockets."""

import json
import traceback
from datetime import UTC, datetime

import pytest
from raw_server import http
from webstore_calls import CALLS, ORDER, ORDER_ID, ask

from ponte.domain.failures import Missing, Refused, Transient
from ponte.domain.store_order import (
    EventPage,
    EventType,
    TakenOrder,
)


async def test_an_order_travels_as_the_contract_says() -> None:
    taken = {"hub_order_id": ORDER_ID, "number": "100023", "status": "approved", "canceled": False}
    for status in (200, 201):
        result, requests = await ask(lambda store: store.put_order(ORDER), http(status, taken))
        assert result == TakenOrder(ORDER_ID, "100023")
    assert requests[0].target == f"/api/v1/orders/{ORDER_ID}"
    sent = json.loads(requests[0].body)
    assert sent["totals"]["total"] == "141.90"
    assert sent["items"][0]["sku"] == "CAM/1"
    assert sent["placed_at"] == "2026-03-02T14:05:09Z"
    assert sent["buyer"]["document"] == "39053344705"


async def test_another_orders_answer_is_not_believed() -> None:
    answer = http(200, {"hub_order_id": "f" * 24, "number": "1"})
    result, _ = await ask(CALLS["put_order"], answer)
    assert isinstance(result, Transient)


@pytest.mark.parametrize(
    "code", ["unknown_sku", "invalid_document", "invalid_order", "insufficient_stock"]
)
async def test_a_refused_order_says_why(code: str) -> None:
    error = {"code": code, "message": "No product has the SKU CAM/1.", "field": "items[0].sku"}
    result, _ = await ask(CALLS["put_order"], http(422, {"error": error}))
    assert type(result) is Refused
    assert isinstance(result, Refused)
    assert result.code == code
    assert result.details == "No product has the SKU CAM/1. (items[0].sku)"


async def test_a_refusal_does_not_repeat_the_buyers_document() -> None:
    error = {"code": "invalid_document", "message": "CPF 390.533.447-05 de a@b.example inválido"}
    result, _ = await ask(CALLS["put_order"], http(422, {"error": error}))
    assert isinstance(result, Refused)
    told = "".join(traceback.format_exception(result)) + str(vars(result))
    assert "390" not in told
    assert "a@b" not in told
    assert "CPF … de … inválido" in told


async def test_cancelling_tells_unknown_from_too_late() -> None:
    unknown = http(404, {"error": {"code": "not_found", "message": "No order."}})
    result, _ = await ask(CALLS["cancel_order"], unknown)
    assert isinstance(result, Missing)
    late = http(409, {"error": {"code": "already_dispatched", "message": "Dispatched."}})
    result, _ = await ask(CALLS["cancel_order"], late)
    assert isinstance(result, Refused)
    assert not isinstance(result, Missing)
    assert result.code == "already_dispatched"
    done = {"hub_order_id": ORDER_ID, "number": "1", "status": "canceled"}
    result, requests = await ask(CALLS["cancel_order"], http(200, done))
    assert result is None
    assert json.loads(requests[0].body) == {"reason": "canceled by the buyer"}


EVENT = {
    "sequence": 3,
    "hub_order_id": ORDER_ID,
    "number": "100023",
    "type": "dispatched",
    "occurred_at": "2026-03-02T14:05:09-03:00",
    "invoice": {
        "key": "3" * 44,
        "number": "12",
        "series": "1",
        "issued_at": "2026-03-02T14:00:00-03:00",
        "xml_url": "https://loja.example/nfe.xml",
        "cfops": ["5102", "6102"],
    },
    "shipment": {
        "carrier": "Correios",
        "method": "PAC",
        "tracking_code": "AA123456789BR",
        "tracking_url": None,
        "dispatched_at": "2026-03-02T14:05:09-03:00",
    },
    "delivered_at": None,
}


async def events_of(*events: object) -> EventPage:
    """How the client reads these events."""
    answer = http(200, {"events": events, "next_after": 9, "has_more": False})
    result, _ = await ask(lambda store: store.order_events(0, 100), answer)
    assert isinstance(result, EventPage)
    return result


async def test_an_event_is_read_whole() -> None:
    (event,) = (await events_of(EVENT)).events
    assert event.unreadable is None
    assert event.type is EventType.DISPATCHED
    assert event.occurred_at == datetime(2026, 3, 2, 17, 5, 9, tzinfo=UTC)
    assert event.invoice is not None
    assert event.invoice.cfops == ("5102", "6102")
    assert event.dispatch is not None
    assert event.dispatch.tracking_code == "AA123456789BR"


@pytest.mark.parametrize(
    ("defect", "named"),
    [
        ({"type": "returned"}, "type"),
        ({"type": None}, "type"),
        ({"sequence": []}, "sequence"),
        ({"number": None}, "number"),
        ({"occurred_at": "ontem"}, "occurred_at"),
        ({"invoice": {"key": None}}, "invoice"),
        ({"invoice": "yes"}, "invoice"),
        ({"shipment": {"carrier": "Correios"}}, "shipment"),
        ({"delivered_at": "logo"}, "delivered_at"),
    ],
)
async def test_an_event_that_is_not_whole_says_so_and_never_stops_the_feed(
    defect: dict[str, object], named: str
) -> None:
    bad, good = (await events_of(EVENT | defect, EVENT)).events
    assert bad.unreadable is not None
    assert named in bad.unreadable
    assert good.unreadable is None
