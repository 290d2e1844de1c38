"""`ponte.http.deadline`: a call ends in time, and only by its own deadline."""

import asyncio
import time

import pytest

from ponte.http import deadline
from ponte.http.deadline import Deadline


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "LOOK_SECONDS", 0.01)


def test_what_takes_too_long_is_ended() -> None:
    async def story() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError), Deadline(0.05):
            await asyncio.sleep(5)
        # The task goes on as if it had never been cancelled.
        await asyncio.sleep(0)
        return time.monotonic() - began

    assert 0.05 <= asyncio.run(story()) < 2


def test_each_call_has_its_own_time() -> None:
    async def call(seconds: float, most: float) -> bool:
        try:
            with Deadline(most):
                await asyncio.sleep(seconds)
        except TimeoutError:
            return False
        return True

    async def story() -> list[bool]:
        calls = [call(0, 5), call(5, 0.05), call(0.1, 5), call(5, 0.02)]
        return await asyncio.gather(*calls)

    assert asyncio.run(story()) == [True, False, True, False]


def test_a_task_that_is_stopped_meanwhile_stays_stopped() -> None:
    async def story() -> bool:
        async def call() -> None:
            with Deadline(5):
                await asyncio.sleep(5)

        task = asyncio.create_task(call())
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(story())


def test_a_task_that_is_stopped_at_its_deadline_stays_stopped() -> None:
    async def story() -> bool:
        async def call() -> None:
            with Deadline(0.05):
                try:
                    await asyncio.sleep(5)
                finally:
                    # Both ends come before the call can leave.
                    stopper()

        task = asyncio.create_task(call())
        stopper = task.cancel
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(story())


def test_an_error_of_the_call_is_its_own() -> None:
    async def story() -> None:
        with Deadline(5):
            raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        asyncio.run(story())


def test_no_timer_is_left_when_no_call_is() -> None:
    async def story() -> int:
        with Deadline(5):
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        watch = deadline._watches[asyncio.get_running_loop()]
        return len(watch.calls) + (watch._alarm is not None)

    assert asyncio.run(story()) == 0
