"""*Pedidos*: the list, an order as it stands now, and what a merchant does with it in the hub.

What is done here is done as a marketplace does it, through the counter, so the app hears of it. An
order that is looked at follows what the store reports: the page asks every few seconds whether
something is new, and is only then shown anew.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.orders.archive import FIRST_ORDER_ID, Stored
from ponte_sandbox.hub.orders.search import MOST, Wanted, find_orders
from ponte_sandbox.hub.panel import order_view as view
from ponte_sandbox.hub.panel.words import STATUSES, channel_word, status_kind, status_word
from ponte_ui.application import Call
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

ORDERS = "/painel/pedidos"
PAGE = 25
# Channels offered to choose from.
_MOST_CHANNELS = 100
_MOST_TEXT = 255
# Stands for orders without a channel in the address: an empty choice means any.
_NO_CHANNEL = "-"


class Action(NamedTuple):
    """Something a person may do to an order."""

    name: str
    label: str
    # The status it sets, and those from which it makes sense.
    status: str
    when: frozenset[str]
    done: str
    # Asked before harm.
    question: str = ""


ACTIONS = (
    Action(
        "aprovar",
        mark("Aprovar"),
        "approved",
        frozenset(("pending", "partial_payment", "under_review", "paid")),
        mark("Pedido aprovado. O aplicativo da loja foi avisado."),
    ),
    Action(
        "nota-fiscal",
        mark("Solicitar nota fiscal"),
        "waiting_invoice",
        frozenset(("approved", "in_separation", "invoice_error")),
        mark("Nota fiscal solicitada. O aplicativo da loja foi avisado."),
    ),
    Action(
        "cancelar",
        mark("Cancelar pedido"),
        "canceled",
        # Once it is on its way, the buyer sends it back.
        frozenset(STATUSES) - {"canceled", "refunded", "shipping_informed", "shipped", "delivered"},
        mark("Pedido cancelado. O aplicativo da loja foi avisado."),
        mark("Cancelar este pedido? Isto não se desfaz, e a loja será avisada."),
    ),
)


def order_routes(hub: Hub) -> Sequence[Any]:
    """The pages of orders."""

    def stored_order(account: int, order_id: str) -> Stored:
        stored = hub.archive.find(account, order_id)
        if stored is None:
            raise NotFoundException
        return stored

    @get(ORDERS)
    async def list_orders(request: Call, account: NamedDependency[int]) -> Template:
        wanted, problem = wanted_of(request.query_params)
        page = page_number(request.query_params.get("pagina", ""))
        try:
            found = find_orders(hub.storage, account, wanted, PAGE, page)
        except OverflowError:
            problem = _("Escolha dias mais próximos de hoje.")
            found = find_orders(hub.storage, account, Wanted(), PAGE, page)
        channels = sorted(one.name for one in hub.archive.index.channels(account, _MOST_CHANNELS))
        query = {name: value for name, value in request.query_params.items() if name != "pagina"}
        context = {
            "found": found,
            "wanted": wanted,
            "most": MOST,
            "page": page,
            "last": max(1, -(-found.total // PAGE)),
            "asked": dict(request.query_params),
            "is_narrowed": wanted != Wanted(),
            "problem": problem,
            "is_complete": hub.archive.index.is_complete,
            "statuses": [("", _("Qualquer"))] + [(code, status_word(code)) for code in STATUSES],
            "channels": [("", _("Qualquer"))]
            + [(one or _NO_CHANNEL, channel_word(one)) for one in channels],
            "address": lambda number: f"{ORDERS}?{urlencode({**query, 'pagina': number})}",
            "status_word": status_word,
            "status_kind": status_kind,
            "channel_word": channel_word,
        }
        return Template("hub/orders.html", context=context)

    @get(f"{ORDERS}/{{order_id:str}}")
    async def show(account: NamedDependency[int], order_id: FromPath[str]) -> Template:
        return Template("hub/order.html", context=_shown(stored_order(account, order_id)))

    @get(f"{ORDERS}/{{order_id:str}}/andamento")
    async def progress(
        account: NamedDependency[int], order_id: FromPath[str], visto: FromQuery[str] = ""
    ) -> Response[Any]:
        stored = stored_order(account, order_id)
        if stored.order()["modified"] == visto:
            # Nothing new: what is open, focused or being answered stays as it is.
            return Response(None, status_code=204)
        return Template("hub/order_content.html", context=_shown(stored))

    @post(f"{ORDERS}/{{order_id:str}}/{{name:str}}")
    async def act(
        request: Call, account: NamedDependency[int], order_id: FromPath[str], name: FromPath[str]
    ) -> Redirect:
        stored = stored_order(account, order_id)
        action = next((one for one in ACTIONS if one.name == name), None)
        if action is None:
            raise NotFoundException
        if stored.status not in action.when:
            text = _("O pedido está agora como “%(status)s”, e isso já não cabe.")
            tell(request, text % {"status": status_word(stored.status)}, "warning")
            return Redirect(f"{ORDERS}/{order_id}", status_code=303)
        try:
            hub.counter.change(account, stored, {"status": action.status}, None)
        except Refusal as refusal:
            text = _("O hub não aceitou a mudança: %(reason)s")
            tell(request, text % {"reason": refusal.reason}, "danger")
        else:
            tell(request, _(action.done))
        return Redirect(f"{ORDERS}/{order_id}", status_code=303)

    return [list_orders, show, progress, act]


def _shown(stored: Stored) -> dict[str, object]:
    order = stored.order()
    written, is_all = view.json_of(stored.body)
    return {
        "id": stored.id,
        "number": FIRST_ORDER_ID + stored.number,
        "status": stored.status,
        "seen": order["modified"],
        "actions": [one for one in ACTIONS if stored.status in one.when],
        "order": order,
        "view": view,
        "json": written,
        "json_is_all": is_all,
        "status_word": status_word,
        "status_kind": status_kind,
    }


def wanted_of(query: Mapping[str, str]) -> tuple[Wanted, str]:
    """What the form asks for, and what is wrong with its days."""
    status = query.get("status", "")
    channel = query.get("canal", "")
    problem = ""
    days: list[date | None] = []
    for name in ("de", "ate"):
        try:
            days.append(date.fromisoformat(query[name]) if query.get(name) else None)
        except ValueError:
            days.append(None)
            problem = _("Escreva os dias como 31/12/2026.")
    first, last = days
    if first and last and last < first:
        problem = _("O primeiro dia vem depois do último.")
    wanted = Wanted(
        text=query.get("busca", "").strip()[:_MOST_TEXT],
        status=status if status in STATUSES else "",
        channel=None if not channel else "" if channel == _NO_CHANNEL else channel,
        first=first,
        last=last,
    )
    return wanted, problem


def page_number(text: str) -> int:
    """The page an address asks for; the first for what is none."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1
