"""A person's decision outlives a loop that wants the same rows in the opposite order."""

import asyncio

import pytest
from asking import merchant_of
from deciding import with_things
from psycopg.errors import DeadlockDetected
from world import Systems, World

from ponte.domain.problems import ProblemCode
from ponte.http.exchange import open_session
from ponte.ledger.problem_lists import CauseKey
from ponte.ledger.problems import ORDER
from ponte.ledger.queries import Connection
from ponte.services import deadlocks, decisions
from ponte.services.decisions import Decided

# Until the decision waits for the loop.
_PATIENCE_SECONDS = 20.0
_WAITING = """SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND %s = ANY(pg_blocking_pids(pid)))"""


async def is_waited_for(world: World, loop: Connection) -> bool:
    """Whether somebody waits for what the loop holds."""
    # In a transaction of its own each time: within one, nobody is seen to come or go.
    async with world.systems.pool.connection() as conn:
        cursor = await conn.execute(_WAITING, [loop.info.backend_pid])
        return await cursor.fetchone() == (True,)


async def decide_across_a_loop(world: World, cause: CauseKey) -> Decided:
    """Ignore the pendências of orders while a loop holds the orders, and then wants these."""
    number = world.connection_id
    async with (
        open_session() as http,
        world.systems.pool.connection() as loop,
    ):
        async with loop.transaction():
            # Whoever looks for a deadlock first is ended for it.
            await loop.execute("SET LOCAL deadlock_timeout = '1min'")
            await loop.execute(
                "SELECT FROM hub_order WHERE connection_id = %s FOR UPDATE", [number]
            )
            deciding = asyncio.create_task(
                decisions.ignore(
                    world.runtime(http), merchant_of(world), number, cause, "resolvido"
                )
            )
            async with asyncio.timeout(_PATIENCE_SECONDS):
                # The database tells nobody who waits for whom.
                while not await is_waited_for(world, loop):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await loop.execute("SELECT FROM problem WHERE connection_id = %s FOR UPDATE", [number])
        return await deciding


@pytest.fixture
def world(systems: Systems) -> World:
    return World(systems)


def test_it_is_begun_again(world: World) -> None:
    cause = with_things(world, ORDER, ProblemCode.UNKNOWN_SKU, 3)
    assert world.systems.runner.run(decide_across_a_loop(world, cause)) == Decided(3, 0)


def test_it_is_told_when_it_was_ended_each_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlocks, "_TIMES", 1)
    cause = with_things(world, ORDER, ProblemCode.UNKNOWN_SKU, 3)
    with pytest.raises(DeadlockDetected):
        world.systems.runner.run(decide_across_a_loop(world, cause))
