"""*Frota*: every connection with its state, lag, errors and queue; sorted and searched."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response, Template

from ponte.domain.health import State
from ponte.services import fleet, outages
from ponte.services.fleet import FleetQuery, Sort
from ponte.web.panel.here import Here
from ponte.web.panel.states import (
    outage_sentence,
    reason_name,
    state_kind,
    state_name,
    state_options,
)
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.language import _, mark

FLEET = "/frota"
# Figures are at most that old; a person who watches sees a change at the next look.
_LOOK_SECONDS = 10
_LONGEST_PAGE_NUMBER = 6
# In the order of the columns; what is large is worth seeing first.
_COLUMNS = (
    (Sort.STORE, mark("Loja"), False),
    (Sort.STATE, mark("Situação"), False),
    (Sort.LAG, mark("Atraso"), True),
    (Sort.UNSENT, mark("A enviar"), True),
    (Sort.ORDERS, mark("Pedidos"), True),
    (Sort.PROBLEMS, mark("Pendências"), True),
    (Sort.ERRORS, mark("Erros"), True),
    (Sort.THROTTLED, mark("Limitadas"), True),
    (Sort.QUEUE, mark("Fila"), True),
    (Sort.FAMILIES, mark("Produtos"), True),
)
_Choice = TypeVar("_Choice", bound=StrEnum)


def fleet_routes(parts: Parts) -> Sequence[Any]:
    """`/frota`, and the part of it that refreshes."""

    async def show(request: Call, here: Here, template: str) -> Response[Any]:
        query = _query(request)
        found = await fleet.page(parts.pool, here.actor, query)
        troubles = await outages.latest(parts.pool, here.actor)
        return Template(
            template,
            context={
                "here": here,
                "fleet": found,
                "query": query,
                "asked": dict(_asked(query)),
                "columns": [_column(query, *each) for each in _COLUMNS],
                "state_options": state_options(),
                "platform_options": _platforms(found.platforms, query.platform),
                "of_state": lambda state: _of_state(query, state),
                "state_name": state_name,
                "state_kind": state_kind,
                "reason_name": reason_name,
                "outages": [outage_sentence(each) for each in troubles if not each.ended_at],
                "is_narrowed": bool(query.words or query.state or query.platform),
                "address": _address(query),
                "refresh": _address(query, f"{FLEET}/agora")(found.page),
                "look_seconds": _LOOK_SECONDS,
            },
        )

    @get(FLEET)
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        return await show(request, here, "panel/fleet.html")

    @get(f"{FLEET}/agora")
    async def now(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        return await show(request, here, "panel/fleet_now.html")

    return [page, now]


def _query(request: Call) -> FleetQuery:
    """What the address asks for; what makes no sense is as if it were not there."""
    given = request.query_params
    number = given.get("pagina", "")
    is_number = number.isascii() and number.isdigit() and len(number) <= _LONGEST_PAGE_NUMBER
    return FleetQuery(
        words=given.get("busca", "").strip()[:100],
        state=_chosen(State, given.get("situacao", "")),
        platform=given.get("plataforma", "").strip()[:100] or None,
        sort=_chosen(Sort, given.get("ordem", "")) or Sort.STATE,
        descending=given.get("sentido") == "desc",
        page=int(number) if is_number else 1,
    )


def _chosen(choices: type[_Choice], given: str) -> _Choice | None:
    return choices(given) if given in list(choices) else None


def _asked(query: FleetQuery) -> list[tuple[str, str]]:
    """The query as the address has it, without its page."""
    asked = [
        ("busca", query.words),
        ("situacao", query.state.value if query.state else ""),
        ("plataforma", query.platform or ""),
        ("ordem", "" if query.sort is Sort.STATE else query.sort.value),
        ("sentido", "desc" if query.descending else ""),
    ]
    return [(name, value) for name, value in asked if value]


def _address(query: FleetQuery, path: str = FLEET) -> Callable[[int], str]:
    def address(number: int) -> str:
        parameters = _asked(query) + ([("pagina", str(number))] if number > 1 else [])
        return f"{path}?{urlencode(parameters)}" if parameters else path

    return address


def _platforms(known: Sequence[str], asked: str | None) -> list[tuple[str, str]]:
    """To choose from, where there is a choice; what was asked for stands there in any case."""
    names = sorted({*known, asked} if asked else set(known))
    return [("", _("Todas")), *((name, name) for name in names)] if len(names) > 1 or asked else []


def _of_state(query: FleetQuery, state: str) -> str:
    """The same search, narrowed to a state."""
    others = [(name, value) for name, value in _asked(query) if name != "situacao"]
    return f"{FLEET}?{urlencode([*others, ('situacao', state)])}"


def _column(query: FleetQuery, sort: Sort, name: str, largest_first: bool) -> dict[str, Any]:
    """A heading: what it sorts by when it is pressed, and how it is sorted now."""
    is_current = query.sort is sort
    descending = not query.descending if is_current else largest_first
    others = [(key, value) for key, value in _asked(query) if key not in ("ordem", "sentido")]
    wanted = [*others, ("ordem", sort.value)] + ([("sentido", "desc")] if descending else [])
    direction = "descending" if query.descending else "ascending"
    return {
        "name": name,
        "url": f"{FLEET}?{urlencode(wanted)}",
        "direction": direction if is_current else "",
    }
