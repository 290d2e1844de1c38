"""Tokens of the API: one's own below *Minha conta*, everybody's for operators below *Usuários*.

A token is shown in the answer to the form that made it, and nowhere else: no address, cookie or log
ever holds it.
"""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response, Template

from ponte.domain.members import LONGEST_NAME
from ponte.services import tokens
from ponte.services.actors import Role, must_operate
from ponte.services.tokens import LASTS_DAYS, MOST_TOKENS, NewToken, TooManyTokens
from ponte.services.users import Unfit
from ponte.web.panel.account import ACCOUNT
from ponte.web.panel.here import Here
from ponte.web.panel.roles import ROLE_NAMES
from ponte.web.panel.session import go
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

TOKENS = f"{ACCOUNT}/tokens"
ALL_TOKENS = "/usuarios/tokens"
API_DOCS = "/api"
# An integer of the database has ten digits.
_LONGEST_NUMBER = 10


def token_routes(parts: Parts) -> Sequence[Any]:
    """`/minha-conta/tokens` and `/usuarios/tokens`."""

    async def page(
        here: Here,
        values: dict[str, str],
        problems: dict[str, str],
        status: int = 200,
        made: str = "",
    ) -> Template:
        roles = tokens.roles_to_give(here.actor)
        context = {
            "here": here,
            "tokens": await tokens.list_tokens(parts.pool, here.actor),
            "roles": [(role.value, _(ROLE_NAMES[role])) for role in roles],
            "lasts": [(days, _("%d dias") % days) for days in LASTS_DAYS],
            "role_names": ROLE_NAMES,
            "values": values,
            "problems": problems,
            "made": made,
            "docs": API_DOCS,
        }
        return Template("panel/my_tokens.html", context=context, status_code=status)

    @get(TOKENS)
    async def show(here: NamedDependency[Here]) -> Response[Any]:
        return await page(here, {}, {})

    @post(TOKENS)
    async def make(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        try:
            _view, made = await tokens.make_token(parts.pool, here.actor, _wanted(here, form))
        except Unfit as error:
            return await page(here, form.values(), {error.field: _problem(error.field)}, 400)
        except TooManyTokens:
            words = _("São no máximo %d tokens. Revogue um que já não é usado.") % MOST_TOKENS
            return await page(here, form.values(), {"name": words}, 400)
        return await page(here, {}, {}, made=made)

    @post(f"{TOKENS}/revogar")
    async def revoke(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        await _revoke(request, here)
        return go(TOKENS)

    @get(ALL_TOKENS)
    async def show_all(here: NamedDependency[Here]) -> Response[Any]:
        context = {
            "here": here,
            "tokens": await tokens.list_all_tokens(parts.pool, here.actor),
            "role_names": ROLE_NAMES,
        }
        return Template("panel/all_tokens.html", context=context)

    @post(f"{ALL_TOKENS}/revogar")
    async def revoke_any(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        must_operate(here.actor)
        await _revoke(request, here)
        return go(ALL_TOKENS)

    async def _revoke(request: Call, here: Here) -> None:
        number = _number((await read_form(request)).text("token", _LONGEST_NUMBER))
        if number is not None and await tokens.revoke_token(parts.pool, here.actor, number):
            tell(request, _("Token revogado: quem o usa fica de fora já."))

    return [show, make, revoke, show_all, revoke_any]


def _wanted(here: Here, form: Form) -> NewToken:
    given = tokens.roles_to_give(here.actor)
    chosen = form.text("role")
    # A form with one role to give does not ask for it.
    role = given[0] if len(given) == 1 else next((r for r in given if r == chosen), None)
    if role is None:
        raise Unfit("role")
    connection = _number(form.text("connection_id")) if role is Role.MERCHANT else None
    return NewToken(form.text("name"), role, _number(form.text("lasts_days")) or 0, connection)


def _number(text: str) -> int | None:
    fits = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if fits else None


def _problem(field: str) -> str:
    match field:
        case "name":
            return _("Dê um nome ao token, com até %d letras.") % LONGEST_NAME
        case "connection_id":
            return _("Informe o número de uma conexão que existe.")
        case "lasts_days":
            return _("Escolha por quanto tempo o token vale.")
        case _:
            return _("Escolha o que o token pode fazer.")
