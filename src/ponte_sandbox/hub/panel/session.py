"""Who is logged in: one account of the hub, by user and password, in a sealed cookie.

A page that takes `account` is shown to nobody else: the dependency raises, and the person is sent
to the log-in, with the way back. Only paths of this panel are a way back, or a link from elsewhere
could send people anywhere after their log-in.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.exceptions import NotAuthorizedException
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.admin import guard_admin
from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.panel.look import HOME
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

LOG_IN = "/painel/entrar"
_ACCOUNT = "account"
# Accounts whose log-in the page shows: a sandbox with thousands shows the first.
_SHOWN = 5


def session_routes(hub: Hub, *, admin: bool) -> Sequence[Any]:
    """Log-in and log-out. With `admin` the page shows the log-ins to a person on this machine."""

    def shown_log_ins(request: Call) -> list[dict[str, object]]:
        try:
            guard_admin(dict(request.scope))
        except Refusal:
            return []
        return hub.accounts.panel_log_ins(_SHOWN) if admin else []

    @get(LOG_IN)
    async def show(request: Call) -> Template:
        return _page(request, user="", problem="", log_ins=shown_log_ins(request))

    @post(LOG_IN)
    async def log_in(request: Call) -> Response[Any]:
        form = await read_form(request)
        user = form.text("user", 200)
        account = hub.accounts.panel_account(user, form.secret("password"))
        if account is None:
            page = _page(request, user, _("Usuário ou senha incorretos."), shown_log_ins(request))
            page.status_code = 401
            return page
        request.set_session({_ACCOUNT: account})
        return Redirect(_way_back(form.text("next", 2000)), status_code=303)

    @post("/painel/sair")
    async def log_out(request: Call) -> Redirect:
        request.set_session({})
        tell(request, _("Você saiu."))
        return Redirect(LOG_IN, status_code=303)

    return [show, log_in, log_out]


def _page(request: Call, user: str, problem: str, log_ins: list[dict[str, object]]) -> Template:
    way_back = _way_back(request.query_params.get("next", ""))
    context = {"user": user, "problem": problem, "log_ins": log_ins, "next": way_back}
    return Template("hub/log_in.html", context=context)


def account_of(hub: Hub) -> Any:
    """The dependency `account`: the number of the account logged in."""

    async def account(request: Call) -> int:
        number = request.session.get(_ACCOUNT)
        if not isinstance(number, int) or not hub.accounts.exists(number):
            raise NotAuthorizedException
        return number

    return account


def log_in_address(request: Call) -> str:
    """The log-in with the way back to the page that was asked for."""
    path = request.url.path
    if request.method == "GET" and path != HOME:
        query = request.url.query
        return f"{LOG_IN}?{urlencode({'next': f'{path}?{query}' if query else path})}"
    return LOG_IN


def _way_back(address: str) -> str:
    """Only a path of this panel."""
    return address if address.startswith(f"{HOME}/") and "\\" not in address else HOME
