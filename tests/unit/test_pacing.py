"""The pace of an account: fast where the server can, gentle where it cannot, never stuck."""

import asyncio
import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import run_virtually

from ponte.domain.failures import Failure, Refused, Throttled, Transient
from ponte.http.circuit import FAILURES_TO_OPEN, FIRST_WAIT, LONGEST_WAIT, Circuit
from ponte.http.pacing import LONGEST_QUEUE_SECONDS, PATIENCE, Pace
from ponte.http.window import LARGEST, SMALLEST_START


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


LIMITS: dict[str, Callable[[], Limit]] = {
    "fixed minutes": lambda: FixedMinutes(600),
    "fixed minutes, bare 429": lambda: FixedMinutes(600, bare=True),
    "sliding minute": lambda: SlidingMinute(600),
    "token bucket": lambda: TokenBucket(600),
    "a small fixed minute": lambda: FixedMinutes(60),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_an_unknown_limit_is_learned_and_used(limit: Callable[[], Limit]) -> None:
    world = World(13, limit()).run()
    allowed = 60 if limit is LIMITS["a small fixed minute"] else 600
    used = world.calls(world.good, since=3) / (10 * allowed)
    refused = world.calls(world.refused, since=3)
    assert used >= 0.9
    assert refused < 0.01 * world.calls(world.good, since=3)


def test_a_known_limit_is_kept_from_the_first_call() -> None:
    async def live() -> int:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time, calls_per_minute=600)
        begin = loop.time()
        calls = 0
        while loop.time() < begin + 60:
            async with pace.turn("a call"):
                calls += 1
        return calls

    assert 595 <= run_virtually(live()) <= 605


def test_a_slow_server_gets_many_calls_at_once() -> None:
    world = World(1, latency=0.3).run()
    best = 60 * LARGEST / 0.3
    assert world.calls(world.good) >= 0.9 * best


def test_a_busy_server_is_used_to_the_full_without_a_queue() -> None:
    world = World(2, latency=0.3, capacity=50).run()
    assert world.calls(world.good, since=1) >= 0.95 * 50 * 60


def test_odd_failures_do_not_slow_an_account_down() -> None:
    world = World(1, latency=0.3, failing=0.03).run()
    assert world.calls(world.good) >= 0.8 * 60 * LARGEST / 0.3


def test_a_failing_server_is_left_alone() -> None:
    world = World(10, failing=1.0)
    attempts = 0
    served = world.limit.take

    class Counting:
        def take(self, now: float) -> float | None:
            nonlocal attempts
            attempts += 1
            return served(now)

    world.limit = Counting()
    world.run()
    # A probe every 15 to 30 s, once the waits have grown.
    assert attempts < 80


def test_nobody_starts_before_retry_after_is_over() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)
        with pytest.raises(Throttled):
            async with pace.turn("a call"):
                raise Throttled("429", 3.0)
        refused_at = loop.time()
        assert pace.throttled_until == refused_at + 3.0
        async with pace.turn("another"):
            assert loop.time() >= refused_at + 3.0
        assert pace.throttled_until is None

    run_virtually(live())


def test_a_long_wait_is_told_instead_of_waited() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)
        with pytest.raises(Throttled):
            async with pace.turn("a call"):
                raise Throttled("429", 60.0)
        before = loop.time()
        with pytest.raises(Throttled) as told:
            async with pace.turn("another"):
                pytest.fail("it must not start")
        assert told.value.retry_after == pytest.approx(60.0)
        assert loop.time() == before
        assert pace.under_way == 0

    run_virtually(live())


def test_those_in_line_are_told_too() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)
        begin = loop.time()

        async def caller() -> None:
            async with pace.turn("a call"):
                await asyncio.sleep(1)
                raise Throttled("429", 60.0)

        told = await asyncio.gather(*(caller() for _ in range(50)), return_exceptions=True)
        assert loop.time() - begin < PATIENCE
        waits = [failure.retry_after for failure in told if isinstance(failure, Throttled)]
        assert waits == [pytest.approx(60.0)] * 50

    run_virtually(live())


def test_a_line_that_does_not_move_ends() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time, calls_per_minute=1)
        async with pace.turn("a call"):
            pass
        for _ in range(2):
            waiting = asyncio.create_task(anext_turn(pace))
            await asyncio.sleep(0)
        with pytest.raises(Throttled):
            await waiting
        assert pace.under_way == 0

    async def anext_turn(pace: Pace) -> None:
        async with pace.turn("another"):
            pass

    assert LONGEST_QUEUE_SECONDS <= 60
    run_virtually(live())


@contextmanager
def ignoring_failures() -> Iterator[None]:
    """The failures of the domain, passed over."""
    try:
        yield
    except Failure:
        return


