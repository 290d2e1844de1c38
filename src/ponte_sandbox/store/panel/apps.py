"""The apps that have access to the shop, and their end."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.consent import SCOPE_WORDS
from ponte_sandbox.store.shelf import writable
from ponte_sandbox.store.shops import Shop
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

APPS = "/painel/aplicativos"


def app_routes(store: Store) -> Sequence[Any]:
    """The list, and *Revogar*."""

    @get(APPS)
    async def show(shop: NamedDependency[Shop]) -> Template:
        context = {
            "apps": store.book.apps(shop.shop),
            "scope_words": SCOPE_WORDS,
            "domain": store.address.domain,
        }
        return Template("store/apps.html", context=context)

    @post(f"{APPS}/revogar")
    async def revoke(request: Call, shop: NamedDependency[Shop]) -> Redirect:
        app = writable((await read_form(request)).text("app", 100))
        if store.book.revoke_app(shop.shop, app):
            tell(request, _("O acesso foi revogado."))
        else:
            tell(request, _("Este aplicativo já não tinha acesso."), "info")
        return Redirect(APPS, status_code=303)

    return [show, revoke]
