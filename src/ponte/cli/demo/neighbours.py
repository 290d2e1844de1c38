"""The hub and the store as anybody with access meets them: their public APIs, read by the demo.

The administration APIs are used to act (orders, changes, faults), never to judge. Faults that the
demo itself switched on hit its own reads too, so those are repeated. Calls of the hub are counted,
to be taken off what `GET /_sandbox/calls` counted: what is left is what Ponte needed.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from ponte.cli.demo.shapes import FeedEntry, HubOrder, HubProduct, StoreOrder

_T = TypeVar("_T")

# Reads are repeated this often; with every twentieth call failing, all of them fail once in 10^10.
_TRIES = 8
_PAUSE_SECONDS = 0.1
_TIMEOUT = aiohttp.ClientTimeout(total=30)
# The largest pages of both.
_HUB_PAGE = 100
_STORE_PAGE = 500
_STORE_API = "/api/v1"


class CallFailed(Exception):
    """A sandbox answered in a way the demo cannot go on with; the message says which and how."""


class Refused(CallFailed):
    """Answered 4xx: what was asked for is not possible (any more)."""


def open_session() -> aiohttp.ClientSession:
    """A session for both; connections are not kept, so that aiohttp repeats no call by itself and
    every one is counted."""
    connector = aiohttp.TCPConnector(force_close=True)
    return aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)


class Neighbour:
    """One of the two programs at its address."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.token = ""
        # Calls made, by "METHOD route".
        self.own_calls: Counter[str] = Counter()

    async def admin(self, method: str, path: str, body: object = None) -> Any:
        """A call of the administration API; its JSON, None when there is none. Not repeated."""
        return await self._call(method, f"/_sandbox/{path}", body=body)

    async def read(self, route: str, shape: type[_T], query: Mapping[str, str | int]) -> _T:
        """`GET route` with the access token, as `shape`; repeated while faults hit it."""
        failure: Exception | None = None
        for _ in range(_TRIES):
            self.own_calls[f"GET {route}"] += 1
            try:
                return msgspec.json.decode(await self._fetch("GET", route, query), type=shape)
            except Refused:
                raise
            except (CallFailed, aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
                failure = error
                await asyncio.sleep(_PAUSE_SECONDS)
        raise CallFailed(f"GET {self.url}{route} failed {_TRIES} times") from failure

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = await self._fetch(method, path, {}, body)
        return msgspec.json.decode(answer) if answer else None

    async def _fetch(
        self, method: str, path: str, query: Mapping[str, str | int], body: object = None
    ) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(
            method, self.url + path, params=query, json=body, headers=headers
        ) as answer:
            content = await answer.read()
        if answer.status >= 400:
            kind = Refused if answer.status < 500 else CallFailed
            said = content[:300].decode(errors="replace")
            raise kind(f"{method} {self.url}{path} was answered {answer.status}: {said}")
        return content


class _Entry(Struct, frozen=True):
    product: HubProduct | None = msgspec.field(default=None, name="Product")
    order: HubOrder | None = msgspec.field(default=None, name="Order")


class _HubList(Struct, frozen=True):
    result: tuple[_Entry, ...]
    next: str | None = None
    total: int = 0


class CallCount(Struct, frozen=True):
    """An entry of `GET /_sandbox/calls`."""

    method: str
    route: str
    status: int
    account: str
    count: int


class Hub(Neighbour):
    """The sandbox hub, and one account of it."""

    account: dict[str, Any]

    async def log_in(self) -> None:
        """Take the first account, and a token of its API user for reading."""
        self.account = (await self.admin("GET", "accounts"))[0]
        form = {name: self.account[name] for name in ("client_id", "client_secret")}
        form |= {name: self.account[name] for name in ("username", "password")}
        self.own_calls["POST /oauth/token"] += 1
        async with self.http.post(
            f"{self.url}/oauth/token", data={"grant_type": "password", **form}
        ) as answer:
            if answer.status != 200:
                raise CallFailed(f"the hub refuses its own account: {answer.status}")
            self.token = (await answer.json())["access_token"]

    async def product_count(self) -> int:
        """How many products the account has."""
        return (await self.read("/products", _HubList, {"limit": 1})).total

    async def products(self) -> list[HubProduct]:
        """All products of the account."""
        return [entry.product for entry in await self._list("/products") if entry.product]

    async def orders(self) -> list[HubOrder]:
        """All orders of the account."""
        return [entry.order for entry in await self._list("/orders") if entry.order]

    async def _list(self, route: str) -> list[_Entry]:
        entries: list[_Entry] = []
        query: dict[str, str | int] = {"limit": _HUB_PAGE, "sort": "created"}
        while True:
            page = await self.read(route, _HubList, query)
            entries += page.result
            if page.next is None:
                return entries
            query["next"] = page.next

    async def cancel(self, order_id: str) -> None:
        """The buyer changes their mind: the order is canceled in the hub, if it is not yet."""
        route = "/orders/{id}"
        for _ in range(_TRIES):
            self.own_calls[f"PUT {route}"] += 1
            try:
                await self._call("PUT", f"/orders/{order_id}", {"status": "canceled"})
            except Refused:
                # Canceled already, by the call before, whose answer was lost.
                return
            except (CallFailed, aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return
        raise CallFailed(f"order {order_id} cannot be canceled in the hub")

    async def ponte_calls(self) -> Counter[str]:
        """What Ponte called so far, by "METHOD route"."""
        counts = (await self.admin("GET", "calls"))["calls"]
        calls = Counter[str]()
        for count in msgspec.convert(counts, list[CallCount]):
            calls[f"{count.method} {count.route}"] += count.count
        calls.subtract(self.own_calls)
        return +calls


class _Feed(Struct, frozen=True):
    items: tuple[FeedEntry, ...]
    next_after: int
    has_more: bool


class _Orders(Struct, frozen=True):
    orders: tuple[StoreOrder, ...]
    next_after: int
    has_more: bool


class Store(Neighbour):
    """The sandbox store, and its first shop."""

    account: dict[str, Any]

    async def log_in(self) -> None:
        """Take the first shop, and its own access token for reading."""
        self.account = (await self.admin("GET", "accounts"))[0]
        self.token = self.account["access_token"]

    async def merchant(self, method: str, path: str, body: object = None) -> Any:
        """A merchant's action in the shop. Raises `Refused` when it is out of order."""
        return await self.admin(method, f"shops/{self.account['shop']}/{path}", body)

    async def feed(self) -> list[FeedEntry]:
        """The whole change feed: every family as it is now, and what was deleted."""
        entries: list[FeedEntry] = []
        after, more = 0, True
        while more:
            query = {"after": after, "limit": _STORE_PAGE}
            page = await self.read(f"{_STORE_API}/products/changes", _Feed, query)
            entries += page.items
            after, more = page.next_after, page.has_more
        return entries

    async def orders(self, after: int = 0) -> list[StoreOrder]:
        """All orders with a number above `after`, the hub's and its own."""
        orders: list[StoreOrder] = []
        more = True
        while more:
            query = {"after": after, "limit": _STORE_PAGE}
            page = await self.read(f"{_STORE_API}/orders", _Orders, query)
            orders += page.orders
            after, more = page.next_after, page.has_more
        return orders

    async def order_calls(self) -> int:
        """How many orders were put or canceled so far, by anybody."""
        counts = msgspec.convert((await self.admin("GET", "calls"))["calls"], list[CallCount])
        return sum(count.count for count in counts if count.method in ("PUT", "POST"))
