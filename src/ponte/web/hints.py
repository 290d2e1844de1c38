"""Where hub and stores say that something may have changed.

Nothing that is said here is believed: a hint only wakes a loop, which reads the truth itself. The
hub does not sign its notifications, so an order id is only *wanted*; a store signs its hints. Both
are answered when the wish is committed, and not before.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Generic, TypeVar

from litestar import Router, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Meta, Struct

from ponte.ledger import connections, orders
from ponte.ledger.connections import Concerned
from ponte.ledger.queries import Connection
from ponte.stores.webstore.signature import HintRejected, verify_hint
from ponte.sync.runtime import Loop, Runtime
from ponte.web.bodies import Call, decode, read_body

# How long an answer of the database about accounts and keys is good for: a flood of hints for
# unknown accounts costs one query in this time, and a new connection waits no longer for hints.
_KNOWN_SECONDS = 2.0
# Distinct keys remembered; a flood of invented accounts must not fill the memory.
_KNOWN_KEYS = 10_000
# Hub ids are 24 hexadecimal characters [D]; a little more is let through, but nothing else.
_ORDER_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_TYPES = frozenset({"products", "skus", "orders", "messages", "invoices"})
_LARGEST_ACCOUNT = 2**53
# Longer the database may not take; the hub and the store try again (503).
_NOTED_WITHIN_SECONDS = 5.0
_SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Notification(Struct):
    """What the hub POSTs (pluggto-api.md, *Notifications*)."""

    type: str
    id: str
    user: Annotated[int, Meta(ge=0, le=_LARGEST_ACCOUNT)]


class StoreHint(Struct):
    """What a store POSTs (the store contract)."""

    type: str


class _Door(Struct, frozen=True):
    """The key of a connection's hints, opened; empty for no such connection."""

    secret: str
    is_held: bool

    def __repr__(self) -> str:
        return "_Door(…)"


class _Recent(Generic[_Key, _Value]):
    """Answers remembered for a moment, the unknown as well."""

    def __init__(self) -> None:
        self._answers: dict[_Key, tuple[float, _Value]] = {}

    def get(self, key: _Key) -> _Value | None:
        found = self._answers.get(key)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def put(self, key: _Key, value: _Value) -> _Value:
        if len(self._answers) >= _KNOWN_KEYS:
            self._answers.clear()
        self._answers[key] = (time.monotonic() + _KNOWN_SECONDS, value)
        return value


def hint_routes(runtime: Runtime) -> Router:
    """`POST /notifications/pluggto` and `POST /hints/{connection_id}`."""
    accounts: _Recent[int, tuple[Concerned, ...]] = _Recent()
    doors: _Recent[int, _Door] = _Recent()

    async def connections_of(account: int) -> tuple[Concerned, ...]:
        known = accounts.get(account)
        if known is not None:
            return known
        async with asyncio.timeout(_NOTED_WITHIN_SECONDS), runtime.pool.connection() as conn:
            found = tuple(await connections.of_account(conn, account))
        # A held one may be released in this moment, and must miss nothing then.
        is_held = any(each.is_held for each in found)
        return found if is_held else accounts.put(account, found)

    async def door_of(connection_id: int) -> _Door:
        known = doors.get(connection_id)
        if known is not None:
            return known
        async with asyncio.timeout(_NOTED_WITHIN_SECONDS), runtime.pool.connection() as conn:
            found = await connections.hint_door(conn, connection_id)
        if found is None:
            return doors.put(connection_id, _Door("", is_held=False))
        door = _Door(runtime.vault.open(found.hint_secret), found.is_held)
        return door if door.is_held else doors.put(connection_id, door)

    @post("/notifications/pluggto", status_code=200)
    async def notification(request: Call) -> Response[dict[str, bool]]:
        """A notification of the hub; 200 once it is noted, 4xx when it means nothing to us."""
        told = decode(await read_body(request), Notification)
        if told.type not in _TYPES:
            raise HTTPException(status_code=422, detail="this type of notification is unknown")
        if not _ORDER_ID.fullmatch(told.id):
            raise HTTPException(status_code=400, detail="this is no id of the hub")
        concerned = await connections_of(told.user)
        if not concerned:
            raise HTTPException(status_code=404, detail="this account is not connected")
        # Of a held one nothing is noted: its orders are read when it is released.
        at_work = [each.connection_id for each in concerned if not each.is_held]
        if told.type == "orders" and at_work:
            async with _transaction(runtime) as conn:
                for connection_id in at_work:
                    await orders.want(conn, connection_id, told.id)
                    await runtime.waker.wake(conn, Loop.ORDERS, connection_id)
        # Products travel from store to hub only (R1): what the hub says of them we caused.
        return Response({"ok": True})

    @post("/hints/{connection_id:int}", status_code=200)
    async def hint(request: Call, connection_id: FromPath[int]) -> Response[dict[str, bool]]:
        """A signed hint of a store; 200 once the loop is woken, or is not to be."""
        body = await read_body(request)
        if not all(name in request.headers for name in _SIGNATURE_HEADERS):
            raise HTTPException(status_code=401, detail="the hint is not signed")
        if not 0 < connection_id < 2**31:
            raise HTTPException(status_code=404, detail="there is no such connection")
        door = await door_of(connection_id)
        if not door.secret:
            raise HTTPException(status_code=404, detail="there is no such connection")
        try:
            verify_hint(door.secret, request.headers, body)
        except HintRejected as error:
            raise HTTPException(
                status_code=401, detail="the signature is not the store's"
            ) from error
        told = decode(body, StoreHint)
        loop = {"products.changed": Loop.PULL, "orders.changed": Loop.REPORTS}.get(told.type)
        if loop is None:
            raise HTTPException(status_code=422, detail="this type of hint is unknown")
        if not door.is_held:
            async with _transaction(runtime) as conn:
                await runtime.waker.wake(conn, loop, connection_id)
        return Response({"ok": True})

    return Router("/", route_handlers=[notification, hint])


@asynccontextmanager
async def _transaction(runtime: Runtime) -> AsyncIterator[Connection]:
    async with (
        asyncio.timeout(_NOTED_WITHIN_SECONDS),
        runtime.pool.connection() as conn,
        conn.transaction(),
    ):
        yield conn
