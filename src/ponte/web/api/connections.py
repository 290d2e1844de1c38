"""Connections: which there are, and how each stands."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import Parameter

from ponte.ledger.connections import ConnectionBrief
from ponte.services.actors import Actor
from ponte.services.connections import MOST_LISTED, list_connections
from ponte.services.health import LONGEST_HOURS, Charts, ConnectionHealth, charts, of_connection
from ponte.services.users import LARGEST_NUMBER
from ponte.web.api.answers import Page, about, refused
from ponte.web.api.paths import Known
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}"
Limit = Annotated[int, Parameter(ge=1, le=MOST_LISTED, description="How many at most.")]
After = Annotated[
    int | None,
    Parameter(ge=0, le=LARGEST_NUMBER, description="`next` of the page before."),
]


def connections_api(parts: Parts) -> Sequence[Any]:
    """`/connections`, one, how it stands, and its last hours."""

    @get(
        "/connections",
        **about(
            "listConnections",
            "Connections, by number",
            "connections",
            description="All of them for an operator or support; for a merchant, the own one.",
        ),
    )
    async def all_of_them(
        caller: NamedDependency[Actor], after: After = None, limit: Limit = 50
    ) -> Page[ConnectionBrief]:
        found = await list_connections(parts.pool, caller, after=after or 0, count=limit)
        following = str(found[-1].connection_id) if len(found) == limit else None
        return Page(found, following)

    @get(_PATH, **about("readConnection", "One connection", "connections"))
    async def one(known: Known) -> ConnectionBrief:
        return known

    @get(
        f"{_PATH}/overview",
        **about(
            "readOverview",
            "How a connection stands",
            "connections",
            description="For products, prices, stock, orders and reports each: when last checked,"
            " how many wait, since when the oldest.",
        ),
    )
    async def standing(known: Known, caller: NamedDependency[Actor]) -> ConnectionHealth:
        found = await of_connection(parts.pool, caller, known.connection_id)
        if found is None:
            raise refused(404, "not_found", "There is no such connection.")
        return found

    @get(f"{_PATH}/charts", **about("readCharts", "The last hours", "connections"))
    async def hours(
        known: Known,
        caller: NamedDependency[Actor],
        hours: Annotated[int, Parameter(ge=1, le=LONGEST_HOURS)] = 12,
    ) -> Charts:
        return await charts(parts.pool, caller, known.connection_id, hours)

    return [all_of_them, one, standing, hours]
