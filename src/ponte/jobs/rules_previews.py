"""A preview of rules as a job: a worker reads the store's catalogue, a page watches it.

As a dry run it sends nothing and takes as long as the catalogue is large, so it waits in the same
queue. It ends when nobody wants to know any more: another preview was begun, or rules were saved.
"""

import asyncio

import structlog
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued

from ponte.domain.failures import Failure, Unauthorised
from ponte.domain.rule_effects import Effect
from ponte.jobs.dry_runs import (
    ACCESS_ENDED,
    DRY_RUN_QUEUE,
    LONGEST_DRY_RUN_SECONDS,
    STORE_UNREACHABLE,
)
from ponte.ledger import rules_preview as ledger
from ponte.ledger.connections import HUB, STORE
from ponte.ledger.queries import Connection
from ponte.ledger.rules_preview import PreviewRow
from ponte.sync.rules_preview import preview_rules
from ponte.sync.runtime import Link, Runtime, StoreAccessEnded

log = structlog.get_logger(__name__)

RULES_PREVIEW_TASK = "ponte.rules_preview"


async def wake_rules_preview(app: App, conn: Connection, connection_id: int) -> None:
    """See to it that somebody works on the one that was asked for, once `conn` commits."""
    name = f"rules_preview:{connection_id}"
    try:
        async with conn.transaction():
            await app.configure_task(
                RULES_PREVIEW_TASK,
                lock=name,
                queueing_lock=name,
                queue=DRY_RUN_QUEUE,
                connection=conn,
            ).defer_async(connection_id=connection_id)
    except AlreadyEnqueued:
        log.debug("a preview waits already", connection=connection_id)


async def run_rules_preview(runtime: Runtime, connection_id: int) -> None:
    """The job."""
    async with runtime.pool.connection() as conn:
        asked = await ledger.read(conn, connection_id)
    link = await runtime.link(connection_id)
    if asked is None or asked.ended_at is not None or link is None:
        return
    found: Effect | None = None
    failure: str | None = None
    try:
        async with asyncio.timeout(LONGEST_DRY_RUN_SECONDS):
            found = await _read_catalogue(runtime, link, asked)
    except Unauthorised as denied:
        side = STORE if isinstance(denied, StoreAccessEnded) else HUB
        log.warning("access ended", connection=connection_id, side=side, reason=str(denied))
        await runtime.end_access(connection_id, side)
        failure = ACCESS_ENDED
    except (Failure, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        log.warning("preview of rules ended", connection=connection_id, reason=reason)
        failure = STORE_UNREACHABLE
    async with runtime.pool.connection() as conn:
        await ledger.end(conn, connection_id, asked.number, found, failure)


async def _read_catalogue(runtime: Runtime, link: Link, asked: PreviewRow) -> Effect:
    try:
        told = (await link.store.facts()).product_count
    except Unauthorised as failure:
        raise StoreAccessEnded(str(failure)) from failure
    total = told if told is not None and told > 0 else None

    async def seen(so_far: Effect | None) -> bool:
        async with runtime.pool.connection() as conn:
            return await ledger.note(conn, link.connection_id, asked.number, total, so_far)

    await seen(None)
    return await preview_rules(link, runtime, asked.candidate(), seen)
