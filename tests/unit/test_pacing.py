"""Turns to call: a long wait is told, a short one kept, and no turn is ever lost."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import run_virtually

from ponte.domain.failures import Failure, Refused, Throttled, Transient
from ponte.http.circuit import FAILURES_TO_OPEN, FIRST_WAIT, Circuit
from ponte.http.pacing import LONGEST_QUEUE_SECONDS, PATIENCE, Pace
from ponte.http.window import FIRST_SIZE, LARGEST


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


def test_a_burst_is_halved_once_a_round_trip() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)

        async def caller() -> None:
            with ignoring_failures():
                async with pace.turn("a call"):
                    await asyncio.sleep(0.1)
                    raise Throttled("429", 0.0)

        await asyncio.gather(*(caller() for _ in range(FIRST_SIZE)))
        assert pace.window == FIRST_SIZE // 2

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
        callers += [asyncio.create_task(caller(rest_done)) for _ in range(FIRST_SIZE - 1)]
        await asyncio.sleep(0)
        waiting = asyncio.create_task(caller(rest_done))
        await asyncio.sleep(0)
        assert pace.under_way == FIRST_SIZE
        first_done.set()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
        assert pace.under_way == FIRST_SIZE - 1
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


def test_who_is_sent_away_does_not_call_and_who_calls_goes_on() -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(clock=loop.time)
        done: list[bool] = []

        async def caller() -> None:
            try:
                async with pace.turn("a call"):
                    await asyncio.sleep(1.0)
                    done.append(True)
            except Transient:
                done.append(False)

        callers = [asyncio.create_task(caller()) for _ in range(FIRST_SIZE + 5)]
        await asyncio.sleep(0.5)
        pace.send_away("it was paused")
        await asyncio.gather(*callers)
        assert sorted(done) == [False] * 5 + [True] * FIRST_SIZE
        async with pace.turn("later"):
            assert pace.under_way == 1

    run_virtually(live())
