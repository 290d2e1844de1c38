"""In and out of the panel: by password and second factor, by the first operator's link, and, for
an operator, into a merchant's view and back.

A merchant needs none of it: opening the app in the hub is the log-in (`web/install/opening.py`).
Only paths of these pages are a way back after the log-in, or a link from elsewhere could send
people anywhere.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte.domain.members import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    read_email,
    read_name,
    spelled_email,
)
from ponte.services import log_in
from ponte.services.links import LINK_PATHS
from ponte.services.log_in import EmailTaken, Purpose, Visitor
from ponte.services.passwords import LEAST_PASSWORD, MOST_PASSWORD
from ponte.web.limits import peer
from ponte.web.look import connection_address
from ponte.web.panel.here import SESSION, Here, find_session
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

LOG_IN = "/entrar"
SECOND_FACTOR = f"{LOG_IN}/codigo"
FIRST = LINK_PATHS[Purpose.FIRST_OPERATOR]
PANEL = "/painel"
_LONGEST_WAY = 2000
_WAY_BACK = "way_back"


def session_routes(parts: Parts) -> Sequence[Any]:
    """The log-in, its second step, the log-out, and the first operator's page."""

    @get(LOG_IN)
    async def show(request: Call) -> Response[Any]:
        way_back = _way_back(request.query_params.get("next", ""))
        if await find_session(parts, request) is not None:
            return go(way_back)
        return _page(way_back)

    @post(LOG_IN)
    async def enter(request: Call) -> Response[Any]:
        form = await read_form(request)
        email = form.text("email", LONGEST_EMAIL)
        way_back = _way_back(form.text("next", _LONGEST_WAY))
        # By who asks and by whom they say they are: neither many addresses nor many names help.
        if not (
            parts.log_ins.take(peer(request)) and parts.log_ins.take(f"@{spelled_email(email)}")
        ):
            problem = _("Muitas tentativas. Espere um minuto e tente de novo.")
            return _page(way_back, email, problem, 429)
        found = await log_in.log_in(parts.pool, email, form.secret("password"), visitor(request))
        if found is None:
            return _page(way_back, email, _("E-mail ou senha incorretos."), 401)
        await end_former(parts, request)
        request.session[SESSION], user = found
        if user.totp_since is None:
            return go(way_back)
        request.session[_WAY_BACK] = way_back
        return go(SECOND_FACTOR)

    @get(SECOND_FACTOR)
    async def ask_code(request: Call) -> Response[Any]:
        session = await find_session(parts, request)
        if session is None or session.actor is not None:
            return go(LOG_IN)
        return Template("panel/second_factor.html", context={"problem": ""})

    @post(SECOND_FACTOR)
    async def take_code(request: Call) -> Response[Any]:
        session = await find_session(parts, request)
        if session is None or session.user_id is None or session.actor is not None:
            return go(LOG_IN)
        code = (await read_form(request)).text("code", 20).replace(" ", "")
        if not parts.log_ins.take(f"#{session.user_id}"):
            problem = _("Muitas tentativas. Espere um minuto e tente de novo.")
            return Template(
                "panel/second_factor.html", context={"problem": problem}, status_code=429
            )
        key = await log_in.pass_second_factor(
            parts.pool, parts.runtime.vault, session.user_id, code, visitor(request)
        )
        if key is None:
            problem = _("Código incorreto ou já usado. Espere o próximo código e tente de novo.")
            return Template(
                "panel/second_factor.html", context={"problem": problem}, status_code=401
            )
        await end_former(parts, request)
        request.session[SESSION] = key
        return go(_way_back(str(request.session.pop(_WAY_BACK, ""))))

    @post("/sair")
    async def leave(request: Call) -> Redirect:
        await end_former(parts, request)
        request.set_session({})
        tell(request, _("Você saiu."))
        return go(LOG_IN)

    @get(f"{FIRST}/{{token:str}}")
    async def first(token: FromPath[str]) -> Template:
        if not await log_in.is_first_operator_link(parts.pool, token):
            return Template("panel/link_spent.html", status_code=410)
        return _first_page(token, {}, {})

    @post(f"{FIRST}/{{token:str}}")
    async def become_first(request: Call, token: FromPath[str]) -> Response[Any]:
        form = await read_form(request)
        problems = problems_of_new_user(form)
        if problems:
            return _first_page(token, form.values(), problems, 400)
        try:
            key = await log_in.become_first_operator(
                parts.pool,
                token,
                read_email(form.text("email")) or "",
                read_name(form.text("name")) or "",
                form.secret("password"),
                visitor(request),
            )
        except EmailTaken:
            problems = {"email": _("Este e-mail já é de outra pessoa.")}
            return _first_page(token, form.values(), problems, 409)
        if key is None:
            return Template("panel/link_spent.html", status_code=410)
        await end_former(parts, request)
        request.session[SESSION] = key
        tell(request, _("Bem-vindo. Você é o operador desta instalação."))
        return go(PANEL)

    return [show, enter, ask_code, take_code, leave, first, become_first]


