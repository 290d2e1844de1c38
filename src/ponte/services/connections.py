"""Connections as programs ask for them: all that somebody may see, or one."""

from ponte.ledger import connections
from ponte.ledger.connections import ConnectionBrief
from ponte.ledger.database import Pool
from ponte.services.actors import Actor
from ponte.services.users import LARGEST_NUMBER

MOST_LISTED = 200


async def list_connections(
    pool: Pool, actor: Actor, *, after: int, count: int
) -> list[ConnectionBrief]:
    """Connections by number, those behind `after`, that the actor may see."""
    if not actor.may_see_fleet:
        number = actor.connection_id
        own = None if number is None or number <= after else number
        found = None if own is None else await read_connection(pool, actor, own)
        return [] if found is None else [found]
    async with pool.connection() as conn:
        return await connections.briefs(conn, after, min(count, MOST_LISTED))


async def read_connection(pool: Pool, actor: Actor, connection_id: int) -> ConnectionBrief | None:
    """One connection; None where there is none, or none that the actor may see."""
    if not 0 < connection_id <= LARGEST_NUMBER or not actor.may_see(connection_id):
        return None
    async with pool.connection() as conn:
        return await connections.brief(conn, connection_id)
