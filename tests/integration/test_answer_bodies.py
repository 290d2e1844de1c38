"""An answer's body comes whole in whatever form it is sent, and is never larger than agreed."""

import gzip

import pytest
from raw_server import http, raw_server

from ponte.domain.failures import Transient
from ponte.http import exchange as calls
from ponte.http.exchange import Answer, exchange, open_session

LARGEST = 10_000


def chunked(body: bytes, *headers: bytes) -> bytes:
    """An answer in one chunk, whatever other headers say."""
    lines = (b"HTTP/1.1 200 OK", *headers, b"Transfer-Encoding: chunked", b"", b"")
    return b"\r\n".join(lines) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def forms(body: bytes) -> dict[str, bytes]:
    """The same answer in each form that it may be sent in."""
    length = b"%d" % len(body)
    return {
        "with its length": http(200, body),
        "until the connection ends": b"HTTP/1.1 200 OK\r\n\r\n" + body,
        "with its length twice": b"HTTP/1.1 200 OK\r\nContent-Length: %s, %s\r\n\r\n%s"
        % (length, length, body),
        "in chunks": chunked(body),
        "in chunks and with a wrong length": chunked(body, b"Content-Length: 9"),
        "compressed": http(200, gzip.compress(body), Content_Encoding="gzip"),
        "compressed in chunks": chunked(gzip.compress(body), b"Content-Encoding: gzip"),
    }


FORMS = pytest.mark.parametrize("form", forms(b""))


async def answer_to(reply: bytes) -> Answer:
    """What a call comes to that is answered so."""
    async with raw_server(lambda _: reply) as server, open_session() as session:
        return await exchange(session, "hub GET", "GET", server.url, headers={})


@FORMS
async def test_a_body_comes_whole(form: str) -> None:
    body = bytes(range(256)) * 30
    assert (await answer_to(forms(body)[form])).body == body


@FORMS
async def test_an_endless_body_is_cut_off(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LARGEST_ANSWER", LARGEST)
    with pytest.raises(Transient, match="larger than"):
        await answer_to(forms(b" " * LARGEST * 5)[form])
