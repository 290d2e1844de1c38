"""The hub client against real sockets: every bad answer becomes a typed failure, and only one."""

import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import pytest
from raw_server import FixedAccess, Reply, Request, http, raw_server

from ponte.domain.failures import (
    AlreadySo,
    Failure,
    Missing,
    Refused,
    Throttled,
    Transient,
    Unauthorised,
)
from ponte.domain.hub_order import OrderPage
from ponte.domain.hub_product import HubProduct
from ponte.http import exchange
from ponte.http.exchange import open_session
from ponte.http.pacing import Pace
from ponte.hub.client import HubAccount, HubClient

_T = TypeVar("_T")
Call = Callable[[HubClient], Awaitable[object]]

MOMENT = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)

CALLS: dict[str, Call] = {
    "put_sku": lambda hub: hub.put_sku("CAM-1", b'{"price":10.50}'),
    "put_stock": lambda hub: hub.put_stock("CAM-1", 5),
    "get_sku": lambda hub: hub.get_sku("CAM-1"),
    "list_products": lambda hub: hub.list_products(None),
    "get_order": lambda hub: hub.get_order("606adfc2b2b8f8a5c0b1d2e3"),
    "list_orders": lambda hub: hub.list_orders(MOMENT, MOMENT, None),
    "update_order": lambda hub: hub.update_order("606adfc2b2b8f8a5c0b1d2e3", b"{}"),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
READS = pytest.mark.parametrize(
    "call",
    [CALLS[name] for name in ("get_sku", "list_products", "get_order", "list_orders")],
    ids=["get_sku", "list_products", "get_order", "list_orders"],
)


async def ask(
    call: Callable[[HubClient], Awaitable[_T]], *answers: Reply, access: FixedAccess | None = None
) -> tuple[_T | Failure, list[Request]]:
    """What `call` gives or raises when the hub answers so, and what the hub was asked."""
    script = list(answers)

    def reply(_: Request) -> Reply:
        return script.pop(0) if len(script) > 1 else script[0]

    async with raw_server(reply) as server, open_session() as session:
        hub = HubClient(session, server.url, access or FixedAccess(), Pace())
        try:
            return await call(hub), server.requests
        except Failure as failure:
            return failure, server.requests


BAD_ANSWERS: dict[str, bytes] = {
    "no answer": b"",
    "not http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "html instead of json": http(200, "<html><h1>Bem-vindo</h1></html>", Content_Type="text/html"),
    "truncated json": http(200, b'{"Product": {"sku": "CAM-1", "pri'),
    "truncated body": b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"Product": {}}',
    "not utf-8": http(200, b'{"Product": {"sku": "\xff\xfe"}}'),
    "deep json": http(200, b"[" * 100_000),
    "a number": http(200, "7"),
    "a word": http(200, '"ok"'),
    "null": http(200, "null"),
    "broken gzip": http(200, b"no gzip at all", Content_Encoding="gzip"),
    "a redirect": http(302, "", Location="http://127.0.0.1:9/"),
    "a permanent redirect": http(308, "", Location="http://127.0.0.1:9/"),
    "an error page": http(502, "<html>Bad Gateway</html>"),
    "an error in json": http(500, {"error": True, "type": "validation"}),
    "unavailable": http(503, ""),
    "request timeout": http(408, ""),
}


@EVERY_CALL
@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_a_confused_hub_is_transient(call: Call, answer: bytes) -> None:
    result, _ = await ask(call, answer)
    assert type(result) is Transient


@EVERY_CALL
async def test_no_connection_is_transient(call: Call) -> None:
    async with open_session() as session:
        hub = HubClient(session, "http://127.0.0.1:9", FixedAccess(), Pace())
        with pytest.raises(Transient):
            await call(hub)


async def test_a_silent_hub_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "CALL_SECONDS", 0.2)
    result, _ = await ask(CALLS["get_sku"], None)
    assert type(result) is Transient
    assert "no answer within" in str(result)


async def test_a_redirect_is_not_followed() -> None:
    elsewhere: list[Request] = []

    def keep(request: Request) -> bytes:
        elsewhere.append(request)
        return http(200, {"Product": {"sku": "CAM-1"}})

    async with raw_server(keep) as other:
        result, _ = await ask(CALLS["get_sku"], http(307, "", Location=other.url))
    assert type(result) is Transient
    assert elsewhere == []


@READS
@pytest.mark.parametrize("body", ["{}", '{"error": false}', '{"Product": 3, "Order": "x"}', ""])
async def test_a_read_that_shows_nothing_is_transient(call: Call, body: str) -> None:
    result, _ = await ask(call, http(200, body))
    assert type(result) is Transient


