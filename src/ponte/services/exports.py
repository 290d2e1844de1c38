"""*Exportar catálogo*: the dry run with everything that it found, the export, and how far it is.

Both are work of a worker, and may take minutes; here they are asked for and looked at, so that
whoever comes back the next day, in another browser, sees the same. No look counts a catalogue.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from procrastinate import App

from ponte.jobs.dry_runs import STORE_UNREACHABLE, ask_for_dry_run, wake_dry_run
from ponte.ledger import connections, status
from ponte.ledger import dry_run as ledger
from ponte.ledger.database import Pool
from ponte.ledger.dry_run import MOST_PROBLEMS, PlacedProblem
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, must_change, must_see, record
from ponte.sync.dry_run import Preview
from ponte.sync.exporting import Watched, begin_export, is_first_under_way, watch
from ponte.sync.runtime import Runtime

# A worker shows something of an export sooner; longer, and it waits for the store or the hub.
_STANDSTILL_SECONDS = 20.0


class NotPossible(Exception):
    """The connection is gone, or shut out of one of the two sides: nothing can be exported."""


class DryRun(Struct, frozen=True):
    """The latest dry run of a connection, under way or ended."""

    asked_at: datetime
    ended_at: datetime | None
    has_begun: bool
    families_read: int
    # What the store says it has, where it says it.
    families_total: int | None
    # None until it ended well.
    found: Preview | None
    # It ended without, because the store did not answer.
    is_unreachable: bool
    # Problems on single products; not more than `MOST_PROBLEMS` of them can be downloaded.
    problems: int
    is_cut: bool
    # Who could do it; of an ended one it is not asked.
    workers: int


class Export(Struct, frozen=True):
    """How the export of a catalogue stands."""

    watched: Watched
    # The first one; afterwards products come and go one by one.
    is_under_way: bool
    is_complete: bool
    stands_still: bool
    # An access ended: nothing goes until the merchant connects again.
    is_shut_out: bool
    workers: int


async def read_dry_run(
    pool: Pool, queue: App, actor: Actor, connection_id: int, *, ask_if_none: bool = False
) -> DryRun | None:
    """The latest one; with `ask_if_none` one is begun where there is none.

    Of one whose worker died it is seen to that another goes on.
    """
    must_see(actor, connection_id)
    async with pool.connection() as conn, conn.transaction():
        row = await ledger.read(conn, connection_id)
        if row is None and ask_if_none and actor.may_change(connection_id):
            await ask_for_dry_run(queue, conn, connection_id)
            row = await ledger.read(conn, connection_id)
        elif row is not None and row.is_silent:
            # Its worker died, or the job was lost; where it only is slow, a second one waits.
            await wake_dry_run(queue, conn, connection_id)
        if row is None:
            return None
        workers = await status.living_workers(conn) if row.ended_at is None else 1
    found = None if row.result is None else msgspec.convert(row.result, Preview)
    problems = 0 if found is None else sum(each.families for each in found.problems.values())
    return DryRun(
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        has_begun=row.has_begun,
        families_read=row.families_read,
        families_total=row.families_total,
        found=found,
        is_unreachable=row.failure == STORE_UNREACHABLE,
        problems=problems,
        is_cut=problems > MOST_PROBLEMS,
        workers=workers,
    )


async def ask_again(pool: Pool, queue: App, actor: Actor, connection_id: int) -> None:
    """A fresh dry run, unless one is under way."""
    must_change(actor, connection_id)
    async with pool.connection() as conn, conn.transaction():
        await _must_be_let_in(conn, connection_id)
        running = await ledger.read(conn, connection_id)
        if running is None or running.ended_at is not None or running.is_silent:
            await ask_for_dry_run(queue, conn, connection_id)
            await record(conn, actor, "dry_run.asked", connection_id)


async def problems_found(
    pool: Pool, actor: Actor, connection_id: int
) -> AsyncIterator[Sequence[PlacedProblem]]:
    """Every problem of the latest dry run, some at a time; nothing while one is under way."""
    must_see(actor, connection_id)
    place = 0
    while True:
        async with pool.connection() as conn:
            run = await ledger.read(conn, connection_id)
            if run is None or run.ended_at is None:
                return
            found = await ledger.problems_from(conn, connection_id, place)
        if not found:
            return
        yield found
        place = found[-1].place


async def start(runtime: Runtime, actor: Actor, connection_id: int) -> None:
    """Export: everything is looked at and sent, and a held connection is released."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn:
        await _must_be_let_in(conn, connection_id)
    was_held = await begin_export(runtime, connection_id)
    async with runtime.pool.connection() as conn:
        await record(conn, actor, "export.started", connection_id, first=was_held)


async def _must_be_let_in(conn: Connection, connection_id: int) -> None:
    found = await connections.read(conn, connection_id)
    if found is None or found.hub_access_ended_at or found.store_access_ended_at:
        raise NotPossible(connection_id)


async def read_export(pool: Pool, actor: Actor, connection_id: int) -> Export | None:
    """How the export stands; None where the connection is gone."""
    must_see(actor, connection_id)
    now = datetime.now(UTC)
    async with pool.connection() as conn:
        watched = await watch(conn, connection_id, now)
        if watched is None:
            return None
        progress = watched.progress
        under_way = is_first_under_way(progress)
        workers = await status.living_workers(conn) if under_way or progress.unsent else 1
    is_old = (now - (progress.released_at or now)).total_seconds() > _STANDSTILL_SECONDS
    is_resting = progress.catalogue_paused_at is not None
    return Export(
        watched=watched,
        is_under_way=under_way,
        is_complete=progress.released_at is not None and not under_way and not progress.unsent,
        stands_still=under_way and not watched.speed and is_old and not is_resting,
        is_shut_out=progress.hub_access_ended or progress.store_access_ended,
        workers=workers,
    )
