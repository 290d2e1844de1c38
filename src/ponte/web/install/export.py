"""After the connection: what an export would do, the export itself, and how the connection stands.

Both are work of a worker, and may take minutes; the pages only read how far it is, so that they
show the same after a reload, in another tab, and to who comes back the next day.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Response, Template

from ponte.jobs.dry_runs import STORE_UNREACHABLE, ask_for_dry_run, wake_dry_run
from ponte.ledger import dry_run as dry_runs
from ponte.ledger import problems, status
from ponte.ledger.connections import ConnectionRow
from ponte.sync.dry_run import Preview
from ponte.sync.exporting import begin_export, is_first_under_way, watch
from ponte.web.install.visits import NoVisit, Step, Visit, go, visit_of
from ponte.web.install.words import found_pendencies, spoken_time, standing_pendencies
from ponte.web.look import HOME
from ponte.web.parts import Parts
from ponte_ui.application import Call

# How often a page asks; where an answer takes long, because a million rows are counted, less often:
# never more than a tenth of the database's time.
_LOOK_SECONDS = 1.0
_LOOK_SHARE = 10
# A worker shows something of an export sooner; longer, and it waits for the store or the hub.
_STANDSTILL_SECONDS = 20.0


def export_routes(parts: Parts) -> Sequence[Any]:
    """The review, the export, and the connection."""

    @get(Step.REVIEW.value)
    async def review(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if connection.released_at is not None or _is_paused(connection):
            return go(HOME)
        context = await _dry_run(parts, connection.connection_id)
        return Template("install/review.html", context={"visit": visit, **context})

    @get(f"{Step.REVIEW.value}/andamento")
    async def review_progress(visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if connection.released_at is not None or _is_paused(connection):
            return _elsewhere()
        context = await _dry_run(parts, connection.connection_id)
        return Template("install/dry_run.html", context={"visit": visit, **context})

    @post(Step.REVIEW.value)
    async def look_again(visit: NamedDependency[Visit]) -> Response[Any]:
        number = _connected(visit).connection_id
        async with parts.runtime.pool.connection() as conn, conn.transaction():
            running = await dry_runs.read(conn, number)
            if running is None or running.ended_at is not None or running.is_silent:
                await ask_for_dry_run(parts.queue, conn, number)
        return go(Step.REVIEW)

    @post(f"{HOME}/exportar")
    async def export(request: Call, visit: NamedDependency[Visit]) -> Response[Any]:
        connection = _connected(visit)
        if _is_paused(connection):
            return go(Step.CONNECTION)
        await begin_export(parts.runtime, connection.connection_id)
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


async def _dry_run(parts: Parts, number: int) -> dict[str, Any]:
    async with parts.runtime.pool.connection() as conn, conn.transaction():
        found = await dry_runs.read(conn, number)
        if found is None:
            await ask_for_dry_run(parts.queue, conn, number)
        elif found.is_silent:
            # Its worker died, or the job was lost; where it only is slow, a second one waits.
            await wake_dry_run(parts.queue, conn, number)
        if found is None or found.ended_at is None:
            workers = await status.living_workers(conn)
            found = await dry_runs.read(conn, number)
        else:
            workers = 1
    preview = None
    if found is not None and found.result is not None:
        preview = msgspec.convert(found.result, Preview)
    return {
        "run": found,
        "preview": preview,
        "causes": [] if preview is None else found_pendencies(preview),
        "unreachable": found is not None and found.failure == STORE_UNREACHABLE,
        "workers": workers,
        "look_seconds": _LOOK_SECONDS,
    }


async def _export(parts: Parts, connection: ConnectionRow) -> dict[str, Any]:
    began = time.monotonic()
    now = datetime.now(UTC)
    async with parts.runtime.pool.connection() as conn:
        watched = await watch(conn, connection.connection_id, now)
        causes = await problems.by_cause(conn, connection.connection_id)
        workers = await status.living_workers(conn)
    if watched is None:
        raise NoVisit
    under_way = is_first_under_way(watched.progress)
    since = connection.released_at or now
    stands_still = (
        under_way and not watched.speed and (now - since).total_seconds() > _STANDSTILL_SECONDS
    )
    took = time.monotonic() - began
    return {
        "connection": connection,
        "watched": watched,
        "under_way": under_way,
        "paused": _is_paused(connection),
        "stands_still": stands_still,
        "workers": workers,
        "causes": standing_pendencies(
            each for each in causes if each.subject_kind == problems.FAMILY
        ),
        "spoken_time": spoken_time,
        "look_seconds": round(max(_LOOK_SECONDS, took * _LOOK_SHARE), 1),
    }
