"""Asks the app's freight address, as a marketplace's checkout makes the hub do.

The hub waits 0.2 s [D], but somebody who tests wants to know how late an answer was, so this waits
longer and says so. Whoever answers is a stranger: it may hang, send without end, redirect, or be
no address at all; each of these is a reason in the answer, none of them holds up anybody else.
"""

import asyncio
import time
from typing import Annotated, Any

import aiohttp
import msgspec

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.freight.question import FreightWish, question_of
from ponte_sandbox.hub.freight.verdict import MAX_ANSWER_BYTES, Heard, Verdict, judge
from ponte_sandbox.hub.places.register import Register
from ponte_sandbox.hub.products.shelf import Shelf
from ponte_sandbox.hub.wire import encode_json, invalid

# After this, how late it was is of no interest any more.
_GIVE_UP_SECONDS = 2.0
# Questions under way at once; each is a connection.
_AT_ONCE = 16
# As much of an answer as a person reads to see what is wrong with it.
_SHOWN_CHARACTERS = 2000


class FreightAddress(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /_sandbox/freight`: where an app is asked; None: nowhere."""

    client_id: str
    url: Annotated[str, msgspec.Meta(max_length=2000)] | None


class Inquiry:
    """The freight addresses of all apps, and the questions to them."""

    def __init__(self, storage: Storage, shelf: Shelf, places: Register) -> None:
        self._storage = storage
        self._shelf = shelf
        self._places = places
        self._under_way = 0

    def register(self, wish: FreightAddress) -> None:
        """Change an app's address; raises `Refusal` 400 for an unknown app or no http address."""
        if (
            self._storage.read_one("SELECT 1 FROM app WHERE client_id = ?", (wish.client_id,))
            is None
        ):
            raise invalid("There is no app with this client_id")
        if wish.url is None:
            self._storage.write(
                "DELETE FROM freight_address WHERE client_id = ?", (wish.client_id,)
            )
            return
        if not wish.url.startswith(("http://", "https://")):
            raise invalid("url is an http address or null")
        self._storage.write(
            "INSERT INTO freight_address VALUES (?, ?)"
            " ON CONFLICT (client_id) DO UPDATE SET url = excluded.url",
            (wish.client_id, wish.url),
        )

    def addresses(self) -> list[FreightAddress]:
        """Every address registered."""
        rows = self._storage.read("SELECT client_id, url FROM freight_address")
        return [FreightAddress(*row) for row in rows]

    async def ask(self, wish: FreightWish) -> dict[str, Any]:
        """Ask, and tell what came back; raises `Refusal` 400 when there is nobody or nothing to
        ask, 429 while too many questions are under way."""
        url = self._address(wish.client_id)
        question = question_of(wish, self._place(wish), self._products(wish))
        if self._under_way >= _AT_ONCE:
            raise Refusal(429, "too_many_requests", f"{_AT_ONCE} questions are under way")
        self._under_way += 1
        try:
            heard, verdict, seconds = await _hear(url, encode_json(question))
        finally:
            self._under_way -= 1
        return {
            "url": url,
            "question": question,
            "accepted": verdict.code is None,
            "took_ms": round(seconds * 1000, 1),
            "status": heard.status if heard else None,
            "answer": _shown(heard.body) if heard else None,
            "quotes": verdict.quotes,
            "problem": None
            if verdict.code is None
            else {"code": verdict.code, "reason": verdict.reason},
        }

    def _address(self, client_id: str | None) -> str:
        found = [
            one.url
            for one in self.addresses()
            if one.url is not None and client_id in (None, one.client_id)
        ]
        if len(found) != 1:
            raise invalid("Register an address with PUT /_sandbox/freight, and name its client_id")
        return found[0]

    def _place(self, wish: FreightWish) -> dict[str, Any] | None:
        if wish.place is None:
            return None
        place = self._places.by_code(wish.account, wish.place)
        if place is None:
            raise invalid(f"The account has no place {wish.place[:80]!r}")
        return place

    def _products(self, wish: FreightWish) -> dict[str, dict[str, Any]]:
        found = {line.sku: self._shelf.find(wish.account, line.sku) for line in wish.products}
        return {sku: stored.product() for sku, stored in found.items() if stored is not None}


async def _hear(url: str, question: bytes) -> tuple[Heard | None, Verdict, float]:
    """What came back, if anything, what to make of it, and after how many seconds."""
    began = time.monotonic()
    try:
        heard = await _post(url, question, began)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        seconds = time.monotonic() - began
        return None, _unanswered(error, seconds), seconds
    return heard, judge(heard), heard.seconds


async def _post(url: str, question: bytes, began: float) -> Heard:
    timeout = aiohttp.ClientTimeout(total=_GIVE_UP_SECONDS)
    # Not decompressed: a few bytes could become gigabytes.
    async with (
        aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
        session.post(
            url,
            data=question,
            headers={"content-type": "application/json", "accept-encoding": "identity"},
            allow_redirects=False,
        ) as response,
    ):
        body = b""
        while len(body) <= MAX_ANSWER_BYTES:
            part = await response.content.read(MAX_ANSWER_BYTES)
            if not part:
                break
            body += part
        return Heard(response.status, body, time.monotonic() - began)


def _unanswered(error: Exception, seconds: float) -> Verdict:
    if isinstance(error, asyncio.TimeoutError):
        return Verdict([], "too_late", f"There was no whole answer within {seconds:.1f} s")
    return Verdict([], "unreachable", repr(error)[:500])


def _shown(body: bytes) -> str:
    return body[: 4 * _SHOWN_CHARACTERS].decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
