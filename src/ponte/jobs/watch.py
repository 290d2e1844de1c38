"""Keeps watch over the installation: health of every connection, outages, alerts, signs of life.

Runs in every worker and every web process, so that somebody notices when all workers are gone; the
database decides who looks. What fails here never ends the process: work is more important than
knowing how it goes.
"""

import asyncio
import itertools
import os
import socket
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import version

import structlog

from ponte.domain.outages import Verdict, find_outages
from ponte.jobs import alerts
from ponte.jobs.alert_channels import channel_names, channels_of
from ponte.jobs.health import refresh
from ponte.jobs.resting import rest
from ponte.jobs.trouble import DATABASE_TROUBLE
from ponte.ledger import alerts as alerts_ledger
from ponte.ledger import calls, connections, health, operation, outages
from ponte.ledger.operation import ProcessRow
from ponte.ledger.queries import Connection
from ponte.settings import Settings
from ponte.sync.runtime import Runtime

log = structlog.get_logger(__name__)

# How old a page's figures are at most, of whoever is lively. Whose turn it is, the ledger knows.
LOOK_SECONDS = 10.0
# How often each process asks whether it is its turn.
_ASK_SECONDS = 2.0
# After a fault of ours.
_AGAIN_SECONDS = 10.0
# Every how many asks a process shows that it lives.
_ASKS_PER_LIFE = 5
# Every how many asks what is old is condensed or removed: every ten minutes.
_ASKS_PER_CLEANING = 300


async def keep_watch(runtime: Runtime, settings: Settings, kind: str) -> None:
    """Watch until cancelled. `kind` is what this process is: serve, worker, helper."""
    process = _this_process(kind)
    while True:
        try:
            await _watch(runtime, settings, process)
        except Exception:  # a fault of ours in what only watches must not end who works
            log.exception("the watch failed and begins again")
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # It was to end, and failed on the way.
                raise asyncio.CancelledError from None
        await rest(_AGAIN_SECONDS)


async def _watch(runtime: Runtime, settings: Settings, process: ProcessRow) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_look_for_ever(runtime, settings, process))
        for channel in channels_of(settings, runtime.http):
            group.create_task(alerts.deliver_for_ever(runtime.pool, channel))


def _this_process(kind: str) -> ProcessRow:
    now = datetime.now(UTC)
    host = socket.gethostname()[:200]
    return ProcessRow(uuid.uuid4().hex, kind, host, os.getpid(), version("ponte"), now, now)


async def _look_for_ever(runtime: Runtime, settings: Settings, process: ProcessRow) -> None:
    names = channel_names(settings)

    async def show_life() -> None:
        async with runtime.pool.connection() as conn:
            await operation.show_life(conn, process)

    async def look() -> None:
        await look_once(runtime, settings, names)

    async def clean() -> None:
        await _clean(runtime)

    try:
        for ask in itertools.count():
            if ask % _ASKS_PER_LIFE == 0:
                await _unless_it_fails(show_life)
            await _unless_it_fails(look)
            if ask % _ASKS_PER_CLEANING == _ASKS_PER_CLEANING - 1:
                await _unless_it_fails(clean)
            await rest(_ASK_SECONDS)
    finally:
        await _leave(runtime, process)


async def _unless_it_fails(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except DATABASE_TROUBLE as error:
        log.warning("the watch waits for the database", reason=type(error).__name__)


async def _leave(runtime: Runtime, process: ProcessRow) -> None:
    try:
        async with asyncio.timeout(1.0), runtime.pool.connection() as conn:
            await operation.leave(conn, process.process_id)
    except (*DATABASE_TROUBLE, TimeoutError) as error:
        log.debug("not signed off", reason=type(error).__name__)


async def look_once(
    runtime: Runtime,
    settings: Settings,
    channels: list[str],
    every_seconds: float = LOOK_SECONDS,
) -> bool:
    """Look, if nobody else did lately; whether we did."""
    async with runtime.pool.connection() as conn, conn.transaction():
        if not await health.take_watch(conn, every_seconds):
            return False
        await refresh(conn)
        await look_for_outages(conn)
        await alerts.look(conn, alerts.thresholds_of(settings), channels)
    return True


async def look_for_outages(conn: Connection) -> None:
    """What begins, goes on and ends at hubs and platforms."""
    if not await outages.is_any_trouble(conn):
        return
    weathers = await outages.weather(conn)
    standing = await outages.standing(conn)
    for found in find_outages(weathers, standing, datetime.now(UTC)):
        if found.verdict is Verdict.BEGINS and found.weather is not None:
            number = await outages.begin(conn, found.weather)
            log.warning("outage", outage=number, place=found.weather.place)
        elif found.outage_id is None:
            continue
        elif found.verdict is Verdict.ENDS:
            await outages.end(conn, found.outage_id)
            log.info("outage is over", outage=found.outage_id)
        elif found.weather is not None:
            await outages.go_on(conn, found.outage_id, found.weather)


async def _clean(runtime: Runtime) -> None:
    async with runtime.pool.connection() as conn:
        await calls.condense(conn)
        await health.forget_samples(conn)
        await operation.forget_processes(conn)
        await alerts_ledger.forget(conn)
        await connections.forget_grants(conn)
