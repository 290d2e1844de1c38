"""The store client against real sockets: a confused, closed or slow store is told apart."""

import pytest
from raw_server import http
from webstore_calls import CALLS, EVERY_CALL, FACTS, Call, ask, change_page

from ponte.domain.catalogue import ChangePage, StoreFacts
from ponte.domain.failures import Refused, Throttled, Transient, Unauthorised


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
    assert isinstance(result, Transient)


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
    assert isinstance(result, Transient)


@pytest.mark.parametrize("has_more", [True, False])
async def test_a_feed_that_goes_back_is_not_followed(has_more: bool) -> None:
    page = {"items": [], "events": [], "next_after": 4, "has_more": has_more}
    for call in (
        lambda store: store.product_changes(5, 100),
        lambda store: store.order_events(5, 100),
    ):
        result, _ = await ask(call, http(200, page))
        assert isinstance(result, Transient)


async def test_a_feed_that_stands_still_and_has_more_is_not_followed() -> None:
    page = {"items": [], "events": [], "next_after": 5, "has_more": True}
    result, _ = await ask(lambda store: store.product_changes(5, 100), http(200, page))
    assert isinstance(result, Transient)


async def test_a_poll_that_finds_nothing_is_one_request() -> None:
    page = change_page(next_after=17)
    result, requests = await ask(lambda store: store.product_changes(17, 100), page)
    assert result == ChangePage((), 17, False)
    assert [request.target for request in requests] == [
        "/api/v1/products/changes?after=17&limit=100"
    ]


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


async def test_the_store_tells_who_it_is() -> None:
    result, _ = await ask(CALLS["facts"], http(200, FACTS))
    assert result == StoreFacts("shop-1", "Loja", "loja.example", 3)


async def test_an_unknown_weight_unit_is_refused_not_guessed() -> None:
    result, _ = await ask(CALLS["facts"], http(200, FACTS | {"weight_unit": "arroba"}))
    assert isinstance(result, Refused)
    assert result.code == "unknown_weight_unit"
