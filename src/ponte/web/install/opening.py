"""How the way begins: the hub's link with its code, and what may stand in its way.

The code is exchanged here and now, and the browser is sent on to an address without it. A code
that somebody else sent this browser must not slip itself under an installation that runs: what it
opened is *offered* first, and where the accounts differ, the person chooses.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from litestar import get, post
from litestar.response import Response, Template

from ponte.domain.failures import Failure, Refused, Unauthorised
from ponte.ledger import installations
from ponte.sync.installing import HubAccessLost, identify, open_code
from ponte.web.install.entering import PANEL, came_with_code
from ponte.web.install.visits import (
    CODE,
    INSTALLATION,
    LOG_IN,
    OFFERED,
    TROUBLE,
    Step,
    Visit,
    find_visit,
    go,
    step_of,
    stuck,
)
from ponte.web.install.words import STUCK, Stuck, Trouble
from ponte.web.limits import peer
from ponte.web.look import HOME
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import read_form

log = structlog.get_logger(__name__)

# Ten times what the hub is assumed to give; the session's cookie holds it where the hub is away.
_LONGEST_CODE = 512
OTHER = f"{HOME}/outra"


def opening_routes(parts: Parts) -> Sequence[Any]:
    """`GET /instalar`, and the pages for what went wrong and for a second account."""

    @get(HOME)
    async def begin(request: Call) -> Response[Any]:
        given = request.query_params.getall("pluggtocode", [])
        if given:
            return await _open(parts, request, given)
        if isinstance(request.session.get(CODE), str):
            return await _exchange(parts, request, request.session[CODE])
        if OFFERED in request.session:
            return await _settle(parts, request)
        visit = await find_visit(parts, request)
        if visit is None:
            return landing(request)
        if not visit.row.identified:
            # The hub was away when it was to be asked whose this is.
            request.session[OFFERED] = request.session.pop(INSTALLATION)
            return await _settle(parts, request)
        step = await step_of(parts, visit)
        return go(PANEL if step is Step.CONNECTION and visit.is_at_work else step)

    @get(f"{HOME}/problema")
    async def trouble(request: Call) -> Response[Any]:
        kept = request.session.get(TROUBLE)
        if not isinstance(kept, str) or kept not in Trouble.__members__.values():
            return go(HOME)
        visit = await find_visit(parts, request)
        return trouble_page(Trouble(kept), visit)

    @get(OTHER)
    async def which(request: Call) -> Response[Any]:
        running = await find_visit(parts, request)
        offered = await find_visit(parts, request, OFFERED)
        if running is None or offered is None or not offered.row.identified:
            return go(HOME)
        return Template(
            "install/other.html", context={"running": running, "offered": offered, "visit": None}
        )

    @post(OTHER)
    async def choose(request: Call) -> Response[Any]:
        form = await read_form(request)
        running, offered = request.session.get(INSTALLATION), request.session.pop(OFFERED, None)
        if not isinstance(offered, str):
            return go(HOME)
        given_up: object = offered
        if form.text("choice", 20) == "switch":
            given_up = running
            request.session[INSTALLATION] = offered
            request.session.pop(LOG_IN, None)
        if isinstance(given_up, str):
            async with parts.runtime.pool.connection() as conn:
                await installations.forget(conn, given_up)
        return go(HOME)

    return [begin, trouble, which, choose]


async def _open(parts: Parts, request: Call, given: list[str]) -> Response[Any]:
    code = given[0]
    if len(given) > 1 or not 0 < len(code) <= _LONGEST_CODE or not code.isprintable():
        return stuck(request, Trouble.CODE_REFUSED)
    # The same address once more, by reload or by the way back: what it opened goes on.
    for key in (INSTALLATION, OFFERED):
        visit = await find_visit(parts, request, key)
        if visit is not None and visit.row.code_hash == installations.digest(code):
            return go(HOME)
    return await _exchange(parts, request, code)


async def _exchange(parts: Parts, request: Call, code: str) -> Response[Any]:
    # Until the hub has spoken, the code is kept where only this browser and we can use it.
    request.session[CODE] = code
    if not parts.codes.take(peer(request)):
        return stuck(request, Trouble.TOO_MANY)
    try:
        opened = await open_code(parts.runtime, parts.hub_app(), code)
    except Unauthorised as failure:
        if failure.code == "invalid_client":
            log.warning("the hub does not know our app", reason=str(failure))
            return stuck(request, Trouble.APP_REFUSED)
        del request.session[CODE]
        log.info("a code was refused", reason=str(failure))
        return stuck(request, Trouble.CODE_REFUSED)
    except Refused as failure:
        log.warning("the hub's address is not a hub's", reason=str(failure))
        return stuck(request, Trouble.APP_REFUSED)
    except Failure as failure:
        log.warning("a code waits for the hub", reason=str(failure))
        return stuck(request, Trouble.HUB_DOWN)
    del request.session[CODE]
    request.session.pop(TROUBLE, None)
    came_with_code(request)
    request.session[OFFERED] = opened
    return await _settle(parts, request)


async def _settle(parts: Parts, request: Call) -> Response[Any]:
    """Learn whose the offered installation is, and let it be this browser's, unless another
    account's is under way."""
    offered = await find_visit(parts, request, OFFERED)
    if offered is None:
        del request.session[OFFERED]
        return go(HOME)
    if not offered.row.identified:
        try:
            await identify(parts.runtime, parts.hub_app(), offered.row)
        except HubAccessLost:
            del request.session[OFFERED]
            return stuck(request, Trouble.HUB_ACCESS_LOST)
        except Failure as failure:
            log.warning("the hub does not say whose account it is", reason=str(failure))
            return stuck(request, Trouble.HUB_DOWN)
        return go(HOME)
    running = await find_visit(parts, request)
    if running is not None and _is_other(running, offered):
        return go(OTHER)
    del request.session[OFFERED]
    if running is not None and not running.is_finished and running.row.identified:
        async with parts.runtime.pool.connection() as conn, conn.transaction():
            await installations.take_over(
                conn, running.row.installation_id, offered.row.installation_id
            )
    else:
        request.session[INSTALLATION] = offered.row.installation_id
    return go(HOME)


def _is_other(running: Visit, offered: Visit) -> bool:
    """Whether an unfinished installation would be replaced by one of another account."""
    if running.is_finished or not running.row.identified:
        return False
    account = running.row.hub_account
    return account is None or account != offered.row.hub_account


def trouble_page(trouble: Trouble, visit: Visit | None) -> Template:
    """What went wrong, and the way on."""
    words: Stuck = STUCK[trouble]
    connection = None if visit is None else visit.connection
    # The store of the account's own connection; of another account's nothing is told.
    store = "" if connection is None else connection.store_name
    return Template(
        "install/trouble.html",
        context={"words": words, "visit": visit, "store": store},
        status_code=words.status,
    )


def landing(_request: Call) -> Template:
    """For who comes without a code: where the way begins."""
    return Template("install/landing.html", context={"visit": None})
