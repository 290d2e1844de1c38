"""One HTTP call whose every bad outcome has a name, and whose answer is never larger than agreed.

The dangers handled here: an answer without end that fills the memory, a redirect that carries a
token to another host, cookies of one merchant that travel with another's call, a call that is
quietly sent twice, and HTML from a proxy where JSON was expected.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError, RequestTimeoutError
from pyreqwest.response import Response

from ponte.domain.failures import Refused, Throttled, Transient

# A page of 500 families with 70,000-character descriptions is the largest honest answer (some
# 40 MB would need every one of them so): 16 MiB holds a page of ordinary families forty times.
LARGEST_ANSWER = 16 * 1024 * 1024

# Far above a good answer's time (hub clients report under 2 s), below the 60 s at which common
# proxies give up, so that it is we who end a call.
CALL_SECONDS = 30.0

# Longer than this nobody may make us wait in one go; the next call would be told again.
LONGEST_RETRY_AFTER = 300.0

_BOM = b"\xef\xbb\xbf"
_LIMIT_WORDS = re.compile(rb"too.?many.?requests|rate.?limit|throttl", re.IGNORECASE)

# Called after each call with its kind ("put_sku"), its status (0: no answer) and its seconds.
Observe = Callable[[str, int, float], None]


class Answer(Struct, frozen=True):
    """What came back, whatever the status; `body` is complete."""

    status: int
    body: bytes
    # Seconds asked for by Retry-After, capped; None where absent or unreadable.
    retry_after: float | None = None


class NotJson(ValueError):
    """The body is not JSON that can be read: truncated, HTML, not UTF-8, nested too deep."""


_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def decode_json(body: bytes) -> object:
    """The JSON value; numbers with a fraction or exponent as Decimal. Raises `NotJson`."""
    try:
        return _DECODER.decode(body.removeprefix(_BOM))
    except (ValueError, RecursionError, ArithmeticError) as error:
        # ArithmeticError: a number whose exponent not even Decimal can hold.
        raise NotJson(type(error).__name__) from error


# For all accounts of a process together: four full windows, and half of the 1,024 open files that
# Linux grants a process. What waits for a connection waits within its call's time.
_CONNECTIONS = 512
# Servers close what was idle for long, some after 5 s; a call that meets the closing is lost.
_IDLE = timedelta(seconds=4)
# What every server is to take (RFC 9110 4.1); from 65,534 on, the client fails as if it were the
# connection's fault, and such a SKU would be tried for ever.
_LONGEST_URL = 8000


def open_session() -> Client:
    """A client fit for many merchants: it keeps no cookies, reads no proxy settings, follows no
    redirect, and sends each call once: one that may have been applied is not for it to repeat."""
    return (
        ClientBuilder()
        .no_proxy()
        .follow_redirects(enable=False)
        .max_connections(_CONNECTIONS)
        .pool_idle_timeout(_IDLE)
        .user_agent("ponte")
        .default_headers({"Accept": "application/json"})
        .build()
    )


async def exchange(
    http: Client,
    call: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answer:
    """Send and read to the end, following no redirect. `call` names it in messages.

    Raises `Transient` where no complete answer came, `Refused` where it cannot be sent; any status
    is an answer. Cancelling does not take a call back: what is under way ends by itself, within
    `CALL_SECONDS`. So whoever may start the same call again lets it end before.
    """
    if len(url) > _LONGEST_URL:
        raise Refused(f"{call[:200]}: the address is too long", code="not_sendable")
    try:
        building = http.request(method, url).headers(headers)
        building.timeout(timedelta(seconds=CALL_SECONDS))
        if body is not None:
            building.body_bytes(body)
        request = building.build_streamed()
    except ValueError:
        # Not what it says, nor chained: of a header it would show the value, and so the token.
        reason = "its address or a header is not valid"
        raise Refused(f"{call}: cannot be sent, {reason}", code="not_sendable") from None
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a call is made in a task, which can be cancelled")
    cancelled_before = task.cancelling()
    try:
        async with request as response:
            return Answer(
                response.status,
                await _read_bounded(response, call),
                _retry_after(response) if response.status in (429, 503) else None,
            )
    except RequestTimeoutError as error:
        raise Transient(f"{call}: no answer within {CALL_SECONDS:g} s") from error
    except PyreqwestError as error:
        trouble = f"the connection to {urlsplit(url).hostname} failed ({_reason(error)})"
        raise Transient(f"{call}: {trouble}") from error
    finally:
        # An answer that comes in the moment of a cancellation swallows it (pyreqwest 0.15), and
        # whoever waits for the task to end would wait for ever.
        if task.cancelling() > cancelled_before:
            raise asyncio.CancelledError


def _reason(error: PyreqwestError) -> str:
    """The innermost cause, which says most: "Connection refused (os error 111)"."""
    causes = error.details["causes"] if isinstance(error, DetailedPyreqwestError) else None
    return causes[-1]["message"] if causes else error.message


async def _read_bounded(response: Response, call: str) -> bytes:
    """The whole body, also where it arrives compressed: what counts is its size unpacked."""
    # A stated length holds (RFC 9112 6.3), unless the transfer is encoded too; of what arrived
    # compressed it is gone here.
    length = response.get_header("Content-Length")
    if (
        length is not None
        and length.isdigit()
        and response.get_header("Transfer-Encoding") is None
        and int(length) <= LARGEST_ANSWER
    ):
        return (await response.bytes()).to_bytes()
    reader = response.body_reader
    chunks: list[bytes] = []
    size = 0
    while (chunk := await reader.read_chunk()) is not None:
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise Transient(f"{call}: the answer is larger than {LARGEST_ANSWER} bytes")
        chunks.append(chunk.to_bytes())
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _retry_after(response: Response) -> float | None:
    """Retry-After in seconds, from a number or an HTTP date (against the answer's own clock)."""
    asked = (response.get_header("Retry-After") or "").strip()
    if asked.isascii() and asked.replace(".", "", 1).isdigit():
        return min(float(asked), LONGEST_RETRY_AFTER)
    until = _http_date(asked)
    if until is None:
        return None
    now = _http_date(response.get_header("Date") or "") or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def _http_date(written: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(written)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def screen(call: str, answer: Answer) -> None:
    """Raise for what says nothing of the item itself: throttling, server errors, redirects."""
    status = answer.status
    if status == 429 or (status == 503 and _asks_to_wait(answer)):
        words = f"{call}: asked to slow down (HTTP {status})"
        raise Throttled(words, answer.retry_after).answered(status)
    # 408 and 425 ask for a repetition; a redirect is not followed, lest a token leave its host.
    if status >= 500 or status < 200 or 300 <= status < 400 or status in (408, 425):
        raise Transient(f"{call}: HTTP {status}").answered(status)


def _asks_to_wait(answer: Answer) -> bool:
    """Whether a 503 is a limit and no outage: the status of the hub's limit is assumed only."""
    return answer.retry_after is not None or _LIMIT_WORDS.search(answer.body[:1000]) is not None


async def measured(
    http: Client,
    observe: Observe | None,
    kind: str,
    call: str,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> Answer:
    """`exchange`, told to `observe`, and screened: what comes back is a 2xx or a 4xx."""
    began = time.perf_counter()
    status = 0
    try:
        answer = await exchange(http, call, method, url, headers=headers, body=body)
        status = answer.status
    finally:
        if observe is not None:
            observe(kind, status, time.perf_counter() - began)
    screen(call, answer)
    return answer
