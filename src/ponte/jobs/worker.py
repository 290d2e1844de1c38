"""The worker process: takes wake-ups from the queue, and sees to it that nothing is forgotten.

Beside the queue's own worker runs a timer: it wakes the loops whose time has come (polls, retries)
and gives jobs of dead workers back. Both are safe in any number of processes, because the database
decides who does what.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence

import psycopg
import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg_pool import PoolTimeout

from ponte.jobs.loops import LONGEST_RUN_SECONDS, Loops
from ponte.jobs.queue import TASKS
from ponte.ledger import connections
from ponte.ledger.database import POOL_TIMEOUT_SECONDS
from ponte.sync.runtime import Loop, Runtime

log = structlog.get_logger(__name__)

_LOOPS = {name: loop for loop, name in TASKS.items()}
# How often the timer looks for due loops. A retry's first wait is half a second.
TICK_SECONDS = 0.5
# How often it looks for jobs that nobody works on any more, in its ticks: every two seconds.
_TICKS_PER_ROUND = 4
# A due loop whose wake-up got lost is woken again after this.
LEASE_SECONDS = 20.0
# A worker that does not show a heartbeat for this long is dead, and its jobs are given to others;
# well under the fifteen seconds in which a killed worker must be replaced.
HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 8.0
# A loop ends after `LONGEST_RUN_SECONDS` and writes down why, for which it may wait for the
# database twice. A job under way for longer has ended: its process lives, but the database was gone
# when it wanted to say so.
LOST_AFTER_SECONDS = LONGEST_RUN_SECONDS + 2 * POOL_TIMEOUT_SECONDS
# The queue's worker is not told when a job that waits for a lock may start, so it looks often.
FETCH_SECONDS = 0.1
# Pause before the queue's worker is started again after the database failed it.
RESTART_SECONDS = 1.0
# What a database that is restarted or overloaded looks like from here.
_DATABASE_TROUBLE = (psycopg.OperationalError, PoolTimeout, ConnectorException)
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
    timer = asyncio.create_task(_tick_for_ever(app, runtime)) if keeps_time else None
    try:
        while True:
            await _run_queue(app, jobs_at_once, queues)
            # It only returns by itself when the database failed it.
            await asyncio.sleep(RESTART_SECONDS)
    finally:
        if timer is not None:
            timer.cancel()


async def stand_in(app: App, jobs_at_once: int, queues: Sequence[str]) -> None:
    """Work on further queues beside `run_worker`, in its process, until cancelled."""
    while True:
        await _run_queue(app, jobs_at_once, queues)
        await asyncio.sleep(RESTART_SECONDS)


def _job(loops: Loops, loop: Loop) -> Callable[..., Awaitable[None]]:
    async def run(connection_id: int, part: int = 0) -> None:
        await loops.run(loop, connection_id, part)

    return run


async def _run_queue(app: App, jobs_at_once: int, queues: Sequence[str]) -> None:
    try:
        await app.run_worker_async(
            concurrency=jobs_at_once,
            queues=queues,
            fetch_job_polling_interval=FETCH_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=SHUTDOWN_SECONDS,
            delete_jobs="always",
            install_signal_handlers=False,
        )
    except _DATABASE_TROUBLE as error:
        log.warning("queue restarts", reason=type(error).__name__)


async def _tick_for_ever(app: App, runtime: Runtime) -> None:
    for tick in itertools.count():
        await asyncio.sleep(TICK_SECONDS)
        try:
            await _wake_due_loops(runtime)
            if tick % _TICKS_PER_ROUND == 0:
                await _take_over_from_dead_workers(app, runtime)
                await take_over_lost_jobs(app, runtime)
        except _DATABASE_TROUBLE as error:
            log.warning("timer waits for the database", reason=type(error).__name__)


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


async def _take_over_from_dead_workers(app: App, runtime: Runtime) -> None:
    """Their locks would keep the loops from running anywhere else."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS)
    for job in stalled:
        if job.id is None:
            continue
        log.warning("took over a job of a dead worker", job=job.id, task=job.task_name)
        number, part = job.task_kwargs.get("connection_id"), job.task_kwargs.get("part", 0)
        await _take_over(app, runtime, job.id, job.task_name, number, part)


async def take_over_lost_jobs(app: App, runtime: Runtime) -> None:
    """They are over, and their locks would keep the loops from ever running again."""
    async with runtime.pool.connection() as conn:
        lost = await connections.overdue_jobs(conn, LOST_AFTER_SECONDS)
    for job in lost:
        log.warning("took over a job that was lost", job=job.id, task=job.task_name)
        await _take_over(app, runtime, job.id, job.task_name, job.connection_id, job.part)


async def _take_over(
    app: App, runtime: Runtime, job_id: int, task_name: str, number: object, part: object
) -> None:
    await app.job_manager.finish_job_by_id_async(
        job_id=job_id, status=Status.ABORTED, delete_job=True
    )
    loop = _LOOPS.get(task_name)
    if loop is None or not isinstance(number, int) or not isinstance(part, int):
        return
    async with runtime.pool.connection() as conn, conn.transaction():
        await runtime.waker.wake(conn, loop, number, (part,))
