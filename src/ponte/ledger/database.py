"""The connection pool and the schema's versions.

Every process opens the database through here, so that all agree on the schema: the first one to
come applies what is missing under an advisory lock, the others wait and find it done.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from ponte.ledger.queries import Connection, schema_files

# An arbitrary number that no other advisory lock of ours uses.
_SCHEMA_LOCK = 7_210_221
# Waiting longer for a connection means that the database is in trouble; the caller retries then.
POOL_TIMEOUT_SECONDS = 30.0

Pool = AsyncConnectionPool[Connection]


@asynccontextmanager
async def open_pool(url: str, max_size: int) -> AsyncIterator[Pool]:
    """A pool of at most `max_size` connections to the database at `url`, schema up to date."""
    await bring_up_to_date(url)
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=1,
        max_size=max_size,
        open=False,
        timeout=POOL_TIMEOUT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        # At once: few statements, run again and again on every connection.
        kwargs={"prepare_threshold": 0},
    )
    async with pool:
        await pool.wait()
        yield pool


async def bring_up_to_date(url: str) -> None:
    """Apply the schema versions that this database does not have yet; each in a transaction."""
    async with await AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute("SELECT pg_advisory_lock(%s)", [_SCHEMA_LOCK])
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS schema_version"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        cursor = await conn.execute("SELECT name FROM schema_version")
        applied = {name for (name,) in await cursor.fetchall()}
        if "queue" not in applied:
            await _apply(conn, "queue", SchemaManager.get_schema())
        for path in schema_files():
            if path.stem not in applied:
                await _apply(conn, path.stem, path.read_text(encoding="utf-8"))


async def _apply(conn: Connection, name: str, script: str) -> None:
    async with conn.transaction():
        # Our own files and the queue's, several statements each and without parameters.
        await conn.execute(script.encode())
        await conn.execute("INSERT INTO schema_version (name) VALUES (%s)", [name])
