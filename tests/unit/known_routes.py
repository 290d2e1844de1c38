"""All routes of the web application, from the application itself, with nothing running."""

from typing import Any, cast

from litestar import Litestar
from procrastinate import App, testing

from ponte.settings import Settings
from ponte.sync.runtime import Runtime
from ponte.web.api.application import api_application
from ponte.web.hints import hint_routes
from ponte.web.install.application import install_routes
from ponte.web.limits import Limit
from ponte.web.panel.application import panel_routes
from ponte.web.parts import Parts

Route = tuple[str, str]


def _parts() -> Parts:
    runtime: Any = type("Runtime", (), {"vault": None, "pool": None})()
    queue = App(connector=testing.InMemoryConnector())
    return Parts(cast("Runtime", runtime), queue, Settings(), *(Limit(1, 1.0),) * 3)


def _of(app: Litestar) -> list[Route]:
    """Method and path, the path as the application writes it: `/conexoes/{connection:int}`."""
    return sorted(
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", set()) - {"OPTIONS", "HEAD"}
    )


def panel() -> list[Route]:
    """Every page of the panel, the log-in's among them."""
    return _of(Litestar(list(panel_routes(_parts())), openapi_config=None))


def installation() -> list[Route]:
    """Every page of the installation."""
    return _of(Litestar(list(install_routes(_parts())), openapi_config=None))


def hints() -> list[Route]:
    """Where hub and stores call."""
    return _of(Litestar([hint_routes(_parts().runtime)], openapi_config=None))


def api() -> list[Route]:
    """Every route of the API but its document."""
    return [route for route in _of(api_application(_parts())) if "openapi" not in route[1]]


def api_document() -> dict[str, Any]:
    """The API's document."""
    return api_application(_parts()).openapi_schema.to_schema()
