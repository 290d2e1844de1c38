"""A pull that passes over families once more does not wait for a push that acknowledges them; where
both waited for each other, the database would end one of them."""

import asyncio

from world import World

from ponte.http.exchange import open_session
from ponte.sync.pull import pull

# An idle machine takes some milliseconds for it.
PASSES_WITHIN_SECONDS = 20.0
_FROM_THE_START = "UPDATE connection SET product_cursor = 0 WHERE connection_id = %s"
_ACKNOWLEDGE = "UPDATE family SET acked_at = now() WHERE connection_id = %s"


def test_what_is_the_same_is_passed_over_without_a_lock(world: World) -> None:
    world.fill(20)
    systems, of_ours = world.systems, [world.connection_id]

    async def passed_over() -> int:
        async with open_session() as http, systems.pool.connection() as acknowledging:
            runtime = world.runtime(http)
            async with systems.pool.connection() as conn:
                await conn.execute(_FROM_THE_START, of_ours)
            link = await runtime.link(world.connection_id)
            assert link is not None
            # As a push has them, until it commits.
            await acknowledging.execute(_ACKNOWLEDGE, of_ours)
            async with asyncio.timeout(PASSES_WITHIN_SECONDS):
                return (await pull(link, runtime)).families

    assert systems.runner.run(passed_over()) == 20
