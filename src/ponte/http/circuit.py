"""Knowing when a server is down, so that queues wait instead of burning attempts.

After some failures in a row the circuit opens: nobody calls until a jittered wait is over, then a
single probe may. A pure state machine: times are seconds of the caller's clock, and nothing waits
here. Calls that began before it opened say nothing new when they fail late.
"""

import math
import random
from collections.abc import Callable

# Fewer would open on the odd dropped connection (with 10 % of calls failing, five in a row happen
# once in 100,000 calls); more would keep 64 callers waiting for time-outs of a dead server.
FAILURES_TO_OPEN = 5

# The first wait is of the length of a restart behind a load balancer; the last keeps a long outage
# cheap and is noticed within half a minute after it ends.
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


class Circuit:
    """Closed (calls pass), open (none does until a time), half open (one probe at a time)."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._failures = 0
        self._openings = 0
        self._opened_at = -math.inf
        self._open_until: float | None = None
        self._probing = False

    @property
    def open_until(self) -> float | None:
        """When the next probe may start, or None while closed."""
        return self._open_until

    def ready_in(self, now: float) -> float:
        """Seconds until a call may start: 0 now, infinity while a probe is out."""
        if self._open_until is None:
            return 0.0
        return math.inf if self._probing else max(0.0, self._open_until - now)

    def started(self) -> None:
        """A call starts; while open that is the probe."""
        if self._open_until is not None:
            self._probing = True

    def succeeded(self) -> None:
        """Any good answer, also a late one, shows that the server lives."""
        self._failures = self._openings = 0
        self._open_until = None
        self._probing = False

    def failed(self, started: float, now: float) -> None:
        """A call that began at `started` found no server, or a broken one."""
        if self._open_until is not None:
            if started >= self._opened_at and self._probing:
                self._open(now)
            return
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._open(now)

    def abandoned(self, started: float) -> None:
        """A call ended without an answer for a reason of ours: another may probe."""
        if self._open_until is not None and started >= self._opened_at:
            self._probing = False

    def _open(self, now: float) -> None:
        wait = min(FIRST_WAIT * 2.0 ** min(self._openings, 10), LONGEST_WAIT)
        self._openings += 1
        self._opened_at = now
        # Between half and the whole, so that many workers do not come back at one moment.
        self._open_until = now + wait * (0.5 + 0.5 * self._jitter())
        self._probing = False
