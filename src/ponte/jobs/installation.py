"""What every process of Ponte opens at its start, and closes in the right order at its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct
from procrastinate import App

from ponte.http.exchange import Observe, open_session
from ponte.jobs.queue import QueueWaker, make_app
from ponte.ledger import connections
from ponte.ledger.database import open_pool
from ponte.ledger.embedded import EmbeddedDatabase
from ponte.ledger.vault import open_vault
from ponte.settings import Settings
from ponte.sync.runtime import Runtime


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
    embedded: EmbeddedDatabase | None = None
    if settings.database_url is None:
        embedded = await asyncio.to_thread(EmbeddedDatabase, settings.data)
        url = embedded.url
    else:
        url = settings.database_url.get_secret_value()
    try:
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
            yield Equipment(app, Runtime(pool, http, vault, waker, settings.poll_seconds, observe))
    finally:
        if embedded is not None:
            await asyncio.to_thread(embedded.close)
