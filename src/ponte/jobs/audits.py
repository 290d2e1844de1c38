"""Audits and repairs as a job: a worker takes some steps, then goes to the end of the queue.

A run over a million SKUs takes minutes to hours, and sends nothing. So it has a queue of its own,
a slice at a time, a few at once: ten thousand merchants who are audited at night keep nobody's
stock waiting, and take turns among themselves. Where a run is stands in the ledger: a job that was
lost is replaced by the timer, and one that finds nothing to do does nothing.
"""

import time
from datetime import UTC, datetime

import structlog
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued

from ponte.domain.audit_plan import Every, next_audit
from ponte.domain.failures import Failure, Unauthorised
from ponte.jobs.trouble import DATABASE_TROUBLE
from ponte.ledger import audits, repairs
from ponte.ledger.audits import AuditRow, Outcome
from ponte.ledger.connections import HUB, STORE
from ponte.ledger.queries import Connection
from ponte.sync.audit import take_step
from ponte.sync.repair import repair_some, settle_repairs
from ponte.sync.runtime import Link, Runtime, StoreAccessEnded, wait_after

log = structlog.get_logger(__name__)

AUDIT_TASK = "ponte.audit"
AUDIT_QUEUE = "audit"
# One that waits for a slow hub or store does not keep the other from going on.
AUDITS_AT_ONCE = 2
# Who asked, where nobody did: no person has this name.
BY_PLAN = ""
# As a loop's: then others have their turn.
_SLICE_SECONDS = 5.0
# How often it is looked whether the push has closed what is being repaired.
_REPAIR_LOOK_SECONDS = 1.0
# A run that shows no sign of life for so long has lost its job. A step is calls of thirty seconds
# at most, and a queue of other runs.
_SILENT_SECONDS = 120.0
# How often a run that an operator stopped looks whether it may go on.
_STOPPED_SECONDS = 30.0
# The longest wait between two tries, and how long a side may be away before the run has failed.
_LONGEST_PAUSE_SECONDS = 60.0
_LONGEST_OUTAGE_SECONDS = 7200.0
_FEWEST_FAILURES = 10
_LOST_PAUSE_SECONDS = 1.0
# Plans that are begun at a time, by each look of the timer.
_PLANS_AT_ONCE = 20
# Words of the ledger for why a run failed.
UNREACHABLE = "unreachable"
ACCESS_ENDED = "access_ended"


async def wake_audit(app: App, conn: Connection, connection_id: int, pause: float = 0.0) -> None:
    """See to it that somebody works on the run, or the repairs, that are under way."""
    name = f"audit:{connection_id}"
    later = {"seconds": int(pause)} if pause >= 1 else None
    try:
        async with conn.transaction():
            await app.configure_task(
                AUDIT_TASK,
                lock=name,
                queueing_lock=name,
                queue=AUDIT_QUEUE,
                schedule_in=later,
                connection=conn,
            ).defer_async(connection_id=connection_id)
    except AlreadyEnqueued:
        if later is None:
            # Where it waits for a moment in the future, somebody wants it now.
            await audits.hasten(conn, name)


async def run_audit(app: App, runtime: Runtime, connection_id: int) -> None:
    """The job: a slice of whatever is under way."""
    link = await runtime.link(connection_id)
    if link is None:
        return
    deadline = time.monotonic() + _SLICE_SECONDS
    pause: float | None = 0.0
    if runtime.stops.hold(link.row.store_platform):
        # An operator stopped it: it waits, and neither fails nor reads.
        pause = _STOPPED_SECONDS
    try:
        while pause == 0.0 and time.monotonic() < deadline:
            pause = await _work(link, runtime)
    except Unauthorised as failure:
        side = STORE if isinstance(failure, StoreAccessEnded) else HUB
        log.warning("access ended", connection=connection_id, side=side, reason=str(failure))
        await runtime.end_access(connection_id, side)
        await _fail(runtime, connection_id, ACCESS_ENDED)
        return
    except DATABASE_TROUBLE as error:
        log.warning("audit waits for the database", reason=type(error).__name__)
        pause = _STOPPED_SECONDS
    except Failure as failure:
        pause = await _after_failure(runtime, connection_id, failure)
    if pause is not None:
        async with runtime.pool.connection() as conn:
            await wake_audit(app, conn, connection_id, pause)


async def _work(link: Link, runtime: Runtime) -> float | None:
    """One step; how long to pause after it, None when nothing is under way."""
    async with runtime.pool.connection() as conn:
        run = await audits.under_way(conn, link.connection_id)
        plan = await audits.read_plan(conn, link.connection_id)
    if run is not None:
        if run.paused_at is not None:
            return None
        took = await take_step(link, runtime, run, repairs_always=plan.repairs_always)
        return took.pause
    async with runtime.pool.connection() as conn:
        last = await audits.last_complete(conn, link.connection_id)
    return None if last is None else await _repair(link, runtime, last)


async def _repair(link: Link, runtime: Runtime, audit: AuditRow) -> float | None:
    # Nothing is sent for it at present: what was asked for is given up after a while.
    rests = link.row.released_at is None or link.row.catalogue_paused_at is not None
    after: str | None = None if rests else ""
    deadline = time.monotonic() + _SLICE_SECONDS
    while after is not None and time.monotonic() < deadline:
        after = await repair_some(link, runtime, audit, after)
    if not await settle_repairs(link, runtime, audit.audit_id):
        return None
    return _STOPPED_SECONDS if rests else _REPAIR_LOOK_SECONDS


async def _after_failure(runtime: Runtime, connection_id: int, failure: Failure) -> float | None:
    async with runtime.pool.connection() as conn:
        run = await audits.under_way(conn, connection_id)
        failures = 0 if run is None else run.failures
        if run is not None:
            await audits.note_failure(conn, run.audit_id)
    pause = max(1.0, min(wait_after(failures, failure), _LONGEST_PAUSE_SECONDS))
    log.warning(
        "audit postponed",
        connection=connection_id,
        seconds=round(pause, 1),
        reason=str(failure),
    )
    if run is not None:
        idle = datetime.now(UTC) - (run.progress_at or run.asked_at)
        # Not at the first failure after a long stop.
        if failures >= _FEWEST_FAILURES and idle.total_seconds() > _LONGEST_OUTAGE_SECONDS:
            await _fail(runtime, connection_id, UNREACHABLE)
            return None
    return pause


async def _fail(runtime: Runtime, connection_id: int, reason: str) -> None:
    async with runtime.pool.connection() as conn, conn.transaction():
        run = await audits.under_way(conn, connection_id)
        if run is not None:
            await audits.end(conn, run, Outcome.FAILED, reason)


async def begin_due_audits(app: App, runtime: Runtime) -> None:
    """The timer's look: begin what is due, and wake what lost its job."""
    async with runtime.pool.connection() as conn, conn.transaction():
        for plan in await audits.due_plans(conn, _PLANS_AT_ONCE):
            number = plan.connection_id
            if plan.works and await audits.begin(conn, number, BY_PLAN) is not None:
                await wake_audit(app, conn, number)
            planned = next_audit(
                Every(plan.every), plan.hour, plan.weekday, number, datetime.now(UTC)
            )
            await audits.plan_next(conn, number, planned)
        lost = await audits.silent(conn, _SILENT_SECONDS)
        lost += await repairs.slow(conn, _SILENT_SECONDS)
        for number in lost:
            # One that waits for a later moment is none that was lost.
            await wake_audit(app, conn, number, _LOST_PAUSE_SECONDS)
