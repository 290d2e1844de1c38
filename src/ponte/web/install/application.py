"""Puts the installation's pages together: an ASGI application beside that of the machines."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psycopg
import structlog
from litestar import Router
from litestar.response import Response, Template
from litestar.types import ASGIApp
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from ponte.settings import Settings
from ponte.sync.runtime import Runtime
from ponte.web.install.export import NotConnected, export_routes
from ponte.web.install.limits import Limit
from ponte.web.install.look import HOME, LOOK, contacts
from ponte.web.install.opening import opening_routes, trouble_page
from ponte.web.install.store import store_routes
from ponte.web.install.visits import CODE, NoVisit, Parts, go
from ponte.web.install.words import Trouble
from ponte_ui.application import Call, pages

log = structlog.get_logger(__name__)

# A person opens the app once or twice; an office behind one address some dozens of times.
_CODES = (60, 1.0)
# A person corrects a domain a few times.
_DOMAINS = (30, 2.0)


def install_pages(runtime: Runtime, queue: App, settings: Settings) -> ASGIApp:
    """Everything under `/instalar`, and the assets."""
    parts = Parts(runtime, queue, settings, Limit(*_CODES), Limit(*_DOMAINS))
    routes = [*opening_routes(parts), *store_routes(parts), *export_routes(parts)]
    return pages(
        LOOK,
        [Router("/", route_handlers=routes, before_request=_settings_first(parts))],
        secret=runtime.vault.derive("installation pages"),
        secure=urlsplit(settings.public_url or "").scheme == "https",
        shared={"contacts": contacts(settings)},
        error_pages={
            NoVisit: _no_visit,
            NotConnected: lambda _call, _error: go(HOME),
            **dict.fromkeys(
                (psycopg.OperationalError, PoolTimeout, ConnectorException), _no_database
            ),
        },
    )


def is_page(path: str) -> bool:
    """Whether a path is the pages', not the machines'."""
    return path == HOME or path.startswith((f"{HOME}/", "/assets/"))


def _settings_first(parts: Parts) -> Callable[[Call], Any]:
    """Where an operator's setting is missing, nothing else can be said."""
    missing = parts.missing_settings()

    async def judge(request: Call) -> Response[Any] | None:
        if not missing:
            return None
        code = request.query_params.get("pluggtocode")
        if code:
            # Not to be kept in the address, and perhaps good still when the setting is there.
            request.session[CODE] = code[:512]
            return go(HOME)
        return Template(
            "install/settings.html", context={"missing": missing, "visit": None}, status_code=503
        )

    return judge


def _no_visit(call: Call, _error: NoVisit) -> Response[Any]:
    if call.headers.get("hx-request"):
        return Response("", status_code=401, headers={"hx-redirect": HOME})
    return trouble_page(Trouble.NO_VISIT, None)


def _no_database(call: Call, error: Exception) -> Response[Any]:
    log.warning("no database", reason=type(error).__name__)
    return trouble_page(Trouble.NO_DATABASE, None)
