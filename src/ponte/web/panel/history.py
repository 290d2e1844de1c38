"""*Registro de ações*: who did what, for the fleet's people all of it, for a merchant what was done
with the connection.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response, Template

from ponte.ledger.trail import Entry
from ponte.services.history import read_interventions, read_trail
from ponte.services.users import LARGEST_NUMBER
from ponte.web.panel.deeds import VIA_NAMES, deed_words
from ponte.web.panel.here import Here
from ponte.web.panel.roles import ROLE_NAMES
from ponte.web.parts import Parts
from ponte_ui.application import Call

TRAIL = "/registro"
# A screen or two.
_SHOWN = 50
_LARGEST_ENTRY = 2**63 - 1


def history_routes(parts: Parts) -> Sequence[Any]:
    """`/registro` and `/conexoes/{connection}/registro`."""

    @get(TRAIL)
    async def show_all(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        connection = _number(request, "conexao", LARGEST_NUMBER)
        user = _number(request, "usuario", LARGEST_NUMBER)
        entries = await read_trail(
            parts.pool,
            here.actor,
            before=_number(request, "antes", _LARGEST_ENTRY),
            connection_id=connection,
            user_id=user,
            count=_SHOWN + 1,
        )
        chosen = {"conexao": connection or "", "usuario": user or ""}
        return _page("panel/trail.html", here, request, entries, chosen)

    @get("/conexoes/{connection:int}/registro")
    async def show_own(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        before = _number(request, "antes", _LARGEST_ENTRY)
        shows_all = request.query_params.get("quem") == "todos"
        if shows_all:
            entries = await read_trail(
                parts.pool,
                here.actor,
                before=before,
                connection_id=here.number,
                count=_SHOWN + 1,
            )
        else:
            entries = await read_interventions(
                parts.pool, here.actor, here.number, before=before, count=_SHOWN + 1
            )
        chosen = {"quem": "todos" if shows_all else ""}
        return _page("panel/own_trail.html", here, request, entries, chosen)

    return [show_all, show_own]


def _page(
    template: str, here: Here, request: Call, entries: list[Entry], chosen: dict[str, Any]
) -> Template:
    shown = entries[:_SHOWN]
    is_more = len(entries) > _SHOWN
    context = {
        "here": here,
        "entries": shown,
        "chosen": chosen,
        "older": urlencode({**chosen, "antes": shown[-1].entry_id}) if is_more else "",
        "newest": urlencode(chosen) if request.query_params.get("antes") else "",
        "deed_words": deed_words,
        "role_names": ROLE_NAMES,
        "via_names": VIA_NAMES,
    }
    return Template(template, context=context)


def _number(request: Call, name: str, largest: int) -> int | None:
    """A number of the query, or None where it is none."""
    text = request.query_params.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(largest))):
        return None
    return min(int(text), largest)
