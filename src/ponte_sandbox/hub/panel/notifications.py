"""*Notificações*: every attempt to tell the app something, what waits, and where it goes.

The list is the account's; the address is the app's, for all accounts, and so only people on this
machine change it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.apps import WEBSTORE_NAME, is_web_address
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.notifications.journal import KEPT, Outcome
from ponte_sandbox.hub.notifications.outbox import LANES, Registration
from ponte_sandbox.hub.panel.entries import row_number
from ponte_sandbox.hub.panel.here import is_here, only_here
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

PAGE = "/painel/notificacoes"
_PER_PAGE = 50
_WAITING_SHOWN = 10
# The types there are [D], as merchants call what they are about.
_TYPES = {
    "orders": mark("Pedidos"),
    "products": mark("Produtos"),
    "skus": mark("SKUs"),
    "messages": mark("Mensagens"),
    "invoices": mark("Notas fiscais"),
}
_OUTCOMES = {
    Outcome.TAKEN: (mark("Recebida"), "good"),
    Outcome.POSTPONED: (mark("Nova tentativa"), "waiting"),
    Outcome.GIVEN_UP: (mark("Desistiu"), "bad"),
}


def notification_routes(hub: Hub) -> Sequence[Any]:
    """The list, and sending again by hand."""

    @get(PAGE)
    async def show(
        request: Call, account: NamedDependency[int], admin: NamedDependency[bool]
    ) -> Template:
        return _page(hub, request, account, may_register=admin and is_here(request))

    @post(f"{PAGE}/{{number:int}}/reenviar")
    async def send_again(
        request: Call, account: NamedDependency[int], number: FromPath[int]
    ) -> Redirect:
        found = hub.journal.client_and_entry(account, row_number(number))
        sent = False
        if found is not None:
            client_id, entry = found
            with hub.storage.writing():
                sent = hub.outbox.send_again(
                    client_id, account, entry.type, entry.resource, entry.body
                )
        if sent:
            tell(request, _("A notificação foi posta na fila de novo."))
        else:
            tell(
                request,
                _("Não há para onde enviar: cadastre o endereço e veja se o app está na conta."),
                "warning",
            )
        return Redirect(await _way_back(request), status_code=303)

    @post(f"{PAGE}/espera/{{number:int}}/agora")
    async def hurry(
        request: Call, account: NamedDependency[int], number: FromPath[int]
    ) -> Redirect:
        if hub.outbox.hurry(account, row_number(number)):
            tell(request, _("A notificação vai ser enviada agora."))
        else:
            tell(request, _("Essa notificação já não espera mais."), "info")
        return Redirect(await _way_back(request), status_code=303)

    return [show, send_again, hurry]


def notification_registration(hub: Hub) -> Router:
    """Where the app wants to be told, and of what."""

    @post(f"{PAGE}/endereco")
    async def register(request: Call, account: NamedDependency[int]) -> Response[Any]:
        form = await read_form(request)
        url = form.text("url")
        types = tuple(form.texts("types"))
        problem = ""
        if url and not is_web_address(url):
            problem = _("Digite um endereço completo, como http://127.0.0.1:8000/notificacoes.")
        else:
            wish = Registration(hub.apps.webstore_client(), url or None, types)
            try:
                with hub.storage.writing():
                    hub.outbox.register(wish)
            except Refusal:
                # The address was looked at, so it is a type nobody offered.
                problem = _("Escolha só tipos da lista.")
        if problem:
            return _page(
                hub, request, account, may_register=True, typed=(url, types), problem=problem
            )
        tell(request, _("Endereço salvo.") if url else _("Endereço removido."))
        return Redirect(PAGE, status_code=303)

    return Router("/", route_handlers=[register], guards=[only_here])


def _page(
    hub: Hub,
    request: Call,
    account: int,
    *,
    may_register: bool,
    typed: tuple[str, tuple[str, ...]] | None = None,
    problem: str = "",
) -> Template:
    type_ = _one_of(request.query_params.get("tipo", ""), tuple(LANES))
    outcome = _one_of(request.query_params.get("resultado", ""), tuple(_OUTCOMES))
    total = hub.journal.count(account, type_, outcome)
    last = max(1, -(-total // _PER_PAGE))
    number = min(_page_number(request.query_params.get("pagina", "")), last)
    waiting, first_waiting = hub.outbox.waiting(account, _WAITING_SHOWN)
    registered = hub.outbox.registration(hub.apps.webstore_client())
    url, types = typed or (registered.url or "", registered.types)
    context = {
        "account": account,
        "app_name": WEBSTORE_NAME,
        "has_address": registered.url is not None,
        "may_register": may_register,
        "url": url,
        "types": types,
        "problem": problem,
        "waiting": waiting,
        "first_waiting": first_waiting,
        "entries": hub.journal.page(account, type_, outcome, (number - 1) * _PER_PAGE, _PER_PAGE),
        "total": total,
        "kept": KEPT,
        "number": number,
        "last": last,
        "address": lambda page: _address(type_, outcome, page),
        "type": type_,
        "outcome": outcome,
        "type_names": {name: _(_TYPES[name]) for name in LANES},
        "moment": lambda seconds: datetime.fromtimestamp(seconds, UTC),
        "outcomes": {name: (_(label), kind) for name, (label, kind) in _OUTCOMES.items()},
    }
    return Template("hub/notifications.html", context=context, status_code=400 if problem else 200)


def _one_of(text: str, known: Sequence[str]) -> str:
    return text if text in known else ""


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1


def _address(type_: str, outcome: str, number: int) -> str:
    query = {"tipo": type_, "resultado": outcome, "pagina": number if number > 1 else ""}
    kept = {name: value for name, value in query.items() if value}
    return f"{PAGE}?{urlencode(kept)}" if kept else PAGE


async def _way_back(request: Call) -> str:
    """The list as it was filtered."""
    form = await read_form(request)
    type_ = _one_of(form.text("tipo"), tuple(LANES))
    outcome = _one_of(form.text("resultado"), tuple(_OUTCOMES))
    return _address(type_, outcome, _page_number(form.text("pagina")))
