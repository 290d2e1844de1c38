"""From the installation into the panel: who came with the hub's code is that account's merchant.

The code has to be of today. A browser that is logged in as somebody else is asked first: a link
with a stranger's code must not slip another account's panel under a person's hands.
"""

import time
from collections.abc import Sequence
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Response, Template

from ponte.services import log_in
from ponte.services.log_in import SESSION_SECONDS
from ponte.web.install.visits import NoVisit, Visit, go, visit_of
from ponte.web.look import HOME, connection_address
from ponte.web.panel.here import SESSION, find_session
from ponte.web.panel.session import end_former, visitor
from ponte.web.parts import Parts
from ponte_ui.application import Call

PANEL = f"{HOME}/painel"
# In the session: until when the hub's code lets this browser in.
_UNTIL = "code_good_until"


def came_with_code(call: Call) -> None:
    """The hub has just let this browser in."""
    call.session[_UNTIL] = time.time() + SESSION_SECONDS


def entering_routes(parts: Parts) -> Sequence[Any]:
    """`/instalar/painel`."""

    @get(PANEL)
    async def enter(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = visit.connection
        if connection is None or connection.released_at is None:
            return go(HOME)
        session = await find_session(parts, request)
        actor = None if session is None else session.actor
        if actor is None:
            return await _enter(parts, request, connection.connection_id)
        if actor.may_see(connection.connection_id):
            return go(connection_address(connection.connection_id))
        return Template("install/other_log_in.html", context={"visit": visit, "actor": actor})

    @post(PANEL)
    async def change(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = visit.connection
        if connection is None or connection.released_at is None:
            return go(HOME)
        await end_former(parts, request)
        return await _enter(parts, request, connection.connection_id)

    return [
        Router(
            "/",
            route_handlers=[enter, change],
            dependencies={"visit": Provide(visit_of(parts))},
        )
    ]


async def _enter(parts: Parts, call: Call, connection_id: int) -> Response[Any]:
    until = call.session.get(_UNTIL)
    if not isinstance(until, float) or time.time() > until:
        raise NoVisit
    key = await log_in.log_in_from_hub(parts.pool, connection_id, visitor(call))
    if key is None:
        raise NoVisit
    call.session[SESSION] = key
    return go(connection_address(connection_id))
