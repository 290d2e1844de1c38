"""Who is logged in: the merchant of one shop, in a sealed cookie.

A page that takes `shop` is shown to nobody else: the dependency raises, and the person is sent to
the log-in, with the way back. Only the panel and the consent page are a way back, or a link from
elsewhere could send people anywhere after their log-in. The session carries the number of the
password it was begun under: a new password ends all others.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import get, post
from litestar.exceptions import NotAuthorizedException
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.admin import guard_admin
from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.consent import Fault, Question, Untrusted, form_target, read_question
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.log_ins import Attempts
from ponte_sandbox.store.panel.look import HOME
from ponte_sandbox.store.shelf import writable
from ponte_sandbox.store.shops import Shop
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.guards import allow_form_to
from ponte_ui.language import _
from ponte_ui.messages import tell

LOG_IN = "/entrar"
AUTHORIZE = "/oauth/authorize"
# Where its form goes: the contract knows the question's address only.
DECIDE = "/autorizar"
_SHOP, _VERSION = "shop", "password"
# Shops whose log-in the page shows: a store with thousands shows the first.
_SHOWN = 5
# Longer than any user name or e-mail (RFC 5321: 254).
_MOST_USER = 320
# An app's question with the longest state and address, all of it escaped.
_MOST_WAY = 40_000


def session_routes(store: Store, *, admin: bool) -> Sequence[Any]:
    """Log-in and log-out. With `admin` the page shows the log-ins to a person on this machine."""
    attempts = Attempts()

    def page(request: Call, user: str, problem: str, way_back: str, status: int = 200) -> Template:
        question = _question_of(store, way_back)
        if question is not None:
            # Who refuses without logging in is sent back to the app.
            allow_form_to(request.scope, form_target(question.redirect_uri))
        shown = admin and is_on_this_machine(request)
        context = {
            "user": user,
            "problem": problem,
            "log_ins": store.shops.first(_SHOWN) if shown else [],
            "next": way_back,
            "question": question,
        }
        return Template("store/log_in.html", context=context, status_code=status)

    @get(LOG_IN)
    async def show(request: Call) -> Template:
        return page(request, "", "", _way_back(request.query_params.get("next", "")))

    @post(LOG_IN)
    async def log_in(request: Call) -> Response[Any]:
        form = await read_form(request)
        user = writable(form.text("user", _MOST_USER))
        way_back = _way_back(form.text("next", _MOST_WAY))
        found = store.log_ins.find(user)
        # Of one shop, however it is called.
        whose = str(found.shop) if found else f"? {user.casefold()}"
        wait = attempts.wait(whose)
        if wait:
            problem = _("Muitas tentativas com senha errada. Espere %d s e tente de novo.") % wait
            return page(request, user, problem, way_back, 429)
        attempts.begin(whose)
        is_right = await store.log_ins.check(found, form.secret("password"))
        if found is None or not is_right:
            return page(request, user, _("Usuário ou senha incorretos."), way_back, 401)
        attempts.succeeded(whose)
        enter(request, found.shop, found.version)
        return Redirect(way_back, status_code=303)

    @post("/sair")
    async def log_out(request: Call) -> Redirect:
        way_back = _way_back((await read_form(request)).text("next", _MOST_WAY))
        request.set_session({})
        tell(request, _("Você saiu."))
        return Redirect(log_in_with(way_back), status_code=303)

    return [show, log_in, log_out]


def enter(request: Call, shop: int, version: int) -> None:
    """Begin a session of this shop."""
    request.set_session({_SHOP: shop, _VERSION: version})


def shop_in_session(store: Store, request: Call) -> Shop | None:
    """The shop whose merchant is logged in, unless the password changed meanwhile."""
    number = request.session.get(_SHOP)
    if not isinstance(number, int):
        return None
    log_in = store.log_ins.of(number)
    if log_in is None or log_in.version != request.session.get(_VERSION):
        return None
    return store.shops.get(number)


def shop_of(store: Store) -> Any:
    """The dependency `shop`: the shop whose merchant is logged in."""

    async def shop(request: Call) -> Shop:
        found = shop_in_session(store, request)
        if found is None:
            raise NotAuthorizedException
        # For the line that says who is logged in.
        request.state.shop_name = found.name
        return found

    return shop


def is_on_this_machine(request: Call) -> bool:
    """Whether it is a person on this machine who asks."""
    try:
        guard_admin(dict(request.scope))
    except Refusal:
        return False
    return True


def log_in_address(request: Call) -> str:
    """The log-in with the way back to the page that was asked for."""
    path = request.url.path
    query = request.url.query
    if request.method != "GET":
        return LOG_IN
    return log_in_with(f"{path}?{query}" if query else path)


def log_in_with(way_back: str) -> str:
    """The log-in that leads there."""
    return LOG_IN if way_back == HOME else f"{LOG_IN}?{urlencode({'next': way_back})}"


def _way_back(address: str) -> str:
    """Only a path of this panel, or the consent page."""
    is_ours = address.startswith((f"{HOME}/", f"{AUTHORIZE}?"))
    return address if is_ours and "\\" not in address and len(address) <= _MOST_WAY else HOME


def _question_of(store: Store, way_back: str) -> Question | None:
    """What an app asks, when the log-in is on the way to its consent page."""
    path, _mark, query = way_back.partition("?")
    if path != AUTHORIZE:
        return None
    try:
        return read_question(store.book, parse_qsl(query, keep_blank_values=True))
    except (Untrusted, Fault):
        return None
