"""Troubles of a hub or a store platform, which are nobody's own fault."""

from datetime import datetime

import msgspec
from msgspec import Struct

from ponte.ledger import outages
from ponte.ledger.database import Pool
from ponte.ledger.health import Standing
from ponte.ledger.outages import OutageRow
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, must_see_fleet

# As many as a person reads through.
_SHOWN = 50


class OutageView(Struct, frozen=True):
    """ "The hub answers 503 for 92 % of accounts since 10:04", in figures."""

    outage_id: int
    # "hub" or "store".
    side: str
    # A hub's address, a platform's name, or the address of a store's server.
    place: str
    began_at: datetime
    ended_at: datetime | None
    # What most are answered; 0: nothing.
    status: int
    # Of the accounts for which something was called, for how many it fails.
    accounts: int
    failing: int

    @property
    def per_cent(self) -> int:
        """The share of accounts for which it fails."""
        return round(100 * self.failing / self.accounts) if self.accounts else 0


async def latest(pool: Pool, actor: Actor) -> list[OutageView]:
    """Those that stand, then the newest of the past."""
    must_see_fleet(actor)
    async with pool.connection() as conn:
        return [_view(row) for row in await outages.latest(conn, _SHOWN)]


async def concerning(conn: Connection, standing: Standing) -> list[OutageView]:
    """Those that stand and concern this connection. For other services: rights are checked there.

    What accounts others have is not a merchant's business: it is left out.
    """
    found = await outages.at_places(
        conn, standing.hub_url, standing.store_platform, standing.store_url
    )
    return [msgspec.structs.replace(_view(row), accounts=0, failing=0) for row in found]


def _view(row: OutageRow) -> OutageView:
    return OutageView(
        row.outage_id,
        row.side,
        row.place,
        row.began_at,
        row.ended_at,
        row.status,
        row.accounts,
        row.failing,
    )
