"""Ends calls that take too long, by one timer for all of them.

aiohttp and `asyncio.timeout` set a timer for each call, which nearly always is taken back unused;
at two thousand calls a second that is felt. Here a call is only put on a list, and the list is
looked through once a second.
"""

import asyncio
from types import TracebackType
from weakref import WeakKeyDictionary

# How much later than asked for a call may be ended.
LOOK_SECONDS = 1.0


class _Watch:
    """The calls of one event loop, by task; the first to begin is the first to be overdue, as long
    as all are given the same time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.calls: dict[asyncio.Task[object], Deadline] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def begin(self, task: "asyncio.Task[object]", deadline: "Deadline") -> None:
        self.calls[task] = deadline
        if self._alarm is None:
            self._alarm = self.loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        now = self.loop.time()
        for task, deadline in self.calls.items():
            if deadline.ends_at <= now and not deadline.is_over:
                deadline.is_over = True
                task.cancel()
        self._alarm = self.loop.call_later(LOOK_SECONDS, self._look) if self.calls else None


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


class Deadline:
    """`with Deadline(30):` raises TimeoutError in the task that runs it 30 to 31 seconds later."""

    __slots__ = ("_cancelling", "_seconds", "_task", "_watch", "ends_at", "is_over")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.is_over = False

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        watch = _watches.get(loop)
        if watch is None:
            watch = _watches[loop] = _Watch(loop)
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline needs a task that can be cancelled")
        self._watch, self._task = watch, task
        self._cancelling = task.cancelling()
        self.ends_at = loop.time() + self._seconds
        watch.begin(task, self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del self._watch.calls[self._task]
        # `uncancel` takes our own cancellation back; what is left is somebody else's.
        ours = self.is_over and self._task.uncancel() <= self._cancelling
        if ours and kind is asyncio.CancelledError:
            raise TimeoutError from error
