"""Writing down what the passes of a push came to, many at once, in one transaction.

Whoever is told of something here (families that wait for a SKU, people who must look) is told in
the same transaction, so that nothing is ever half known.
"""

from collections.abc import Collection, Sequence

from ponte.ledger import differences, problems
from ponte.ledger.queries import Connection
from ponte.sync.passes import Pass
from ponte.sync.pull import FOUND_BY_PUSH
from ponte.sync.runtime import Link, Loop, Runtime


async def write_passes(link: Link, runtime: Runtime, done: Sequence[Pass]) -> None:
    """Write what was done, each family once."""
    connection_id = link.connection_id
    async with runtime.pool.connection() as conn, conn.transaction():
        outcomes = [(each.outcome, each.calls) for each in done if each.outcome is not None]
        if outcomes:
            await differences.acknowledge(conn, connection_id, outcomes)
        waits = {each.key: (each.wait, each.calls) for each in done if each.wait is not None}
        if waits:
            await differences.postpone_called(conn, connection_id, waits)
        for each in done:
            if each.drop:
                await differences.drop(conn, connection_id, each.key)
            if each.freed:
                await _let_in(conn, link, runtime, each.freed, each.deleted)
            if each.problem is not None:
                await problems.add(conn, connection_id, problems.FAMILY, each.key, each.problem)


async def _let_in(
    conn: Connection, link: Link, runtime: Runtime, freed: Collection[str], deleted: str | None
) -> None:
    """Families that were refused because the hub had their SKU elsewhere."""
    connection_id = link.connection_id
    keys = await differences.unblock_owners(conn, connection_id, freed, deleted)
    if keys:
        await problems.clear(conn, connection_id, problems.FAMILY, keys, FOUND_BY_PUSH)
        await runtime.waker.wake(conn, Loop.PUSH, connection_id)
