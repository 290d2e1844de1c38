"""A forgotten password: a link by mail, good once; and the outbox where a shop of tests keeps it.

The answer is the same whether the merchant exists, or the page would tell who does. The outbox
shows links that open shops, so it is for a person on this machine, and only with administration.
"""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.store.core import Store
from ponte_sandbox.store.log_ins import LEAST_PASSWORD, MOST_PASSWORD, RESET_SECONDS
from ponte_sandbox.store.panel.session import LOG_IN, is_on_this_machine
from ponte_sandbox.store.shelf import writable
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

FORGOTTEN = "/esqueci-a-senha"
OUTBOX = "/caixa-de-saida"
NEW_PASSWORD = "/nova-senha"  # noqa: S105 - a path


def recovery_routes(store: Store, *, admin: bool) -> Sequence[Any]:
    """The form, the answer, the outbox and the new password."""

    def has_outbox(request: Call) -> bool:
        return admin and is_on_this_machine(request)

    @get(FORGOTTEN)
    async def ask(request: Call) -> Template:
        return Template("store/forgotten.html", context={"sent": False, "outbox": ""})

    @post(FORGOTTEN)
    async def send(request: Call) -> Template:
        form = await read_form(request)
        log_in = store.log_ins.find(writable(form.text("user", 320)))
        token = store.log_ins.begin_reset(log_in.shop) if log_in is not None else None
        if log_in is not None and token is not None:
            body = _(
                "Alguém pediu uma nova senha para a sua loja. Se foi você, siga o link; ele vale"
                " por %d minutos e uma única vez. Se não foi, ignore esta mensagem."
            ) % (RESET_SECONDS // 60)
            path = f"{NEW_PASSWORD}/{token}"
            store.mails.send(log_in.email, _("Nova senha da sua loja"), body, path)
        outbox = OUTBOX if has_outbox(request) else ""
        return Template("store/forgotten.html", context={"sent": True, "outbox": outbox})

    @get(OUTBOX)
    async def outbox(request: Call) -> Template:
        if not has_outbox(request):
            raise NotFoundException
        mails = store.mails.newest()
        return Template("store/outbox.html", context={"mails": mails, "base": store.address.base})

    @get(NEW_PASSWORD + "/{token:str}")
    async def choose(request: Call, token: FromPath[str]) -> Template:
        return _page(store.log_ins.reset_shop(token) is not None, {})

    @post(NEW_PASSWORD + "/{token:str}")
    async def set_password(request: Call, token: FromPath[str]) -> Response[Any]:
        form = await read_form(request)
        if store.log_ins.reset_shop(token) is None:
            return _page(False, {})
        problems = password_problems(form)
        if problems:
            return _page(True, problems)
        shop = store.log_ins.end_reset(token)
        if shop is None:
            return _page(False, {})
        await store.log_ins.set_password(shop, form.secret("password"))
        request.set_session({})
        tell(request, _("Senha alterada. Entre com a nova senha."))
        return Redirect(LOG_IN, status_code=303)

    return [ask, send, outbox, choose, set_password]


def password_problems(form: Form) -> dict[str, str]:
    """What is wrong with a new password and its repetition, by field."""
    password = form.secret("password")
    if len(password) < LEAST_PASSWORD:
        return {"password": _("Use pelo menos %d caracteres.") % LEAST_PASSWORD}
    if len(password) > MOST_PASSWORD:
        return {"password": _("Use no máximo %d caracteres.") % MOST_PASSWORD}
    if password != form.secret("again"):
        return {"again": _("As duas senhas não são iguais.")}
    return {}


def _page(is_open: bool, problems: dict[str, str]) -> Template:
    status = 410 if not is_open else 400 if problems else 200
    context = {"is_open": is_open, "problems": problems}
    return Template("store/new_password.html", context=context, status_code=status)
