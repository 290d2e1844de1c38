"""The trail as it is read: by the fleet's people all of it, by a merchant what was done with the
connection.

Of who did it, a merchant reads the name and the role. Pages are keyset pages: a trail of a million
deeds costs as much as one of ten.
"""

from ponte.ledger import trail
from ponte.ledger.database import Pool
from ponte.ledger.trail import Entry
from ponte.services.actors import Actor, must_see, must_see_fleet

MOST_LISTED = 200


async def read_trail(
    pool: Pool,
    actor: Actor,
    *,
    before: int | None = None,
    connection_id: int | None = None,
    user_id: int | None = None,
    count: int = MOST_LISTED,
) -> list[Entry]:
    """The newest deeds, older than entry `before`; of one connection or one user where named."""
    if connection_id is None or user_id is not None:
        must_see_fleet(actor)
    else:
        must_see(actor, connection_id)
    async with pool.connection() as conn:
        return await trail.latest(
            conn,
            min(count, MOST_LISTED),
            before=trail.NEWEST if before is None else before,
            connection_id=connection_id,
            user_id=user_id,
        )


async def read_interventions(
    pool: Pool, actor: Actor, connection_id: int, *, before: int | None = None, count: int
) -> list[Entry]:
    """What operators, support and Ponte did with this connection, the newest first."""
    must_see(actor, connection_id)
    async with pool.connection() as conn:
        return await trail.latest(
            conn,
            min(count, MOST_LISTED),
            before=trail.NEWEST if before is None else before,
            connection_id=connection_id,
            by_others=True,
        )
