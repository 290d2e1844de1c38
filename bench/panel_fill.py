"""Fills the ledger of the panel's bench, by set-based statements: reading a million SKUs from a
store would take minutes and show nothing more."""

import asyncio
from pathlib import Path

from msgspec import Struct, structs
from psycopg import AsyncClientCursor

from ponte.ledger.database import Pool

_SQL = Path(__file__).with_name("panel_fill.sql")
# The connection with the large catalogue, a small one beside it, and one whose orders are all held.
LARGE, SMALL, HELD = 1, 2, 3


class Amounts(Struct, frozen=True):
    """How much of everything; `families` have 2.25 SKUs each."""

    families: int = 400_000
    orders: int = 100_000
    problems: int = 500_000
    connections: int = 10_000
    # As much as is kept of a run.
    drift: int = 50_000
    # In the trail.
    deeds: int = 500_000
    users: int = 10_000
    alerts: int = 20_000
    # Wake-ups that nobody has taken.
    jobs: int = 10_000


async def fill(pool: Pool, amounts: Amounts) -> None:
    """Write everything, and let the planner count it."""
    values = {**structs.asdict(amounts), "new": amounts.families - amounts.families // 20}
    script = await asyncio.to_thread(_SQL.read_text, "utf-8")
    async with pool.connection() as conn:
        # Several statements with parameters: put together here, not by the server.
        await AsyncClientCursor(conn).execute(script.encode(), values)
    async with pool.connection() as conn:
        await conn.set_autocommit(True)
        await conn.execute("VACUUM ANALYZE")
        await conn.set_autocommit(False)


async def is_filled(pool: Pool) -> bool:
    """Whether the folder is one of an earlier run."""
    async with pool.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM connection")
        found = await cursor.fetchone()
        return found is not None and found[0] > 0
