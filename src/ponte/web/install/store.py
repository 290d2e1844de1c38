"""From the store's domain to the connection: log-in at the store, the way back, and the question
whether these two belong together.

The address that the store sends the browser back to is the one door here that a stranger's link can
open. So it looks at the state before anything else, and ends at an address without codes; pressed
twice it goes on where the first press led. Nothing is joined there: that is a form of its own, on
which both names stand, because a browser may have been sent here with somebody else's hub code.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Response, Template

from ponte.domain.failures import Failure, Refused, Unauthorised, Unreadable
from ponte.http.addresses import LONGEST_TYPED, Fault, UnfitAddress, read_store_address
from ponte.ledger import installations
from ponte.services.disconnecting import note_return
from ponte.sync.installing import (
    HubAccessLost,
    RegistrationRefused,
    StateRefused,
    StateSpent,
    begin_log_in,
    connect,
    finish_log_in,
    spend_state,
    wait_for_log_in,
)
from ponte.sync.joining import AccountTaken, StoreTaken
from ponte.web.install.visits import (
    LOG_IN,
    Step,
    Visit,
    find_visit,
    go,
    merchant_of,
    stuck,
    visit_of,
)
from ponte.web.install.words import DOMAIN_PROBLEMS, FAULTS, DomainProblem, Trouble
from ponte.web.limits import peer
from ponte.web.look import HOME
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

log = structlog.get_logger(__name__)

ENTER = f"{HOME}/entrar"
# Codes and states of stores are some dozens of characters.
_LONGEST_ANSWER = 4096
_DOMAIN_STATUSES: dict[DomainProblem | Fault | None, int] = {
    DomainProblem.UNREACHABLE: 502,
    DomainProblem.TOO_MANY: 429,
}
_DOMAIN_REFUSALS = {
    "wrong_issuer": DomainProblem.FOREIGN,
    "wrong_endpoint": DomainProblem.FOREIGN,
    "no_pkce": DomainProblem.NO_PKCE,
}


def store_routes(parts: Parts) -> Sequence[Any]:
    """The domain, the log-in at the store, the way back, and the joining."""
    internal_allowed = parts.settings.allow_internal_stores

    @get(Step.STORE.value)
    async def show(visit: NamedDependency[Visit]) -> Response[Any]:
        if not visit.may_choose_store:
            return go(HOME)
        return _domain_page(visit, _shown(visit.row.store_url))

    @post(Step.STORE.value)
    async def name_store(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        if not visit.may_choose_store:
            return go(HOME)
        typed = (await read_form(request)).text("domain")
        try:
            store_url = read_store_address(typed, internal_allowed=internal_allowed)
        except UnfitAddress as unfit:
            # Not all of it is shown again: nobody meant to type so much.
            return _domain_page(visit, typed[:LONGEST_TYPED], field=unfit.fault)
        if not parts.domains.take(peer(request)):
            return _domain_page(visit, typed, problem=DomainProblem.TOO_MANY)
        try:
            request.session[LOG_IN] = await begin_log_in(
                parts.runtime,
                parts.hub_app(),
                visit.row,
                store_url,
                internal_allowed=internal_allowed,
            )
        except UnfitAddress as unfit:
            return _domain_page(visit, typed, problem=unfit.fault)
        except RegistrationRefused:
            return _domain_page(visit, typed, problem=DomainProblem.NO_REGISTRATION)
        except (Unreadable, Refused) as failure:
            code = failure.code if isinstance(failure, Refused) else ""
            problem = _DOMAIN_REFUSALS.get(code, DomainProblem.NO_STORE)
            return _domain_page(visit, typed, problem=problem)
        except Failure as failure:
            log.info("a store cannot be reached", store=store_url, reason=str(failure))
            return _domain_page(visit, typed, problem=DomainProblem.UNREACHABLE)
        return go(ENTER)

    @get(ENTER)
    async def enter(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        # A link, and no redirect after the form: the page's policy lets its form end here only.
        address = request.session.get(LOG_IN)
        if not isinstance(address, str) or not visit.may_choose_store:
            return go(HOME)
        store = urlsplit(address).netloc
        return Template(
            "install/enter.html", context={"visit": visit, "address": address, "store": store}
        )

    @get(Step.CONFIRM.value)
    async def question(visit: NamedDependency[Visit]) -> Response[Any]:
        if visit.row.store_grant is None:
            return go(HOME)
        return Template("install/confirm.html", context={"visit": visit, "mark": _mark_of(visit)})

    @post(Step.CONFIRM.value)
    async def confirm(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        form = await read_form(request)
        if form.text("decision", 20) == "other":
            async with parts.runtime.pool.connection() as conn:
                await installations.drop_store_grant(conn, visit.row.installation_id)
            return go(Step.STORE if visit.may_choose_store else HOME)
        if visit.row.store_grant is None:
            return go(HOME)
        # What stood on the page that was pressed, and not what another tab has made of it since:
        # another store, or another account.
        if form.text("asked", 100) != _mark_of(visit):
            tell(
                request, _("A loja ou a conta mudou. Confira de novo antes de conectar."), "warning"
            )
            return go(Step.CONFIRM)
        return await _connect(parts, request, visit)

    inside = Router(
        "/",
        route_handlers=[show, name_store, enter, question, confirm],
        dependencies={"visit": Provide(visit_of(parts))},
    )

    @get(f"{HOME}/retorno")
    async def back(request: Call) -> Response[Any]:
        visit = await find_visit(parts, request)
        if visit is None or not visit.row.identified:
            return stuck(request, Trouble.OTHER_BROWSER)
        return await _come_back(parts, request, visit)

    return [inside, back]


async def _come_back(parts: Parts, request: Call, visit: Visit) -> Response[Any]:
    query = request.query_params
    names = ("state", "loja", "iss", "code", "error")
    given = [query.getall(name, []) for name in names]
    brought = ["".join(values) for values in given]
    if any(len(values) > 1 for values in given) or not all(map(_is_plain, brought)):
        return stuck(request, Trouble.WRONG_STATE)
    state, mark, issuer, code, error = brought
    try:
        state_hash = await spend_state(parts.runtime, visit.row, state, mark, issuer)
    except StateRefused:
        log.warning("a return from a store with a wrong state")
        return stuck(request, Trouble.WRONG_STATE)
    except StateSpent:
        await wait_for_log_in(parts.runtime, visit.row)
        return go(HOME)
    request.session.pop(LOG_IN, None)
    trouble: Trouble | None
    if error or not code:
        trouble = Trouble.DENIED if error == "access_denied" else Trouble.STORE_NONSENSE
    else:
        trouble = await _finish(parts, visit, state_hash, code)
    if trouble is None:
        return go(Step.CONFIRM)
    async with parts.runtime.pool.connection() as conn:
        await installations.end_log_in(conn, visit.row.installation_id, state_hash)
    return stuck(request, trouble)


async def _finish(parts: Parts, visit: Visit, state_hash: bytes, code: str) -> Trouble | None:
    """Have the store's code exchanged; what went wrong, if anything did."""
    try:
        await finish_log_in(
            parts.runtime,
            parts.hub_app(),
            visit.row,
            state_hash,
            code,
            internal_allowed=parts.settings.allow_internal_stores,
        )
    except Unauthorised:
        return Trouble.STORE_CODE_REFUSED
    except (UnfitAddress, Unreadable, Refused) as failure:
        log.warning("a store's answer is not understood", reason=str(failure))
        return Trouble.STORE_NONSENSE
    except Failure as failure:
        log.warning("a store's answer does not come", reason=str(failure))
        return Trouble.STORE_DOWN
    return None


