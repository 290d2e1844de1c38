"""Learning how many calls a minute an account is allowed, from 429 answers alone.

The hub has a limit that its reference does not name (pluggto-api.md [C]); running into it again and
again wastes calls and annoys. What was accepted between two refusals tells the limit; from then on
calls are spaced evenly a little below it, and the spacing is tightened by a percent a minute while
nothing is refused. A pure state machine: times are seconds of the caller's clock.
"""

import math
from collections import deque

# Below the measured limit by this share: the count that we see includes calls still under way.
_SAFE_SHARE = 0.95
# Calls may start early by this much, because timers of an event loop wake late by a few ms.
_EARLY_SECONDS = 0.02
# Without calls for this long, a new burst is measured by itself.
_IDLE_SECONDS = 5.0
# The limit is counted by the minute at most ([C]: clients wait a minute when they exceed it).
_MINUTE = 60.0
# Growth per quiet minute: 1 % at first (one 429 in some five minutes), doubling after five minutes
# so that a raised limit is found within a quarter of an hour.
_FIRST_GROWTH, _CAUTIOUS_MINUTES, _LARGEST_GROWTH = 0.01, 5, 0.5
# Waits after a 429 without Retry-After: doubling, up to the minute that other clients wait.
_FIRST_WAIT = 1.0


class LearnedRate:
    """When the next call may start, as far as the server's limit is concerned."""

    def __init__(self, calls_per_minute: float | None = None) -> None:
        self._per_second = calls_per_minute / _MINUTE if calls_per_minute else None
        self._next_start = -math.inf
        self._held_until = -math.inf
        self._bare_waits = 0
        self._refused_at = -math.inf
        # After a wait one call probes; the others follow when it is answered.
        self._probe_due = False
        self._probe_started = math.inf
        self._busy_since = self._last_start = -math.inf
        self._accepted = 0
        self._recent: deque[list[int]] = deque()
        self._measured: float | None = None
        self._changed_at = -math.inf
        self._quiet_minutes = 0
        # Starts since `_changed_at`, and how many of them came as soon as spacing let them.
        self._starts = self._held_back = 0

    @property
    def calls_per_minute(self) -> float | None:
        """The learned allowance, or None while no limit was met."""
        return None if self._per_second is None else self._per_second * _MINUTE

    @property
    def held_until(self) -> float:
        """Nobody starts before this moment."""
        return self._held_until

    def ready_in(self, now: float) -> float:
        """Seconds until a call may start: 0 now, infinity while a probe is out."""
        if now < self._held_until:
            return self._held_until - now
        if self._probe_due:
            return 0.0 if math.isinf(self._probe_started) else math.inf
        if self._per_second is None:
            return 0.0
        return max(0.0, self._next_start - _EARLY_SECONDS - now)

    def started(self, now: float) -> None:
        """A call starts."""
        if self._probe_due:
            self._probe_started = now
        elif now - self._last_start > _IDLE_SECONDS:
            self._busy_since, self._accepted = now, 0
        self._last_start = now
        if self._per_second is not None:
            self._starts += 1
            self._held_back += now < self._next_start + _EARLY_SECONDS
            self._tighten(now)
            self._next_start = max(self._next_start, now) + 1 / self._per_second

    def _tighten(self, now: float) -> None:
        """Allow a little more for each minute in which spacing held calls back and none failed."""
        if self._per_second is None or now - self._changed_at < _MINUTE:
            return
        if 2 * self._held_back > self._starts:
            self._quiet_minutes += 1
            doublings = max(0, self._quiet_minutes - _CAUTIOUS_MINUTES)
            growth = min(_FIRST_GROWTH * 2.0 ** min(doublings, 10), _LARGEST_GROWTH)
            self._per_second *= 1 + growth
        self._changed_at = now
        self._starts = self._held_back = 0

    def answered(self, started: float, now: float) -> None:
        """An answer other than 429 (also an error) to a call that began at `started`."""
        if started >= self._probe_started:
            self._probe_started = math.inf
            # Unless another refusal came meanwhile and made the wait longer.
            if now >= self._held_until:
                self._probe_due = False
                self._bare_waits = 0
                self._conclude(started, now)
        self._accepted += 1
        second = int(now)
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1][1] += 1
        else:
            self._recent.append([second, 1])
            self._forget(now)

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0][0] <= now - _MINUTE:
            self._recent.popleft()

    def throttled(self, started: float, now: float, retry_after: float | None) -> None:
        """A 429 to a call that began at `started`."""
        if started <= self._refused_at and started < self._probe_started:
            # Under way when the first refusal came: it tells nothing new but, perhaps, the wait.
            self._held_until = max(self._held_until, now + (retry_after or 0.0))
            return
        self._forget(now)
        if not self._probe_due:
            self._measured = sum(count for _, count in self._recent) / _MINUTE
        self._refused_at = now
        self._probe_due, self._probe_started = True, math.inf
        if retry_after is None:
            retry_after = min(_FIRST_WAIT * 2.0 ** min(self._bare_waits, 6), _MINUTE)
            self._bare_waits += 1
        self._held_until = max(self._held_until, now + retry_after)

    def abandoned(self, started: float) -> None:
        """A call ended without any answer for a reason of ours: another may probe."""
        if started >= self._probe_started:
            self._probe_started = math.inf

    def _conclude(self, started: float, now: float) -> None:
        """The wait is over: what was accepted from the burst's begin to its end was the limit.

        The burst alone underestimates where calls came slowly before it, the minute before the
        refusal where the burst was shorter than a minute: the larger counts. A guess too high is
        mended by the next refusal, one too low only by slow growth.
        """
        burst = self._accepted / max(started - self._busy_since, 1e-3) if self._accepted else 0.0
        limit = max(burst, self._measured or 0.0, 1 / _MINUTE)
        if self._per_second is not None:
            limit = min(limit, self._per_second)
        self._per_second = limit * _SAFE_SHARE
        self._next_start = started + 1 / self._per_second
        self._busy_since, self._accepted = started, 0
        self._measured = None
        self._changed_at, self._quiet_minutes = now, 0
        self._starts = self._held_back = 0
