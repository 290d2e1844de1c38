"""Long work of a merchant, done in portions behind the pages: many prices, a file of products.

One at a time in a shop, or two of them would overwrite each other's families; shops wait for none
but their own. After each portion what was done is committed, and every call has its turn. A chore
that fails keeps what it did and says so; a restart forgets the chore, not what it did.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ponte_sandbox.common.storage import Storage

# Ended chores of all shops that can still be looked at.
_KEPT = 200
_logger = logging.getLogger(__name__)


class ChoreStatus(StrEnum):
    """How far it is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Chore:
    """A piece of work and how far it is."""

    shop: int
    # What it is, already in the merchant's language.
    title: str
    total: int
    # Where to go afterwards.
    back: str
    number: str = field(default_factory=lambda: secrets.token_hex(8))
    done: int = 0
    # Of those looked at: changed ones, and ones that could not be.
    changed: int = 0
    refused: int = 0
    status: ChoreStatus = ChoreStatus.RUNNING


# Does one portion at each step, and writes into the chore how far it came.
Work = Callable[[Chore], Iterator[None]]


class Busy(Exception):
    """The shop has a chore already."""


class Chores:
    """The chores of all shops; `run` does them until it is cancelled."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._chores: dict[str, Chore] = {}
        self._waiting: asyncio.Queue[tuple[Chore, Work]] = asyncio.Queue()

    def begin(self, chore: Chore, work: Work) -> None:
        """Have it done; raises `Busy`."""
        if self.running(chore.shop) is not None:
            raise Busy
        self._chores[chore.number] = chore
        self._waiting.put_nowait((chore, work))
        ended = [c.number for c in self._chores.values() if c.status is not ChoreStatus.RUNNING]
        for number in ended[: max(0, len(ended) - _KEPT)]:
            del self._chores[number]

    def running(self, shop: int) -> Chore | None:
        """The shop's chore under way."""
        under_way = (c for c in self._chores.values() if c.status is ChoreStatus.RUNNING)
        return next((chore for chore in under_way if chore.shop == shop), None)

    def of(self, shop: int, number: str) -> Chore | None:
        """A chore of this shop."""
        chore = self._chores.get(number)
        return chore if chore is not None and chore.shop == shop else None

    async def run(self) -> None:
        """Do what is asked for; ends by cancellation."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._do(*await self._waiting.get()))

    async def _do(self, chore: Chore, work: Work) -> None:
        try:
            for _ in work(chore):
                # Also lets every other call have its turn.
                await self._storage.committed()
                await asyncio.sleep(0)
            await self._storage.committed()
        except Exception:
            # One shop's broken file must not end the others' work.
            _logger.exception("chore of shop %s failed", chore.shop)
            chore.status = ChoreStatus.FAILED
        else:
            chore.status = ChoreStatus.DONE
