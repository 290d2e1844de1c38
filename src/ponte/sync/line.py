"""The families that wait to be sent, the urgent ones in front, planned a few at a time.

A family that waits is a row of the ledger, still packed. Planned, it is a hundred objects and more;
all of a queue at once would not stay in a processor's caches until they are sent, and one by one
the code would not. So whoever comes first plans a group.
"""

import asyncio
import heapq
import itertools
from collections.abc import Iterable

from msgspec import Struct

from ponte.domain.planner import FamilyState, Step, plan_call
from ponte.ledger.differences import DifferingRow

# Planned together. A stock change that comes meanwhile waits for no more than these.
GROUP = 32


class Planned(Struct, frozen=True):
    """A family as its row showed it, and the step that follows from that."""

    state: FamilyState
    step: Step
    # The last calls made for it, as the row keeps them.
    calls: str | None


def planned(row: DifferingRow) -> Planned:
    """The row unpacked, and its next step."""
    state = row.state()
    return Planned(state, plan_call(state), row.calls)


class Line:
    """Filled by one, emptied by many."""

    def __init__(self) -> None:
        # By urgency, then in the order in which they came.
        self._rows: list[tuple[int, int, DifferingRow]] = []
        self._came = itertools.count()
        self._planned: asyncio.Queue[Planned] = asyncio.Queue()

    def __len__(self) -> int:
        return len(self._rows) + self._planned.qsize()

    def add(self, rows: Iterable[DifferingRow]) -> None:
        """They wait from now on; a group at once where somebody stands idle."""
        for row in rows:
            heapq.heappush(self._rows, (row.work, next(self._came), row))
        self._plan_if_empty()

    async def next(self) -> Planned:
        """The next family, once there is one."""
        self._plan_if_empty()
        return await self._planned.get()

    def clear(self) -> list[str]:
        """Nobody waits any more; the keys of those who did."""
        keys = [row.family_key for _, _, row in self._rows]
        self._rows.clear()
        while not self._planned.empty():
            keys.append(self._planned.get_nowait().state.key)
        return keys

    def _plan_if_empty(self) -> None:
        if self._planned.empty():
            for _ in range(min(GROUP, len(self._rows))):
                self._planned.put_nowait(planned(heapq.heappop(self._rows)[2]))


async def stage() -> None:
    """Let the others come to the same point first.

    Answers arrive in bunches. Taken through all of its code one by one, each finds the processor's
    caches full of what the one before it ended with; stage by stage they cost less (three per cent
    of the worker's CPU per family in `make bench`).
    """
    await asyncio.sleep(0)
