"""Working through orders or reports with bounded concurrency, for a slice of time.

Both loops have the same shape of work: claim some, handle each by itself, claim again without those
under way. What a failure means is decided here: a passing one is a wait of that one order, an ended
access or a hub that is down or throttles us ends the slice. What the other side refused concerns a
single order and is handled where it happens.
"""

import asyncio
import time
from collections.abc import Collection
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from ponte.domain.failures import Throttled, Transient, Unauthorised
from ponte.http.pacing import Pace
from ponte.sync.runtime import wait_after

# Things handled at once: enough to hide the latency of two systems, few enough to be fair.
CONCURRENCY = 16
# How long one wake-up works before it goes to the end of the queue.
SLICE_SECONDS = 5.0
# How long an account that is throttled or down is left alone at least.
SHORTEST_PAUSE_SECONDS = 1.0


class Claimed(Protocol):
    """What is worked on: something about one hub order."""

    @property
    def hub_order_id(self) -> str:
        """Nothing else about this order is handled at the same time."""

    @property
    def attempts(self) -> int:
        """Passing failures in a row; each makes the next wait longer."""


Item = TypeVar("Item", bound=Claimed)


class Work(Protocol[Item]):
    """What a loop does with its things."""

    async def claim(self, count: int, in_flight: Collection[str]) -> list[Item]:
        """Up to `count` things that are due, without the orders in flight."""

    async def handle(self, item: Item) -> None:
        """Do what is to be done; passing failures and an ended access are raised."""

    async def postpone(self, item: Item, wait: float) -> None:
        """It failed for now: not due for `wait` seconds."""


class Worked(Struct, frozen=True):
    """What a slice came to; `more` when it ended before the work."""

    more: bool
    # Seconds before which another try is useless: the account is throttled or the hub is down.
    pause: float = 0.0


async def work_through(work: Work[Item], hub_pace: Pace) -> Worked:
    """Claim and handle until nothing is left or the slice is over. `Unauthorised` ends it."""
    return await _Slice(work, hub_pace).run()


class _Slice(Generic[Item]):
    """One slice of one connection's work."""

    def __init__(self, work: Work[Item], hub_pace: Pace) -> None:
        self._work = work
        self._hub_pace = hub_pace
        self._in_flight: set[str] = set()
        self._free = asyncio.Semaphore(CONCURRENCY)
        self._denied: Unauthorised | None = None
        # The account is throttled or the hub is down: further calls would fail as well.
        self._halted = False
        # Something that no call explains, first of all a database that is gone. The others end by
        # themselves: a call that was given up could reach the hub after it was made once more.
        self._broken: Exception | None = None

    async def run(self) -> Worked:
        exhausted = False
        async with asyncio.TaskGroup() as group:
            try:
                exhausted = await self._claim_all(group)
            except Exception as error:  # noqa: BLE001 (raised below)
                self._broken = error
        if self._broken is not None:
            raise self._broken
        if self._denied is not None:
            raise self._denied
        pause = max(SHORTEST_PAUSE_SECONDS, self._hub_pace.throttled_seconds)
        return Worked(more=not exhausted, pause=pause if self._halted else 0.0)

    async def _claim_all(self, group: asyncio.TaskGroup) -> bool:
        """Start what is due, a few at a time; True when nothing is left."""
        deadline = time.monotonic() + SLICE_SECONDS
        while time.monotonic() < deadline and not self._stopped:
            items = await self._work.claim(CONCURRENCY * 2, self._in_flight)
            if not items:
                if not self._in_flight:
                    return True
                # What is under way may leave something due again; look once a place is free.
                await self._free.acquire()
                self._free.release()
                await asyncio.sleep(0.01)
                continue
            for item in items:
                await self._free.acquire()
                self._in_flight.add(item.hub_order_id)
                group.create_task(self._handle(item))
        return False

    @property
    def _stopped(self) -> bool:
        return self._halted or self._denied is not None or self._broken is not None

    async def _handle(self, item: Item) -> None:
        try:
            # What was claimed before the slice was stopped is left as it is, for the next one.
            if not self._stopped:
                await self._try(item)
        except Exception as error:  # noqa: BLE001 (raised when the others are done)
            self._broken = self._broken or error
        finally:
            self._in_flight.discard(item.hub_order_id)
            self._free.release()

    async def _try(self, item: Item) -> None:
        try:
            await self._work.handle(item)
        except Unauthorised as failure:
            self._denied = failure
        except (Transient, Throttled) as failure:
            pace = self._hub_pace
            self._halted = self._halted or pace.down or pace.throttled_seconds > 0
            await self._work.postpone(item, wait_after(item.attempts, failure))
