"""Where somebody who is logged in begins: their connection, or all of them."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from ponte.ledger import connections
from ponte.web.look import connection_address
from ponte.web.panel.here import Here
from ponte.web.parts import Parts


def home_routes(parts: Parts) -> Sequence[Any]:
    """`/painel`."""

    @get("/painel")
    async def home(here: NamedDependency[Here]) -> Response[Any]:
        if here.actor.connection_id is not None:
            return Redirect(connection_address(here.actor.connection_id), status_code=303)
        async with parts.pool.connection() as conn:
            found = await connections.list_all(conn)
        return Template("panel/fleet.html", context={"here": here, "connections": found})

    return [home]
