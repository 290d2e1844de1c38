"""What every loop needs: the database, one HTTP session, the vault, and who wakes the other loops.

A `Link` is one connection made usable: both clients with their access, pace and rules. Paces and
tokens live as long as the process, so that what one job learned about an account (it is throttled,
its token was renewed) holds for the next.
"""

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from pyreqwest.client import Client

from ponte.domain.failures import Throttled, Unauthorised
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.rules import MerchantRules
from ponte.http.counting import CallCounter
from ponte.http.exchange import Observe
from ponte.http.pacing import Pace
from ponte.hub.client import HubClient
from ponte.ledger import connections, problems
from ponte.ledger.connections import HUB, STORE, ConnectionRow
from ponte.ledger.database import Pool
from ponte.ledger.queries import Connection
from ponte.ledger.vault import Vault
from ponte.stores.port import StorePort
from ponte.stores.webstore.client import WebstoreClient
from ponte.sync.access import LedgerToken, Renewals
from ponte.sync.stops import Stops

# First wait after a passing failure; doubled each time. Half a second is longer than a hiccup.
FIRST_WAIT_SECONDS = 0.5
# The longest wait after passing failures: well within the fifteen minutes of R3.
LONGEST_WAIT_SECONDS = 300.0


class StoreAccessEnded(Unauthorised):
    """It was the store, not the hub, that does not let us in any more."""


@contextmanager
def calling_store() -> Iterator[None]:
    """Around store calls of a loop that also calls the hub: tells whose access ended."""
    try:
        yield
    except Unauthorised as failure:
        raise StoreAccessEnded(str(failure)) from failure


class Loop(StrEnum):
    """The four things that can be woken for a connection."""

    PULL = "pull"
    PUSH = "push"
    ORDERS = "orders"
    REPORTS = "reports"


class Waker(Protocol):
    """Wakes loops. Implemented above, by the job queue."""

    async def wake(
        self,
        conn: Connection,
        loop: Loop,
        connection_id: int,
        parts: Collection[int] | None = None,
    ) -> None:
        """Wake `loop` once `conn`'s transaction is committed; a waiting wake-up is enough.

        A push is woken in `parts` (None: in all of them).
        """


class Link(Struct):
    """One connection, ready for calls."""

    connection_id: int
    row: ConnectionRow
    rules: MerchantRules
    hub: HubClient
    hub_pace: Pace
    store: StorePort


class _Clients(Struct):
    urls: tuple[str, str]
    hub: HubClient
    hub_pace: Pace
    store: StorePort


class Runtime:
    """The shared equipment of a process."""

    def __init__(
        self,
        pool: Pool,
        http: Client,
        vault: Vault,
        waker: Waker,
        poll_seconds: float,
        observe: Observe | None = None,
    ) -> None:
        self.pool = pool
        self.http = http
        self.vault = vault
        self.waker = waker
        self.poll_seconds = poll_seconds
        self.renewals = Renewals()
        self.calls = CallCounter()
        self.stops = Stops()
        self._observe = observe
        # Clients live as long as the process: the store's keeps what it learned of the store.
        self._clients: dict[int, _Clients] = {}

    async def link(self, connection_id: int) -> Link | None:
        """The connection with its clients, or None when it does not exist (any more)."""
        async with self.pool.connection() as conn:
            row = await connections.read(conn, connection_id)
        if row is None:
            return None
        if row.switched_off_at is not None:
            # What they remember are tokens that were given up.
            self._clients.pop(connection_id, None)
        clients = self._clients.get(connection_id)
        if clients is None or clients.urls != (row.hub_url, row.store_url):
            clients = self._make_clients(row)
            self._clients[connection_id] = clients
        return Link(
            connection_id,
            row,
            row.merchant_rules(),
            clients.hub,
            clients.hub_pace,
            clients.store,
        )

    def _make_clients(self, row: ConnectionRow) -> _Clients:
        hub_pace = Pace()
        hub_calls = self.calls.observer(row.connection_id, HUB, self._observe)
        store_calls = self.calls.observer(row.connection_id, STORE, self._observe)
        return _Clients(
            urls=(row.hub_url, row.store_url),
            hub=HubClient(
                self.http, row.hub_url, self._token(row, HUB, hub_calls), hub_pace, hub_calls
            ),
            hub_pace=hub_pace,
            store=WebstoreClient(
                self.http, row.store_url, self._token(row, STORE, store_calls), Pace(), store_calls
            ),
        )

    def _token(self, row: ConnectionRow, side: str, observe: Observe) -> LedgerToken:
        number = row.connection_id
        return LedgerToken(self.pool, self.http, self.vault, self.renewals, number, side, observe)

    async def end_access(self, connection_id: int, side: str) -> None:
        """One side refused us for good: pause, and tell the merchant to connect again."""
        code = ProblemCode.HUB_ACCESS_ENDED if side == HUB else ProblemCode.STORE_ACCESS_ENDED
        async with self.pool.connection() as conn, conn.transaction():
            if not await connections.end_access(conn, connection_id, side):
                return
            await problems.add(conn, connection_id, problems.CONNECTION, side, Problem(code))


def wait_after(failures: int, failure: Exception) -> float:
    """Seconds to wait after a passing failure: longer each time, never in step with others."""
    if isinstance(failure, Throttled) and failure.retry_after is not None:
        return failure.retry_after + random.uniform(0, 1)  # noqa: S311 - jitter, not a secret
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(failures, 16))
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
