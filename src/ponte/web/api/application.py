"""The API as an application: its subjects, its guard, its document, and how it refuses.

Everything that is refused is answered in one shape, also what never reached a route. What nobody
expected is logged, and says only that.
"""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import structlog
from litestar import Litestar, MediaType, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.response import Response
from litestar.types import Message, Scope
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from ponte.services.actors import Forbidden
from ponte.web.api.access import bearer_of, caller_of, door
from ponte.web.api.account import account_api
from ponte.web.api.answers import CODES, ErrorAnswer, Problem, Refusal, with_bodies
from ponte.web.api.audits import audits_api
from ponte.web.api.buyers import buyers_api
from ponte.web.api.connections import connections_api
from ponte.web.api.disconnecting import disconnecting_api
from ponte.web.api.downloads import downloads_api
from ponte.web.api.exports import exports_api
from ponte.web.api.fleet import fleet_api
from ponte.web.api.guidance import guidance_api
from ponte.web.api.identity import identity_api
from ponte.web.api.input import judge_input
from ponte.web.api.orders import orders_api
from ponte.web.api.paths import connection_of
from ponte.web.api.problems import problems_api
from ponte.web.api.products import products_api
from ponte.web.api.refusals import REFUSALS, said_of
from ponte.web.api.rules import rules_api
from ponte.web.api.schemas import AmountsAndFlags
from ponte.web.api.tokens import tokens_api
from ponte.web.api.trail import trail_api
from ponte.web.api.users import users_api
from ponte.web.parts import Parts
from ponte_ui.application import Call

log = structlog.get_logger(__name__)

API = "/api/v1"
DOCUMENT = f"{API}/openapi.json"
# Each brings the routes of a subject; how to add one is told in `web/api/__init__.py`.
SUBJECTS: Sequence[Callable[[Parts], Sequence[Any]]] = (
    identity_api,
    account_api,
    tokens_api,
    connections_api,
    disconnecting_api,
    guidance_api,
    products_api,
    exports_api,
    orders_api,
    buyers_api,
    problems_api,
    audits_api,
    downloads_api,
    rules_api,
    fleet_api,
    users_api,
    trail_api,
)
# The largest body that any route takes is some kilobytes.
_MOST_BODY_BYTES = 64 * 1024
_DATABASE_TROUBLE = (psycopg.OperationalError, PoolTimeout, ConnectorException)
_WORDS = """The panel of Ponte for programs: the same figures, the same deeds, the same rights.

Every call shows a token, made at *Minha conta › Tokens da API*:
`Authorization: Bearer ponte_…`. A token may what its role may: an operator everything, support
look at everything, a merchant look at and act on one connection. Times are in UTC. A list comes
page by page: `next` of an answer goes back in as the parameter that the route names for it.
Amounts are decimals in text. A connection that a token may not see is answered as one that is not
there."""


def api_application(parts: Parts) -> Litestar:
    """Everything under `/api/v1`."""
    return Litestar(
        route_handlers=[api_router(parts)],
        exception_handlers={
            Forbidden: _forbidden,
            **dict.fromkeys(REFUSALS, _said_no),
            HTTPException: _refused,
            **dict.fromkeys(_DATABASE_TROUBLE, _no_database),
            500: _unexpected,
        },
        before_send=[_name_methods],
        plugins=[AmountsAndFlags()],
        request_max_body_size=_MOST_BODY_BYTES,
        openapi_config=_document(),
        logging_config=None,
    )


def api_router(parts: Parts) -> Router:
    """All routes behind the token."""
    return Router(
        API,
        route_handlers=[with_bodies(route) for subject in SUBJECTS for route in subject(parts)],
        guards=[door(parts), judge_input],
        dependencies={
            "caller": Provide(caller_of),
            "bearer": Provide(bearer_of),
            "known": Provide(connection_of(parts)),
        },
        security=[{"token": []}],
    )


def _document() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Ponte",
        version="1",
        description=_WORDS,
        # A path of its own: beside what it serves, the framework answers everything by a page.
        path=DOCUMENT,
        render_plugins=[JsonRenderPlugin(path="/", media_type=MediaType.JSON)],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http", scheme="bearer", description="A token that begins with `ponte_`."
                )
            }
        ),
        tags=[
            Tag("identity", "Who the token is."),
            Tag("account", "One's own password, second factor, sessions and tokens."),
            Tag("connections", "Stores that are joined with the hub, and how they stand."),
            Tag("products", "The catalogue, product by product."),
            Tag("export", "The dry run and the export."),
            Tag("orders", "The hub's orders on their way into the store."),
            Tag("problems", "Pendências: what a person must fix."),
            Tag("audit", "Hub and store compared, and drift repaired."),
            Tag("rules", "What a merchant decides, and pauses."),
            Tag("fleet", "The installation as a whole; for operators and support."),
            Tag("users", "Who may work with the panel; for operators and support."),
            Tag("trail", "Who did what."),
        ],
        use_handler_docstrings=True,
    )


async def _name_methods(message: Message, scope: Scope) -> None:
    """Litestar's own answer to OPTIONS knows only the first route of a path."""
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS":
        return
    routes = scope["litestar_app"].routes
    allowed = [route.methods for route in routes if route.path_format == scope.get("path_template")]
    if allowed:
        others = [each for each in message["headers"] if each[0] != b"allow"]
        methods = ", ".join(sorted(set().union(*allowed)))
        message["headers"] = [*others, (b"allow", methods.encode())]


def _refused(_: Call, error: HTTPException) -> Response[ErrorAnswer]:
    code, message = CODES.get(error.status_code, CODES[400])
    if isinstance(error, Refusal):
        code, message = error.code, error.detail
    headers = error.headers if isinstance(error.headers, dict) else None
    return _answer(error.status_code, code, message, headers)


def _said_no(_: Call, error: Exception) -> Response[ErrorAnswer]:
    return _answer(*said_of(error))


def _forbidden(call: Call, _: Forbidden) -> Response[ErrorAnswer]:
    # Of what somebody may not see, it is not said that it is there.
    status = 404 if call.method == "GET" else 403
    return _answer(status, *CODES[status])


def _no_database(_: Call, error: Exception) -> Response[ErrorAnswer]:
    log.warning("no database", reason=type(error).__name__)
    return _answer(503, *CODES[503])


def _unexpected(call: Call, error: Exception) -> Response[ErrorAnswer]:
    route = str(call.scope.get("path_template") or "")
    log.error("a call of the API failed", method=call.method, route=route, exc_info=error)
    return _answer(500, *CODES[500])


def _answer(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> Response[ErrorAnswer]:
    if status == 401:
        headers = {**(headers or {}), "www-authenticate": "Bearer"}
    return Response(
        ErrorAnswer(Problem(code, message)),
        status_code=status,
        headers=headers,
        media_type=MediaType.JSON,
    )
