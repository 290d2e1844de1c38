"""*Pendências*: what a person must fix, by cause, where it is fixed, and what they decide.

Of the addresses that stand in links to elsewhere, the hub's panel is a setting, and the store's are
of the host that we call ourselves (`ponte.http.store_pages`): nothing that a product or an order
says leads anywhere else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte.domain.problems import FIXED_AT, FixedAt, ProblemCode
from ponte.ledger.problem_lists import CauseKey, SubjectPlace, SubjectRow
from ponte.ledger.problems import FAMILY, ORDER, REPORT
from ponte.services import decisions, problems
from ponte.services.decisions import LONGEST_REASON, BadReason, Decided, NotIgnorable
from ponte.services.problems import CauseView
from ponte.web.panel import order_words as words
from ponte.web.panel.catalogue import product_address
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.formats import number
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _, ngettext
from ponte_ui.messages import tell

# The keys of the ledger are shorter by far; the column would take more.
_LONGEST_SUBJECT = 1000
_KINDS = {path: kind for kind, path in words.KIND_PATHS.items()}


def problem_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/pendencias` and what is below."""
    runtime = parts.runtime

    def place_of(here: Here, code: str) -> str:
        """The address where something is fixed; "" where there is none to open."""
        return {
            FixedAt.STORE: here.store_home,
            FixedAt.HUB: parts.settings.hub_panel_url or "",
            FixedAt.RULES: f"{here.base}/configuracoes",
            FixedAt.RECONNECT: here.base,
            FixedAt.SUPPORT: "",
        }[FIXED_AT[ProblemCode(code)]]

    def address_of(here: Here, cause: CauseKey, *, ignored: bool = False) -> str:
        query = {"aviso": "" if cause.blocking else "1", "ignoradas": "1" if ignored else ""}
        chosen = urlencode({name: value for name, value in query.items() if value})
        address = f"{here.base}/pendencias/{words.KIND_PATHS[cause.kind]}/{cause.code}"
        return f"{address}?{chosen}" if chosen else address

    @get("/conexoes/{connection:int}/pendencias")
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        ignored = request.query_params.get("ignoradas") == "1"
        found = await problems.list_causes(runtime, here.actor, here.number, ignored=ignored)
        other = await problems.list_causes(runtime, here.actor, here.number, ignored=not ignored)
        return Template(
            "panel/problems.html",
            context={
                "here": here,
                "words": words,
                "ignored": ignored,
                "groups": _groups(found),
                "has_ignored": bool(found if ignored else other),
                "place_of": place_of,
                "address_of": address_of,
                "longest_reason": LONGEST_REASON,
            },
        )

    @get("/conexoes/{connection:int}/pendencias/{kind:str}/{code:str}")
    async def cause_page(
        request: Call, here: NamedDependency[Here], kind: FromPath[str], code: FromPath[str]
    ) -> Response[Any]:
        query = request.query_params
        cause = _cause(kind, code, query.get("aviso", ""))
        ignored = query.get("ignoradas") == "1"
        found = await problems.list_subjects(
            runtime,
            here.actor,
            here.number,
            cause,
            behind=_place(query.get("depois", "")),
            before=_place(query.get("antes", "")),
            ignored=ignored,
        )
        causes = await problems.list_causes(runtime, here.actor, here.number, ignored=ignored)
        address = address_of(here, cause, ignored=ignored)
        return Template(
            "panel/problem_subjects.html",
            context={
                "here": here,
                "words": words,
                "ignored": ignored,
                "cause": cause,
                "view": next((each for each in causes if each.key == cause), None),
                "page": found,
                "place": place_of(here, cause.code),
                "place_name": words.PLACES[FIXED_AT[ProblemCode(cause.code)]],
                "retry_way": problems.retry_way(cause.kind, cause.code),
                "name_of": _name,
                "own_page": lambda row: _own_page(here, cause.kind, row),
                "in_store": lambda row: _in_store(here, cause, row),
                "before": _turned(address, "antes", found.before),
                "behind": _turned(address, "depois", found.behind),
                "longest_reason": LONGEST_REASON,
            },
        )

    @post("/conexoes/{connection:int}/pendencias/{kind:str}/{code:str}/tentar")
    async def retry(
        request: Call, here: NamedDependency[Here], kind: FromPath[str], code: FromPath[str]
    ) -> Response[Any]:
        form = await read_form(request)
        cause = _cause(kind, code, form.text("aviso"))
        retried = await decisions.retry(
            runtime, here.actor, here.number, cause.kind, cause.code, _subject(form)
        )
        tell(request, words.retried_note(retried), "success" if retried.tried else "warning")
        return _back(here, form, address_of(here, cause))

    @post("/conexoes/{connection:int}/pendencias/{kind:str}/{code:str}/ignorar")
    async def ignore(
        request: Call, here: NamedDependency[Here], kind: FromPath[str], code: FromPath[str]
    ) -> Response[Any]:
        form = await read_form(request)
        cause = _cause(kind, code, form.text("aviso"))
        reason, subject = form.text("reason"), _subject(form)
        try:
            done = await decisions.ignore(runtime, here.actor, here.number, cause, reason, subject)
        except BadReason:
            tell(
                request,
                _("Escreva o motivo em até %(most)s caracteres. Nada foi alterado.")
                % {"most": LONGEST_REASON},
                "danger",
            )
        except NotIgnorable:
            tell(request, _("Um acesso que terminou não pode ser ignorado."), "danger")
        else:
            tell(request, _ignored_note(done))
        return _back(here, form, address_of(here, cause))

    @post("/conexoes/{connection:int}/pendencias/{kind:str}/{code:str}/considerar")
    async def heed(
        request: Call, here: NamedDependency[Here], kind: FromPath[str], code: FromPath[str]
    ) -> Response[Any]:
        form = await read_form(request)
        cause = _cause(kind, code, form.text("aviso"))
        done = await decisions.heed(runtime, here.actor, here.number, cause, _subject(form))
        said = ngettext(
            "%(num)s pendência volta a contar.", "%(num)s pendências voltam a contar.", done.count
        )
        tell(request, said % {"num": number(done.count)})
        return _back(here, form, address_of(here, cause))

    return [page, cause_page, retry, ignore, heed]


