"""*Desligar*: ending a connection, after a page that says what will happen; and how it is taken up.

One page at one address: of a connection that works it asks, of one that was ended it tells when, by
whom, what is left to be done by hand, and how to begin again.
"""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Template

from ponte.ledger.connections import MOST_LEFT
from ponte.services import disconnecting as service
from ponte.services.disconnecting import LONGEST_TYPED, NotConfirmed, Outlook, SwitchedOff
from ponte.services.rules import NoSuchConnection
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui import formats
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

_PAGE = "/conexoes/{connection:int}/desligar"


def disconnecting_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/desligar`."""
    hub_panel = parts.settings.hub_panel_url

    def page(here: Here, found: Outlook, problem: str = "", status: int = 200) -> Template:
        context = {
            "here": here,
            "outlook": found,
            "problem": problem,
            "hub_panel": hub_panel,
            "counted": _counted,
            "longest": LONGEST_TYPED,
        }
        return Template("panel/disconnect.html", context=context, status_code=status)

    async def look(here: Here) -> Outlook:
        try:
            return await service.look(parts.pool, here.actor, here.number)
        except NoSuchConnection as error:
            raise NotFoundException from error

    @get(_PAGE)
    async def show(here: NamedDependency[Here]) -> Response[Any]:
        return page(here, await look(here))

    @post(_PAGE)
    async def disconnect(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        typed = (await read_form(request)).text("confirmation", LONGEST_TYPED)
        try:
            await service.disconnect(parts.runtime, here.actor, here.number, typed)
        except NotConfirmed:
            problem = _("Digite o domínio ou o nome da loja como está acima.")
            return page(here, await look(here), problem, 400)
        except SwitchedOff:
            tell(request, _("A conexão já estava desligada."), "info")
        except NoSuchConnection as error:
            raise NotFoundException from error
        else:
            tell(request, _("Conexão desligada. Nada mais é enviado nem recebido."))
        return Redirect(f"{here.base}/desligar", status_code=303)

    return [show, disconnect]


def _counted(count: int) -> str:
    """A figure; of many more, that they are more."""
    if count > MOST_LEFT:
        return _("mais de %s") % formats.number(MOST_LEFT)
    return formats.number(count)
