"""The panel as an ASGI application: the pages of each subject, behind one log-in."""

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Redirect
from litestar.types import ASGIApp

from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.apps import app_routes
from ponte_sandbox.store.panel.chores import chore_routes
from ponte_sandbox.store.panel.consent import consent_routes
from ponte_sandbox.store.panel.home import home_routes
from ponte_sandbox.store.panel.importing import import_routes
from ponte_sandbox.store.panel.look import HOME, LOOK
from ponte_sandbox.store.panel.opening import CREATE, opening_routes
from ponte_sandbox.store.panel.order import order_routes
from ponte_sandbox.store.panel.orders import order_list_routes
from ponte_sandbox.store.panel.prices import price_routes
from ponte_sandbox.store.panel.product import product_routes
from ponte_sandbox.store.panel.products import list_routes
from ponte_sandbox.store.panel.public import public_routes
from ponte_sandbox.store.panel.recovery import FORGOTTEN, NEW_PASSWORD, OUTBOX, recovery_routes
from ponte_sandbox.store.panel.session import (
    AUTHORIZE,
    DECIDE,
    LOG_IN,
    log_in_address,
    session_routes,
    shop_of,
)
from ponte_ui.api_docs import api_docs
from ponte_ui.application import pages

_SECRET_BYTES = 32
# The contract, drawn for developers.
DOCS = "/docs"
_PAGES = frozenset({"/", LOG_IN, "/sair", CREATE, FORGOTTEN, OUTBOX, AUTHORIZE, DECIDE, DOCS})
_FOLDERS = (HOME, "/assets/", f"{NEW_PASSWORD}/", "/rastreio/", "/produto/")


def panel(store: Store, *, admin: bool) -> ASGIApp:
    """Every page of the store, the assets, and the way there from `/`."""

    @get("/")
    async def begin() -> Redirect:
        return Redirect(HOME, status_code=303)

    behind_log_in = Router(
        "/",
        route_handlers=[
            *home_routes(store),
            *app_routes(store),
            *list_routes(store),
            *product_routes(store),
            *price_routes(store),
            *import_routes(store),
            *chore_routes(store),
            *order_list_routes(store),
            *order_routes(store),
        ],
        dependencies={"shop": Provide(shop_of(store))},
    )
    return pages(
        LOOK,
        [
            begin,
            *session_routes(store, admin=admin),
            *recovery_routes(store, admin=admin),
            *opening_routes(store),
            *consent_routes(store),
            *public_routes(),
            api_docs(DOCS, "/openapi.yaml"),
            behind_log_in,
        ],
        secret=store.storage.secret("panel", _SECRET_BYTES),
        log_in=log_in_address,
    )


def is_page(path: str) -> bool:
    """Whether a path is a page for people, not the API's."""
    return path in _PAGES or path.startswith(_FOLDERS)
