"""What somebody sends who wants to see a program fall over, and how it is sent."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

import ponte

SOURCES = Path(ponte.__file__).parent / "web"
_PIECE = b"x" * 65_536
# More than any program here keeps; as much as somebody sends who wants it to.
ENDLESS_BYTES = 100 * 1024 * 1024
_ANSWER_WITHIN_SECONDS = 20.0
# Values of a form's field or a parameter, percent-encoded, and what is wrong with each.
ENCODED = {
    "NUL": "a%00b",
    "half a character": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "beyond int64": "9" * 40,
    "negative": "-9223372036854775809",
    "other digits": "%D9%A3%C2%B2",
    "no date that a calendar has": "9999-12-31T23:59:59%2B14:00",
    "long": "%F0%9D%94%98" * 1500,
}
# The same as JSON.
JSON_VALUES = {
    "NUL": rb'"a\u0000b"',
    "half a character": rb'"\ud800"',
    "no UTF-8": b'"\xff\xfe"',
    "beyond int64": b"9" * 40,
    "beyond double": b"1e999",
    "negative": b"-9223372036854775809",
    "long": b'"' + b"x" * 40_000 + b'"',
    "deep": b"[" * 20_000,
    "an object": b'{"a": {"b": []}}',
}


class Answer(Struct, frozen=True):
    """What came back: the status, or None where the connection was cut; and how soon."""

    status: int | None
    seconds: float
    sent: int


def send_raw(
    address: str, method: str, path: str, headers: dict[str, str], body: Iterator[bytes]
) -> Answer:
    """A request byte by byte, as no client would send it; ends as soon as there is an answer."""
    parts = urlsplit(address)
    head = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    began, sent, received = time.monotonic(), 0, b""
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as raw:
        raw.sendall("\r\n".join([*head, "", ""]).encode())
        raw.setblocking(False)
        pending = b""
        ended = False
        while time.monotonic() - began < _ANSWER_WITHIN_SECONDS:
            with suppress(BlockingIOError):
                piece = raw.recv(65_536)
                received += piece
                if b"\r\n\r\n" in received or not piece:
                    break
            if not pending and not ended:
                pending = next(body, b"")
                ended = not pending
            if pending:
                try:
                    done = raw.send(pending)
                    sent, pending = sent + done, pending[done:]
                except BlockingIOError:
                    time.sleep(0.001)
                except (BrokenPipeError, ConnectionResetError):
                    break
            else:
                time.sleep(0.002)
    found = re.match(rb"HTTP/1.1 (\d+)", received)
    return Answer(int(found[1]) if found else None, time.monotonic() - began, sent)


def endless(chunked: bool) -> Iterator[bytes]:
    """A hundred megabytes, in chunks or as they are."""
    piece = b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE) if chunked else _PIECE
    for _ in range(ENDLESS_BYTES // len(_PIECE)):
        yield piece


def form_fields() -> list[str]:
    """The names of all fields that a form of the web application is asked for."""
    names: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        names |= set(re.findall(r'form\.\w+\(\s*"(\w+)"', path.read_text("utf-8")))
        names |= set(re.findall(r'read_form\(request\)\)\.\w+\("(\w+)"', path.read_text("utf-8")))
    return sorted(names)


def query_names() -> list[str]:
    """The names of all parameters that a page is asked for."""
    names: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        text = path.read_text("utf-8")
        names |= set(re.findall(r'(?:query|given|query_params)\.get\(\s*"(\w+)"', text))
        names |= set(re.findall(r'_number\(request, "(\w+)"', text))
    return sorted(names)


def bodies_of(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Bodies of an operation, each with one field that is hostile, and the others left out or as
    good as the schema tells; and some that are hostile as a whole."""
    if "requestBody" not in operation:
        return
    (content,) = operation["requestBody"]["content"].values()
    shape = content["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][shape]
    good = {field: _good(each, document) for field, each in schema["properties"].items()}
    for field, each in schema["properties"].items():
        hostile = dict(JSON_VALUES)
        if "$ref" in each and good[field] == b"{}":
            within = document["components"]["schemas"][each["$ref"].rpartition("/")[2]]
            hostile |= {
                f"{inner}: {what}": b'{"%s": %s}' % (inner.encode(), value)
                for inner in within["properties"]
                for what, value in JSON_VALUES.items()
                if what in ("NUL", "beyond int64", "long")
            }
        for what, value in hostile.items():
            members = good | {field: value}
            pairs = [b'"%s": %s' % (name.encode(), text) for name, text in members.items()]
            yield f"{field}: {what}", b"{" + b", ".join(pairs) + b"}"
    yield "deep", b"[" * 100_000
    yield "deep object", b'{"a":' * 10_000 + b"}" * 10_000
    yield "no object", b"null"
    yield "no JSON", b"\x00\x01"
    yield "many fields", b"{" + b",".join(b'"f%d":1' % n for n in range(5_000)) + b"}"


def _good(schema: dict[str, Any], document: dict[str, Any]) -> bytes:
    """Something that might do."""
    if "$ref" in schema:
        named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return _good(named, document)
    if "oneOf" in schema:
        return b"null"
    if "enum" in schema:
        return b'"%s"' % schema["enum"][0].encode()
    kind = schema.get("type")
    if kind == "integer":
        return b"%d" % int(schema.get("minimum", 1))
    return {"boolean": b"true", "object": b"{}", "array": b"[]"}.get(str(kind), b'"palavra"')
