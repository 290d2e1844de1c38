"""The worker process: takes wake-ups from the queue, and sees to it that nothing is forgotten.

Beside the queue's own worker runs a timer: it wakes the loops whose time has come (polls, retries)
and gives jobs of dead workers back. Both are safe in any number of processes, because the database
decides who does what.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
from procrastinate import App
from procrastinate.worker import Worker

from ponte.jobs.abandoned import HEARTBEAT_SECONDS, Abandoned
from ponte.jobs.audits import AUDIT_TASK, begin_due_audits, run_audit
from ponte.jobs.dry_runs import DRY_RUN_TASK, run_dry_run
from ponte.jobs.loops import Loops
from ponte.jobs.queue import TASKS
from ponte.jobs.resting import rest
from ponte.jobs.rules_previews import RULES_PREVIEW_TASK, run_rules_preview
from ponte.jobs.trouble import DATABASE_TROUBLE
from ponte.ledger import connections, installations, sessions
from ponte.sync.runtime import Loop, Runtime

log = structlog.get_logger(__name__)

# How often the timer looks for due loops. A retry's first wait is half a second.
TICK_SECONDS = 0.5
# Every how many ticks it looks for jobs that nobody works on any more: once a second.
_TICKS_PER_LOOK = 2
# Every how many ticks it looks for audits that are due: every five seconds.
_TICKS_PER_AUDIT_LOOK = 10
# Every how many ticks it removes installations that nobody went on with: once a minute.
_TICKS_PER_CLEANING = 120
# A due loop whose wake-up got lost is woken again after this.
LEASE_SECONDS = 20.0
# The next worker that starts deletes the rows of those that were silent for so long. One that lives
# and only looked dead, after its machine had slept, would not find its row again: hence a day.
_FORGOTTEN_AFTER_SECONDS = 86_400.0
# The queue's worker is not told when a job that waits for a lock may start, so it looks often.
FETCH_SECONDS = 0.1
# Where nobody waits for the next slice within a moment: each look costs a statement.
PATIENT_FETCH_SECONDS = 1.0
# Pause before the queue's worker is started again after the database failed it.
RESTART_SECONDS = 1.0
# Jobs under way have this long to end when the process is asked to stop; their slices last five.
SHUTDOWN_SECONDS = 10.0


async def run_worker(
    app: App,
    runtime: Runtime,
    jobs_at_once: int,
    queues: Sequence[str],
    *,
    keeps_time: bool = True,
) -> None:
    """Work on `queues` until cancelled; jobs under way end first. A restart of the database is
    survived. Where another process of the same worker `keeps_time`, one timer is enough for both.
    """
    loops = Loops(runtime)
    for loop in Loop:
        app.task(name=TASKS[loop])(_job(loops, loop))
    app.task(name=DRY_RUN_TASK)(_dry_run_job(runtime))
    app.task(name=RULES_PREVIEW_TASK)(_rules_preview_job(runtime))
    app.task(name=AUDIT_TASK)(_audit_job(app, runtime))
    await _read_stops(runtime)
    timer = asyncio.create_task(_tick_for_ever(app, runtime)) if keeps_time else None
    watcher = asyncio.create_task(_watch_stops(runtime))
    try:
        while True:
            await _run_queue(app, jobs_at_once, queues)
            # It only returns by itself when the database failed it.
            await rest(RESTART_SECONDS)
    finally:
        watcher.cancel()
        if timer is not None:
            timer.cancel()


async def stand_in(
    app: App, jobs_at_once: int, queues: Sequence[str], fetch_seconds: float = FETCH_SECONDS
) -> None:
    """Work on further queues beside `run_worker`, in its process, until cancelled."""
    while True:
        await _run_queue(app, jobs_at_once, queues, fetch_seconds)
        await rest(RESTART_SECONDS)


def _job(loops: Loops, loop: Loop) -> Callable[..., Awaitable[None]]:
    async def run(connection_id: int, part: int = 0) -> None:
        await loops.run(loop, connection_id, part)

    return run


def _dry_run_job(runtime: Runtime) -> Callable[..., Awaitable[None]]:
    async def run(connection_id: int) -> None:
        await run_dry_run(runtime, connection_id)

    return run


def _rules_preview_job(runtime: Runtime) -> Callable[..., Awaitable[None]]:
    async def run(connection_id: int) -> None:
        await run_rules_preview(runtime, connection_id)

    return run


def _audit_job(app: App, runtime: Runtime) -> Callable[..., Awaitable[None]]:
    async def run(connection_id: int) -> None:
        await run_audit(app, runtime, connection_id)

    return run


async def _run_queue(
    app: App, jobs_at_once: int, queues: Sequence[str], fetch_seconds: float = FETCH_SECONDS
) -> None:
    worker = Worker(
        app=app,
        concurrency=jobs_at_once,
        queues=queues,
        fetch_job_polling_interval=fetch_seconds,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=_FORGOTTEN_AFTER_SECONDS,
        shutdown_graceful_timeout=SHUTDOWN_SECONDS,
        delete_jobs="always",
        install_signal_handlers=False,
    )
    try:
        await _run_until_told(worker)
    except DATABASE_TROUBLE as error:
        log.warning("queue restarts", reason=type(error).__name__)


async def _run_until_told(worker: Worker) -> None:
    """Run the queue's worker; cancelled, it is told to stop, and its jobs end first.

    It is not cancelled itself: before Python 3.12 `wait_for`, by which the database's driver waits,
    may lose a cancellation, and a worker that was stopped at its start would work on for ever.
    """
    running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        # Its first step forgets what it was told before.
        await _end(asyncio.create_task(asyncio.sleep(0)))
        worker.stop()  # type: ignore[no-untyped-call]
        await _end(running)
        raise


async def _end(task: asyncio.Task[None]) -> None:
    """Wait for its end, whoever is impatient meanwhile; how it ended is told in the log only."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.warning("the queue's worker failed at its end", reason=type(failure).__name__)


