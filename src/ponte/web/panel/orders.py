"""*Pedidos*: the list with its filters, and what became of one order.

A buyer's document never stands in an address: it is sent by a form and becomes a keyed hash, by
which the list is filtered. A buyer is shown on request only, on a page that no browser keeps.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte.ledger.order_lists import Place
from ponte.services import buyers, orders
from ponte.services.buyers import LONGEST_NUMBER, BuyerNotShown, UnknownOrder, buyer_mark
from ponte.services.decisions import LONGEST_REASON
from ponte.services.orders import OrderFilter, State
from ponte.web.panel import order_words as words
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

# Shown to whoever asked, and kept by nobody's browser.
_NOT_KEPT = {"cache-control": "no-store"}
# Who has just asked to try again watches for a moment.
_LOOK_SECONDS = 5
# A hash for each key; see `buyer_mark`.
_LONGEST_FIELD = 700


def order_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/pedidos` and what is below."""
    runtime = parts.runtime

    @get("/conexoes/{connection:int}/pedidos")
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        given = _given(request.query_params)
        wanted = _filter(given)
        found = await orders.list_orders(
            runtime,
            here.actor,
            here.number,
            wanted,
            older_than=_place(request.query_params.get("depois", "")),
            newer_than=_place(request.query_params.get("antes", "")),
        )
        address = f"{here.base}/pedidos"
        channels = await orders.channels(runtime, here.actor, here.number)
        return Template(
            "panel/orders.html",
            context={
                "here": here,
                "words": words,
                "given": given,
                "is_filtered": any(given.values()),
                "page": found,
                "count": await orders.count_orders(runtime, here.actor, here.number, wanted),
                "statuses": _options(
                    (value, _(label)) for value, label in words.HUB_STATUSES.items()
                ),
                "states": _options(
                    (state, _(name)) for state, (name, _kind) in words.STATES.items()
                ),
                "channels": _options((name, name[:60]) for name in channels),
                "newer": _address(address, given, "antes", found.newer_than),
                "older": _address(address, given, "depois", found.older_than),
            },
        )

    @post("/conexoes/{connection:int}/pedidos/comprador")
    async def find_buyer(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        mark = buyer_mark(runtime.vault, form.text("document", LONGEST_NUMBER))
        query = f"?{urlencode({'comprador': mark})}" if mark else ""
        return Redirect(f"{here.base}/pedidos{query}", status_code=303)

    @get("/conexoes/{connection:int}/pedidos/{order:str}")
    async def order_page(here: NamedDependency[Here], order: FromPath[str]) -> Response[Any]:
        return Template("panel/order.html", context=await _order(here, order))

    @get("/conexoes/{connection:int}/pedidos/{order:str}/passos")
    async def steps(here: NamedDependency[Here], order: FromPath[str]) -> Response[Any]:
        return Template("panel/order_steps.html", context=await _order(here, order))

    @post("/conexoes/{connection:int}/pedidos/{order:str}/comprador")
    async def show_buyer(here: NamedDependency[Here], order: FromPath[str]) -> Response[Any]:
        context = await _order(here, order)
        try:
            context["buyer"] = await buyers.buyer(runtime, here.actor, here.number, order)
        except BuyerNotShown as failure:
            context["no_buyer"] = _(words.NO_ANSWERS[failure.reason])
        except UnknownOrder as error:
            raise NotFoundException from error
        return Template("panel/order.html", context=context, headers=_NOT_KEPT)

    @post("/conexoes/{connection:int}/pedidos/{order:str}/tentar")
    async def retry(
        request: Call, here: NamedDependency[Here], order: FromPath[str]
    ) -> Response[Any]:
        try:
            retried = await orders.retry(runtime, here.actor, here.number, order)
        except UnknownOrder as error:
            raise NotFoundException from error
        if retried.reports:
            said = _("O pedido será lido de novo, e a nota ou o envio informado de novo.")
        else:
            said = _("O pedido será lido de novo do Plugg.to em instantes.")
        tell(request, " ".join([said, *words.waits_notes(retried.waits)]))
        return Redirect(f"{here.base}/pedidos/{order}", status_code=303)

    async def _order(here: Here, order_id: str) -> dict[str, Any]:
        try:
            found = await orders.read_order(runtime, here.actor, here.number, order_id)
        except UnknownOrder as error:
            raise NotFoundException from error
        return {
            "here": here,
            "words": words,
            "found": found,
            "order": found.order,
            "buyer": None,
            "no_buyer": "",
            "longest_reason": LONGEST_REASON,
            "look_seconds": _LOOK_SECONDS,
        }

    return [page, find_buyer, order_page, steps, show_buyer, retry]


# The fields of the filter, as they stand in the address.
_FIELDS = ("plugg", "loja", "canal", "de", "ate", "numero", "comprador", "pendencia")


def _given(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query.get(name, "").strip()[:_LONGEST_FIELD] for name in _FIELDS}


def _options(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """For a choice, first of all of nothing."""
    return [("", _("todos")), *pairs]


def _filter(given: Mapping[str, str]) -> OrderFilter:
    """What was chosen; what no order can have is left out, as if it were not there."""
    state = given["loja"]
    return OrderFilter(
        hub_status=given["plugg"],
        state=State(state) if state in set(State) else None,
        channel=given["canal"],
        first_day=_day(given["de"]),
        last_day=_day(given["ate"]),
        number=given["numero"],
        buyer=given["comprador"],
        with_problem=given["pendencia"] == "1",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _place(text: str) -> Place | None:
    """A place in the list, as `_address` writes it; the list's beginning for what is none."""
    at, _comma, order_id = text.partition(",")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None or "\0" in order_id:
        return None
    return Place(moment, order_id[:LONGEST_NUMBER])


def _address(address: str, given: Mapping[str, str], side: str, place: Place | None) -> str | None:
    """Where the page on one side of a place is."""
    if place is None:
        return None
    chosen = {name: value for name, value in given.items() if value}
    chosen[side] = f"{place.at.isoformat()},{place.hub_order_id}"
    return f"{address}?{urlencode(chosen)}"
