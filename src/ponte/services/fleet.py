"""The fleet: every connection with its state, lag, errors and queue, for whoever runs them all."""

from enum import StrEnum

from msgspec import Struct

from ponte.domain.health import State
from ponte.ledger import fleet, operation
from ponte.ledger.database import Pool
from ponte.ledger.fleet import FleetRow, FleetTotals, Search
from ponte.services.actors import Actor, must_see_fleet

PAGE_ROWS = 50
# Whoever turns more pages than this searches instead; it bounds what a page may pass over.
_LAST_PAGE = 1_000
_LONGEST_SEARCH = 100


class Sort(StrEnum):
    """What the list can be sorted by."""

    STATE = "state"
    STORE = "store"
    ACCOUNT = "account"
    NUMBER = "number"
    LAG = "lag"
    UNSENT = "unsent"
    ORDERS = "orders"
    PROBLEMS = "problems"
    ERRORS = "errors"
    THROTTLED = "throttled"
    QUEUE = "queue"
    FAMILIES = "families"


class FleetPage(Struct, frozen=True):
    """A page of the list; `by_state` counts what fits the search, whatever its state."""

    connections: list[FleetRow]
    page: int
    pages: int
    found: int
    by_state: dict[State, int]
    totals: FleetTotals
    # All that there are, to choose from.
    platforms: list[str]


class FleetQuery(Struct, frozen=True):
    """What somebody wants to see; the worst first unless they say otherwise."""

    words: str = ""
    state: State | None = None
    platform: str | None = None
    sort: Sort = Sort.STATE
    descending: bool = False
    page: int = 1


async def page(pool: Pool, actor: Actor, query: FleetQuery) -> FleetPage:
    """A page of connections."""
    must_see_fleet(actor)
    search = Search(query.state, _clean(query.platform), _clean(query.words))
    async with pool.connection() as conn:
        counted = {
            State(each.state): each.connections for each in await fleet.by_state(conn, search)
        }
        found = sum(counted.values()) if query.state is None else counted.get(query.state, 0)
        pages = max(1, min(-(-found // PAGE_ROWS), _LAST_PAGE))
        number = max(1, min(query.page, pages))
        rows = await fleet.page(
            conn,
            search,
            sort=query.sort,
            descending=query.descending,
            states=[state.value for state in State],
            count=PAGE_ROWS,
            skipped=(number - 1) * PAGE_ROWS,
        )
        totals = await fleet.totals(conn)
        platforms = await operation.platforms(conn)
    return FleetPage(rows, number, pages, found, counted, totals, platforms)


def _clean(words: str | None) -> str | None:
    """As a database takes it, and no longer than a name that anybody types."""
    return (words or "").replace("\x00", "").strip()[:_LONGEST_SEARCH] or None
