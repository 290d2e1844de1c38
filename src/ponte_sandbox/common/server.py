"""Run an ASGI application on uvicorn, uvloop and httptools, on a port that may be picked.

Three things uvicorn alone does not do and the sandboxes need: an application can drop its
connection without an answer (the fault every client must survive), an answer leaves in one piece,
and the process prints one line with its address once it really listens, so that whoever started it
on port 0 finds it.
Signals end the serving, not the process: the caller still closes its storage.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ponte_sandbox.common.asgi import App, Receive, Scope

# Connections a burst of clients may have waiting before the loop accepts them.
BACKLOG = 2048
# Longer than the 15 to 60 s common clients keep an idle connection, so that they close first.
KEEP_ALIVE_SECONDS = 75
# How long a stop waits for answers under way.
GRACE_SECONDS = 2

_DROP = "sandbox.drop"
_HEAD, _CONTINUE = b"HTTP/1.1 ", b"HTTP/1.1 100 "


class _HeldHead:
    """A transport that keeps the head of an answer until its body comes, and sends both at once.

    uvicorn writes them one after the other, and each write is a packet of its own: a tenth of all
    the time the hub spends on a call, and a second wake-up for its client. `flush` is due when an
    answer is complete, for the ones that have no body. "100 Continue" is no answer's head: the
    client sends nothing more before it has read it.
    """

    __slots__ = ("_head", "_transport", "abort", "get_extra_info", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith(_HEAD) and not data.startswith(_CONTINUE):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        self.flush()
        self._transport.close()


class SandboxProtocol(HttpToolsProtocol):
    """uvicorn's protocol: answers leave in one piece, and the application may drop a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._answers = _HeldHead(transport)
        # What uvicorn does with its transport once it is connected is what `_HeldHead` offers.
        self.transport = cast("asyncio.Transport", self._answers)

    def on_message_begin(self) -> None:
        """A request begins: offer the drop as an ASGI extension of its scope."""
        super().on_message_begin()
        self.scope["extensions"] = {_DROP: {"abort": self._answers.abort}}

    def on_response_complete(self) -> None:
        """An answer was written whole."""
        self._answers.flush()
        super().on_response_complete()


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Reset the request's connection; nothing more of it reaches the caller."""
    scope["extensions"][_DROP]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass


class _QuietServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop the serving, and are not raised again afterwards."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 picks a free one. Raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def address_of(bound: socket.socket) -> str:
    """The http address of a bound socket, as a client on this machine would write it."""
    host, port, *_ = bound.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(app: App, bound: socket.socket, *, name: str) -> None:
    """Serve `app` on the socket until SIGTERM or SIGINT.

    Once it answers, one line goes to standard output: `hub listening on http://127.0.0.1:41235`.
    """

    def announce() -> None:
        sys.stdout.write(f"{name} listening on {address_of(bound)}\n")
        sys.stdout.flush()

    config = uvicorn.Config(
        _as_any(app),
        http=SandboxProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    await _QuietServer(config, announce).serve(sockets=[bound])


def _as_any(app: App) -> Any:
    """uvicorn types its applications by TypedDicts of its own; the protocol is the same."""
    return app
