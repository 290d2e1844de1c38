"""The pace of one account at one server: who may call now, who waits, who had better come back.

Every call runs inside a *turn*. Three pure state machines decide when a turn may start: the window
of concurrent calls, the learned rate with Retry-After, and the circuit. A wait that is known to be
long (the server is down, or asked for a minute) ends at once with the failure that says so, because
a job that sleeps holds a worker from other merchants. One `Pace` belongs to one event loop.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

from ponte.domain.failures import Failure, Throttled, Transient
from ponte.http.circuit import Circuit
from ponte.http.learned_rate import LearnedRate
from ponte.http.window import Window

# A wait known to be longer than this is not waited for: jobs run in slices of a few seconds.
PATIENCE = 5.0
# The longest a caller stands in line for the window and the spacing of calls. At a slow account
# (60 calls a minute) that is a window's worth of callers.
LONGEST_QUEUE_SECONDS = 60.0
_PATROL_SECONDS = 1.0


class Pace:
    """Turns to call. `calls_per_minute` is an allowance learned earlier, if one is known."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        calls_per_minute: float | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self._clock = clock
        self._window = Window()
        self._rate = LearnedRate(calls_per_minute)
        self._circuit = circuit or Circuit()
        self._under_way = 0
        # Those in line, and until when each stands there; the first came first.
        self._waiters: deque[tuple[asyncio.Future[float], float]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._patrol: asyncio.TimerHandle | None = None

    @property
    def window(self) -> int:
        """How many calls may be under way at once."""
        return self._window.size

    @property
    def under_way(self) -> int:
        """How many calls are under way."""
        return self._under_way

    @property
    def calls_per_minute(self) -> float | None:
        """The allowance learned from 429 answers, or None; worth keeping for the next process."""
        return self._rate.calls_per_minute

    @property
    def throttled_until(self) -> float | None:
        """The moment of the pace's clock before which nobody starts, or None."""
        held = self._rate.held_until
        return held if held > self._clock() else None

    @property
    def throttled_seconds(self) -> float:
        """How long that is from now; 0 when not throttled."""
        return max(0.0, self._rate.held_until - self._clock())

    @property
    def down(self) -> bool:
        """Whether the circuit is open: the server did not answer lately."""
        return self._circuit.open_until is not None

    def turn(self, call: str) -> "Turn":
        """`async with pace.turn("hub PUT /skus/A"):` waits, then counts the outcome.

        Leaving by `Throttled` or `Transient` slows the pace down, any other failure of the domain
        counts as a good answer. Raises `Throttled` or `Transient` where the wait would be long.
        """
        return Turn(self, call)

    def _ready_in(self, now: float) -> float:
        if self._under_way >= self._window.size:
            return math.inf
        return max(self._rate.ready_in(now), self._circuit.ready_in(now))

    def _start(self, now: float) -> None:
        self._under_way += 1
        self._rate.started(now)
        self._circuit.started()

    def _long_wait(self, call: str, now: float) -> Failure | None:
        """The failure for a wait that nobody should stand for, or None."""
        held = self._rate.held_until - now
        if held > PATIENCE:
            return Throttled(f"{call}: not sent, the account is throttled for {held:.0f} s", held)
        open_until = self._circuit.open_until
        if open_until is not None and open_until - now > PATIENCE:
            return Transient(f"{call}: not sent, the server did not answer the last calls")
        return None

    async def enter(self, call: str) -> float:
        """Wait for a turn and take it; the moment it began."""
        now = self._clock()
        if (refusal := self._long_wait(call, now)) is not None:
            raise refusal
        if not self._waiters and self._ready_in(now) <= 0:
            self._start(now)
            return now
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[float] = loop.create_future()
        self._waiters.append((waiter, now + LONGEST_QUEUE_SECONDS))
        if self._patrol is None:
            self._patrol = loop.call_later(_PATROL_SECONDS, self._dismiss)
        self._serve()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # The turn was given at the moment when its caller gave up: hand it back.
                self.leave(waiter.result(), None, answered=False)
            raise

    def send_away(self, reason: str) -> None:
        """Nobody who stands in line gets a turn: each is told so, and may come again later."""
        while self._waiters:
            waiter, _ = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(Transient(f"not sent: {reason}"))

    def _dismiss(self) -> None:
        """Send away those who stood in line too long; one timer for all of them."""
        now = self._clock()
        while self._waiters and self._waiters[0][1] <= now:
            waiter, _ = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(Throttled("not sent: the line before it did not move"))
        rest = bool(self._waiters)
        loop = asyncio.get_running_loop()
        self._patrol = loop.call_later(_PATROL_SECONDS, self._dismiss) if rest else None

    def leave(self, started: float, failure: BaseException | None, *, answered: bool) -> None:
        """Count how a turn that began at `started` ended, and let the next ones in."""
        now = self._clock()
        pressed = bool(self._waiters) and self._under_way >= self._window.size
        self._under_way -= 1
        if not answered:
            self._rate.abandoned(started)
            self._circuit.abandoned(started)
        elif isinstance(failure, Throttled):
            self._window.cut(started, now)
            self._rate.throttled(started, now, failure.retry_after)
            self._circuit.succeeded()
        elif isinstance(failure, Transient):
            self._window.failed(started, now)
            self._rate.answered(started, now)
            self._circuit.failed(started, now)
        else:
            self._window.answered(now, pressed)
            self._rate.answered(started, now)
            self._circuit.succeeded()
        self._serve()

    def _serve(self) -> None:
        """Give turns to those who wait, as many as may start, and set the alarm for the next."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not self._waiters:
            return
        now = self._clock()
        wait = 0.0
        while self._waiters:
            waiter, _ = self._waiters[0]
            if waiter.done():
                self._waiters.popleft()
            elif (wait := self._ready_in(now)) <= 0:
                self._start(now)
                self._waiters.popleft()
                waiter.set_result(now)
            elif (refusal := self._long_wait("a waiting call", now)) is not None:
                self._waiters.popleft()
                waiter.set_exception(refusal)
            else:
                break
        if self._waiters and wait < math.inf:
            self._alarm = asyncio.get_running_loop().call_later(wait, self._serve)


class Turn:
    """One call's turn, from waiting to its outcome."""

    __slots__ = ("_call", "_pace", "_started")

    def __init__(self, pace: Pace, call: str) -> None:
        self._pace = pace
        self._call = call

    async def __aenter__(self) -> None:
        self._started = await self._pace.enter(self._call)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        answered = failure is None or isinstance(failure, Failure)
        self._pace.leave(self._started, failure, answered=answered)