def _groups(found: Sequence[CauseView]) -> list[tuple[bool, list[CauseView]]]:
    """Blocking ones and warnings, each where there are any."""
    groups = [
        (blocking, [cause for cause in found if cause.blocking is blocking])
        for blocking in (True, False)
    ]
    return [group for group in groups if group[1]]


def _cause(kind: str, code: str, warning: str) -> CauseKey:
    """The cause that an address names; 404 for what is none."""
    if kind not in _KINDS or code not in set(ProblemCode):
        raise NotFoundException
    return CauseKey(_KINDS[kind], code, blocking=warning != "1")


def _subject(form: Form) -> str | None:
    """The one subject that a form is about; None for all of the cause."""
    return form.text("subject", _LONGEST_SUBJECT).replace("\0", "") or None


def _back(here: Here, form: Form, address: str) -> Response[Any]:
    """Where the form was: the order's own page, or that of the cause, or of all of them."""
    from_page = form.text("from")
    if from_page == "order" and (subject := _subject(form)):
        address = f"{here.base}/pedidos/{quote(subject, safe='')}"
    elif from_page == "causes":
        address = f"{here.base}/pendencias"
    return Redirect(address, status_code=303)


def _ignored_note(done: Decided) -> str:
    said = ngettext(
        "%(num)s pendência ignorada. Ela volta sozinha se algo mudar.",
        "%(num)s pendências ignoradas. Elas voltam sozinhas se algo mudar.",
        done.count,
    ) % {"num": number(done.count)}
    return f"{said} {_('Restam outras: repita para continuar.')}" if done.left else said


def _name(row: SubjectRow) -> str:
    """What people call it: the product's SKU, the order's number."""
    return row.store_sku or row.hub_number or row.subject


def _own_page(here: Here, kind: str, row: SubjectRow) -> str:
    """The page of the panel that tells all about it; "" where there is none."""
    if kind in (ORDER, REPORT):
        return f"{here.base}/pedidos/{quote(row.subject, safe='')}"
    if kind == FAMILY and row.store_sku is not None:
        return product_address(here, row.subject)
    return ""


def _in_store(here: Here, cause: CauseKey, row: SubjectRow) -> str:
    """The page of the store's panel where it is mended, of what is mended there."""
    if FIXED_AT[ProblemCode(cause.code)] is not FixedAt.STORE:
        return ""
    if cause.kind == FAMILY:
        return here.product_in_store(row.subject)
    return here.order_in_store(row.store_number)


def _place(text: str) -> SubjectPlace | None:
    """A place in the list, as `_turned` writes it; the list's beginning for what is none."""
    at, _comma, subject = text.partition(",")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None or "\0" in subject:
        return None
    return SubjectPlace(moment, subject[:_LONGEST_SUBJECT])


def _turned(address: str, side: str, place: SubjectPlace | None) -> str | None:
    if place is None:
        return None
    joined = "&" if "?" in address else "?"
    return f"{address}{joined}{urlencode({side: f'{place.since.isoformat()},{place.subject}'})}"
