"""Hints: signed, soon after a change, few however many the changes, and nobody else's burden."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook
from store_orders import assert_obeys, make_order
from store_process import StoreProcess, store_process

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "300") as process:
        product = {"sku": "DICA", "name": "Dica", "price": "10.00", "stock": 1}
        process.merchant("POST", "products", json=product)
        yield process


@dataclass
class Receiver:
    """An address that takes hints, and answers the first ones with `refusals`."""

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    hints: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        Webhook(SECRET).verify(body, dict(request.headers))
        self.times.append(time.monotonic())
        self.ids.append(request.headers["webhook-id"])
        if self.refusals:
            return web.Response(status=self.refusals.pop(0))
        self.hints.append(json.loads(body))
        self.arrived.set()
        return web.Response(status=204)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.hints) < count:
                self.arrived.clear()
                await self.arrived.wait()

    async def quiet(self) -> None:
        """Until nothing has arrived for a while."""
        while True:
            self.arrived.clear()
            try:
                async with asyncio.timeout(0.4):
                    await self.arrived.wait()
            except TimeoutError:
                return


@asynccontextmanager
async def receiving(store: StoreProcess, *refusals: int) -> AsyncIterator[Receiver]:
    """A receiver registered as shop 1's webhook, removed at the end."""
    receiver = Receiver(refusals=list(refusals))
    app = web.Application()
    app.router.add_post("/hints", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/hints"
    wish = {"url": receiver.url, "secret": SECRET}
    await asyncio.sleep(0.2)  # what changed before is no longer hinted to whoever comes now
    answer = await asyncio.to_thread(store.api, "PUT", "webhook", json=wish)
    assert answer.status_code == 200
    try:
        yield receiver
    finally:
        await asyncio.to_thread(store.api, "DELETE", "webhook")
        await runner.cleanup()


async def merchant(store: StoreProcess, method: str, path: str, **content: Any) -> Any:
    answer = await asyncio.to_thread(store.merchant, method, path, json=content)
    return answer.json()


async def test_a_change_is_hinted_soon_and_signed(store: StoreProcess) -> None:
    async with receiving(store) as receiver:
        began = time.monotonic()
        await merchant(store, "PUT", "stock", sku="DICA", stock=7)
        await receiver.wait_for(1)
        assert receiver.times[0] - began < 1.0
        (hint,) = receiver.hints
        assert_obeys("Hint", hint)
        assert hint == {
            "type": "products.changed",
            "store_id": store.account["store_id"],
            "sequence": store.changes()[-1]["sequence"],
        }


async def test_a_thousand_changes_make_few_hints_and_the_last_one_is_covered(
    store: StoreProcess,
) -> None:
    async with receiving(store) as receiver:
        await merchant(store, "POST", "changes", count=1000, kinds={"stock": 1})
        await receiver.wait_for(1)
        await receiver.quiet()
        assert len(receiver.hints) < 50
        assert receiver.hints[-1]["sequence"] == store.changes()[-1]["sequence"]
        assert len(set(receiver.ids)) == len(receiver.ids)


async def test_an_order_hints_both_feeds(store: StoreProcess) -> None:
    async with receiving(store) as receiver:
        order = make_order(("DICA", 1, "10.00"))
        path = f"orders/{order['hub_order_id']}"
        await asyncio.to_thread(store.api, "PUT", path, json=order)
        await receiver.wait_for(2)
        kinds = {hint["type"] for hint in receiver.hints}
        assert kinds == {"orders.changed", "products.changed"}


async def test_a_hint_refused_is_sent_again_under_the_same_id(store: StoreProcess) -> None:
    async with receiving(store, 500) as receiver:
        await merchant(store, "PUT", "stock", sku="DICA", stock=8)
        await receiver.wait_for(1)
        assert len(receiver.ids) == 2
        assert len(set(receiver.ids)) == 1


async def test_a_receiver_that_is_back_hears_of_the_next_change_at_once(
    store: StoreProcess,
) -> None:
    async with receiving(store, *[503] * 2) as receiver:
        await merchant(store, "PUT", "stock", sku="DICA", stock=20)
        await asyncio.sleep(0.8)  # two attempts failed, the third is due in 1.7 s
        assert receiver.hints == []
        began = time.monotonic()
        await merchant(store, "PUT", "stock", sku="DICA", stock=21)
        await receiver.wait_for(1)
        assert receiver.times[-1] - began < 1.0
        assert receiver.hints[0]["sequence"] == store.changes()[-1]["sequence"]


async def test_a_removed_webhook_gets_nothing(store: StoreProcess) -> None:
    async with receiving(store) as receiver:
        answer = await asyncio.to_thread(store.api, "DELETE", "webhook")
        assert answer.status_code == 204
        await merchant(store, "PUT", "stock", sku="DICA", stock=9)
        await asyncio.sleep(0.4)
        assert receiver.hints == []


async def test_a_dead_address_slows_nobody_down(store: StoreProcess) -> None:
    wish = {"url": "http://127.0.0.1:9/dead", "secret": SECRET}
    (other,) = store.admin("POST", "accounts", json={"count": 1}).json()
    answer = store.api("PUT", "webhook", token=other["access_token"], json=wish)
    assert answer.status_code == 200
    store.merchant("POST", "catalogue", shop=other["shop"], json={"families": 20})
    async with receiving(store) as receiver:
        began = time.monotonic()
        await merchant(store, "PUT", "stock", sku="DICA", stock=11)
        await receiver.wait_for(1)
        assert receiver.times[0] - began < 1.0


async def test_lost_and_repeated_hints_can_be_asked_for(store: StoreProcess) -> None:
    def ask(**shares: float) -> None:
        answer = store.admin("PUT", "faults", json={"notifications": shares, "seed": 1})
        assert answer.status_code == 200

    async with receiving(store) as receiver:
        await asyncio.to_thread(ask, lost_share=1.0)
        await merchant(store, "PUT", "stock", sku="DICA", stock=12)
        await asyncio.sleep(0.4)
        assert receiver.hints == []
        await asyncio.to_thread(ask, repeat_share=1.0)
        await merchant(store, "PUT", "stock", sku="DICA", stock=13)
        await receiver.wait_for(2)
        assert len(set(receiver.ids)) == 1
        await asyncio.to_thread(ask)


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("ftp://a.example/", SECRET),
        ("/hints", SECRET),
        ("http://", SECRET),
        ("http://a.example:99999/", SECRET),
        ("http://[::1", SECRET),
        ("http://a.example/", "whsec_" + base64.b64encode(b"x" * 23).decode()),
        ("http://a.example/", "não é base64"),
        ("http://a.example/", "A" * 33),
    ],
)
def test_a_webhook_that_cannot_work_is_refused(store: StoreProcess, url: str, secret: str) -> None:
    answer = store.api("PUT", "webhook", json={"url": url, "secret": secret})
    assert answer.status_code == 400
    assert_obeys("Error", answer.json())
