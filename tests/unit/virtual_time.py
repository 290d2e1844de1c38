"""An event loop whose clock jumps: minutes of pacing pass in a moment, and always alike.

Nothing here knows of pacing. Only timers advance the clock, so code that waits for a socket would
hang; the tests that use it have none.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting, adds the wait to the clock."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            # A little more than asked for: a timer that is due a rounding error later still fires.
            self.now += timeout + 1e-6
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`loop.time()` is virtual."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run_virtually(main: Coroutine[Any, Any, _T]) -> _T:
    """Run `main` to its end on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
