"""The store client against real sockets: bad pages are transient, bad items come back as such."""

import json
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import pytest
from raw_server import FixedAccess, Reply, Request, http, raw_server

from ponte.domain.catalogue import ChangePage, Dimensions, StoreFacts
from ponte.domain.failures import Failure, Missing, Refused, Throttled, Transient, Unauthorised
from ponte.domain.store_order import (
    Buyer,
    Delivery,
    EventPage,
    EventType,
    StoreItem,
    StoreOrder,
    StorePayment,
    TakenOrder,
    Totals,
)
from ponte.http.exchange import open_session
from ponte.stores.port import StorePort
from ponte.stores.webstore.client import WebstoreClient

_T = TypeVar("_T")
Call = Callable[[StorePort], Awaitable[object]]

ORDER_ID = "606adfc2b2b8f8a5c0b1d2e3"
ORDER = StoreOrder(
    hub_order_id=ORDER_ID,
    hub_order_number="1001",
    marketplace_order_id="2000001234567890",
    channel="MercadoLivre",
    placed_at=datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC),
    approved_at=None,
    totals=Totals(
        Decimal("129.90"), Decimal("12.00"), Decimal("0.00"), Decimal("0.00"), Decimal("141.90")
    ),
    buyer=Buyer("Compradora", "cpf", "39053344705", email="compradora@example.com"),
    delivery=Delivery("Compradora", "Rua A", "1", "Centro", "São Paulo", "SP", "01310100", "BR"),
    items=(
        StoreItem(
            "CAM/1", "CAM-1", "Camiseta", 1, Decimal("129.90"), Decimal("0.00"), Decimal("129.90")
        ),
    ),
    payments=(StorePayment("credit", 3, Decimal("141.90")),),
)

CALLS: dict[str, Call] = {
    "facts": lambda store: store.facts(),
    "product_changes": lambda store: store.product_changes(0, 100),
    "products_by_sku": lambda store: store.products_by_sku(["CAM-1"]),
    "put_order": lambda store: store.put_order(ORDER),
    "cancel_order": lambda store: store.cancel_order(ORDER_ID, "canceled by the buyer"),
    "order_events": lambda store: store.order_events(0, 100),
    "register_webhook": lambda store: store.register_webhook("https://p.example/h/1", "c2VjcmV0"),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)

FACTS = {
    "id": "shop-1",
    "name": "Loja",
    "domain": "loja.example",
    "currency": "BRL",
    "weight_unit": "kg",
    "product_count": 3,
}
PRODUCT = {
    "id": "1001",
    "sku": "CAM/1",
    "name": "Camiseta",
    "published": True,
    "price": "79.90",
    "special_price": None,
    "stock": 7,
    "ean": None,
    "description": "<p>Algodão</p>",
    "dimensions": {"length_cm": "20", "width_cm": "15.5", "height_cm": "3", "weight": "250"},
    "categories": ["Moda > Camisetas"],
    "attributes": [{"code": "cor", "label": "Cor", "value_code": "azul", "value": "Azul"}],
    "photos": [{"url": "https://c.example/1.jpg", "title": "", "position": 0}],
    "variations": [
        {"sku": "CAM/1-M", "price": "79.90", "stock": 7, "attributes": [], "photos": []},
    ],
}


async def ask(
    call: Callable[[StorePort], Awaitable[_T]], *answers: Reply
) -> tuple[_T | Failure, list[Request]]:
    """What `call` gives or raises when the store answers so, and what the store was asked."""
    script = list(answers)

    def reply(request: Request) -> Reply:
        if request.target == "/api/v1/store" and call is not CALLS["facts"]:
            return http(200, FACTS)
        return script.pop(0) if len(script) > 1 else script[0]

    async with raw_server(reply) as server, open_session() as session:
        store = WebstoreClient(session, server.url, FixedAccess())
        try:
            return await call(store), server.requests
        except Failure as failure:
            return failure, server.requests


def change_page(*items: object, next_after: int = 9, has_more: bool = False) -> bytes:
    """An answer of the change feed."""
    return http(200, {"items": items, "next_after": next_after, "has_more": has_more})


