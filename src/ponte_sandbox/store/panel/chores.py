"""How far a long piece of work is: a page that renews itself until it is done."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.store.chores import Busy, Chore, Work
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.shops import Shop
from ponte_ui.application import Call
from ponte_ui.language import _
from ponte_ui.messages import tell

_CHORES = "/painel/tarefas"


def chore_routes(store: Store) -> Sequence[Any]:
    """The page, and the part of it that is asked for again."""

    @get(_CHORES + "/{number:str}")
    async def show(request: Call, shop: NamedDependency[Shop], number: FromPath[str]) -> Template:
        chore = store.chores.of(shop.shop, number)
        if chore is None:
            raise NotFoundException
        is_part = bool(request.headers.get("hx-request"))
        template = "store/chore_part.html" if is_part else "store/chore.html"
        return Template(template, context={"chore": chore})

    return [show]


def begin_chore(store: Store, request: Call, chore: Chore, work: Work) -> Response[Any]:
    """Start it and show how far it is; with one under way, show that one and say so."""
    try:
        store.chores.begin(chore, work)
        return Redirect(f"{_CHORES}/{chore.number}", status_code=303)
    except Busy:
        running = store.chores.running(chore.shop)
        tell(request, _("Espere terminar o que está em andamento e tente de novo."), "warning")
        address = f"{_CHORES}/{running.number}" if running else chore.back
        return Redirect(address, status_code=303)
