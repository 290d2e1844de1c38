"""*SAC*: what buyers ask, the answers they got, and the next one.

An answer reaches a person and is for good, so the rules are the API's own (`Desk.answer`), said at
the field. Whoever is on this machine also plays the buyer; everybody else only answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.marketplace.channels import CHANNELS, CHANNELS_BY_NAME
from ponte_sandbox.hub.messages.desk import MAX_TEXT, Question
from ponte_sandbox.hub.messages.search import MOST, Wanted, channels, find_questions
from ponte_sandbox.hub.orders.archive import FIRST_ORDER_ID, Stored
from ponte_sandbox.hub.panel.here import is_here, only_here
from ponte_sandbox.hub.panel.orders import page_number
from ponte_sandbox.hub.panel.words import Kind
from ponte_sandbox.hub.rows import Row
from ponte_sandbox.hub.stamps import row_of
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

PAGE = "/painel/sac"
_PER_PAGE = 25
# Channels offered to choose from.
_MOST_CHANNELS = 100
# Of one question; all of them are in the API.
_ANSWERS_SHOWN = 50
# Digits of the largest number of an order there can be.
_MOST_DIGITS = 18
_STATUSES: dict[str, tuple[str, Kind]] = {
    "unanswered": (mark("Sem resposta"), "waiting"),
    "answered": (mark("Respondida"), "good"),
}
# What the filter says, by its word in the address.
_CHOICES = {
    "sem-resposta": ("unanswered", mark("Sem resposta")),
    "respondidas": ("answered", mark("Respondidas")),
}
# What the tester's form begins with.
_BLANK = {"about": "sku", "subject": "", "text": "", "channel": ""}


class About(NamedTuple):
    """What a question is about, and where that can be seen; no address when it is gone."""

    name: str
    address: str


def sac_routes(hub: Hub) -> Sequence[Any]:
    """The list, a question with its answers, and answering."""

    def stored(account: int, message_id: str) -> Row:
        row = hub.desk.rows.find(account, message_id)
        if row is None:
            raise NotFoundException
        return row

    @get(PAGE)
    async def list_questions(
        request: Call, account: NamedDependency[int], admin: NamedDependency[bool]
    ) -> Template:
        return _list(hub, request, account, may_ask=admin and is_here(request))

    @get(f"{PAGE}/{{message_id:str}}")
    async def show(account: NamedDependency[int], message_id: FromPath[str]) -> Template:
        return _question(hub, account, stored(account, message_id))

    @post(f"{PAGE}/{{message_id:str}}/responder")
    async def answer(
        request: Call, account: NamedDependency[int], message_id: FromPath[str]
    ) -> Response[Any]:
        form = await read_form(request)
        # Read after the form has come: what is between would be overwritten.
        row = stored(account, message_id)
        text = _typed(form, "answer")
        problem = _problem_of(text)
        if not problem:
            try:
                hub.desk.answer(account, row, {"answer": text}, hub.assumptions)
            except Refusal as refusal:
                if refusal.kind != "not_updated":
                    raise
                problem = _("Esta já é a última resposta que o comprador recebeu.")
        if problem:
            return _question(hub, account, row, typed=text, problem=problem)
        tell(request, _("Resposta enviada. O aplicativo da loja foi avisado."))
        return Redirect(f"{PAGE}/{message_id}", status_code=303)

    return [list_questions, show, answer]


def sac_simulation(hub: Hub) -> Router:
    """The tester's form: a question in a buyer's place."""

    @post(f"{PAGE}/simular")
    async def ask(request: Call, account: NamedDependency[int]) -> Response[Any]:
        form = await read_form(request)
        typed = {name: _typed(form, name) for name in _BLANK}
        problems: dict[str, str] = {}
        if problem := _problem_of(typed["text"]):
            problems["text"] = problem
        if typed["channel"] and typed["channel"] not in CHANNELS_BY_NAME:
            problems["channel"] = _("Escolha um dos canais da lista.")
        sku, order_id = None, None
        if typed["about"] == "order":
            order = _order(hub, account, typed["subject"])
            order_id = order.id if order else None
            if order_id is None:
                problems["subject"] = _("A conta não tem pedido com este número.")
        elif typed["about"] == "sku":
            sku = typed["subject"]
            if hub.shelf.find(account, sku) is None:
                problems["subject"] = _("A conta não tem produto com este SKU.")
        else:
            problems["about"] = _("Escolha uma das opções da lista.")
        if problems:
            return _list(hub, request, account, may_ask=True, typed=typed, problems=problems)
        hub.desk.ask(
            Question(
                account=account,
                text=typed["text"],
                sku=sku,
                order_id=order_id,
                channel=typed["channel"] or None,
            )
        )
        tell(request, _("Pergunta criada. O aplicativo da loja foi avisado."))
        return Redirect(PAGE, status_code=303)

    return Router("/", route_handlers=[ask], guards=[only_here])


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What the form asks for; what it does not know is not asked."""
    status, _label = _CHOICES.get(query.get("situacao", ""), ("", ""))
    return Wanted(status, query.get("canal", ""))


