"""The routes of the installation, which say first what an operator has not set."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Router
from litestar.response import Response, Template

from ponte.web.install.entering import entering_routes
from ponte.web.install.export import export_routes
from ponte.web.install.opening import opening_routes
from ponte.web.install.store import store_routes
from ponte.web.install.visits import CODE, go
from ponte.web.look import HOME
from ponte.web.parts import Parts
from ponte_ui.application import Call


def install_routes(parts: Parts) -> Sequence[Any]:
    """Everything under `/instalar`."""
    routes = [
        *opening_routes(parts),
        *store_routes(parts),
        *export_routes(parts),
        *entering_routes(parts),
    ]
    return [Router("/", route_handlers=routes, before_request=_settings_first(parts))]


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
