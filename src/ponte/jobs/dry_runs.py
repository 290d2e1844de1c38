"""A dry run as a job: a worker reads the store's whole catalogue, a page watches it in the ledger.

It takes as long as the catalogue is large, and sends nothing. So it has a queue of its own, of
which one worker takes two at a time: a hundred merchants who look before they export must not keep
the places in which stocks are sent. A job that was lost (its worker died, the database was away)
leaves a row without signs of life; whoever watches asks for it again, and a job whose row has ended
already does nothing.
"""

import asyncio
from collections.abc import Sequence

import structlog
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued

from ponte.domain.failures import Failure, Unauthorised
from ponte.ledger import connections
from ponte.ledger import dry_run as ledger
from ponte.ledger.connections import HUB, STORE
from ponte.ledger.dry_run import MOST_PROBLEMS, DryRunProblem
from ponte.ledger.queries import Connection
from ponte.sync.dry_run import Preview, preview
from ponte.sync.runtime import Link, Runtime, StoreAccessEnded

log = structlog.get_logger(__name__)

DRY_RUN_TASK = "ponte.dry_run"
DRY_RUN_QUEUE = "dry-run"
# Reading is the store's work more than ours; two keep one from waiting for a slow store.
DRY_RUNS_AT_ONCE = 2
# A million families at the speed of a slow store.
LONGEST_DRY_RUN_SECONDS = 3600.0
# Words of the ledger for why there is no result.
STORE_UNREACHABLE = "store_unreachable"
ACCESS_ENDED = "access_ended"


async def ask_for_dry_run(app: App, conn: Connection, connection_id: int) -> None:
    """Have a fresh one made once `conn`'s transaction is committed."""
    await ledger.ask(conn, connection_id)
    await wake_dry_run(app, conn, connection_id)


async def wake_dry_run(app: App, conn: Connection, connection_id: int) -> None:
    """See to it that somebody works on the one that was asked for."""
    name = f"dry_run:{connection_id}"
    try:
        async with conn.transaction():
            await app.configure_task(
                DRY_RUN_TASK, lock=name, queueing_lock=name, queue=DRY_RUN_QUEUE, connection=conn
            ).defer_async(connection_id=connection_id)
    except AlreadyEnqueued:
        log.debug("a dry run waits already", connection=connection_id)


async def run_dry_run(runtime: Runtime, connection_id: int) -> None:
    """The job."""
    async with runtime.pool.connection() as conn:
        asked = await ledger.read(conn, connection_id)
    link = await runtime.link(connection_id)
    if asked is None or asked.ended_at is not None or link is None:
        return
    try:
        async with asyncio.timeout(LONGEST_DRY_RUN_SECONDS):
            found = await _read_catalogue(runtime, link)
    except Unauthorised as failure:
        side = STORE if isinstance(failure, StoreAccessEnded) else HUB
        log.warning("access ended", connection=connection_id, side=side, reason=str(failure))
        await runtime.end_access(connection_id, side)
        await _end(runtime, connection_id, None, ACCESS_ENDED)
    except (Failure, TimeoutError) as failure:
        reason = str(failure) or type(failure).__name__
        log.warning("dry run ended", connection=connection_id, reason=reason)
        await _end(runtime, connection_id, None, STORE_UNREACHABLE)
    else:
        await _end(runtime, connection_id, found, None)


async def _read_catalogue(runtime: Runtime, link: Link) -> Preview:
    # The hub is not needed to read a store; but who was shut out there should hear it here, and
    # not after the export was asked for.
    await link.hub.account()
    try:
        facts = await link.store.facts()
    except Unauthorised as failure:
        raise StoreAccessEnded(str(failure)) from failure
    async with runtime.pool.connection() as conn:
        await connections.keep_store_pages(conn, link.connection_id, facts.pages)
    told = facts.product_count
    total = told if told is not None and told > 0 else None

    async def seen(so_far: Preview) -> None:
        async with runtime.pool.connection() as conn:
            await ledger.note(conn, link.connection_id, so_far.families, total)

    kept = 0

    async def keep(found: Sequence[DryRunProblem]) -> None:
        nonlocal kept
        found = found[: MOST_PROBLEMS - kept]
        if found:
            async with runtime.pool.connection() as conn:
                await ledger.add_problems(conn, link.connection_id, found, first=kept + 1)
            kept += len(found)

    async with runtime.pool.connection() as conn:
        await ledger.forget_problems(conn, link.connection_id)
    await seen(Preview())
    return await preview(link, runtime, seen, keep)


async def _end(
    runtime: Runtime, connection_id: int, found: Preview | None, failure: str | None
) -> None:
    async with runtime.pool.connection() as conn:
        await ledger.end(conn, connection_id, found, failure)