async def changes_of(*items: object) -> ChangePage:
    """How the client reads these items of a change page."""
    result, _ = await ask(lambda store: store.product_changes(0, 100), change_page(*items))
    assert isinstance(result, ChangePage)
    return result


@EVERY_CALL
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"rubbish\r\n\r\n",
        http(302, "", Location="http://127.0.0.1:9/"),
        http(500, {"error": {"code": "unknown_sku", "message": ""}}),
        http(502, "<html>Bad Gateway</html>"),
        http(503, {"error": {"code": "unavailable", "message": "Try again."}}),
        http(404, "<html>no such shop</html>"),
        http(403, "<html>blocked</html>"),
        http(400, '{"error": "what"}'),
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}",
    ],
)
async def test_a_confused_store_is_transient(call: Call, answer: bytes) -> None:
    result, _ = await ask(call, answer)
    assert type(result) is Transient


@pytest.mark.parametrize(
    "name", ["facts", "product_changes", "products_by_sku", "put_order", "order_events"]
)
@pytest.mark.parametrize(
    "body",
    [
        "<html>Loja</html>",
        '{"items": [',
        b"\xff\xfe",
        "[]",
        "{}",
        "null",
        "7",
        b"[" * 100_000,
        '{"items": null, "products": null, "events": null, "next_after": 1, "has_more": false}',
        '{"items": {}, "products": {}, "events": {}, "next_after": "x", "has_more": 3}',
        '{"id": null, "number": null, "hub_order_id": []}',
    ],
)
async def test_an_answer_that_is_no_page_is_transient(name: str, body: bytes | str) -> None:
    result, _ = await ask(CALLS[name], http(200, body))
    assert type(result) is Transient


@pytest.mark.parametrize("has_more", [True, False])
async def test_a_feed_that_goes_back_is_not_followed(has_more: bool) -> None:
    page = {"items": [], "events": [], "next_after": 4, "has_more": has_more}
    for call in (
        lambda store: store.product_changes(5, 100),
        lambda store: store.order_events(5, 100),
    ):
        result, _ = await ask(call, http(200, page))
        assert type(result) is Transient


async def test_a_feed_that_stands_still_and_has_more_is_not_followed() -> None:
    page = {"items": [], "events": [], "next_after": 5, "has_more": True}
    result, _ = await ask(lambda store: store.product_changes(5, 100), http(200, page))
    assert type(result) is Transient


async def test_a_poll_that_finds_nothing_is_one_request() -> None:
    page = change_page(next_after=17)
    result, requests = await ask(lambda store: store.product_changes(17, 100), page)
    assert result == ChangePage((), 17, False)
    assert [request.target for request in requests] == [
        "/api/v1/products/changes?after=17&limit=100"
    ]


async def test_a_family_is_read_whole_with_its_weight_in_kilograms() -> None:
    grams = FACTS | {"weight_unit": "g"}
    item = {"sequence": 9, "id": "1001", "sku": "CAM/1", "deleted": False, "product": PRODUCT}

    def reply(request: Request) -> bytes:
        return http(200, grams) if request.target.endswith("/store") else change_page(item)

    async with raw_server(reply) as server, open_session() as session:
        store = WebstoreClient(session, server.url, FixedAccess())
        page = await store.product_changes(0, 100)
        await store.product_changes(0, 100)
    product = page.changes[0].product
    assert product is not None
    assert product.sku == "CAM/1"
    assert product.price == Decimal("79.90")
    assert product.dimensions == Dimensions(
        Decimal(20), Decimal("15.5"), Decimal(3), Decimal("0.250")
    )
    assert [variation.sku for variation in product.variations] == ["CAM/1-M"]
    assert sum(r.target.endswith("/store") for r in server.requests) == 1


async def test_an_unknown_weight_unit_is_refused_not_guessed() -> None:
    result, _ = await ask(CALLS["facts"], http(200, FACTS | {"weight_unit": "arroba"}))
    assert isinstance(result, Refused)
    assert result.code == "unknown_weight_unit"