@EVERY_CALL
@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (http(429, "", Retry_After="7"), 7.0),
        (http(429, "<html>slow down</html>"), None),
        (http(429, "", Retry_After="soon"), None),
        (http(429, "", Retry_After="999999"), 300.0),
        (
            http(
                429,
                "",
                Retry_After="Mon, 02 Mar 2026 12:00:30 GMT",
                Date="Mon, 02 Mar 2026 12:00:00 GMT",
            ),
            30.0,
        ),
        (http(503, "", Retry_After="2"), 2.0),
    ],
)
async def test_a_throttling_hub_says_how_long(
    call: Call, answer: bytes, seconds: float | None
) -> None:
    result, _ = await ask(call, answer)
    assert isinstance(result, Throttled)
    assert result.retry_after == seconds


@EVERY_CALL
@pytest.mark.parametrize(
    "refusal",
    [
        http(401, {"error": "invalid_token", "error_description": "expired"}),
        http(401, ""),
        http(400, {"error": "invalid_token"}),
        http(403, {"error": "expired_token"}),
    ],
)
async def test_a_refused_token_is_renewed_once(call: Call, refusal: bytes) -> None:
    access = FixedAccess()
    result, requests = await ask(call, refusal, refusal, access=access)
    assert isinstance(result, Unauthorised)
    assert access.renewals == 1
    assert [request.headers["authorization"] for request in requests] == [
        "Bearer first-token",
        "Bearer second-token",
    ]


async def test_a_renewed_token_carries_the_call_through() -> None:
    good = http(200, {"Product": {"id": "a" * 24, "sku": "CAM-1", "quantity": "5"}})
    result, requests = await ask(CALLS["put_stock"], http(401, ""), good)
    assert not isinstance(result, Failure)
    assert requests[0].body == requests[1].body


@EVERY_CALL
async def test_what_does_not_exist_is_missing(call: Call) -> None:
    for answer in (
        http(404, {"error": True, "type": "not_found", "message": "Not found"}),
        http(404, ""),
        http(400, {"error": True, "type": "not_updated", "details": "Order not found"}),
        http(200, {"error": True, "type": "not_found"}),
    ):
        result, _ = await ask(call, answer)
        assert isinstance(result, Missing), answer


@READS
async def test_a_proxys_page_does_not_make_an_order_vanish(call: Call) -> None:
    result, _ = await ask(call, http(404, "<html>nginx</html>"))
    assert type(result) is Transient


async def test_a_web_server_that_dislikes_one_sku_refuses_that_one_only() -> None:
    result, _ = await ask(CALLS["put_sku"], http(414, "<html>URI too long</html>"))
    assert isinstance(result, Refused)
    assert result.code == "http_414"


@EVERY_CALL
async def test_invalid_fields_are_refused_with_the_hubs_words(call: Call) -> None:
    body = {
        "error": True,
        "type": "validation",
        "message": "An error occurred, see details for more information.",
        "details": {"price": ["must be a number"]},
    }
    for status in (400, 422, 200, 201):
        result, _ = await ask(call, http(status, body))
        assert type(result) is Refused
        assert isinstance(result, Refused)
        assert result.code == "validation"
        assert result.details == "must be a number"


@pytest.mark.parametrize("status", [200, 400, 404, 409, 422])
@pytest.mark.parametrize("error", [True, "true", 1, "1"])
async def test_changes_not_found_is_success_whatever_its_status(status: int, error: object) -> None:
    body = {
        "error": error,
        "type": "not_updated",
        "message": "An error occurred, see details for more information.",
        "details": "Changes not found in the order",
    }
    result, _ = await ask(CALLS["update_order"], http(status, body))
    assert isinstance(result, AlreadySo)


async def test_an_order_update_that_shows_nothing_concludes_nothing() -> None:
    for body in ("", "{}", '{"Order": {"id": "606adfc2b2b8f8a5c0b1d2e3"}}'):
        result, _ = await ask(CALLS["update_order"], http(200, body))
        assert result is None


async def test_a_message_never_holds_a_token_or_a_buyer() -> None:
    body = {
        "error": True,
        "type": "validation",
        "details": "payer_cpf 390.533.447-05 of maria@example.com is invalid",
    }
    for answer in (http(400, body), http(401, ""), b"rubbish\r\n\r\n", b"", http(500, "")):
        result, _ = await ask(CALLS["update_order"], answer)
        assert isinstance(result, Failure)
        told = "".join(traceback.format_exception(result)) + repr(result) + str(vars(result))
        for secret in ("first-token", "second-token", "390.533", "maria@"):
            assert secret not in told
    assert "CPF" not in str(result)


@pytest.mark.parametrize(
    ("sku", "path"),
    [
        ("CAM-1", "/skus/CAM-1"),
        ("a b", "/skus/a%20b"),
        ("maçã", "/skus/ma%C3%A7%C3%A3"),
        ("100%", "/skus/100%25"),
        ("a?b#c&d+e", "/skus/a%3Fb%23c%26d%2Be"),
        ("%2e%2e", "/skus/%252e%252e"),
        ("a\\b", "/skus/a%5Cb"),
    ],
)
async def test_a_strange_sku_reaches_the_hub_whole(sku: str, path: str) -> None:
    _, requests = await ask(lambda hub: hub.get_sku(sku), http(200, {"Product": {"sku": sku}}))
    assert requests[0].target == path


