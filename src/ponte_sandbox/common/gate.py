"""The outermost layer of a sandbox: administration, faults, counting, and answers after commit.

Every call passes here once. Order matters: an answer is held until what it says is committed
(`settle`), and a call that is to be dropped *after* it was applied is dropped after that commit,
so the caller is left with exactly the doubt a real network leaves. Works around any ASGI
application; one that notes `scope["path_template"]` (this package's router, Litestar) is counted
by route. An error the application did not expect is logged, counted, and answered 500 in shape.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ponte_sandbox.common.admin import PREFIX
from ponte_sandbox.common.asgi import Answer, App, Message, Receive, Scope, Send
from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import Fate, FaultBox, draw_fate, draw_latency
from ponte_sandbox.common.server import drop_connection

_logger = logging.getLogger(__name__)

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_UNKNOWN_ROUTE = "(none)"


@dataclass(frozen=True)
class Surroundings:
    """What the gate needs to know about the program it stands before."""

    # The caller's account from the request's credentials; empty when unknown. Put into the scope.
    account_of: Callable[[Scope], str]
    # The program's own error answer: status, seconds to wait (0: none). 429, 500 and 503 occur.
    failure: Callable[[int, int], Answer]
    # Waits until everything written so far is committed.
    settle: Callable[[], Awaitable[None]]
    # Whether a path is a page for people.
    is_page: Callable[[str], bool]
    # The route's template of a call that the program has not seen, because a fault came before.
    route_of: Callable[[Scope], str] | None = None


class Gate:
    """ASGI application: `/_sandbox/…` goes to `admin` (None: 404), pages for people to `pages`,
    everything else to `app`. Pages meet no faults and are not counted: nobody integrates with them.
    """

    def __init__(
        self,
        app: App,
        admin: App | None,
        pages: App,
        faults: FaultBox,
        calls: Calls,
        around: Surroundings,
    ) -> None:
        self._app = app
        self._admin = admin
        self._pages = pages
        self._faults = faults
        self._calls = calls
        self._around = around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        path: str = scope["path"]
        if path.startswith(PREFIX):
            await self._administer(scope, receive, send)
            return
        if self._around.is_page(path):
            await self._guarded(self._pages, _Call(send, self._around.settle), scope, receive)
            return
        account = scope["account"] = self._around.account_of(scope)
        call = _Call(send, self._around.settle)
        if self._faults.hits(path):
            await self._serve_with_faults(call, scope, receive, account)
        else:
            await self._guarded(self._app, call, scope, receive)
        route = scope.get("path_template")
        if route is None and self._around.route_of is not None:
            route = self._around.route_of(scope)
        route = route or _UNKNOWN_ROUTE
        # A log-in has no account before it succeeds; the program notes it then.
        self._calls.count(scope["method"], route, call.status, scope["account"])

    async def _administer(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = _Call(send, self._around.settle)
        if self._admin is None:
            await self._around.failure(404, 0).send(call.send)
        else:
            await self._guarded(self._admin, call, scope, receive)

    async def _serve_with_faults(
        self, call: "_Call", scope: Scope, receive: Receive, account: str
    ) -> None:
        box = self._faults
        if box.limit is not None and account:
            wait = box.limit.take(account, time.monotonic())
            if wait:
                await self._around.failure(429, wait).send(call.send)
                return
        fate = draw_fate(box.faults, box.chance)
        delay = draw_latency(box.faults, box.chance)
        if delay:
            await asyncio.sleep(delay)
        if fate is Fate.DROPPED_BEFORE:
            await drop_connection(scope, receive)
        elif fate is Fate.ERROR_500:
            await self._around.failure(500, 0).send(call.send)
        elif fate is Fate.ERROR_503:
            await self._around.failure(503, 0).send(call.send)
        elif fate is Fate.SERVED:
            await self._guarded(self._app, call, scope, receive)
        else:
            await self._serve_and_spoil(call, scope, receive, fate)

    async def _serve_and_spoil(
        self, call: "_Call", scope: Scope, receive: Receive, fate: Fate
    ) -> None:
        held = _Held()
        await self._guarded(self._app, _Call(held.send, self._around.settle), scope, receive)
        if fate is Fate.DROPPED_AFTER:
            await drop_connection(scope, receive)
        elif fate is Fate.GARBAGE_HTML:
            await Answer(_HTML, 200, b"text/html").send(call.send)
        else:
            body = b"".join(held.parts)
            await Answer(body[: len(body) // 2], 200).send(call.send)

    async def _guarded(self, app: App, call: "_Call", scope: Scope, receive: Receive) -> None:
        try:
            await app(scope, receive, call.send)
        except Exception:
            # The last resort of a server: one broken request must not end the others.
            _logger.exception("%s %s failed", scope["method"], scope["path"])
            if not call.status:
                await self._around.failure(500, 0).send(call.send)


class _Call:
    """Holds the answer's beginning until everything is committed, and remembers its status."""

    __slots__ = ("_send", "_settle", "status")

    def __init__(self, send: Send, settle: Callable[[], Awaitable[None]]) -> None:
        self._send = send
        self._settle = settle
        # 0 until an answer has begun; what a dropped call is counted as.
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._settle()
            self.status = message["status"]
        await self._send(message)


class _Held:
    """Swallows an answer, for calls whose answer the caller shall not see as it is."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