DEFECTS: dict[str, object] = {
    "price in words": PRODUCT | {"price": "grátis"},
    "price not a number": PRODUCT | {"price": "NaN"},
    "no price": {name: value for name, value in PRODUCT.items() if name != "price"},
    "null name": PRODUCT | {"name": None},
    "stock in halves": PRODUCT | {"stock": 0.5},
    "absurd stock": PRODUCT | {"stock": 10**15},
    "sku is a list": PRODUCT | {"sku": []},
    "variations is a word": PRODUCT | {"variations": "none"},
    "weight in words": PRODUCT | {"dimensions": dict.fromkeys(PRODUCT["dimensions"], "leve")},  # type: ignore[call-overload]  # a plain dict of the test
    "not shown": None,
    "a number": 7,
}


@pytest.mark.parametrize("product", DEFECTS.values(), ids=DEFECTS)
async def test_a_malformed_product_never_blocks_another(product: object) -> None:
    page = await changes_of(
        {"sequence": 7, "id": "1", "sku": "A", "deleted": False, "product": product},
        {"sequence": 8, "id": "1001", "sku": "CAM/1", "deleted": False, "product": PRODUCT},
        {"sequence": 9, "id": "3", "sku": "C", "deleted": True, "product": None},
    )
    bad, good, gone = page.changes
    assert (bad.sequence, bad.key, bad.product) == (7, "1", None)
    assert bad.unreadable
    assert not bad.deleted
    assert "grátis" not in bad.unreadable
    assert good.product is not None
    assert gone.deleted


async def test_numbers_as_strings_are_read() -> None:
    odd = PRODUCT | {"stock": "7", "published": 1}
    page = await changes_of(
        {"sequence": "7", "id": "1001", "sku": "CAM/1", "deleted": "false", "product": odd}
    )
    product = page.changes[0].product
    assert product is not None
    assert (product.stock, product.published) == (7, True)


@pytest.mark.parametrize("item", [None, 7, [], {}, {"id": {}}, {"sequence": None, "id": None}])
async def test_an_item_that_tells_nothing_is_still_told(item: object) -> None:
    page = await changes_of(item)
    assert page.changes[0].unreadable
    assert page.changes[0].sequence == page.next_after


async def test_a_nul_character_does_not_reach_the_ledger() -> None:
    odd = PRODUCT | {"name": "Cami\x00seta"}
    page = await changes_of(
        {"sequence": 7, "id": "1001", "sku": "CAM/1", "deleted": False, "product": odd}
    )
    assert page.changes[0].product is not None
    assert page.changes[0].product.name == "Camiseta"


async def test_an_unreadable_product_of_a_batch_is_left_out() -> None:
    answer = http(200, {"products": [PRODUCT | {"price": []}, PRODUCT], "missing": []})
    result, _ = await ask(lambda store: store.products_by_sku(["CAM/1", "B"]), answer)
    assert not isinstance(result, Failure)
    assert [product.key for product in result] == ["1001"]


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
    assert type(result) is Transient


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


@EVERY_CALL
async def test_access_that_ended_needs_a_person(call: Call) -> None:
    expired = http(401, {"error": {"code": "unauthorized", "message": "expired"}})
    result, requests = await ask(call, expired, expired)
    assert isinstance(result, Unauthorised)
    tokens = {request.headers["authorization"] for request in requests}
    assert tokens == {"Bearer first-token", "Bearer second-token"}
    scope = http(403, {"error": {"code": "insufficient_scope", "message": "needs orders:write"}})
    result, _ = await ask(call, scope)
    assert isinstance(result, Unauthorised)


@EVERY_CALL
async def test_a_throttling_store_says_how_long(call: Call) -> None:
    error = {"error": {"code": "too_many_requests", "message": "Wait 3 s."}}
    result, _ = await ask(call, http(429, error, Retry_After="3"))
    assert isinstance(result, Throttled)
    assert result.retry_after == 3.0


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


async def test_the_store_tells_who_it_is() -> None:
    result, _ = await ask(CALLS["facts"], http(200, FACTS))
    assert result == StoreFacts("shop-1", "Loja", "loja.example", 3)
