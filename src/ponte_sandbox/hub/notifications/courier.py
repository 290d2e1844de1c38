"""Delivers the outbox: POSTs each notification until it is answered 200 [D].

A lane for each type, so that an export's product hints never stand before an order's: orders go out
at once, a bounded number at a time; products at a pace. What is not answered 200 is tried again
with growing pauses, and given up after `_MAX_TRIES`, as a client's poll must find everything
anyway. Nothing is sent before the change it tells of is committed.
"""

import asyncio
import logging
import time

import aiohttp

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.notifications.journal import Attempt, Journal, Outcome
from ponte_sandbox.hub.notifications.outbox import LANES, Lane, Letter, Outbox

_logger = logging.getLogger(__name__)

# 0.5, 1, 2, 4 … up to a minute: about 15 minutes of trying, the manual's polling interval (R3).
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_MAX_TRIES = 20
_ANSWER_WITHIN_SECONDS = 10.0


class Courier:
    """One task per lane; `run` ends only when it is cancelled."""

    def __init__(self, storage: Storage, outbox: Outbox, journal: Journal) -> None:
        self._storage = storage
        self._outbox = outbox
        self._journal = journal
        self._woken = {type_: asyncio.Event() for type_ in LANES}
        outbox.wake = lambda type_: self._woken[type_].set()

    async def run(self) -> None:
        """Deliver until cancelled; letters under way are tried again after the next start."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS)
        connector = aiohttp.TCPConnector(limit=sum(lane.at_once for lane in LANES.values()))
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
            asyncio.TaskGroup() as lanes,
        ):
            for type_, lane in LANES.items():
                lanes.create_task(self._run_lane(session, type_, lane))

    async def _run_lane(self, session: aiohttp.ClientSession, type_: str, lane: Lane) -> None:
        woken = self._woken[type_]
        deliveries: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                woken.clear()
                now = time.time()
                letters = self._outbox.due(type_, now, lane.at_once - len(deliveries))
                if letters:
                    await self._storage.committed()
                for letter in letters:
                    delivery = group.create_task(self._deliver(session, letter, type_))
                    deliveries.add(delivery)
                    delivery.add_done_callback(deliveries.discard)
                    # A place is free again only now; woken earlier, the lane would see none.
                    delivery.add_done_callback(lambda _: woken.set())
                if lane.pace is not None and letters:
                    await asyncio.sleep(len(letters) / lane.pace)
                elif not letters:
                    await self._wait(woken, self._outbox.next_due(type_, now))

    async def _wait(self, woken: asyncio.Event, due: float | None) -> None:
        """Until something new waits, a delivery ends, or a postponed letter is due."""
        try:
            async with asyncio.timeout(None if due is None else due - time.time()):
                await woken.wait()
        except TimeoutError:
            return

    async def _deliver(self, session: aiohttp.ClientSession, letter: Letter, type_: str) -> None:
        attempt = await _post(session, letter)
        if attempt.is_taken:
            outcome = Outcome.TAKEN
            self._outbox.taken(letter, type_)
        elif letter.tries + 1 >= _MAX_TRIES:
            _logger.warning("Notification %s given up: %s", letter.body.decode(), attempt)
            outcome = Outcome.GIVEN_UP
            self._outbox.taken(letter, type_)
        else:
            outcome = Outcome.POSTPONED
            self._outbox.postpone(letter, min(_FIRST_PAUSE * 2**letter.tries, _LONGEST_PAUSE))
        self._journal.note(letter, attempt, outcome)
        await self._storage.committed()


async def _post(session: aiohttp.ClientSession, letter: Letter) -> Attempt:
    began, clock = time.time(), time.perf_counter()
    status, problem = None, ""
    try:
        async with session.post(
            letter.url,
            data=letter.body,
            headers={"content-type": "application/json"},
            allow_redirects=False,
        ) as response:
            status = response.status
    except TimeoutError:
        problem = f"No answer within {_ANSWER_WITHIN_SECONDS:.0f} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        problem = str(error) or repr(error)
    return Attempt(began, (time.perf_counter() - clock) * 1000, status, problem)
