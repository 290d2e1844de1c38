"""A pull that passes over families once more does not wait for a push that acknowledges them; where
both waited for each other, the database would end one of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World, running_systems

from ponte.http.exchange import open_session
from ponte.sync.pull import pull

# An idle machine takes some milliseconds for it.
PASSES_WITHIN_SECONDS = 20.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_systems(tmp_path) as systems:
        world = World(systems)
        world.fill(20)
        yield world


def test_what_is_the_same_is_passed_over_without_a_lock(world: World) -> None:
    systems = world.systems

    async def passed_over() -> int:
        async with open_session() as http, systems.pool.connection() as acknowledging:
            runtime = world.runtime(http)
            async with systems.pool.connection() as conn:
                await conn.execute("UPDATE connection SET product_cursor = 0")
            link = await runtime.link(world.connection_id)
            assert link is not None
            # As a push has them, until it commits.
            await acknowledging.execute("UPDATE family SET acked_at = now()")
            async with asyncio.timeout(PASSES_WITHIN_SECONDS):
                return (await pull(link, runtime)).families

    assert systems.runner.run(passed_over()) == 20
