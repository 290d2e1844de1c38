"""Faults on demand: what real networks and hubs do to a client, chosen by seed and share.

The decision what happens to a call is pure (`Faults` and a random source in, a `Fate` out), so
that it can be tested and repeated; `gate.py` carries it out. The flavour that matters most is
`drop_after_share`: the call was applied and only its answer is lost, which is where clients that
do not write idempotently make their duplicates.
"""

import math
import random
from enum import Enum
from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0.0, le=600_000.0)]

# A limit per minute lets this part of itself through at once, then paces: ten seconds' worth. The
# real hub's window is not documented (pluggto-api.md: "there is a rate limit").
_BURST_PART = 1 / 6


class LatencyRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A delay drawn evenly between two bounds, in milliseconds."""

    min: Milliseconds = 0.0
    max: Milliseconds = 0.0


class NotificationFaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong between this program and the address it notifies."""

    # Never sent, and never tried again.
    lost_share: Share = 0.0
    # Sent once more, later.
    repeat_share: Share = 0.0
    # Each is held back for a time drawn between 0 and this, so they arrive out of order.
    delay_ms_max: Milliseconds = 0.0


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `PUT /_sandbox/faults` takes; it replaces everything, and a missing field means none."""

    # A number of milliseconds for every call, or a range to draw from.
    latency_ms: Milliseconds | LatencyRange = 0.0
    # Answered 500 or 503 (half and half), nothing applied.
    error_share: Share = 0.0
    # Connection reset before the call is applied.
    drop_before_share: Share = 0.0
    # Connection reset after the call was applied.
    drop_after_share: Share = 0.0
    # Applied, but answered 200 with HTML or with JSON cut in the middle.
    garbage_share: Share = 0.0
    # Calls a minute and account; beyond it 429. None: no limit.
    rate_limit_per_minute: Annotated[int, msgspec.Meta(ge=1)] | None = None
    # Only paths that begin like one of these are hit; empty: all.
    only_paths: list[str] = []
    # Log-in and tokens (`/oauth/…`) are spared unless asked for: losing the answer that carries a
    # single-use refresh token ends the session, which a test of something else does not want.
    include_oauth: bool = False
    notifications: NotificationFaults = NotificationFaults()
    # The same seed and the same calls in the same order meet the same faults. None: by chance.
    seed: int | None = None

    def __post_init__(self) -> None:
        """The four ways a call can go wrong exclude each other, so their shares add up to one."""
        total = self.error_share + self.drop_before_share
        if total + self.drop_after_share + self.garbage_share > 1.0:
            raise ValueError("error, drop and garbage shares add up to more than 1")
        if isinstance(self.latency_ms, LatencyRange) and self.latency_ms.min > self.latency_ms.max:
            raise ValueError("latency_ms.min is larger than latency_ms.max")


class Fate(Enum):
    """What happens to one call."""

    SERVED = "served"
    ERROR_500 = "error 500"
    ERROR_503 = "error 503"
    DROPPED_BEFORE = "dropped before it was applied"
    DROPPED_AFTER = "dropped after it was applied"
    GARBAGE_HTML = "applied, answered HTML"
    GARBAGE_CUT = "applied, answered cut JSON"


def draw_fate(faults: Faults, chance: random.Random) -> Fate:
    """One call's fate, from one draw."""
    drawn = chance.random()
    for share, one, other in (
        (faults.error_share, Fate.ERROR_500, Fate.ERROR_503),
        (faults.drop_before_share, Fate.DROPPED_BEFORE, Fate.DROPPED_BEFORE),
        (faults.drop_after_share, Fate.DROPPED_AFTER, Fate.DROPPED_AFTER),
        (faults.garbage_share, Fate.GARBAGE_HTML, Fate.GARBAGE_CUT),
    ):
        if drawn < share:
            return one if drawn < share / 2 else other
        drawn -= share
    return Fate.SERVED


def draw_latency(faults: Faults, chance: random.Random) -> float:
    """How long one call is held, in seconds."""
    latency = faults.latency_ms
    if isinstance(latency, LatencyRange):
        return chance.uniform(latency.min, latency.max) / 1000
    return latency / 1000


class CallLimit:
    """Calls per minute for each account: a bucket that holds ten seconds' worth and refills."""

    def __init__(self, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._capacity = max(1.0, per_minute * _BURST_PART)
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, account: str, now: float) -> int:
        """0 when the call may pass, else the whole seconds to wait (`Retry-After`)."""
        left, since = self._left.get(account, (self._capacity, now))
        left = min(self._capacity, left + (now - since) * self._per_second)
        if left < 1.0:
            self._left[account] = (left, now)
            return max(1, math.ceil((1.0 - left) / self._per_second))
        self._left[account] = (left - 1.0, now)
        return 0


class FaultBox:
    """The faults in force, their random source and the limit's buckets. Forgotten at a restart."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.chance = random.Random()
        self.limit: CallLimit | None = None
        self.active = False

    def put(self, faults: Faults) -> None:
        """Replace what is in force."""
        self.faults = faults
        self.chance = random.Random(faults.seed)
        per_minute = faults.rate_limit_per_minute
        self.limit = CallLimit(per_minute) if per_minute is not None else None
        calm = Faults(notifications=faults.notifications, seed=faults.seed)
        self.active = faults != calm

    def hits(self, path: str) -> bool:
        """Whether calls to this path meet faults at all."""
        if not self.active:
            return False
        if path.startswith("/oauth/") and not self.faults.include_oauth:
            return False
        only = self.faults.only_paths
        return not only or path.startswith(tuple(only))
