"""What every process of Ponte opens at its start, and closes in the right order at its end."""

import asyncio
import contextlib
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from msgspec import Struct
from procrastinate import App

from ponte.domain import local_time
from ponte.http.exchange import Observe, open_session
from ponte.jobs.queue import QueueWaker, make_app
from ponte.jobs.resting import rest
from ponte.jobs.trouble import DATABASE_TROUBLE
from ponte.ledger import calls, connections
from ponte.ledger.database import open_pool
from ponte.ledger.embedded import EmbeddedDatabase
from ponte.ledger.vault import open_vault
from ponte.settings import Settings
from ponte.sync.runtime import Runtime

# Not structlog's, which short commands leave as it is: it writes to standard output, where their
# result goes. This one writes to standard error, and a service's log has it in the usual form.
log = logging.getLogger(__name__)

# How often a process looks whether the embedded database still lives. A look costs reading one line
# and asking for one process; a failed start is not repeated faster than this either.
_LOOK_SECONDS = 1.0
# How often the counts of calls are written: what a killed process loses.
_HAND_OVER_SECONDS = 10.0
# At the end of a process nobody waits for a database that is gone.
_LAST_HAND_OVER_SECONDS = 1.0


class Equipment(Struct):
    """An opened installation."""

    app: App
    runtime: Runtime


@asynccontextmanager
async def open_installation(
    settings: Settings, observe: Observe | None = None
) -> AsyncIterator[Equipment]:
    """Open database (embedded unless set), queue, HTTP session and vault.

    Raises `WrongKey` when the vault's keys do not fit the database: with them nothing would work,
    and a connection made anew would hide that the others are lost.
    """
    local_time.use_zone(ZoneInfo(settings.time_zone))
    async with _database_url(settings) as url:
        vault = open_vault(settings.secret_keys.get_secret_value(), settings.data)
        app = make_app()
        async with (
            open_pool(url, settings.database_connections) as pool,
            app.open_async(pool=pool),
            open_session() as http,
        ):
            async with pool.connection() as conn:
                await connections.try_keys(conn, vault)
            waker = QueueWaker(app)
            runtime = Runtime(pool, http, vault, waker, settings.poll_seconds, observe)
            counting = asyncio.create_task(_hand_over_calls(runtime))
            try:
                yield Equipment(app, runtime)
            finally:
                await runtime.renewals.end()
                counting.cancel()
                await asyncio.wait([counting])


async def _hand_over_calls(runtime: Runtime) -> None:
    """Write how calls ended, every few seconds and at the end."""
    try:
        while True:
            await rest(_HAND_OVER_SECONDS)
            await hand_over_calls(runtime)
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_HAND_OVER_SECONDS):
                await hand_over_calls(runtime)


async def hand_over_calls(runtime: Runtime) -> None:
    """Write what was counted since the last time; kept for the next where that does not go."""
    sums = runtime.calls.take()
    if not sums:
        return
    try:
        async with runtime.pool.connection() as conn:
            await calls.add(conn, sums)
    except DATABASE_TROUBLE as error:
        log.warning("calls are written later: %s", type(error).__name__)
        runtime.calls.give_back(sums)


@asynccontextmanager
async def _database_url(settings: Settings) -> AsyncIterator[str]:
    """Where the database is; the embedded one runs for as long, and is kept running."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    embedded = await asyncio.to_thread(EmbeddedDatabase, settings.data)
    keeper = asyncio.create_task(_keep_running(embedded))
    try:
        yield embedded.url
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
        await asyncio.to_thread(embedded.close)


async def _keep_running(embedded: EmbeddedDatabase) -> None:
    """Nobody else starts the embedded database when it was killed, so its users do."""
    while True:
        await rest(_LOOK_SECONDS)
        try:
            if await asyncio.to_thread(embedded.ensure_running):
                log.warning("the embedded database had died and was started again")
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("the embedded database does not start: %s", error)
