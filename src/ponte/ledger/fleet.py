"""All connections at once, as an operator sees them: from what is kept ready, not counted here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from ponte.ledger.queries import Connection, row, rows


class FleetRow(Struct, frozen=True):
    """One connection in the list. Calls are those of the last five minutes."""

    connection_id: int
    store_name: str
    store_url: str
    store_platform: str
    hub_account: int | None
    state: str
    reason: str
    state_since: datetime | None
    lag_seconds: int
    families: int
    skus: int
    # Differences of all three facets.
    unsent: int
    orders_waiting: int
    orders_with_problem: int
    problems_blocking: int
    problems_warning: int
    calls: int
    failed: int
    throttled: int
    jobs_waiting: int
    measured_at: datetime | None


class StateCount(Struct, frozen=True):
    """How many connections are in a state."""

    state: str
    connections: int


class FleetTotals(Struct, frozen=True):
    """The installation in a few figures."""

    connections: int
    families: int
    skus: int
    unsent: int
    orders_waiting: int
    problems_blocking: int
    calls: int
    failed: int
    throttled: int
    oldest_measure: datetime | None


class Search(Struct, frozen=True):
    """What is looked for; None does not matter."""

    state: str | None = None
    platform: str | None = None
    words: str | None = None


async def page(
    conn: Connection,
    search: Search,
    *,
    sort: str,
    descending: bool,
    states: Sequence[str],
    count: int,
    skipped: int,
) -> list[FleetRow]:
    """Connections in order; `states` is the order in which a sort by state puts them."""
    return await rows(
        conn,
        "fleet",
        FleetRow,
        state=search.state,
        **_parameters(search),
        sort=sort,
        direction=-1 if descending else 1,
        states=list(states),
        count=count,
        skipped=skipped,
    )


async def by_state(conn: Connection, search: Search) -> list[StateCount]:
    """How many fit the search, whatever their state."""
    return await rows(conn, "fleet_by_state", StateCount, **_parameters(search))


async def totals(conn: Connection) -> FleetTotals:
    """All together."""
    found = await row(conn, "fleet_totals", FleetTotals)
    return found or FleetTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, None)


def _parameters(search: Search) -> dict[str, Any]:
    words = search.words or None
    literal = None if words is None else _literal(words)
    return {
        "platform": search.platform,
        "pattern": None if literal is None else f"%{literal}%",
        "account": None if literal is None else f"{literal}%",
        "number": words,
    }


def _literal(words: str) -> str:
    """The words as LIKE takes them: its signs mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
