"""Freight: the hub asks, and says what came back, how late, and why it was of no use."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from hub_process import HubApi, HubProcess
from raw_server import Reply, Request, http, raw_server

_CART = [{"sku": "F-1", "quantity": 2}, {"sku": "F-2-A"}]
_QUOTE = {
    "shipping_company": "Correios",
    "shipping_method": "SEDEX",
    "price": 21.5,
    "delivery_time": 2,
}


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    api = hub.api()
    side = {"length": 10, "width": 20, "height": 30, "weight": 0.5}
    api.put_sku("F-1", price=50, special_price=45, dimension=side)
    api.put_sku("F-2", price=9, dimension=side, variations=[{"sku": "F-2-A", "price": 8}])
    return api


@pytest.fixture(autouse=True)
def nobody_is_asked_afterwards(hub: HubProcess, api: HubApi) -> Iterator[None]:
    yield
    register(hub, None)


def register(hub: HubProcess, url: str | None) -> None:
    client_id = hub.accounts()[0]["client_id"]
    hub.admin("PUT", "freight", {"client_id": client_id, "url": url})


async def ask(hub: HubProcess, reply: Reply, **wish: object) -> tuple[dict[str, Any], Request]:
    """What the hub says of an answer, and what it had asked."""
    async with raw_server(lambda _: reply) as server:
        await asyncio.to_thread(register, hub, server.url)
        body = {"account": 5910, "destination_postalcode": "01310-100", "products": _CART, **wish}
        said = await asyncio.to_thread(hub.admin, "POST", "freight-questions", body)
        return said, server.requests[0]


async def test_the_documented_question_is_asked_and_its_answer_shown(hub: HubProcess) -> None:
    said, request = await ask(hub, http(200, {"quotes": [_QUOTE]}))
    # A busy machine may be too slow for the hub's patience; then it says so, and nothing else.
    assert said["problem"] is None or said["problem"]["code"] == "too_late", said
    if said["accepted"]:
        assert said["quotes"] == [_QUOTE]
        assert said["took_ms"] <= 200
    assert (said["status"], said["answer"]) == (200, json.dumps({"quotes": [_QUOTE]}))
    asked = json.loads(request.body)
    assert asked == said["question"]
    assert asked["destination_postalcode"] == "01310-100"
    assert asked["products"] == [
        {"sku": "F-1", "quantity": 2, "unit_price": 45, "weight": 0.5, "height": 30,
         "length": 10, "width": 20},
        {"sku": "F-2-A", "quantity": 1, "unit_price": 8, "weight": 0.5, "height": 30,
         "length": 10, "width": 20},
    ]  # fmt: skip


async def test_a_place_says_where_it_is_sent_from(hub: HubProcess, api: HubApi) -> None:
    place = {"code": "CD-F", "zipcode": "06460000", "city": "Barueri", "state": "SP"}
    assert api.call("POST", "/places", place).status_code == 201
    _, request = await ask(hub, http(200, {"quotes": []}), place="CD-F")
    asked = json.loads(request.body)
    assert {name: asked[name] for name in asked if name.startswith("origin_")} == {
        "origin_postalcode": "06460000",
        "origin_city": "Barueri",
        "origin_state": "SP",
        "origin_country": "BR",
    }


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http(500, {"quotes": [_QUOTE]}), "wrong_status"),
        (http(302, b"", Location="http://127.0.0.1:9/"), "wrong_status"),
        (http(200, "<html>"), "not_json"),
        (http(200, {"quotes": [{**_QUOTE, "price": -1}]}), "wrong_shape"),
        (http(200, b"[" * 200_000), "too_large"),
        (b"nonsense", "unreachable"),
        (b"", "unreachable"),
    ],
)
async def test_an_answer_of_no_use_is_said_why(hub: HubProcess, reply: bytes, code: str) -> None:
    said, _ = await ask(hub, reply)
    assert (said["accepted"], said["quotes"]) == (False, [])
    assert said["problem"]["code"] == code
    assert said["problem"]["reason"]


async def test_a_late_answer_is_told_how_late_while_the_api_goes_on(
    hub: HubProcess, api: HubApi
) -> None:
    asking = asyncio.create_task(ask(hub, None))
    answered = 0
    while not asking.done():
        answer = await asyncio.to_thread(api.call, "GET", "/skus/F-1")
        assert answer.elapsed.total_seconds() < 1
        answered += 1
    said, _ = await asking
    assert (said["accepted"], said["problem"]["code"]) == (False, "too_late")
    assert said["took_ms"] > 1900
    assert answered > 20


async def test_only_so_many_questions_are_under_way(hub: HubProcess) -> None:
    wish = {"account": 5910, "destination_postalcode": "01310100", "products": _CART}
    address = f"{hub.base_url}/_sandbox/freight-questions"

    def status(_: int) -> int:
        return requests.post(address, json=wish, timeout=10).status_code

    async with raw_server(lambda _: None) as server:
        await asyncio.to_thread(register, hub, server.url)
        with ThreadPoolExecutor(20) as callers:
            asking = [
                asyncio.get_running_loop().run_in_executor(callers, status, number)
                for number in range(20)
            ]
            statuses = await asyncio.gather(*asking)
    assert sorted(statuses) == [200] * 16 + [429] * 4


def test_nobody_listening_is_said(hub: HubProcess) -> None:
    register(hub, "http://127.0.0.1:9/freight")
    said = hub.admin(
        "POST",
        "freight-questions",
        {"account": 5910, "destination_postalcode": "01310100", "products": _CART},
    )
    assert said["problem"]["code"] == "unreachable"
    assert said["status"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": 1},
        {"destination_postalcode": "1"},
        {"products": []},
        {"products": [{"sku": "NOBODY"}]},
        {"products": [{"sku": "F-1", "quantity": 0}]},
        {"place": "NOWHERE"},
        {"client_id": "nobody"},
    ],
)
def test_a_question_that_cannot_be_is_refused(hub: HubProcess, wrong: dict[str, object]) -> None:
    register(hub, "http://127.0.0.1:9/")
    wish = {"account": 5910, "destination_postalcode": "01310100", "products": _CART, **wrong}
    answer = requests.post(f"{hub.base_url}/_sandbox/freight-questions", json=wish, timeout=10)
    assert answer.status_code == 400, answer.text


def test_without_an_address_nobody_is_asked(hub: HubProcess) -> None:
    wish = {"account": 5910, "destination_postalcode": "01310100", "products": _CART}
    answer = requests.post(f"{hub.base_url}/_sandbox/freight-questions", json=wish, timeout=10)
    assert answer.status_code == 400
    assert "/_sandbox/freight" in answer.json()["error"]["message"]
    assert hub.admin("GET", "freight") == []
    for address in ({"client_id": "x", "url": "http://127.0.0.1:9/"}, {"client_id": "x"}):
        refused = requests.put(f"{hub.base_url}/_sandbox/freight", json=address, timeout=10)
        assert refused.status_code == 400
