"""*Usuários*: who may work here, invited and kept by operators, looked at by support.

A link to hand over is shown in the answer to the form that made it, and nowhere else. What shuts
somebody out stands behind a question.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response, Template

from ponte.domain.members import LONGEST_EMAIL, LONGEST_NAME
from ponte.services import users
from ponte.services.actors import Role, must_operate, must_see_fleet
from ponte.services.links import HandedLink, link_path
from ponte.services.log_in import EmailTaken
from ponte.services.users import (
    LastOperator,
    NoSuchUser,
    Rights,
    Unfit,
    UserDisabled,
    UserView,
)
from ponte.web.panel.here import Here
from ponte.web.panel.roles import ROLE_NAMES
from ponte.web.panel.session import go
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

USERS = "/usuarios"
# A screen or two.
_SHOWN = 50
_LONGEST_WANTED = 100
_LONGEST_NUMBER = 10
_ACTIONS = {
    "desativar": (users.disable, mark("Usuário desativado: está fora já no próximo clique.")),
    "ativar": (users.enable, mark("Usuário ativado.")),
    "remover-segundo-fator": (
        users.remove_second_factor,
        mark("Segundo fator removido. A pessoa entra só com a senha; peça que ligue outro."),
    ),
    "encerrar-sessoes": (users.end_sessions, mark("Todas as sessões terminaram.")),
}


def user_routes(parts: Parts) -> Sequence[Any]:
    """`/usuarios` and what is below it, except tokens."""
    return [*_list_routes(parts), *_one_routes(parts)]


def _list_routes(parts: Parts) -> Sequence[Any]:
    @get(USERS)
    async def show_all(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        query = request.query_params
        role = _role(query.get("papel", ""))
        wanted = query.get("busca", "")[:_LONGEST_WANTED].strip()
        after = query.get("depois", "")[:LONGEST_EMAIL].replace("\0", "") or None
        found = await users.list_users(
            parts.pool, here.actor, after=after, role=role, wanted=wanted, count=_SHOWN + 1
        )
        shown = found[:_SHOWN]
        chosen = {"busca": wanted, "papel": role.value if role else ""}
        further = urlencode({**chosen, "depois": shown[-1].email}) if len(found) > _SHOWN else ""
        context = {
            "here": here,
            "users": shown,
            "further": further,
            "wanted": wanted,
            "role": chosen["papel"],
            "roles": _role_choices(),
            "role_names": ROLE_NAMES,
            "is_first": after is None,
        }
        return Template("panel/users.html", context=context)

    def form_page(
        here: Here, values: dict[str, str], problems: dict[str, str], status: int = 200
    ) -> Template:
        context = {"here": here, "values": values, "problems": problems, "roles": _role_choices()}
        return Template("panel/invite_user.html", context=context, status_code=status)

    @get(f"{USERS}/convidar")
    async def ask(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        must_operate(here.actor)
        number = request.query_params.get("conexao", "")[:_LONGEST_NUMBER]
        values = {"connection_id": number, "role": "merchant"} if number else {}
        return form_page(here, values, {})

    @post(f"{USERS}/convidar")
    async def invite(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        must_operate(here.actor)
        form = await read_form(request)
        try:
            user, link = await users.invite(
                parts.pool, here.actor, form.text("email"), _rights(form)
            )
        except Unfit as error:
            return form_page(here, form.values(), {error.field: _problem(error.field)}, 400)
        except EmailTaken:
            problems = {"email": _("Este e-mail já é de outra pessoa.")}
            return form_page(here, form.values(), problems, 409)
        return handed_page(parts, request, here, user, link)

    return [show_all, ask, invite]


def _one_routes(parts: Parts) -> Sequence[Any]:
    def page(
        here: Here, user: UserView, values: dict[str, str], problems: dict[str, str], status: int
    ) -> Template:
        context = {
            "here": here,
            "user": user,
            "values": values,
            "problems": problems,
            "roles": _role_choices(),
            "role_names": ROLE_NAMES,
        }
        return Template("panel/user.html", context=context, status_code=status)

    async def find(here: Here, number: int) -> UserView:
        try:
            return await users.read_user(parts.pool, here.actor, number)
        except NoSuchUser as error:
            raise NotFoundException from error

    @get(f"{USERS}/{{user:int}}")
    async def show(user: FromPath[int], here: NamedDependency[Here]) -> Response[Any]:
        must_see_fleet(here.actor)
        found = await find(here, user)
        values = {
            "name": found.name,
            "role": found.role.value,
            "connection_id": str(found.connection_id or ""),
        }
        return page(here, found, values, {}, 200)

    @post(f"{USERS}/{{user:int}}")
    async def change(
        request: Call, user: FromPath[int], here: NamedDependency[Here]
    ) -> Response[Any]:
        must_operate(here.actor)
        found = await find(here, user)
        form = await read_form(request)
        try:
            await users.change_rights(parts.pool, here.actor, user, _rights(form))
        except Unfit as error:
            problems = {error.field: _problem(error.field)}
            return page(here, found, form.values(), problems, 400)
        except LastOperator:
            return page(here, found, form.values(), {"role": _last_operator()}, 409)
        tell(request, _("Guardado."))
        return go(f"{USERS}/{user}")

    @post(f"{USERS}/{{user:int}}/link")
    async def hand(
        request: Call, user: FromPath[int], here: NamedDependency[Here]
    ) -> Response[Any]:
        must_operate(here.actor)
        found = await find(here, user)
        try:
            link = await users.hand_link(parts.pool, here.actor, user)
        except UserDisabled:
            tell(request, _("O usuário está desativado: ative-o primeiro."), "warning")
            return go(f"{USERS}/{user}")
        return handed_page(parts, request, here, found, link)

    @get(f"{USERS}/{{user:int}}/link")
    async def handed_before(user: FromPath[int], here: NamedDependency[Here]) -> Response[Any]:
        # The page with the link, asked for once more, as by the choice of a language.
        must_see_fleet(here.actor)
        return go(f"{USERS}/{user}")

    @post(f"{USERS}/{{user:int}}/{{action:str}}")
    async def act(
        request: Call, user: FromPath[int], action: FromPath[str], here: NamedDependency[Here]
    ) -> Response[Any]:
        must_operate(here.actor)
        if action not in _ACTIONS:
            raise NotFoundException
        do, words = _ACTIONS[action]
        try:
            await do(parts.pool, here.actor, user)
        except NoSuchUser as error:
            raise NotFoundException from error
        except LastOperator:
            tell(request, _last_operator(), "danger")
        else:
            tell(request, _(words))
        return go(f"{USERS}/{user}")

    return [show, change, hand, handed_before, act]


def handed_page(
    parts: Parts, request: Call, here: Here, user: UserView, link: HandedLink
) -> Template:
    """The link, shown this once, to be copied and handed over."""
    begin = (parts.settings.public_url or str(request.base_url)).rstrip("/")
    context = {
        "here": here,
        "user": user,
        "link": link,
        "address": begin + link_path(link.purpose, link.token),
    }
    return Template("panel/handed_link.html", context=context)


def _rights(form: Form) -> Rights:
    role = _role(form.text("role"))
    if role is None:
        raise Unfit("role")
    number = form.text("connection_id")
    fits = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    connection = int(number) if fits and role is Role.MERCHANT else None
    return Rights(form.text("name"), role, connection)


def _role(text: str) -> Role | None:
    return next((role for role in Role if role == text), None)


def _role_choices() -> list[tuple[str, str]]:
    return [(role.value, _(name)) for role, name in ROLE_NAMES.items()]


def _problem(field: str) -> str:
    match field:
        case "name":
            return _("Informe o nome, com até %d letras.") % LONGEST_NAME
        case "email":
            return _("Informe um e-mail, como ana@loja.com.br.")
        case "connection_id":
            return _("Um lojista é de uma conexão: informe o número de uma que existe.")
        case _:
            return _("Escolha um papel.")


def _last_operator() -> str:
    return _("É o último operador que pode entrar: convide outro antes.")
