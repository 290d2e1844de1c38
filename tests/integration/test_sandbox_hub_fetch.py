"""Files from strangers' servers: never too much, never too long, and only from the web."""

import gzip
import time
from collections.abc import Iterator

import pytest
from file_server import FileServer, file_server

from ponte_sandbox.hub.orders.fetch import Limits, Unacceptable, Unreachable, fetch, session

_LIMITS = Limits(size=100_000, seconds=0.4, redirects=3)


@pytest.fixture(scope="module")
def files() -> Iterator[FileServer]:
    with file_server() as server:
        yield server


async def fetched(url: str, limits: Limits = _LIMITS) -> bytes:
    async with session() as client:
        return await fetch(client, url, limits)


async def test_a_file_is_read_whole_and_over_redirects(files: FileServer) -> None:
    body = b"<x>" * 30_000
    url = files.serve_file("/file", body)
    hop = files.serve("/hop", lambda one: one.answer(302, location="/file"))
    assert await fetched(url) == await fetched(hop) == body


async def test_it_never_takes_more_than_it_may(files: FileServer) -> None:
    exact = files.serve_file("/exact", b"x" * 100_000)
    assert len(await fetched(exact)) == 100_000
    for url in (
        files.serve_file("/more", b"x" * 100_001),
        files.serve("/announced", lambda one: one.pour(100, announced=True)),
        files.serve("/poured", lambda one: one.pour(100, announced=False)),
    ):
        with pytest.raises(Unacceptable, match="maior"):
            await fetched(url, Limits(size=100_000, seconds=5.0))
    # Some megabytes are in the buffers of both sides' systems.
    assert files.poured < 30 * 1024 * 1024


async def test_a_packed_file_is_not_unpacked(files: FileServer) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    url = files.serve("/gzip", lambda one: one.answer(200, packed, content_encoding="gzip"))
    with pytest.raises(Unacceptable, match="compactado"):
        await fetched(url)


@pytest.mark.parametrize("manner", ["be_silent", "trickle"])
async def test_it_never_waits_longer_than_it_may(files: FileServer, manner: str) -> None:
    url = files.serve(f"/{manner}", lambda one: getattr(one, manner)())
    began = time.monotonic()
    with pytest.raises(Unreachable, match="segundos"):
        await fetched(url)
    assert time.monotonic() - began < 3.0


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/", "data:,x", "http://", "//:0/"],
)
async def test_a_redirect_leads_to_the_web_or_nowhere(files: FileServer, target: str) -> None:
    url = files.serve("/away", lambda one: one.answer(302, location=target))
    with pytest.raises(Unacceptable, match="não é um endereço http"):
        await fetched(url)


async def test_a_loop_of_redirects_ends(files: FileServer) -> None:
    url = files.serve("/loop", lambda one: one.answer(301, location="/loop"))
    with pytest.raises(Unacceptable, match="redireciona"):
        await fetched(url)
    assert files.times_asked("/loop") <= 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, Unacceptable), (410, Unacceptable), (403, Unacceptable), (204, Unacceptable),
        (304, Unacceptable), (429, Unreachable), (500, Unreachable), (503, Unreachable),
    ],
)  # fmt: skip
async def test_a_status_says_whether_to_try_again(
    files: FileServer, status: int, kind: type[Exception]
) -> None:
    url = files.serve(f"/{status}", lambda one: one.answer(status))
    with pytest.raises(kind, match=str(status)):
        await fetched(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://name.invalid/x", "https://127.0.0.1:1/x"]
)
async def test_a_server_that_is_not_there_may_be_there_later(url: str) -> None:
    with pytest.raises(Unreachable, match="conexão"):
        await fetched(url, Limits(seconds=5.0))


@pytest.mark.parametrize("url", ["http:///x", "http://[::1/", "http://x:99999/"])
async def test_what_is_no_address_is_not_asked(url: str) -> None:
    with pytest.raises(Unacceptable, match="não é um endereço http"):
        await fetched(url)
