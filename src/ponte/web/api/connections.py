"""Connections: which there are, and how each stands."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from ponte.ledger.connections import ConnectionBrief
from ponte.services.actors import Actor
from ponte.services.connections import MOST_LISTED, list_connections, read_connection
from ponte.services.health import ConnectionHealth, of_connection
from ponte.services.users import LARGEST_NUMBER
from ponte.web.api.answers import Page, about, refused
from ponte.web.parts import Parts

Limit = Annotated[int, Parameter(ge=1, le=MOST_LISTED, description="How many at most.")]
After = Annotated[
    int | None,
    Parameter(ge=0, le=LARGEST_NUMBER, description="`next` of the page before."),
]
Number = FromPath[Annotated[int, Parameter(description="The connection's number.")]]


def connections_api(parts: Parts) -> Sequence[Any]:
    """`/connections`, one, and its overview."""

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

    @get(
        "/connections/{connection:int}",
        **about("readConnection", "One connection", "connections"),
    )
    async def one(connection: Number, caller: NamedDependency[Actor]) -> ConnectionBrief:
        found = await read_connection(parts.pool, caller, connection)
        if found is None:
            raise refused(404, "not_found", "There is no such connection.")
        return found

    @get(
        "/connections/{connection:int}/overview",
        **about(
            "readOverview",
            "How a connection stands",
            "connections",
            description="For products, prices, stock, orders and reports each: when last checked,"
            " how many wait, since when the oldest.",
        ),
    )
    async def standing(connection: Number, caller: NamedDependency[Actor]) -> ConnectionHealth:
        known = await read_connection(parts.pool, caller, connection)
        found = None if known is None else await of_connection(parts.pool, caller, connection)
        if found is None:
            raise refused(404, "not_found", "There is no such connection.")
        return found

    return [all_of_them, one, standing]
