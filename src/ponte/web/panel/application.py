"""The routes of the panel: each subject brings its own."""

from collections.abc import Sequence
from typing import Any

from litestar import Router
from litestar.di import Provide

from ponte.web.panel.account import account_routes
from ponte.web.panel.alerts import alert_routes
from ponte.web.panel.audits import audit_routes
from ponte.web.panel.catalogue import catalogue_routes
from ponte.web.panel.disconnecting import disconnecting_routes
from ponte.web.panel.exporting import exporting_routes
from ponte.web.panel.fleet import fleet_routes
from ponte.web.panel.here import here_of
from ponte.web.panel.history import history_routes
from ponte.web.panel.home import home_routes
from ponte.web.panel.links import link_routes
from ponte.web.panel.operation import operation_routes
from ponte.web.panel.orders import order_routes
from ponte.web.panel.overview import overview_routes
from ponte.web.panel.problems import problem_routes
from ponte.web.panel.rules import rules_routes
from ponte.web.panel.session import acting_routes, session_routes
from ponte.web.panel.tokens import token_routes
from ponte.web.panel.users import user_routes
from ponte.web.parts import Parts


def panel_routes(parts: Parts) -> Sequence[Any]:
    """Every page behind the log-in, and the log-in."""
    behind_log_in = Router(
        "/",
        route_handlers=[
            *home_routes(),
            *acting_routes(parts),
            *overview_routes(parts),
            *account_routes(parts),
            *token_routes(parts),
            *user_routes(parts),
            *history_routes(parts),
            *catalogue_routes(parts),
            *exporting_routes(parts),
            *order_routes(parts),
            *problem_routes(parts),
            *rules_routes(parts),
            *disconnecting_routes(parts),
            *audit_routes(parts),
            *fleet_routes(parts),
            *operation_routes(parts),
            *alert_routes(parts),
        ],
        dependencies={"here": Provide(here_of(parts))},
    )
    return [*session_routes(parts), *link_routes(parts), behind_log_in]
