"""Counts calls by method, route, status and account, so that a test can say how many were made.

"One call per changed family" is a promise that only the receiving side can check. Calls are
counted by the route's template, not by path: the table stays small with a million SKUs.
"""

import msgspec


class CallCount(msgspec.Struct, frozen=True):
    """Calls of one kind. Status 0: the connection was dropped without an answer."""

    method: str
    route: str
    status: int
    account: str
    count: int


class CallCounts(msgspec.Struct, frozen=True):
    """What `GET /_sandbox/calls` answers."""

    total: int
    calls: list[CallCount]


class Calls:
    """The counter; in memory, forgotten at a restart."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int, str], int] = {}

    def count(self, method: str, route: str, status: int, account: str) -> None:
        """Count one finished call."""
        key = (method, route, status, account)
        self._counts[key] = self._counts.get(key, 0) + 1

    def counts(self) -> CallCounts:
        """Everything counted since the last reset."""
        calls = [CallCount(*key, count) for key, count in sorted(self._counts.items())]
        return CallCounts(total=sum(call.count for call in calls), calls=calls)

    def reset(self) -> None:
        """Begin anew."""
        self._counts.clear()
