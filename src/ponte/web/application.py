"""The web application: hints of hub and stores, the pages, the API, health, metrics.
Stateless; any number may run.

Everybody can reach it, so it says little: no version, no trace of a failure; and no query
string and no secret of a path in a log. Requests are counted in the metrics and written to the log
at level debug only, because a flood of them must not become a flood of lines.
"""

import asyncio
import time

import psycopg
import structlog
from litestar import Litestar, MediaType, Router, get
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.response import Response
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from ponte.jobs.installation import Equipment
from ponte.ledger.database import Pool
from ponte.settings import Settings
from ponte.sync.runtime import Runtime
from ponte.web.api.application import API, api_application
from ponte.web.bodies import Call
from ponte.web.hints import hint_routes
from ponte.web.metrics import Metrics
from ponte.web.people import is_page, make_parts, people_pages
from ponte.web.secret_paths import path_to_log, without_referrer

log = structlog.get_logger(__name__)

# A database that does not answer within this is not ready to serve.
_READY_WITHIN_SECONDS = 1.0
# The framework adds the charset to every text.
_METRICS_TYPE = "text/plain; version=0.0.4"
# These answers are for machines: nothing may frame, sniff or cache them.
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'"),
    (b"cache-control", b"no-store"),
)
_DATABASE_TROUBLE = (psycopg.OperationalError, PoolTimeout, ConnectorException, TimeoutError)


def web_application(equipment: Equipment, metrics: Metrics, settings: Settings) -> ASGIApp:
    """Everything `ponte serve` answers: people and machines, told apart by path."""
    runtime = equipment.runtime
    machines = _machine_application(
        [hint_routes(runtime), _health_routes(runtime.pool, metrics)],
    )
    parts = make_parts(runtime, equipment.app, settings)
    people = without_referrer(people_pages(parts))
    programs = _with_headers(api_application(parts))

    async def all_of_them(scope: Scope, receive: Receive, send: Send) -> None:
        answering = machines
        if scope["type"] == ScopeType.HTTP:
            path = scope["path"]
            if is_page(path):
                answering = people
            elif path.startswith(f"{API}/"):
                answering = programs
        await answering(scope, receive, send)

    return _counted(all_of_them, metrics)


def worker_application(runtime: Runtime, metrics: Metrics) -> ASGIApp:
    """What a worker answers when it is given a port: health and metrics."""
    return _counted(_machine_application([_health_routes(runtime.pool, metrics)]), metrics)


def _machine_application(routers: list[Router]) -> ASGIApp:
    app = Litestar(
        route_handlers=list(routers),
        exception_handlers={
            HTTPException: _refusal,
            **dict.fromkeys(_DATABASE_TROUBLE, _unavailable),
            500: _failure,
        },
        openapi_config=None,
        logging_config=None,
    )
    # Around the whole, not as a middleware within: unknown paths are answered before those.
    return _with_headers(app)


def _health_routes(pool: Pool, metrics: Metrics) -> Router:
    @get("/healthz")
    async def healthz() -> Response[dict[str, str]]:
        """The process lives."""
        return Response({"status": "ok"})

    @get("/readyz")
    async def readyz() -> Response[dict[str, str]]:
        """The process can do its work: the database answers."""
        try:
            async with asyncio.timeout(_READY_WITHIN_SECONDS), pool.connection() as conn:
                await conn.execute("SELECT 1")
        except _DATABASE_TROUBLE:
            return Response({"status": "the database does not answer"}, status_code=503)
        return Response({"status": "ok"})

    @get("/metrics")
    async def prometheus() -> Response[bytes]:
        """The figures of this process and of the ledger."""
        return Response(await metrics.render(pool), media_type=_METRICS_TYPE)

    return Router("/", route_handlers=[healthz, readyz, prometheus])


def _refusal(_: Call, error: HTTPException) -> Response[dict[str, str]]:
    headers = error.headers if isinstance(error.headers, dict) else None
    return Response(
        {"error": error.detail},
        status_code=error.status_code,
        headers=headers,
        media_type=MediaType.JSON,
    )


def _unavailable(_: Call, error: Exception) -> Response[dict[str, str]]:
    log.warning("no database", reason=type(error).__name__)
    return Response({"error": "try again later"}, status_code=503, media_type=MediaType.JSON)


def _failure(_: Call, error: Exception) -> Response[dict[str, str]]:
    log.error("unexpected failure", exc_info=error)
    return Response({"error": "internal error"}, status_code=500, media_type=MediaType.JSON)


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await app(scope, receive, send_with_headers)

    return wrapped


def _counted(app: ASGIApp, metrics: Metrics) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The template, not the path: paths of strangers must not become labels.
                route = str(scope.get("path_template") or "other")
                metrics.count_request(route, message["status"])
                log.debug(
                    "answered",
                    method=scope.get("method"),
                    path=path_to_log(scope.get("path", "")),
                    status=message["status"],
                    milliseconds=round((time.perf_counter() - began) * 1000, 2),
                )
            await send(message)

        await app(scope, receive, send_and_count)

    return wrapped
