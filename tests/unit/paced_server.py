"""A server with a limit, a latency and perhaps a capacity, and callers that want all of it.

Minutes pass on a virtual clock. The limits count as the hubs in the field are known to count.
"""

import asyncio
import math
import random
from dataclasses import dataclass, field
from typing import Protocol

from virtual_time import run_virtually

from ponte.domain.failures import Throttled, Transient
from ponte.http.pacing import Pace


class Limit(Protocol):
    """A server's limit: None lets a call pass, a number is its Retry-After, infinity a bare 429."""

    def take(self, now: float) -> float | None:
        """A call arrives."""


@dataclass
class FixedMinutes:
    """So many calls in each minute of the clock."""

    calls: int
    bare: bool = False
    minute: int = -1
    taken: int = 0

    def take(self, now: float) -> float | None:
        minute = int(now // 60)
        if minute != self.minute:
            self.minute, self.taken = minute, 0
        if self.taken < self.calls:
            self.taken += 1
            return None
        return math.inf if self.bare else math.ceil((minute + 1) * 60 - now)


@dataclass
class SlidingMinute:
    """So many calls in any 60 seconds."""

    calls: int
    times: list[float] = field(default_factory=list)

    def take(self, now: float) -> float | None:
        self.times = [time for time in self.times if time > now - 60]
        if len(self.times) < self.calls:
            self.times.append(now)
            return None
        return max(1, math.ceil(self.times[0] + 60 - now))


@dataclass
class TokenBucket:
    """So many calls a minute on average, and as many at once when rested."""

    calls: int
    tokens: float = math.inf
    at: float = 0.0

    def take(self, now: float) -> float | None:
        self.tokens = min(self.calls, self.tokens + (now - self.at) * self.calls / 60)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return None
        return max(1, math.ceil((1 - self.tokens) * 60 / self.calls))


class NoLimit:
    """Every call may pass."""

    def take(self, now: float) -> float | None:
        return None


@dataclass
class World:
    """A server with a latency, perhaps a capacity, and callers that always want to call."""

    minutes: int
    limit: Limit = field(default_factory=NoLimit)
    latency: float = 0.05
    capacity: float = math.inf
    failing: float = 0.0
    callers: int = 80
    good: dict[int, int] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)

    def run(self) -> "World":
        """Let the minutes pass."""
        run_virtually(self._live())
        return self

    def calls(self, counted: dict[int, int], since: int = 0) -> int:
        """How many, from minute `since` on."""
        return sum(calls for minute, calls in counted.items() if minute >= since)

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        dice = random.Random(7)
        begin, pace = loop.time(), Pace(clock=loop.time)
        self._busy_until = begin

        async def call() -> None:
            travel = self.latency * dice.uniform(0.8, 1.2) / 2
            self._busy_until = max(self._busy_until, loop.time()) + 1 / self.capacity
            await asyncio.sleep(max(travel, self._busy_until - loop.time()))
            wait = self.limit.take(loop.time())
            await asyncio.sleep(travel)
            minute = int((loop.time() - begin) // 60)
            if wait is not None:
                self.refused[minute] = self.refused.get(minute, 0) + 1
                raise Throttled("429", None if math.isinf(wait) else wait)
            if dice.random() < self.failing:
                raise Transient("500")
            self.good[minute] = self.good.get(minute, 0) + 1

        async def caller() -> None:
            while loop.time() < begin + 60 * self.minutes:
                try:
                    async with pace.turn("a call"):
                        await call()
                except Throttled as throttled:
                    # As a job does: come back when the wait is over.
                    await asyncio.sleep(min(throttled.retry_after or 1.0, 60.0))
                except Transient:
                    await asyncio.sleep(0.5)

        async with asyncio.TaskGroup() as group:
            for _ in range(self.callers):
                group.create_task(caller())
        assert pace.under_way == 0
