"""Everything that people open in a browser: the way in, the installation and the panel.

One application, so that all of it has one session, one look and one set of guards. Answers to
machines come from another one (`web/application.py`), which knows them by their paths.
"""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psycopg
import structlog
from litestar import get
from litestar.response import Redirect, Response, Template
from litestar.types import ASGIApp
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from ponte.services.actors import Forbidden
from ponte.settings import Settings
from ponte.sync.runtime import Runtime
from ponte.web.api.application import DOCUMENT
from ponte.web.documents.files import NoReport
from ponte.web.install.application import install_routes
from ponte.web.install.export import NotConnected
from ponte.web.install.opening import trouble_page
from ponte.web.install.visits import INSTALLATION, NoVisit
from ponte.web.install.words import Trouble
from ponte.web.limits import Limit
from ponte.web.look import FLEET_MENU, HOME, LOOK, contacts
from ponte.web.panel.application import panel_routes
from ponte.web.panel.here import SESSION, SecondFactorMissing
from ponte.web.panel.roles import role_name
from ponte.web.panel.session import LOG_IN, SECOND_FACTOR, log_in_address
from ponte.web.panel.tokens import API_DOCS
from ponte.web.parts import Parts
from ponte_ui.api_docs import api_docs
from ponte_ui.application import Call, error_page, pages
from ponte_ui.formats import use_zone

log = structlog.get_logger(__name__)

# A person opens the app once or twice; an office behind one address some dozens of times.
_CODES = (60, 1.0)
# A person corrects a domain a few times.
_DOMAINS = (30, 2.0)
# A person mistypes a password some times. All addresses together may try five times as often.
_LOG_INS = (20, 6.0)
# A product's key, a message and a reason are some kilobytes; only rules are more, and say so.
_MOST_FORM_BYTES = 256 * 1024
# First parts of the paths that people open; all others are for machines, or nobody's.
_PLACES = frozenset(
    {"", "assets", HOME.strip("/"), "entrar", "sair", "painel", "conexoes", "minha-conta"}
    | {item.url.strip("/") for item in FLEET_MENU}
)


def make_parts(runtime: Runtime, queue: App, settings: Settings) -> Parts:
    """What pages and API are made with, its limits counted in this process."""
    return Parts(runtime, queue, settings, Limit(*_CODES), Limit(*_DOMAINS), Limit(*_LOG_INS))


def people_pages(parts: Parts) -> ASGIApp:
    """The ASGI application of all pages, and the assets."""
    runtime, settings = parts.runtime, parts.settings
    use_zone(ZoneInfo(parts.settings.time_zone))
    return pages(
        LOOK,
        [
            _begin,
            *install_routes(parts),
            *panel_routes(parts),
            api_docs(API_DOCS, DOCUMENT),
        ],
        secret=runtime.vault.derive("installation pages"),
        secure=urlsplit(settings.public_url or "").scheme == "https",
        shared={"contacts": contacts(settings), "role_name": role_name},
        log_in=log_in_address,
        max_form_bytes=_MOST_FORM_BYTES,
        error_pages={
            NoVisit: _no_visit,
            NotConnected: lambda _call, _error: Redirect(HOME, status_code=303),
            NoReport: lambda call, _error: error_page(call, 404),
            SecondFactorMissing: lambda _call, _error: Redirect(SECOND_FACTOR, status_code=303),
            Forbidden: _forbidden,
            **dict.fromkeys(
                (psycopg.OperationalError, PoolTimeout, ConnectorException), _no_database
            ),
        },
    )


def is_page(path: str) -> bool:
    """Whether a path is the pages', not the machines'. Of the API, only what tells of it is."""
    if path.rstrip("/") == API_DOCS:
        return True
    return path.removeprefix("/").partition("/")[0] in _PLACES


@get("/")
async def _begin(request: Call) -> Redirect:
    """Where this browser goes on."""
    if SESSION in request.session:
        return Redirect("/painel", status_code=303)
    installs = INSTALLATION in request.session
    return Redirect(HOME if installs else LOG_IN, status_code=303)


def _no_visit(call: Call, _error: NoVisit) -> Response[Any]:
    if call.headers.get("hx-request"):
        return Response("", status_code=401, headers={"hx-redirect": HOME})
    return trouble_page(Trouble.NO_VISIT, None)


def _forbidden(call: Call, _error: Forbidden) -> Response[Any]:
    if call.headers.get("hx-request"):
        return Response("", status_code=403)
    if call.method == "GET":
        # Of what somebody may not see, it is not said that it is there.
        return error_page(call, 404)
    return Template("panel/forbidden.html", status_code=403)


def _no_database(call: Call, error: Exception) -> Response[Any]:
    log.warning("no database", reason=type(error).__name__)
    return trouble_page(Trouble.NO_DATABASE, None)
