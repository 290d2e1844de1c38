"""How many calls may be under way at once: grown by measuring, cut when the server suffers.

A larger window raises calls per second only until the server (or our own processor) is busy; beyond
that it just adds waiting. So the window is tried larger, and stays larger only if throughput rose.
A pure state machine: times are seconds of the caller's clock.
"""

# What is under way has to last the server while we read a page of a feed or write one, some twenty
# milliseconds; begun with 4, an export loses its first second. A server that suffers halves it
# with each round trip.
FIRST_SIZE = 32
# A hub account shares its server with others; above this our own client gains nothing (bench).
LARGEST = 128

# An epoch must be long against what else keeps this process from calling: a page of a feed that is
# read meanwhile takes it some ten milliseconds at a time.
_EPOCH_SECONDS = 0.2
# Growth pays when throughput rises by at least this share of the window's growth: 1 would be a
# server with spare capacity, 0 a saturated one. Low, because noise of 5 % must not stop the climb.
_WORTH_IT = 0.1
# A trial that did not pay is repeated after this many epochs, then twice as many, up to the last.
_FIRST_REST, _LONGEST_REST = 2, 32
# After a cut: let the server recover for this many epochs before trying more.
_REST_AFTER_CUT = 4
# One hiccup is not congestion: transient failures cut only above this share of recent answers,
# where each answer weighs a twentieth. Five failures in a row reach it; 5 % at random hardly ever
# do (simulated: cutting at every failure makes 2 % of them cost 70 % of the throughput).
_TOLERATED_FAILING = 0.2
_WEIGHT = 0.05


class Window:
    """The number of concurrent calls, between 1 and `LARGEST`."""

    def __init__(self) -> None:
        self.size = FIRST_SIZE
        self._base = FIRST_SIZE
        self._base_rate: float | None = None
        self._doubling = True
        self._doubted = False
        self._rest = 0
        self._next_rest = _FIRST_REST
        self._failing = 0.0
        self._cut_at = float("-inf")
        self._begin_epoch(0.0)

    def _begin_epoch(self, now: float) -> None:
        self._began = now
        self._done = 0
        self._pressed = 0
        # Calls that started under the old size say nothing of the new one.
        self._settling = self.size

    def answered(self, now: float, pressed: bool) -> None:
        """A good answer; `pressed` says that others were waiting for the window."""
        self._failing *= 1 - _WEIGHT
        if self._settling:
            self._settling -= 1
            if not self._settling:
                self._began = now
            return
        self._done += 1
        self._pressed += pressed
        seconds = now - self._began
        if self._done >= 2 * self.size and seconds >= _EPOCH_SECONDS:
            # Where callers, not the window, were the limit, throughput teaches nothing.
            if self._pressed >= 0.9 * self._done:
                self._learn(self._done / seconds)
            self._begin_epoch(now)

    def _learn(self, rate: float) -> None:
        if self.size > self._base and self._base_rate is not None:
            growth = self.size / self._base - 1
            if rate / self._base_rate - 1 >= _WORTH_IT * growth:
                self._base, self._base_rate = self.size, rate
                self._next_rest = _FIRST_REST
                self._grow()
            elif not self._doubted:
                # A hiccup of the machine looks like a window that does not pay: look twice.
                self._doubted = True
                return
            else:
                self.size = self._base
                self._doubling = False
                self._rest, self._next_rest = (
                    self._next_rest,
                    min(2 * self._next_rest, _LONGEST_REST),
                )
            self._doubted = False
            return
        self._base_rate = rate if self._base_rate is None else (self._base_rate + rate) / 2
        if self._rest:
            self._rest -= 1
        else:
            self._grow()

    def _grow(self) -> None:
        step = self._base if self._doubling else max(1, self._base // 4)
        self.size = min(self._base + step, LARGEST)

    def failed(self, started: float, now: float) -> None:
        """A transient failure of a call that began at `started`."""
        self._failing += _WEIGHT * (1 - self._failing)
        if self._failing > _TOLERATED_FAILING:
            self.cut(started, now)

    def cut(self, started: float, now: float) -> None:
        """Halve, at most once per round trip: calls begun before the last cut do not cut again."""
        if started <= self._cut_at:
            return
        self._cut_at = now
        self.size = self._base = max(1, self.size // 2)
        self._base_rate = None
        self._doubling = self._doubted = False
        self._rest, self._next_rest = _REST_AFTER_CUT, _FIRST_REST
        self._failing = 0.0
        self._begin_epoch(now)
