"""The guide of a merchant's first visit: the steps from the connection to a shop that runs."""

from ponte.ledger import guide
from ponte.ledger.database import Pool
from ponte.ledger.guide import Guide
from ponte.services.actors import Actor, must_change, must_see, record


async def read(pool: Pool, actor: Actor, connection_id: int) -> Guide | None:
    """How far the first steps are; None when it was closed, or the connection is gone."""
    must_see(actor, connection_id)
    async with pool.connection() as conn:
        found = await guide.read(conn, connection_id)
    return None if found is None or found.is_closed else found


async def close(pool: Pool, actor: Actor, connection_id: int) -> bool:
    """Show it no more; whether it was shown."""
    must_change(actor, connection_id)
    async with pool.connection() as conn, conn.transaction():
        was_shown = await guide.close(conn, connection_id)
        if was_shown:
            await record(conn, actor, "guide.closed", connection_id)
    return was_shown
