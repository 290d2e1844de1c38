"""Where somebody who is logged in begins: their connection, or all of them."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Redirect, Response

from ponte.web.look import connection_address
from ponte.web.panel.fleet import FLEET
from ponte.web.panel.here import Here


def home_routes() -> Sequence[Any]:
    """`/painel`."""

    @get("/painel")
    async def home(here: NamedDependency[Here]) -> Response[Any]:
        if here.actor.connection_id is not None:
            return Redirect(connection_address(here.actor.connection_id), status_code=303)
        return Redirect(FLEET, status_code=303)

    return [home]
