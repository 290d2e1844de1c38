"""The trail: who did what. For operators and support all of it, for a merchant the connection's."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import Parameter

from ponte.ledger.trail import Entry
from ponte.services.actors import Actor
from ponte.services.history import MOST_LISTED, read_interventions, read_trail
from ponte.services.users import LARGEST_NUMBER
from ponte.web.api.answers import Page, about
from ponte.web.api.paths import Known
from ponte.web.parts import Parts

Limit = Annotated[int, Parameter(ge=1, le=MOST_LISTED, description="How many at most.")]
Before = Annotated[
    int | None, Parameter(ge=0, le=2**63 - 1, description="`next` of the page before.")
]


def trail_api(parts: Parts) -> Sequence[Any]:
    """`/trail` and `/connections/{connection}/trail`."""

    @get("/trail", **about("readTrail", "Who did what, the newest first", "trail"))
    async def whole(
        caller: NamedDependency[Actor],
        before: Before = None,
        connection_id: Annotated[int | None, Parameter(ge=1, le=LARGEST_NUMBER)] = None,
        user_id: Annotated[int | None, Parameter(ge=1, le=LARGEST_NUMBER)] = None,
        limit: Limit = 50,
    ) -> Page[Entry]:
        found = await read_trail(
            parts.pool,
            caller,
            before=before,
            connection_id=connection_id,
            user_id=user_id,
            count=limit,
        )
        return _page(found, limit)

    @get(
        "/connections/{connection:int}/trail",
        **about("readTrailOfConnection", "What was done with a connection", "trail"),
    )
    async def of_connection(
        known: Known,
        caller: NamedDependency[Actor],
        before: Before = None,
        only_others: Annotated[
            bool, Parameter(description="Only what operators, support and Ponte did.")
        ] = False,
        limit: Limit = 50,
    ) -> Page[Entry]:
        if only_others:
            others = await read_interventions(
                parts.pool, caller, known.connection_id, before=before, count=limit
            )
            return _page(others, limit)
        found = await read_trail(
            parts.pool, caller, before=before, connection_id=known.connection_id, count=limit
        )
        return _page(found, limit)

    return [whole, of_connection]


def _page(found: list[Entry], limit: int) -> Page[Entry]:
    return Page(found, str(found[-1].entry_id) if len(found) == limit else None)