OUTCOMES = st.sampled_from(["good", "refused", "transient", "throttled", "bare", "bug", "canceled"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(OUTCOMES, st.floats(0.001, 3.0), st.floats(0.0, 2.0)), max_size=60),
    st.integers(0, 10**6),
)
def test_whatever_happens_no_turn_is_lost_and_the_window_is_kept(
    plan: list[tuple[str, float, float]], seed: int
) -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time, circuit=Circuit(random.Random(seed).random))
        inside = 0

        async def caller(outcome: str, seconds: float, delay: float) -> None:
            nonlocal inside
            await asyncio.sleep(delay)
            before = loop.time()
            with ignoring_failures():
                async with pace.turn("a call"):
                    inside += 1
                    try:
                        assert 1 <= pace.window <= LARGEST
                        await asyncio.sleep(seconds)
                        match outcome:
                            case "refused":
                                raise Refused("no")
                            case "transient":
                                raise Transient("500")
                            case "throttled":
                                raise Throttled("429", seconds * 3)
                            case "bare":
                                raise Throttled("429")
                            case "bug":
                                raise ZeroDivisionError
                            case _:
                                pass
                    finally:
                        inside -= 1
            assert loop.time() - before < LONGEST_QUEUE_SECONDS + PATIENCE + 3

        tasks = [asyncio.create_task(caller(*step)) for step in plan]
        for task, (outcome, seconds, delay) in zip(tasks, plan, strict=True):
            if outcome == "canceled":
                loop.call_later(delay + seconds / 2, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        odd = [r for r in results if isinstance(r, Exception)]
        assert all(isinstance(result, ZeroDivisionError) for result in odd)
        assert pace.under_way == inside == 0
        # And the next caller gets through, or is told why not.
        await asyncio.sleep(301)
        async with pace.turn("the last"):
            pass
        assert not pace.down

    run_virtually(live())


def test_the_circuit_opens_waits_longer_and_closes() -> None:
    circuit = Circuit(jitter=lambda: 1.0)
    now, waits = 0.0, []
    for _ in range(FAILURES_TO_OPEN - 1):
        circuit.failed(now, now)
    assert circuit.ready_in(now) == 0
    circuit.failed(now, now)
    for _ in range(10):
        wait = circuit.ready_in(now)
        waits.append(wait)
        now += wait
        assert circuit.ready_in(now) == 0
        circuit.started()
        assert circuit.ready_in(now) == math.inf, "one probe at a time"
        circuit.failed(now, now)
    assert waits[0] == FIRST_WAIT
    assert waits[-1] == LONGEST_WAIT
    assert waits == sorted(waits)
    circuit.succeeded()
    assert circuit.ready_in(now) == 0
    assert circuit.open_until is None


def test_failures_from_before_the_opening_do_not_lengthen_it() -> None:
    circuit = Circuit(jitter=lambda: 1.0)
    for _ in range(FAILURES_TO_OPEN):
        circuit.failed(0.0, 1.0)
    opened = circuit.open_until
    for _ in range(50):
        circuit.failed(0.5, 1.2)
    assert circuit.open_until == opened


def test_a_probe_that_was_given_up_lets_another_try() -> None:
    circuit = Circuit(jitter=lambda: 0.0)
    for _ in range(FAILURES_TO_OPEN):
        circuit.failed(0.0, 1.0)
    circuit.started()
    circuit.abandoned(2.0)
    assert circuit.ready_in(2.0) == 0


def test_a_burst_is_halved_once_a_round_trip() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)

        async def caller() -> None:
            with ignoring_failures():
                async with pace.turn("a call"):
                    await asyncio.sleep(0.1)
                    raise Throttled("429", 0.0)

        await asyncio.gather(*(caller() for _ in range(SMALLEST_START)))
        assert pace.window == SMALLEST_START // 2

    run_virtually(live())


def test_a_turn_given_to_a_caller_that_gave_up_is_not_lost() -> None:
    async def live() -> None:
        pace = Pace(clock=asyncio.get_running_loop().time)
        first_done, rest_done = asyncio.Event(), asyncio.Event()

        async def caller(done: asyncio.Event) -> None:
            async with pace.turn("a call"):
                await done.wait()

        async def first() -> None:
            await caller(first_done)
            # Leaving gave the turn to the one in line, who gives up before it wakes.
            waiting.cancel()

        callers = [asyncio.create_task(first())]
        callers += [asyncio.create_task(caller(rest_done)) for _ in range(SMALLEST_START - 1)]
        await asyncio.sleep(0)
        waiting = asyncio.create_task(caller(rest_done))
        await asyncio.sleep(0)
        assert pace.under_way == SMALLEST_START
        first_done.set()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
        assert pace.under_way == SMALLEST_START - 1
        rest_done.set()
        await asyncio.gather(*callers)
        assert pace.under_way == 0

    run_virtually(live())


def test_a_canceled_probe_lets_another_through() -> None:
    async def live() -> None:
        pace = Pace(clock=asyncio.get_running_loop().time)

        async def failing() -> None:
            with ignoring_failures():
                async with pace.turn("a call"):
                    raise Transient("500")

        for _ in range(FAILURES_TO_OPEN):
            await failing()
        assert pace.down
        await asyncio.sleep(FIRST_WAIT)

        async def probing() -> None:
            async with pace.turn("a probe"):
                await asyncio.sleep(3600)

        probe = asyncio.create_task(probing())
        await asyncio.sleep(0)
        probe.cancel()
        async with asyncio.timeout(1), pace.turn("another"):
            pass
        assert not pace.down

    run_virtually(live())
