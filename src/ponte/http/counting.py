"""How the calls for each connection end, counted in the process and handed over now and then.

An export makes thousands of calls a second, so counting one is adding one to a number. What has not
been handed over when a process dies is lost, and may be: the figures say how things go, not what
was done.
"""

from collections.abc import Iterator
from enum import IntEnum

from msgspec import Struct

from ponte.http.exchange import Observe


class Outcome(IntEnum):
    """How a call ended; the value is its place in a tally."""

    OK = 0
    REFUSED = 1
    UNAUTHORISED = 2
    THROTTLED = 3
    FAILED = 4
    UNANSWERED = 5


class CallSum(Struct, frozen=True):
    """The calls of one connection to one side since the last hand-over."""

    connection_id: int
    side: str
    ok: int
    refused: int
    unauthorised: int
    throttled: int
    failed: int
    unanswered: int
    # HTTP status of the last failure, 0 where no answer came; None: nothing failed.
    failure_status: int | None


def outcome_of(status: int) -> Outcome:
    """What an HTTP status (0: no answer) counts as."""
    if status == 0:
        return Outcome.UNANSWERED
    if 200 <= status < 300:
        return Outcome.OK
    if status == 401:
        return Outcome.UNAUTHORISED
    if status == 429:
        return Outcome.THROTTLED
    # A redirect is not followed; 408 and 425 say nothing of the item (ponte.http.exchange.screen).
    if 400 <= status < 500 and status not in (408, 425):
        return Outcome.REFUSED
    return Outcome.FAILED


_TROUBLE = (Outcome.FAILED, Outcome.UNANSWERED)


class _Tally:
    """One connection, one side."""

    __slots__ = ("counts", "failure_status")

    def __init__(self) -> None:
        self.counts = [0] * len(Outcome)
        self.failure_status: int | None = None


class CallCounter:
    """The tallies of one process."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[int, str], _Tally] = {}
        self._outcomes: dict[int, Outcome] = {}

    def observer(self, connection_id: int, side: str, also: Observe | None) -> Observe:
        """Counts the calls of one connection to one side, and tells `also` of each."""
        tally = self._tallies.setdefault((connection_id, side), _Tally())
        outcomes = self._outcomes

        def observe(kind: str, status: int, seconds: float) -> None:
            outcome = outcomes.get(status)
            if outcome is None:
                outcome = outcomes[status] = outcome_of(status)
            tally.counts[outcome] += 1
            if outcome in _TROUBLE:
                tally.failure_status = status
            if also is not None:
                also(kind, status, seconds)

        return observe

    def take(self) -> list[CallSum]:
        """What was counted since the last time."""
        return list(self._taken())

    def give_back(self, sums: list[CallSum]) -> None:
        """They could not be written: the next hand-over brings them."""
        for each in sums:
            tally = self._tallies[each.connection_id, each.side]
            missed = (
                each.ok,
                each.refused,
                each.unauthorised,
                each.throttled,
                each.failed,
                each.unanswered,
            )
            for place, count in enumerate(missed):
                tally.counts[place] += count
            if tally.failure_status is None:
                tally.failure_status = each.failure_status

    def _taken(self) -> Iterator[CallSum]:
        for (connection_id, side), tally in self._tallies.items():
            if not any(tally.counts):
                continue
            ok, refused, unauthorised, throttled, failed, unanswered = tally.counts
            tally.counts = [0] * len(Outcome)
            status, tally.failure_status = tally.failure_status, None
            yield CallSum(
                connection_id,
                side,
                ok,
                refused,
                unauthorised,
                throttled,
                failed,
                unanswered,
                status,
            )
