"""A call whose answer is lost may have been applied: only its caller may decide to repeat it.

HTTP libraries like to repeat PUT and DELETE by themselves when a connection breaks. A report that
was applied and is sent once more without the shipment's id duplicates the delivery
(pluggto-api.md [D]).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from raw_server import http, raw_server

from ponte.domain.failures import Transient
from ponte.http import exchange as calls
from ponte.http.exchange import exchange, open_session

METHODS = pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])


@METHODS
async def test_a_call_whose_answer_is_lost_is_sent_once(method: str) -> None:
    async with raw_server(lambda _: b"") as server, open_session() as session:
        with pytest.raises(Transient):
            await exchange(session, "hub order", method, server.url, headers={}, body=b"{}")
        assert [request.method for request in server.requests] == [method]


@METHODS
async def test_also_on_a_connection_that_served_before(method: str) -> None:
    async with _answers_once() as (url, arrived), open_session() as session:
        await exchange(session, "hub order", "GET", url, headers={})
        with pytest.raises(Transient):
            await exchange(session, "hub order", method, url, headers={}, body=b"{}")
        assert arrived == [("GET", 1), (method, 1)]


async def test_a_call_that_is_given_up_ends_in_the_calls_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calls, "CALL_SECONDS", 0.5)
    closed = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        closed.set()
        writer.close()

    listening = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with listening, open_session() as session:
        call = asyncio.create_task(exchange(session, "hub order", "GET", url, headers={}))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(closed.wait(), 5)


async def test_a_cancellation_is_never_swallowed_by_an_answer() -> None:
    given_up = 0
    async with raw_server(lambda _: http(200, "{}")) as server, open_session() as session:
        for number in range(600):
            call = asyncio.create_task(
                exchange(session, "hub order", "GET", server.url, headers={})
            )
            # From before it is sent until it is answered, which takes half a millisecond or more.
            moment = time.perf_counter() + number % 60 / 60_000
            while time.perf_counter() < moment:  # noqa: ASYNC110 (nothing happens but time)
                await asyncio.sleep(0)
            if not call.cancel():
                continue
            given_up += 1
            await asyncio.wait([call])
            assert call.cancelled()
    assert given_up > 100


@asynccontextmanager
async def _answers_once() -> AsyncIterator[tuple[str, list[tuple[str, int]]]]:
    """A server that answers a connection's first request and takes its second without a word.

    Gives its address, and the list of (method, number of the connection) that arrive.
    """
    arrived: list[tuple[str, int]] = []
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number = connections
        for answer in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b""):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"content-length: 2" in head.lower():
                await reader.readexactly(2)
            arrived.append((head.split(b" ")[0].decode(), number))
            writer.write(answer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", arrived
