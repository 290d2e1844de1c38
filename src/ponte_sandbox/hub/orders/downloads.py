"""Which invoices are still to be read: rows, so that a killed hub goes on where it stopped."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage, named_queries

# Of one account at once: whoever names servers that never answer waits for them alone.
_PER_ACCOUNT = 4
_SQL = named_queries(Path(__file__).with_name("downloads.sql"))


class Download(NamedTuple):
    """An invoice's XML that is due to be fetched."""

    number: int
    account: int
    order_id: str
    shipment: str
    url: str
    tries: int


class Downloads:
    """The invoices of all accounts that wait to be read; part of the caller's transaction."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._under_way: set[int] = set()
        # Called when something new waits; the collector puts its own here.
        self.wake: Callable[[], None] = _nobody

    def put(self, account: int, order_id: str, shipment: str, url: str) -> None:
        """Have the invoice of a shipment read; an older wish for the same shipment is forgotten."""
        self._storage.write(_SQL["put"], (account, order_id, shipment, url, time.time()))
        self.wake()

    def due(self, now: float, limit: int) -> list[Download]:
        """What to fetch now; each is under way until `finish` or `postpone`."""
        if limit <= 0:
            return []
        rows = self._storage.read(_SQL["due"], (now, _PER_ACCOUNT, limit + len(self._under_way)))
        waiting = [Download(*row) for row in rows if row[0] not in self._under_way][:limit]
        self._under_way.update(download.number for download in waiting)
        return waiting

    def next_due(self, now: float) -> float | None:
        """When the next one that is not due yet will be; None when there is none."""
        row = self._storage.read_one(_SQL["next_due"], (now,))
        return row[0] if row else None

    def finish(self, download: Download) -> bool:
        """Forget one that was judged; False when a newer address has taken its place."""
        self._under_way.discard(download.number)
        return self._storage.write(_SQL["finish"], (download.number,)) == 1

    def postpone(self, download: Download, seconds: float) -> None:
        """Try one again later."""
        self._under_way.discard(download.number)
        again = (time.time() + seconds, download.tries + 1, download.number)
        self._storage.write(_SQL["postpone"], again)


def _nobody() -> None:
    """Nobody fetches yet."""
