"""*Minha conta*: password, second factor, and where one is logged in.

What stands here is one's own, also while an operator acts as a merchant. Wrong passwords and codes
are counted as those of the log-in are: a session left open is no place to try them.
"""

from collections.abc import Sequence
from typing import Any

import segno
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response, Template

from ponte.services import account
from ponte.services.account import SecondFactorStands, WrongCode, WrongPassword
from ponte.services.actors import Forbidden
from ponte.web.panel.browsers import browser_words
from ponte.web.panel.here import Here
from ponte.web.panel.session import go, problems_of_password
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

ACCOUNT = "/minha-conta"
PASSWORD = f"{ACCOUNT}/senha"
SECOND_FACTOR = f"{ACCOUNT}/segundo-fator"
# A code as a telephone shows it, in two groups.
_LONGEST_CODE = 20
# The name of a session, as `services.account` gives it.
_LONGEST_SESSION = 64


def account_routes(parts: Parts) -> Sequence[Any]:
    """`/minha-conta` and what is below it, except tokens."""
    return [*_overview_routes(parts), *_password_routes(parts), *_factor_routes(parts)]


def _overview_routes(parts: Parts) -> Sequence[Any]:
    @get(ACCOUNT)
    async def show(here: NamedDependency[Here]) -> Response[Any]:
        context = {
            "here": here,
            "account": await account.read_account(parts.pool, here.session),
            "sessions": await account.list_sessions(parts.pool, here.session),
            "browser_words": browser_words,
        }
        return Template("panel/my_account.html", context=context)

    @post(f"{ACCOUNT}/sessoes/encerrar")
    async def end_one(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        name = (await read_form(request)).text("session", _LONGEST_SESSION)
        if await account.end_session(parts.pool, here.session, name):
            tell(request, _("Sessão encerrada."))
        return go(ACCOUNT)

    @post(f"{ACCOUNT}/sessoes/encerrar-outras")
    async def end_others(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        await account.end_other_sessions(parts.pool, here.session)
        tell(request, _("Só este navegador continua dentro."))
        return go(ACCOUNT)

    return [show, end_one, end_others]


def _password_routes(parts: Parts) -> Sequence[Any]:
    def page(here: Here, problems: dict[str, str], status: int = 200) -> Template:
        context = {"here": here, "problems": problems}
        return Template("panel/change_password.html", context=context, status_code=status)

    @get(PASSWORD)
    async def ask(here: NamedDependency[Here]) -> Response[Any]:
        return page(_with_account(here), {})

    @post(PASSWORD)
    async def change(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        problems = problems_of_password(form)
        if problems:
            return page(_with_account(here), problems, 400)
        if not _may_try(parts, here):
            return page(here, {"present": _too_many()}, 429)
        try:
            await account.change_password(
                parts.pool, here.session, form.secret("present"), form.secret("password")
            )
        except WrongPassword:
            return page(here, {"present": _wrong_password()}, 400)
        tell(request, _("Senha trocada. Nos outros navegadores, sua sessão terminou."))
        return go(ACCOUNT)

    return [ask, change]


def _factor_routes(parts: Parts) -> Sequence[Any]:
    vault = parts.runtime.vault

    async def page(here: Here, problems: dict[str, str], status: int = 200) -> Template:
        own = await account.read_account(parts.pool, _with_account(here).session)
        secret = await account.pending_secret(parts.pool, vault, here.session)
        # Its own light ground: a telephone reads no light squares on a dark one.
        drawn = segno.make(secret.address, error="m") if secret else None
        image = drawn.svg_data_uri(scale=5, border=4, light="#fff") if drawn else ""
        context = {
            "here": here,
            "account": own,
            "secret": secret,
            "image": image,
            "problems": problems,
        }
        return Template("panel/my_second_factor.html", context=context, status_code=status)

    @get(SECOND_FACTOR)
    async def show(here: NamedDependency[Here]) -> Response[Any]:
        return await page(here, {})

    @post(SECOND_FACTOR)
    async def begin(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        if not _may_try(parts, here):
            return await page(here, {"present": _too_many()}, 429)
        try:
            await account.begin_second_factor(
                parts.pool, vault, here.session, form.secret("present")
            )
        except WrongPassword:
            return await page(here, {"present": _wrong_password()}, 400)
        except SecondFactorStands:
            tell(request, _("O segundo fator já está ligado."), "info")
        return go(SECOND_FACTOR)

    @post(f"{SECOND_FACTOR}/confirmar")
    async def confirm(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        code = _code(await read_form(request))
        if not _may_try(parts, here):
            return await page(here, {"code": _too_many()}, 429)
        try:
            await account.confirm_second_factor(parts.pool, vault, here.session, code)
        except WrongCode:
            return await page(here, {"code": _wrong_code()}, 400)
        except SecondFactorStands:
            return go(SECOND_FACTOR)
        tell(request, _("Segundo fator ligado. A próxima entrada pede um código."))
        return go(ACCOUNT)

    @post(f"{SECOND_FACTOR}/remover")
    async def remove(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        if not _may_try(parts, here):
            return await page(here, {"present": _too_many()}, 429)
        try:
            await account.remove_second_factor(
                parts.pool, vault, here.session, form.secret("present"), _code(form)
            )
        except WrongPassword:
            return await page(here, {"present": _wrong_password()}, 400)
        except WrongCode:
            return await page(here, {"code": _wrong_code()}, 400)
        tell(request, _("Segundo fator removido. A senha sozinha deixa entrar."), "warning")
        return go(ACCOUNT)

    return [show, begin, confirm, remove]


def _with_account(here: Here) -> Here:
    """Whom the hub sent has neither password nor second factor."""
    if here.session.user_id is None:
        raise Forbidden
    return here


def _may_try(parts: Parts, here: Here) -> bool:
    return parts.log_ins.take(f"#{_with_account(here).session.user_id}")


def _code(form: Form) -> str:
    return form.text("code", _LONGEST_CODE).replace(" ", "")


def _too_many() -> str:
    return _("Muitas tentativas. Espere um minuto e tente de novo.")


def _wrong_password() -> str:
    return _("Esta não é a sua senha atual.")


def _wrong_code() -> str:
    return _("Código incorreto ou já usado. Espere o próximo código e tente de novo.")