def acting_routes(parts: Parts) -> Sequence[Any]:
    """An operator's way into a merchant's view, and back."""

    @post("/conexoes/{connection:int}/agir")
    async def act(request: Call, here: NamedDependency[Here]) -> Redirect:
        await log_in.act_as_merchant(parts.pool, here.session, here.number)
        tell(request, _("Você está vendo e agindo como o lojista. Tudo fica registrado."), "info")
        return go(here.base)

    @post(f"{PANEL}/voltar")
    async def stop(request: Call, here: NamedDependency[Here]) -> Redirect:
        acted_for = here.session.acts_for
        await log_in.stop_acting(parts.pool, here.session)
        return go(PANEL if acted_for is None else connection_address(acted_for))

    return [act, stop]


async def end_former(parts: Parts, request: Call) -> None:
    """End the session that this browser has: another one takes its place, or none."""
    key = request.session.pop(SESSION, None)
    if isinstance(key, str):
        await log_in.log_out(parts.pool, key)


def visitor(call: Call) -> Visitor:
    """What is kept of a browser that logs in."""
    return Visitor(call.headers.get("user-agent", ""), peer(call))


def problems_of_new_user(form: Form) -> dict[str, str]:
    """What is wrong with name, e-mail and password of somebody who becomes a user, by field."""
    problems = problems_of_password(form)
    if read_name(form.text("name")) is None:
        problems["name"] = _("Informe seu nome, com até %d letras.") % LONGEST_NAME
    if read_email(form.text("email")) is None:
        problems["email"] = _("Informe um e-mail, como ana@loja.com.br.")
    return problems


def problems_of_password(form: Form) -> dict[str, str]:
    """What is wrong with a password that was chosen and repeated."""
    password = form.secret("password")
    if len(password) < LEAST_PASSWORD:
        return {"password": _("A senha precisa de pelo menos %d caracteres.") % LEAST_PASSWORD}
    if len(password) > MOST_PASSWORD:
        return {"password": _("A senha pode ter até %d caracteres.") % MOST_PASSWORD}
    if password != form.secret("repeated"):
        return {"repeated": _("As duas senhas são diferentes.")}
    return {}


def log_in_address(call: Call) -> str:
    """The log-in, with the way back to the page that was asked for."""
    path = call.url.path
    # A part of a page is nothing to come back to, the page around it is.
    asked = call.headers.get("hx-current-url", "")
    if asked:
        path = "/" + asked.partition("://")[2].partition("/")[2]
        return f"{LOG_IN}?{urlencode({'next': _way_back(path)})}"
    query = call.url.query
    if call.method != "GET":
        # The page whose form was sent: what was typed there is put back (`drafts.js`).
        page = urlsplit(call.headers.get("referer", ""))
        if page.netloc != call.url.netloc:
            return LOG_IN
        path, query = page.path, page.query
    if path == PANEL and not query:
        return LOG_IN
    return f"{LOG_IN}?{urlencode({'next': f'{path}?{query}' if query else path})}"


def _way_back(address: str) -> str:
    """Only a path of these pages: nothing that a browser takes for another host."""
    fits = re.fullmatch(r"/[\w\-./?&=%+,:]*", address, re.ASCII) and not address.startswith("//")
    return address if fits else PANEL


def go(path: str) -> Redirect:
    """To another page, by GET."""
    return Redirect(path, status_code=303)


def _page(way_back: str, email: str = "", problem: str = "", status: int = 200) -> Template:
    context = {"email": email, "problem": problem, "next": way_back}
    return Template("panel/log_in.html", context=context, status_code=status)


def _first_page(
    token: str, values: dict[str, str], problems: dict[str, str], status: int = 200
) -> Template:
    context = {"token": token, "values": values, "problems": problems}
    return Template("panel/first_operator.html", context=context, status_code=status)
