"""A server that answers exactly the bytes it is told, for answers that no decent server gives."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# Bytes to send before the connection is closed, or None to hang without an answer.
Reply = bytes | None


@dataclass(frozen=True)
class Request:
    """What arrived."""

    method: str
    # As on the wire, percent-encoded, with the query.
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RawServer:
    """Where it listens, and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)


def http(status: int, body: bytes | str | object = b"", **headers: str) -> bytes:
    """A whole answer; a body that is neither bytes nor text is written as JSON."""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def raw_server(reply: Callable[[Request], Reply]) -> AsyncIterator[RawServer]:
    """Serve on a free port of the loopback until the block ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            server.requests.append(request)
            answer = reply(request)
            if answer is None:
                await reader.read()  # until the client gives up
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went away, as some tests want
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    server = RawServer(f"http://127.0.0.1:{port}")
    try:
        yield server
    finally:
        listening.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value
        for name, _, value in (line.partition(": ") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


class FixedAccess:
    """Access whose first token may be refused: `renewed` gives the next of the list."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens or ("first-token", "second-token"))
        self.renewals = 0

    async def token(self) -> str:
        """The token to use now."""
        return self._tokens[0]

    async def renewed(self, stale: str) -> str:
        """The next token."""
        assert stale == self._tokens[0]
        self.renewals += 1
        self._tokens.pop(0)
        return self._tokens[0]
