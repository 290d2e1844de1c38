"""After the connection: what an export would do, the export itself, and how the connection stands.

Both are work of a worker, and may take minutes; the pages only read how far it is, so that they
show the same after a reload, in another tab, and to who comes back the next day.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Response, Template

from ponte.ledger import problems, status
from ponte.ledger.connections import ConnectionRow
from ponte.services import exports
from ponte.services.actors import Actor
from ponte.web.install.visits import NoVisit, Step, Visit, go, merchant_of, visit_of
from ponte.web.install.words import found_pendencies, spoken_time, standing_pendencies
from ponte.web.look import HOME
from ponte.web.parts import Parts
from ponte_ui.application import Call

# How often a page asks.
_LOOK_SECONDS = 1.0


def export_routes(parts: Parts) -> Sequence[Any]:
    """The review, the export, and the connection."""

    @get(Step.REVIEW.value)
    async def review(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if connection.released_at is not None or _is_paused(connection):
            return go(HOME)
        context = await _dry_run(parts, connection)
        return Template("install/review.html", context={"visit": visit, **context})

    @get(f"{Step.REVIEW.value}/andamento")
    async def review_progress(visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if connection.released_at is not None or _is_paused(connection):
            return _elsewhere()
        context = await _dry_run(parts, connection)
        return Template("install/dry_run.html", context={"visit": visit, **context})

    @post(Step.REVIEW.value)
    async def look_again(visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        try:
            await exports.ask_again(
                parts.pool, parts.queue, _actor(connection), connection.connection_id
            )
        except exports.NotPossible:
            return go(Step.CONNECTION)
        return go(Step.REVIEW)

    @post(f"{HOME}/exportar")
    async def export(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        try:
            await exports.start(parts.runtime, _actor(connection), connection.connection_id)
        except exports.NotPossible:
            return go(Step.CONNECTION)
        return go(Step.EXPORT)

    @get(Step.EXPORT.value)
    async def exporting(visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if connection.released_at is None:
            return go(HOME)
        context = await _export(parts, connection)
        return Template("install/exporting.html", context={"visit": visit, **context})

    @get(f"{Step.EXPORT.value}/andamento")
    async def export_progress(visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if connection.released_at is None:
            return _elsewhere()
        context = await _export(parts, connection)
        return Template("install/export_progress.html", context={"visit": visit, **context})

    @get(Step.CONNECTION.value)
    async def connection_page(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        async with parts.runtime.pool.connection() as conn:
            clocks = await status.read_clocks(conn, connection.connection_id)
            causes = await problems.by_cause(conn, connection.connection_id)
        if clocks is None:
            raise NoVisit
        # Of an ended access the page speaks above.
        others = [cause for cause in causes if cause.subject_kind != problems.CONNECTION]
        return Template(
            "install/connection.html",
            context={
                "visit": visit,
                "connection": connection,
                "clocks": clocks,
                "causes": standing_pendencies(others),
            },
        )

    return [
        Router(
            "/",
            route_handlers=[
                review,
                review_progress,
                look_again,
                export,
                exporting,
                export_progress,
                connection_page,
            ],
            dependencies={"visit": Provide(visit_of(parts))},
        )
    ]


def _connected(visit: Visit) -> ConnectionRow:
    if visit.connection is None:
        raise NotConnected
    return visit.connection


class NotConnected(Exception):
    """The page is about a connection, and there is none yet."""


def _is_paused(connection: ConnectionRow) -> bool:
    return bool(connection.hub_access_ended_at or connection.store_access_ended_at)


def _elsewhere() -> Response[Any]:
    """A part of a page has nothing to show any more: the whole page goes on."""
    return Response("", status_code=200, headers={"hx-redirect": HOME})


def _actor(connection: ConnectionRow) -> Actor:
    return merchant_of(connection.connection_id, connection.store_name)


async def _dry_run(parts: Parts, connection: ConnectionRow) -> dict[str, Any]:
    run = await exports.read_dry_run(
        parts.pool,
        parts.queue,
        _actor(connection),
        connection.connection_id,
        ask_if_none=True,
    )
    preview = None if run is None else run.found
    return {
        "run": run,
        "preview": preview,
        "causes": [] if preview is None else found_pendencies(preview),
        "unreachable": run is not None and run.is_unreachable,
        "workers": 0 if run is None else run.workers,
        "look_seconds": _LOOK_SECONDS,
    }


async def _export(parts: Parts, connection: ConnectionRow) -> dict[str, Any]:
    found = await exports.read_export(parts.pool, _actor(connection), connection.connection_id)
    if found is None:
        raise NoVisit
    async with parts.pool.connection() as conn:
        causes = await problems.by_cause(conn, connection.connection_id)
    return {
        "connection": connection,
        "watched": found.watched,
        "under_way": found.is_under_way,
        "paused": found.is_shut_out,
        "stands_still": found.stands_still,
        "workers": found.workers,
        "causes": standing_pendencies(
            each for each in causes if each.subject_kind == problems.FAMILY
        ),
        "spoken_time": spoken_time,
        "look_seconds": _LOOK_SECONDS,
    }