async def _connect(parts: Parts, request: Call, visit: Visit) -> Response[Any]:
    try:
        joined = await connect(parts.runtime, parts.hub_app(), visit.row)
    except HubAccessLost:
        return stuck(request, Trouble.HUB_ACCESS_LOST)
    except (AccountTaken, StoreTaken) as taken:
        # Both stay as they are; what this log-in opened is given up.
        async with parts.runtime.pool.connection() as conn:
            await installations.drop_store_grant(conn, visit.row.installation_id)
        is_account = isinstance(taken, AccountTaken)
        return stuck(request, Trouble.ACCOUNT_TAKEN if is_account else Trouble.STORE_TAKEN)
    except (Unauthorised, Refused) as failure:
        log.warning("joining was refused", reason=str(failure))
        async with parts.runtime.pool.connection() as conn:
            await installations.drop_store_grant(conn, visit.row.installation_id)
        return stuck(request, Trouble.STORE_LOG_IN_ENDED)
    except Failure as failure:
        log.warning("joining did not come to its end", reason=str(failure))
        return stuck(request, Trouble.STORE_DOWN)
    log.info(
        "connected",
        connection=joined.connection_id,
        is_new=joined.is_new,
        hints=joined.without_hints,
    )
    if joined.was_off:
        merchant = merchant_of(joined.connection_id, joined.store_name)
        await note_return(parts.pool, merchant, joined.connection_id)
        tell(request, _("Ligada de novo: segue de onde parou."))
    elif not joined.is_new:
        tell(request, _("Reconectado: os acessos foram renovados e nada será exportado de novo."))
    return go(HOME)


def _is_plain(value: str) -> bool:
    return len(value) <= _LONGEST_ANSWER and value.isprintable()


def _domain_page(
    visit: Visit,
    typed: str,
    *,
    field: Fault | None = None,
    problem: DomainProblem | Fault | None = None,
) -> Template:
    """The form, as it was filled in, with what is wrong with it."""
    title, todo = ("", "") if problem is None else DOMAIN_PROBLEMS[problem]
    status = _DOMAIN_STATUSES.get(problem, 422) if field or problem else 200
    return Template(
        "install/domain.html",
        context={
            "visit": visit,
            "typed": typed,
            "field_problem": FAULTS[field] if field else "",
            "title": title,
            "todo": todo,
        },
        status_code=status,
    )


def _shown(store_url: str | None) -> str:
    """A store's address as a merchant would type it."""
    return (store_url or "").removeprefix("https://")


def _mark_of(visit: Visit) -> str:
    """What the question was about: both sides, as one short word."""
    row = visit.row
    asked = (row.installation_id, row.hub_account, row.store_url, row.store_id)
    return installations.digest(repr(asked)).hex()
