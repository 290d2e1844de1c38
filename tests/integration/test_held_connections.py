"""A connection that is held: a wake-up that reaches its loops all the same does nothing."""

import pytest
from world import World

from ponte.ledger import connections
from ponte.sync.runtime import Loop


@pytest.fixture
def held(world: World) -> World:
    """An account and a shop of one product, joined and held."""
    execute(world, "UPDATE connection SET released_at = NULL, next_pull_at = now()")
    product = {"sku": "CAM-1", "name": "Camisa", "price": "10.00", "stock": 3}
    assert world.merchant("POST", "products", product).ok
    return world


def execute(world: World, statement: str) -> None:
    """A statement on the connection's row."""

    async def run() -> None:
        async with world.systems.pool.connection() as conn:
            await conn.execute(
                f"{statement} WHERE connection_id = %s".encode(), [world.connection_id]
            )

    world.systems.runner.run(run())


def due(world: World) -> list[int]:
    """The connections that the scheduler would wake now."""

    async def claim() -> list[int]:
        async with world.systems.pool.connection() as conn:
            return [each.connection_id for each in await connections.claim_due(conn, 0.0)]

    claimed: list[int] = world.systems.runner.run(claim())
    return claimed


def test_its_loops_end_at_once(held: World) -> None:
    held.run(*Loop)
    assert held.kept() == (0, 0)
    execute(held, "UPDATE connection SET released_at = now()")
    held.run(*Loop)
    assert held.kept() == (1, 1)


def test_the_scheduler_passes_it_by(held: World) -> None:
    assert held.connection_id not in due(held)
    execute(held, "UPDATE connection SET released_at = now()")
    assert held.connection_id in due(held)
