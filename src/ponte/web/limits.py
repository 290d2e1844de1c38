"""How often strangers may have us call somebody: hubs with codes, hosts with domains.

Counted in this process, by who asks and over all: one who tries a thousand hosts is stopped soon,
and a thousand who try one each do not turn us into a scanner either. Tokens come back with time.
"""

import time
from collections.abc import Callable

from ponte_ui.application import Call

# Callers remembered; beyond it those whose tokens are all back are forgotten first.
_MOST_CALLERS = 5000
# Sums of fractions of a second, beside a clock that has run for months.
_ROUNDING = 1e-6
# All callers together may do so many times what one may.
_OVERALL = 5


class Limit:
    """`burst` at once, and then one each `seconds`."""

    def __init__(
        self, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._seconds = seconds
        self._clock = clock
        # Caller -> the moment at which all its tokens are back.
        self._full_at: dict[str, float] = {}
        self._all_full_at = 0.0

    def take(self, caller: str) -> bool:
        """Whether the caller may do it once more, now."""
        now = self._clock()
        alone = max(self._full_at.get(caller, now), now) + self._seconds
        overall = max(self._all_full_at, now) + self._seconds / _OVERALL
        most = self._burst * self._seconds + _ROUNDING
        if alone - now > most or overall - now > most:
            return False
        if len(self._full_at) >= _MOST_CALLERS:
            self._full_at = {who: at for who, at in self._full_at.items() if at > now}
            if len(self._full_at) >= _MOST_CALLERS:
                return False
        self._full_at[caller] = alone
        self._all_full_at = overall
        return True


def peer(call: Call) -> str:
    """Who asks, as far as a limit can tell."""
    return call.client.host if call.client is not None else ""
