"""The panel as an ASGI application: the pages of each subject, behind one log-in."""

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Redirect
from litestar.types import ASGIApp

from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.panel.catalogue import catalogue_routes
from ponte_sandbox.hub.panel.dashboard import dashboard_routes
from ponte_sandbox.hub.panel.look import HOME, LOOK
from ponte_sandbox.hub.panel.orders import order_routes
from ponte_sandbox.hub.panel.session import account_of, log_in_address, session_routes
from ponte_ui.application import pages

_SECRET_BYTES = 32


def panel(hub: Hub, *, admin: bool) -> ASGIApp:
    """Everything under `/painel/`, the assets, and the way there from `/`."""

    @get("/")
    async def begin() -> Redirect:
        return Redirect(HOME, status_code=303)

    behind_log_in = Router(
        "/",
        route_handlers=[
            *dashboard_routes(hub),
            *order_routes(hub),
            *catalogue_routes(hub),
        ],
        dependencies={"account": Provide(account_of(hub))},
    )
    return pages(
        LOOK,
        [begin, *session_routes(hub, admin=admin), behind_log_in],
        secret=hub.storage.secret("panel", _SECRET_BYTES),
        log_in=log_in_address,
    )


def is_page(path: str) -> bool:
    """Whether a path is the panel's, not the API's."""
    return path == "/" or path.startswith(("/painel", "/assets/"))