async def _watch_stops(runtime: Runtime) -> None:
    """Know what an operator stops or lets go on."""
    while True:
        await rest(TICK_SECONDS)
        await _read_stops(runtime)


async def _read_stops(runtime: Runtime) -> None:
    try:
        await runtime.stops.read(runtime.pool)
    except DATABASE_TROUBLE as error:
        log.warning("what was stopped is not known anew", reason=type(error).__name__)


async def _tick_for_ever(app: App, runtime: Runtime) -> None:
    abandoned = Abandoned(app, runtime)
    for tick in itertools.count():
        await rest(TICK_SECONDS)
        try:
            await _wake_due_loops(runtime)
            if tick % _TICKS_PER_LOOK == 0:
                await abandoned.take_over()
            if tick % _TICKS_PER_AUDIT_LOOK == 0:
                await begin_due_audits(app, runtime)
            if tick % _TICKS_PER_CLEANING == 0:
                await _remove_unused_installations(runtime)
                await _remove_expired_access(runtime)
        except DATABASE_TROUBLE as error:
            log.warning("timer waits for the database", reason=type(error).__name__)


async def _remove_unused_installations(runtime: Runtime) -> None:
    async with runtime.pool.connection() as conn:
        removed = await installations.remove_unused(conn)
    if removed:
        log.info("unused installations removed", installations=removed)


async def _remove_expired_access(runtime: Runtime) -> None:
    async with runtime.pool.connection() as conn:
        await sessions.remove_expired(conn)


async def _wake_due_loops(runtime: Runtime) -> None:
    async with runtime.pool.connection() as conn, conn.transaction():
        for due in await connections.claim_due(conn, LEASE_SECONDS):
            woken = {
                Loop.PULL: due.pull,
                Loop.PUSH: due.push,
                Loop.ORDERS: due.orders,
                Loop.REPORTS: due.reports,
            }
            for loop, is_due in woken.items():
                if is_due:
                    await runtime.waker.wake(conn, loop, due.connection_id)
