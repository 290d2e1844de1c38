"""The pace finds out what a server bears, whichever way it counts, and uses it."""

import asyncio
from collections.abc import Callable

import pytest
from paced_server import FixedMinutes, Limit, SlidingMinute, TokenBucket, World
from virtual_time import run_virtually

from ponte.http.pacing import Pace
from ponte.http.window import LARGEST

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
    world = World(1, latency=0.3, callers=2 * LARGEST).run()
    best = 60 * LARGEST / 0.3
    assert world.calls(world.good) >= 0.9 * best


def test_a_busy_server_is_used_to_the_full_without_a_queue() -> None:
    world = World(2, latency=0.3, capacity=50).run()
    assert world.calls(world.good, since=1) >= 0.95 * 50 * 60


def test_odd_failures_do_not_slow_an_account_down() -> None:
    world = World(1, latency=0.3, failing=0.03, callers=2 * LARGEST).run()
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
