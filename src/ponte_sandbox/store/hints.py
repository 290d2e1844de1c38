"""Signed hints to the registered addresses: "a feed moved, read it again" (Standard Webhooks).

Two dangers. A shop that changes a thousand times a second must not send a thousand hints: changes
are gathered for a moment, and while one hint of a kind is under way to an address, all further ones
become a single next one. And a dead address must not hold up others or the API: every address has
its own lane, attempts are bounded in time and number, and nothing waits for them. Best effort:
hints are not kept over a restart, a reader that must miss nothing polls.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import aiohttp
from msgspec import Struct, json
from standardwebhooks import Webhook

from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.orders import Orders
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.shops import Shops

# How long changes are gathered before hints go out: within the contract's 50 ms with room for the
# commit and the call itself.
GATHER_SECONDS = 0.02
# Pauses between the attempts for one hint; after the last one it is given up. A further change
# ends a pause early, so that a receiver that is back hears of it at once, but never the first
# half second of one, so that a dead address costs two attempts a second at most.
RETRY_SECONDS = (0.5, 2.0, 8.0, 30.0, 30.0)
LEAST_PAUSE_SECONDS = 0.5
# An address that has not answered by then is taken for dead (Standard Webhooks advises 15 to 30 s
# for work; a hint asks for none).
ANSWER_SECONDS = 5.0
# Connections to hinted addresses at once: a thousand shops usually share one receiver.
CONNECTIONS = 64

_logger = logging.getLogger(__name__)


class HintType(StrEnum):
    """Which feed moved."""

    PRODUCTS = "products.changed"
    ORDERS = "orders.changed"


class _Hook(NamedTuple):
    """One app's address at one shop."""

    shop: int
    client_id: str
    url: str
    secret: str


class _Lane(NamedTuple):
    """What is sent one after the other: one kind of hint of one shop to one app."""

    shop: int
    client_id: str
    kind: HintType


class _Hint(Struct):
    type: str
    store_id: str
    sequence: int


class Hints:
    """Gathers changes and sends hints for them until its `run` is cancelled."""

    def __init__(self, storage: Storage, shops: Shops, faults: FaultBox) -> None:
        self._storage = storage
        self._shops = shops
        self._faults = faults
        self._moved: set[tuple[int, HintType]] = set()
        self._wake = asyncio.Event()
        # Lanes with a hint under way; the event says that another one is wanted after it.
        self._busy: dict[_Lane, asyncio.Event] = {}

    def products_changed(self, shop: int) -> None:
        """The shop's product feed moved."""
        self._mark(shop, HintType.PRODUCTS)

    def orders_changed(self, shop: int) -> None:
        """The shop's order-event feed moved."""
        self._mark(shop, HintType.ORDERS)

    def register(self, shop: int, client_id: str, url: str, secret: str) -> None:
        """Send the shop's hints for this app to `url`, signed with `secret` (base64)."""
        self._storage.write(
            "INSERT OR REPLACE INTO webhooks (shop, client_id, url, secret) VALUES (?, ?, ?, ?)",
            (shop, client_id, url, secret),
        )

    def remove(self, shop: int, client_id: str) -> None:
        """No more hints of this shop for this app."""
        self._storage.write(
            "DELETE FROM webhooks WHERE shop = ? AND client_id = ?", (shop, client_id)
        )

    async def run(self, products: Products, orders: Orders) -> None:
        """Send hints as feeds move; ends by cancellation."""
        newest = {
            HintType.PRODUCTS: products.newest_sequence,
            HintType.ORDERS: orders.newest_sequence,
        }
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
            asyncio.TaskGroup() as lanes,
        ):
            while True:
                await self._wake.wait()
                await asyncio.sleep(GATHER_SECONDS)
                self._wake.clear()
                moved, self._moved = self._moved, set()
                # A hint must not be earlier than what it speaks of.
                await self._storage.committed()
                for shop, kind in moved:
                    for hook in self._hooks(shop):
                        lane = _Lane(shop, hook.client_id, kind)
                        if lane in self._busy:
                            self._busy[lane].set()
                        else:
                            self._busy[lane] = asyncio.Event()
                            lanes.create_task(self._drive(session, lane, newest[kind]))

    async def _drive(
        self, session: aiohttp.ClientSession, lane: _Lane, newest: Callable[[int], int]
    ) -> None:
        """Send one hint, and another one as long as the feed moved meanwhile."""
        again = self._busy[lane]
        try:
            while True:
                hook = self._hook(lane)
                if hook is None:
                    return
                again.clear()
                await self._deliver(session, hook, lane.kind, newest(lane.shop), again)
                if not again.is_set():
                    return
        finally:
            del self._busy[lane]

    async def _deliver(
        self,
        session: aiohttp.ClientSession,
        hook: _Hook,
        kind: HintType,
        sequence: int,
        again: asyncio.Event,
    ) -> None:
        """One hint, with faults and retries; given up after the last, or for a newer one."""
        shop = self._shops.get(hook.shop)
        chance, wrong = self._faults.chance, self._faults.faults.notifications
        if shop is None or chance.random() < wrong.lost_share:
            return
        if wrong.delay_ms_max:
            await asyncio.sleep(chance.uniform(0, wrong.delay_ms_max) / 1000)
        message_id = f"msg_{secrets.token_hex(12)}"
        body = json.encode(_Hint(kind, shop.store_id, sequence)).decode()
        for pause in RETRY_SECONDS:
            if await self._post(session, hook, message_id, body):
                break
            if await _set_within(again, pause):
                return
        else:
            _logger.warning("hint for shop %s given up: %s", hook.shop, hook.url)
            return
        if chance.random() < wrong.repeat_share:
            await self._post(session, hook, message_id, body)

    async def _post(
        self, session: aiohttp.ClientSession, hook: _Hook, message_id: str, body: str
    ) -> bool:
        """One attempt; whether it was received."""
        moment = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(hook.secret).sign(message_id, moment, body),
        }
        try:
            async with session.post(
                hook.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            _logger.info("hint for shop %s not delivered: %r", hook.shop, error)
            return False

    def _mark(self, shop: int, kind: HintType) -> None:
        self._moved.add((shop, kind))
        self._wake.set()

    def _hooks(self, shop: int) -> list[_Hook]:
        rows = self._storage.read(
            "SELECT shop, client_id, url, secret FROM webhooks WHERE shop = ?", (shop,)
        )
        return [_Hook(*row) for row in rows]

    def _hook(self, lane: _Lane) -> _Hook | None:
        return next((h for h in self._hooks(lane.shop) if h.client_id == lane.client_id), None)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event that long, and at least the shortest pause; whether it is set."""
    await asyncio.sleep(min(LEAST_PAUSE_SECONDS, seconds))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds - LEAST_PAUSE_SECONDS):
            await event.wait()
    return event.is_set()
