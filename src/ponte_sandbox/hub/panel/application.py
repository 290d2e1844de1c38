"""The panel as an ASGI application: the pages of each subject, behind one log-in."""

from collections.abc import Sequence
from typing import Any

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Redirect
from litestar.types import ASGIApp

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.panel.apps import app_routes
from ponte_sandbox.hub.panel.assumptions import assumption_routes
from ponte_sandbox.hub.panel.catalogue import catalogue_routes
from ponte_sandbox.hub.panel.dashboard import dashboard_routes
from ponte_sandbox.hub.panel.faults import fault_routes
from ponte_sandbox.hub.panel.here import refusal_page
from ponte_sandbox.hub.panel.look import HOME, look
from ponte_sandbox.hub.panel.notifications import notification_registration, notification_routes
from ponte_sandbox.hub.panel.orders import order_routes
from ponte_sandbox.hub.panel.parts import Parts
from ponte_sandbox.hub.panel.platform import platform_registration, platform_routes
from ponte_sandbox.hub.panel.sac import sac_routes, sac_simulation
from ponte_sandbox.hub.panel.session import account_of, log_in_address, session_routes
from ponte_sandbox.hub.panel.simulator import simulator_routes
from ponte_ui.api_docs import api_docs
from ponte_ui.application import pages

_SECRET_BYTES = 32
_DOCUMENTATION = "/docs"


def panel(parts: Parts, *, admin: bool) -> ASGIApp:
    """Everything under `/painel/`, the assets, and the way there from `/`."""
    return pages(
        look(admin=admin),
        panel_routes(parts, admin=admin),
        secret=parts.hub.storage.secret("panel", _SECRET_BYTES),
        log_in=log_in_address,
        error_pages={Refusal: refusal_page},
    )


def panel_routes(parts: Parts, *, admin: bool) -> Sequence[Any]:
    """Every page and form of the panel; without `admin` none that stirs the whole hub."""
    hub = parts.hub

    @get("/")
    async def begin() -> Redirect:
        return Redirect(HOME, status_code=303)

    async def has_admin() -> bool:
        return admin

    # What stirs the whole hub goes with the administration API.
    stirring = [
        fault_routes(parts.faults, parts.calls),
        assumption_routes(hub.assumptions),
        sac_simulation(hub),
        platform_registration(hub),
        notification_registration(hub),
    ]
    behind_log_in = Router(
        "/",
        route_handlers=[
            *dashboard_routes(hub),
            *order_routes(hub),
            *sac_routes(hub),
            *catalogue_routes(hub),
            *app_routes(hub),
            *platform_routes(hub),
            *simulator_routes(hub, parts.marketplace),
            *notification_routes(hub),
            *(stirring if admin else ()),
        ],
        dependencies={"account": Provide(account_of(hub)), "admin": Provide(has_admin)},
    )
    return [
        begin,
        *session_routes(hub, admin=admin),
        api_docs(_DOCUMENTATION, "/openapi.yaml"),
        behind_log_in,
    ]


def is_page(path: str) -> bool:
    """Whether a path is the panel's, not the API's."""
    return path in ("/", _DOCUMENTATION) or path.startswith(("/painel", "/assets/"))