@pytest.mark.parametrize("sku", ["", "a/b", ".", ".."])
async def test_a_sku_that_cannot_stand_in_a_path_is_refused_unsent(sku: str) -> None:
    result, requests = await ask(lambda hub: hub.put_sku(sku, b"{}"), http(200, "{}"))
    assert isinstance(result, Refused)
    assert requests == []


async def test_stock_is_overwritten_never_increased() -> None:
    _, requests = await ask(CALLS["put_stock"], http(200, "{}"))
    assert requests[0].target == "/skus/CAM-1/stock"
    assert requests[0].body == b'{"action":"update","quantity":5,"sku":"CAM-1"}'


async def test_a_products_answer_is_read_as_shown() -> None:
    body = {"Product": {"id": "a" * 24, "sku": "CAM-1", "price": "1.234,5", "special_price": None}}
    result, _ = await ask(lambda hub: hub.put_sku("CAM-1", b"{}"), http(200, body))
    assert isinstance(result, HubProduct)
    assert (result.own.price, result.own.special_price) == (Decimal("1234.50"), None)


async def test_orders_are_asked_for_by_a_window_rounded_outwards() -> None:
    empty = http(200, {"total": 0, "showing": 0, "limit": 100, "next": None, "result": []})
    _, requests = await ask(CALLS["list_orders"], empty)
    window = "2026-03-01T12:00:00Zto2026-03-01T12:00:01Z"
    assert requests[0].target == f"/orders?modified={window}&limit=100"


async def list_all(hub: HubClient) -> OrderPage:
    return await hub.list_orders(MOMENT, MOMENT, None)


def order(number: int) -> dict[str, object]:
    return {"Order": {"id": f"{number:024x}", "status": "Approved", "modified": "2026-03-01"}}


async def test_a_list_is_followed_by_what_the_answer_says() -> None:
    page = http(200, {"limit": 2, "next": f"{2:024x}", "result": [order(1), order(2)]})
    result, _ = await ask(list_all, page)
    assert isinstance(result, OrderPage)
    assert result.next == f"{2:024x}"
    assert [listing.status for listing in result.orders] == ["approved"] * 2


async def test_a_full_page_without_next_is_followed_from_its_last_entry() -> None:
    page = http(200, {"limit": 2, "result": [order(1), order(2)]})
    result, _ = await ask(lambda hub: hub.list_orders(MOMENT, MOMENT, None, 2), page)
    assert isinstance(result, OrderPage)
    assert result.next == f"{2:024x}"
    result, _ = await ask(lambda hub: hub.list_orders(MOMENT, MOMENT, None, 3), page)
    assert isinstance(result, OrderPage)
    assert result.next == f"{2:024x}", "the hub's own limit counts"


async def test_a_list_that_stands_still_does_not_loop() -> None:
    page = http(200, {"limit": 1, "next": f"{1:024x}", "result": [order(1)]})
    result, _ = await ask(lambda hub: hub.list_orders(MOMENT, MOMENT, f"{1:024x}"), page)
    assert type(result) is Transient


async def test_one_unreadable_entry_does_not_fail_its_page() -> None:
    page = http(200, {"limit": 100, "result": [7, None, {"Order": []}, order(4)]})
    result, _ = await ask(list_all, page)
    assert isinstance(result, OrderPage)
    assert [listing.id for listing in result.orders] == [f"{4:024x}"]


@pytest.mark.parametrize(
    ("answer", "account"),
    [
        (http(200, {"id": 5910, "name": "Loja", "email": "x"}), HubAccount(5910, "Loja")),
        (http(200, {"User": {"id": "5910", "name": None}}), HubAccount(5910, "5910")),
        (http(200, {"result": [{"User": {"id": 5910, "name": "Loja"}}]}), HubAccount(5910, "Loja")),
        (http(404, {"error": True, "type": "not_found"}), None),
        (http(404, "<html>no such page</html>"), None),
        (http(403, {"error": True, "type": "forbidden"}), None),
        (http(200, "<html>panel</html>"), None),
        (http(200, {"id": None}), None),
    ],
)
async def test_the_account_is_told_where_the_hub_tells_it(
    answer: bytes, account: HubAccount | None
) -> None:
    result, _ = await ask(lambda hub: hub.account(), answer)
    assert result == account


async def test_every_call_is_measured() -> None:
    seen: list[tuple[str, int]] = []

    def observe(kind: str, status: int, seconds: float) -> None:
        assert 0 < seconds < 30
        seen.append((kind, status))

    script = [http(200, "{}"), http(500, ""), b""]
    async with raw_server(lambda _: script.pop(0)) as server, open_session() as session:
        hub = HubClient(session, server.url, FixedAccess(), Pace(), observe)
        await hub.put_stock("CAM-1", 1)
        for _ in range(2):
            with pytest.raises(Transient):
                await hub.put_stock("CAM-1", 1)
    assert seen == [("put_stock", 200), ("put_stock", 500), ("put_stock", 0)]
