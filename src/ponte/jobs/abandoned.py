"""Jobs that nobody works on any more. Their locks would keep the loops from running anywhere else.

A worker that was killed shows no heartbeat, and a job whose end could not be written down, because
the database was away, stays under way for ever. Both are told by the clock on the wall, and that
one leaps: when a machine slept, or its clock was set, every worker looks dead until its next
heartbeat. So what is found is suspected at first, and taken over when it is still found later.
"""

import time
from collections.abc import Callable, Iterable

import structlog
from procrastinate import App
from procrastinate.jobs import Status

from ponte.jobs.audits import AUDIT_TASK, wake_audit
from ponte.jobs.dry_runs import DRY_RUN_TASK, LONGEST_DRY_RUN_SECONDS, wake_dry_run
from ponte.jobs.loops import LONGEST_RUN_SECONDS
from ponte.jobs.queue import TASKS
from ponte.jobs.rules_previews import RULES_PREVIEW_TASK, wake_rules_preview
from ponte.ledger import connections
from ponte.ledger.database import POOL_TIMEOUT_SECONDS
from ponte.sync.runtime import Runtime

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 1.0
# A worker that missed so many heartbeats may be dead. With the time that it is suspected, its work
# is taken over after seven to nine seconds; a killed worker must be replaced in fifteen.
# Not sooner: one that is asked to stop shows none any more, and its slices last five seconds.
DEAD_AFTER_SECONDS = 5.0
_DEAD_SUSPECTED_SECONDS = 2.0
# A loop ends after `LONGEST_RUN_SECONDS` and writes down why, for which it may wait for the
# database twice. A job under way for longer has ended.
LOST_AFTER_SECONDS = LONGEST_RUN_SECONDS + 2 * POOL_TIMEOUT_SECONDS
_LOST_DRY_RUN_SECONDS = LONGEST_DRY_RUN_SECONDS + 2 * POOL_TIMEOUT_SECONDS
# Longer than nearly every slice takes.
_LOST_SUSPECTED_SECONDS = 15.0

_LOOPS = {name: loop for loop, name in TASKS.items()}


class Abandoned:
    """Looks for such jobs, and wakes their loops again."""

    def __init__(
        self, app: App, runtime: Runtime, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._dead = _Suspects(_DEAD_SUSPECTED_SECONDS, clock)
        self._lost = _Suspects(_LOST_SUSPECTED_SECONDS, clock)

    async def take_over(self) -> None:
        """One look; to be repeated every second or so."""
        await self._from_dead_workers()
        await self._lost_jobs()

    async def _from_dead_workers(self) -> None:
        stalled = await self._app.job_manager.get_stalled_jobs(
            seconds_since_heartbeat=DEAD_AFTER_SECONDS
        )
        jobs = {job.id: job for job in stalled if job.id is not None}
        for job_id in self._dead.confirmed(jobs):
            job = jobs[job_id]
            log.warning("took over a job of a dead worker", job=job_id, task=job.task_name)
            number, part = job.task_kwargs.get("connection_id"), job.task_kwargs.get("part", 0)
            await self._take_over(job_id, job.task_name, number, part)

    async def _lost_jobs(self) -> None:
        async with self._runtime.pool.connection() as conn:
            overdue = [
                *await connections.overdue_jobs(conn, [*_LOOPS, AUDIT_TASK], LOST_AFTER_SECONDS),
                *await connections.overdue_jobs(
                    conn, [DRY_RUN_TASK, RULES_PREVIEW_TASK], _LOST_DRY_RUN_SECONDS
                ),
            ]
        jobs = {job.id: job for job in overdue}
        for job_id in self._lost.confirmed(jobs):
            job = jobs[job_id]
            log.warning("took over a job that was lost", job=job_id, task=job.task_name)
            await self._take_over(job_id, job.task_name, job.connection_id, job.part)

    async def _take_over(self, job_id: int, task_name: str, number: object, part: object) -> None:
        await self._app.job_manager.finish_job_by_id_async(
            job_id=job_id, status=Status.ABORTED, delete_job=True
        )
        loop = _LOOPS.get(task_name)
        if not isinstance(number, int) or not isinstance(part, int):
            return
        async with self._runtime.pool.connection() as conn, conn.transaction():
            if task_name == DRY_RUN_TASK:
                await wake_dry_run(self._app, conn, number)
            elif task_name == RULES_PREVIEW_TASK:
                await wake_rules_preview(self._app, conn, number)
            elif task_name == AUDIT_TASK:
                await wake_audit(self._app, conn, number)
            elif loop is not None:
                await self._runtime.waker.wake(conn, loop, number, (part,))


class _Suspects:
    """Since when each has been found at every look, by a clock that never leaps."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: dict[int, float] = {}

    def confirmed(self, found: Iterable[int]) -> list[int]:
        """Those of `found` that have been for long enough."""
        now = self._clock()
        self._since = {each: self._since.get(each, now) for each in found}
        return [each for each, since in self._since.items() if now - since >= self._seconds]
