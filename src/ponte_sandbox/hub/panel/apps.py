"""*Editar aplicativos*: the account's apps, what they cost, and the search for more (R9)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.hub.apps import (
    CATALOGUE,
    MAX_BILLING_ROWS,
    MAX_MONTHS,
    MAX_PRICE_CENTS,
    WEBSTORE_APP,
)
from ponte_sandbox.hub.connecting import add_app, remove_app
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.panel.entries import Entries, row_number
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

PAGE = "/painel/aplicativos"
# Longer than the name of any app.
_MAX_WORDS = 200


def app_routes(hub: Hub) -> Sequence[Any]:
    """The page and what its buttons do."""

    def page(account: int, words: str = "", **further: object) -> Template:
        context = {
            "account": account,
            "apps": hub.apps.of_account(account),
            "words": words,
            "found": hub.apps.search(account, words),
            "webstore": WEBSTORE_APP,
            "most_rows": MAX_BILLING_ROWS,
            # Of the billing form that was refused: its app, what was typed, what is wrong.
            "refused": None,
            "typed": {},
            "problems": {},
        }
        return Template("hub/apps.html", context=context | further)

    def name_of(number: int) -> str:
        if number not in CATALOGUE:
            raise NotFoundException
        return CATALOGUE[number]

    @get(PAGE)
    async def show(request: Call, account: NamedDependency[int]) -> Template:
        return page(account, request.query_params.get("busca", "")[:_MAX_WORDS].strip())

    @post(f"{PAGE}/{{number:int}}/adicionar")
    async def add(request: Call, account: NamedDependency[int], number: FromPath[int]) -> Redirect:
        name = name_of(number)
        form = await read_form(request)
        if not add_app(hub, account, number):
            tell(request, _("%(app)s já estava na conta.") % {"app": name}, "info")
        elif number == WEBSTORE_APP:
            tell(
                request,
                _("%(app)s foi adicionado. Falta concluir em Plataformas › Webstore.")
                % {"app": name},
            )
        else:
            tell(request, _("%(app)s foi adicionado.") % {"app": name})
        words = form.text("busca", _MAX_WORDS)
        query = f"?{urlencode({'busca': words})}" if words else ""
        return Redirect(f"{PAGE}{query}", status_code=303)

    @post(f"{PAGE}/{{number:int}}/remover")
    async def remove(
        request: Call, account: NamedDependency[int], number: FromPath[int]
    ) -> Redirect:
        name = name_of(number)
        if remove_app(hub, account, number):
            tell(request, _("%(app)s foi removido da conta.") % {"app": name})
        return Redirect(PAGE, status_code=303)

    @post(f"{PAGE}/{{number:int}}/cobranca")
    async def add_billing(
        request: Call, account: NamedDependency[int], number: FromPath[int]
    ) -> Response[Any]:
        name = name_of(number)
        entries = Entries(await read_form(request))
        months = entries.whole("months", 1, MAX_MONTHS)
        price = entries.cents("price", MAX_PRICE_CENTS)
        if entries.problems:
            typed = entries.form.values()
            refused = page(account, refused=number, typed=typed, problems=entries.problems)
            refused.status_code = 400
            return refused
        hub.apps.add_billing(account, number, months, price)
        tell(request, _("Cobrança adicionada a %(app)s.") % {"app": name})
        return Redirect(f"{PAGE}#app-{number}", status_code=303)

    @post(f"{PAGE}/{{number:int}}/cobranca/{{row:int}}/remover")
    async def remove_billing(
        request: Call, account: NamedDependency[int], number: FromPath[int], row: FromPath[int]
    ) -> Redirect:
        name_of(number)
        if hub.apps.remove_billing(account, number, row_number(row)):
            tell(request, _("Cobrança removida."))
        return Redirect(f"{PAGE}#app-{number}", status_code=303)

    return [show, add, remove, add_billing, remove_billing]