def _list(
    hub: Hub,
    request: Call,
    account: int,
    *,
    may_ask: bool,
    typed: Mapping[str, str] = _BLANK,
    problems: Mapping[str, str] | None = None,
) -> Template:
    query = dict(request.query_params)
    wanted = wanted_of(query)
    page = page_number(query.get("pagina", ""))
    found = find_questions(hub.storage, account, wanted, _PER_PAGE, page)
    kept = {name: query[name] for name in ("situacao", "canal") if query.get(name)}
    context = {
        "found": found,
        "about": about,
        "statuses": _STATUSES,
        "wanted": wanted,
        "most": MOST,
        "page": page,
        "last": max(1, -(-found.total // _PER_PAGE)),
        "asked": query,
        "is_narrowed": wanted != Wanted(),
        "choices": [("", _("Todas"))]
        + [(word, _(label)) for word, (_status, label) in _CHOICES.items()],
        "channels": [("", _("Qualquer"))]
        + [(name, name[:80]) for name in channels(hub.storage, account, _MOST_CHANNELS)],
        "address": lambda number: f"{PAGE}?{urlencode({**kept, 'pagina': number})}",
        "may_ask": may_ask,
        "typed": typed,
        "problems": problems or {},
        "subjects": [("sku", _("Um produto")), ("order", _("Um pedido"))],
        "asking_channels": [("", _("O do pedido, ou Mercado Livre"))]
        + [(channel.name, channel.name) for channel in CHANNELS],
        "longest": MAX_TEXT,
    }
    return Template("hub/sac.html", context=context, status_code=400 if problems else 200)


def _question(hub: Hub, account: int, row: Row, *, typed: str = "", problem: str = "") -> Template:
    message = row.content()
    subject = about(message["order_id"], message["sku"], message["product_id"])
    if message["product_id"] and hub.shelf.find_id(account, message["product_id"]) is None:
        subject = subject._replace(address="")
    context = {
        "message": message,
        "about": subject,
        "status": _STATUSES[message["status"]],
        "answers": message["answers"][-_ANSWERS_SHOWN:],
        "earlier": max(0, len(message["answers"]) - _ANSWERS_SHOWN),
        "typed": typed,
        "problem": problem,
        "longest": MAX_TEXT,
    }
    return Template("hub/sac_question.html", context=context, status_code=400 if problem else 200)


def about(order_id: str | None, sku: str | None, product_id: str | None) -> About:
    """What a question is about, in a person's words."""
    if order_id is None:
        return About(str(sku), f"/painel/catalogo/{product_id}")
    number = FIRST_ORDER_ID + (row_of(order_id) or 0)
    return About(_("Pedido %(number)s") % {"number": number}, f"/painel/pedidos/{order_id}")


def _order(hub: Hub, account: int, text: str) -> Stored | None:
    """The order a person means by its number or id."""
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return hub.archive.find_row(account, int(text) - FIRST_ORDER_ID)
    return hub.archive.find(account, text)


def _typed(form: Form, name: str) -> str:
    """A field; forms write a new line as two signs, which a person counts as one."""
    return form.text(name).replace("\r\n", "\n")


def _problem_of(text: str) -> str:
    """Why a text is nothing to send to anybody; empty when it is."""
    if not text:
        return _("Escreva o texto.")
    if len(text) > MAX_TEXT:
        return _("O texto tem %(length)s caracteres; cabem %(most)s.") % {
            "length": len(text),
            "most": MAX_TEXT,
        }
    return ""
