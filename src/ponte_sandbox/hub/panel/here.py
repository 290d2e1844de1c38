"""Pages that stir the whole hub are for people on this machine, as the administration API is."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.response import Response, Template

from ponte_sandbox.common.admin import guard_admin
from ponte_sandbox.common.asgi import Refusal
from ponte_ui.application import Call, error_page
from ponte_ui.language import _


def only_here(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """A guard of routes: raises `Refusal` 403 unless the caller is on this machine."""
    guard_admin(dict(connection.scope))


def is_here(call: Call) -> bool:
    """Whether the caller is on this machine."""
    try:
        guard_admin(dict(call.scope))
    except Refusal:
        return False
    return True


def refusal_page(call: Call, refusal: Refusal) -> Response[Any]:
    """The page for somebody whose wish the hub refused."""
    if refusal.kind != "loopback_only":
        return error_page(call, refusal.status, refusal.reason)
    return Template(
        "ui/error.html",
        context={
            "status": refusal.status,
            "title": _("Só nesta máquina"),
            "advice": _(
                "Esta página muda o hub inteiro. Ela só abre para quem está na máquina dele, "
                "pelo endereço 127.0.0.1 e sem proxy."
            ),
            "detail": "",
        },
        status_code=refusal.status,
    )
