"""One HTTP call whose every bad outcome has a name, and whose answer is never larger than agreed.

The dangers handled here: an answer without end that fills the memory, a redirect that carries a
token to another host, cookies of one merchant that travel with another's call, an aiohttp error
whose `repr` contains the Authorization header, and HTML from a proxy where JSON was expected.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from ponte.domain.failures import Throttled, Transient
from ponte.http.deadline import Deadline

# A page of 500 families with 70,000-character descriptions is the largest honest answer (some
# 40 MB would need every one of them so): 16 MiB holds a page of ordinary families forty times.
LARGEST_ANSWER = 16 * 1024 * 1024

# Far above a good answer's time (hub clients report under 2 s), below the 60 s at which common
# proxies give up, so that it is we who end a call.
CALL_SECONDS = 30.0
# A `Deadline` ends a call, and no timer of aiohttp's.
_NO_TIMERS = aiohttp.ClientTimeout()

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


def open_session() -> aiohttp.ClientSession:
    """A session fit for many merchants: it keeps no cookies, reads no proxy settings, and sends
    each call once."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_NO_TIMERS,
        headers={"User-Agent": "ponte", "Accept": "application/json"},
    )
    # aiohttp repeats a PUT whose connection broke, though it may have been applied; a report that
    # is repeated blindly duplicates the delivery in the hub. There is no public switch; a test
    # (test_lost_answers) notices when this one goes.
    session._retry_connection = False  # noqa: SLF001
    return session


async def exchange(
    http: aiohttp.ClientSession,
    call: str,
    method: str,
    url: URL,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answer:
    """Send and read to the end, following no redirect. `call` names it in messages.

    Raises `Transient` where no complete answer came; any status is an answer.
    """
    try:
        with Deadline(CALL_SECONDS):
            async with http.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                return Answer(
                    response.status,
                    await _read_bounded(response, call),
                    _retry_after(response.headers) if response.status in (429, 503) else None,
                )
    except TimeoutError as error:
        raise Transient(f"{call}: no answer within {CALL_SECONDS:g} s") from error
    except aiohttp.ClientResponseError as error:
        # Not chained: its repr would show the request's headers, and with them the token.
        raise Transient(f"{call}: the answer is not HTTP ({error.message})") from None
    except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
        reason = _connection_trouble(error)
        raise Transient(f"{call}: the connection to {url.host} failed ({reason})") from error


def _connection_trouble(error: Exception) -> str:
    """What the operating system says of it; the error's own name where it says nothing."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    said = cause.strerror if isinstance(cause, OSError) else None
    return said or type(error).__name__


async def _read_bounded(response: aiohttp.ClientResponse, call: str) -> bytes:
    """The whole body, also where it arrives compressed: what counts is its size unpacked."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > LARGEST_ANSWER:
            response.close()
            raise Transient(f"{call}: the answer is larger than {LARGEST_ANSWER} bytes")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, from a number or an HTTP date (against the answer's own clock)."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.replace(".", "", 1).isdigit():
        return min(float(asked), LONGEST_RETRY_AFTER)
    until = _http_date(asked)
    if until is None:
        return None
    now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
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
        raise Throttled(f"{call}: asked to slow down (HTTP {status})", answer.retry_after)
    # 408 and 425 ask for a repetition; a redirect is not followed, lest a token leave its host.
    if status >= 500 or status < 200 or 300 <= status < 400 or status in (408, 425):
        raise Transient(f"{call}: HTTP {status}")


def _asks_to_wait(answer: Answer) -> bool:
    """Whether a 503 is a limit and no outage: the status of the hub's limit is assumed only."""
    return answer.retry_after is not None or _LIMIT_WORDS.search(answer.body[:1000]) is not None


async def measured(
    http: aiohttp.ClientSession,
    observe: Observe | None,
    kind: str,
    call: str,
    method: str,
    url: URL,
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
