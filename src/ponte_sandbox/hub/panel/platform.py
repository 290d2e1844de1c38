"""*Plataformas › Webstore*: from the hub to the app, with a `pluggtocode` (R9).

The code is made when the link is followed, not when the page is looked at: each is good once, and
a page that is reloaded would leave a trail of codes nobody uses.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from ponte_sandbox.hub.apps import (
    WEBSTORE_APP,
    WEBSTORE_NAME,
    AppAddress,
    is_web_address,
)
from ponte_sandbox.hub.connecting import opening_address
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.panel.here import is_here, only_here
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

PAGE = "/painel/plataformas/webstore"


def platform_routes(hub: Hub) -> Sequence[Any]:
    """The page and the way to the app."""

    @get(PAGE)
    async def show(
        request: Call, account: NamedDependency[int], admin: NamedDependency[bool]
    ) -> Template:
        return _page(hub, account, may_register=admin and is_here(request))

    @get(f"{PAGE}/abrir")
    async def open_app(account: NamedDependency[int]) -> Redirect:
        url = hub.apps.address(WEBSTORE_APP)
        if url is None or not hub.apps.has(account, WEBSTORE_APP):
            # The page says what is missing.
            return Redirect(PAGE, status_code=303)
        with hub.storage.writing():
            code = hub.accounts.issue_code(account, hub.apps.webstore_client())
        return Redirect(
            opening_address(url, code),
            status_code=303,
            # The code is for the app alone: no page may hear of it by where its visitor came from.
            headers={"referrer-policy": "no-referrer"},
        )

    return [show, open_app]


def platform_registration(hub: Hub) -> Router:
    """The tester's form: where the app is opened, for all accounts."""

    @post(f"{PAGE}/endereco")
    async def register(request: Call, account: NamedDependency[int]) -> Response[Any]:
        form = await read_form(request)
        url = form.text("url")
        if url and not is_web_address(url):
            problem = _("Digite um endereço completo, como http://127.0.0.1:8000/instalar.")
            page = _page(hub, account, may_register=True, typed=url, problem=problem)
            page.status_code = 400
            return page
        with hub.storage.writing():
            hub.apps.register(AppAddress(hub.apps.webstore_client(), url or None))
        tell(request, _("Endereço salvo.") if url else _("Endereço removido."))
        return Redirect(PAGE, status_code=303)

    return Router("/", route_handlers=[register], guards=[only_here])


def _page(
    hub: Hub, account: int, *, may_register: bool, typed: str | None = None, problem: str = ""
) -> Template:
    address = hub.apps.address(WEBSTORE_APP)
    context = {
        "account": account,
        "name": WEBSTORE_NAME,
        "has_app": hub.apps.has(account, WEBSTORE_APP),
        "address": address,
        "may_register": may_register,
        "typed": address if typed is None else typed,
        "problem": problem,
    }
    return Template("hub/platform.html", context=context)
