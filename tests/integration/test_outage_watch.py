"""A hub that fails for everybody is found, told to merchants in one sentence, and over when it is;
what an operator stops stands still within a moment, and goes on as if nothing had been."""

import asyncio
from collections.abc import Iterator

import pytest
from world import Systems, World, running_systems

from ponte.http.exchange import open_session
from ponte.jobs.installation import hand_over_calls
from ponte.jobs.loops import Loops
from ponte.jobs.watch import look_for_outages
from ponte.ledger import connections
from ponte.services import health, operation, outages
from ponte.services.actors import Actor, Forbidden, Role, Via
from ponte.services.operation import NotDone
from ponte.services.outages import OutageView
from ponte.sync.runtime import Loop

OPERATOR = Actor(Role.OPERATOR, "Olga", Via.PANEL)
SUPPORT = Actor(Role.SUPPORT, "Sueli", Via.PANEL)


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    with running_systems(tmp_path_factory.mktemp("outage")) as running:
        yield running


def work(systems: Systems, *worlds: World) -> None:
    """Loops of these, in one process that hands over what it counted, and a look of the watch."""

    async def run() -> None:
        async with open_session() as http:
            runtime = worlds[0].runtime(http, poll_seconds=0.001)
            loops = Loops(runtime)
            for world in worlds:
                await loops.run(Loop.ORDERS, world.connection_id)
                await loops.run(Loop.ORDERS, world.connection_id)
            await hand_over_calls(runtime)
        async with systems.pool.connection() as conn, conn.transaction():
            await look_for_outages(conn)

    systems.runner.run(run())


def standing(systems: Systems) -> list[OutageView]:
    found = systems.runner.run(outages.latest(systems.pool, SUPPORT))
    return [each for each in found if each.ended_at is None]


def execute(systems: Systems, statement: str) -> None:
    async def run() -> None:
        async with systems.pool.connection() as conn:
            await conn.execute(statement.encode())

    systems.runner.run(run())


def test_a_hub_that_is_down_is_an_outage_with_beginning_and_end(systems: Systems) -> None:
    one, other = World(systems), World(systems)
    work(systems, one, other)
    assert standing(systems) == []
    one._set_faults({"error_share": 1.0}, {})
    work(systems, one, other)
    one._set_faults({}, {})
    (found,) = standing(systems)
    assert (found.side, found.place, found.accounts) == ("hub", systems.hub.base_url, 2)
    assert found.status >= 500
    assert found.per_cent == 100
    merchant = Actor(Role.MERCHANT, "loja", Via.HUB, connection_id=one.connection_id)
    seen = systems.runner.run(health.of_connection(systems.pool, merchant, one.connection_id))
    assert seen is not None
    assert [(each.side, each.accounts) for each in seen.outages] == [("hub", 0)]
    assert one.troubles() == []
    execute(systems, "UPDATE call_minute SET minute = minute - interval '10 minutes'")
    work(systems, one, other)
    assert standing(systems) == []


def test_one_account_that_fails_is_no_outage(systems: Systems) -> None:
    execute(systems, "DELETE FROM call_minute")
    one, other = World(systems), World(systems)
    one._set_faults({"error_share": 1.0}, {})
    work(systems, one)
    one._set_faults({}, {})
    work(systems, other)
    assert standing(systems) == []


def test_a_renewal_that_fails_counts_when_nothing_else_is_called(systems: Systems) -> None:
    execute(systems, "DELETE FROM call_minute")
    execute(systems, "DELETE FROM outage")
    one, other = World(systems), World(systems)
    expired = "UPDATE access_grant SET expires_at = now() - interval '1 hour' WHERE side = 'hub'"
    execute(systems, expired)
    one._set_faults({"error_share": 1.0, "include_oauth": True}, {})
    work(systems, one, other)
    one._set_faults({}, {})
    assert [(each.side, each.failing) for each in standing(systems)] == [("hub", 2)]


def pause(systems: Systems, platform: str | None = None) -> int:
    return systems.runner.run(operation.pause(systems.pool, OPERATOR, platform, "manutenção"))


def resume(systems: Systems, number: int) -> None:
    assert systems.runner.run(operation.resume(systems.pool, OPERATOR, number))


def due(systems: Systems) -> list[int]:
    async def claim() -> list[int]:
        async with systems.pool.connection() as conn:
            return [each.connection_id for each in await connections.claim_due(conn, 0.0)]

    return systems.runner.run(claim())


def test_what_is_stopped_stands_still_keeps_its_hints_and_goes_on(systems: Systems) -> None:
    world = World(systems)
    product = {"sku": "CAM-1", "name": "Camisa", "price": "10.00", "stock": 3}
    assert world.merchant("POST", "products", product).ok
    number = pause(systems, "webstore")
    run_with_stops(world, Loop.PULL)
    assert world.kept() == (0, 0)
    assert due(systems) == []
    world.hint_order("qualquer")
    resume(systems, number)
    assert world.connection_id in due(systems)
    run_with_stops(world, Loop.PULL)
    assert world.kept() == (1, 1)


def run_with_stops(world: World, loop: Loop) -> None:
    """A loop of a process that read what is stopped a moment ago."""

    async def run() -> None:
        async with open_session() as http:
            runtime = world.runtime(http, poll_seconds=0.001)
            await runtime.stops.read(runtime.pool)
            await Loops(runtime).run(loop, world.connection_id)

    world.systems.runner.run(run())


def test_a_push_under_way_ends_within_a_moment(systems: Systems) -> None:
    world = World(systems)
    world.fill(300)
    world._set_faults({"latency_ms": 1000}, {})

    async def run() -> float:
        loop = asyncio.get_running_loop()
        async with open_session() as http:
            runtime = world.runtime(http)
            push = asyncio.create_task(Loops(runtime).run(Loop.PUSH, world.connection_id, 0))
            # The first answers take a second, all of them several.
            await asyncio.sleep(1.3)
            assert not push.done()
            number = await operation.pause(systems.pool, OPERATOR, None, "agora")
            await runtime.stops.read(runtime.pool)
            began = loop.time()
            await push
            took = loop.time() - began
            await operation.resume(systems.pool, OPERATOR, number)
        return took

    took = systems.runner.run(run())
    world._set_faults({}, {})
    # The calls under way end, and no other begins.
    assert took < 2.0
    assert unsent(world, part=0) > 0
    world.be_quiet()
    assert unsent(world) == 0


def unsent(world: World, part: int | None = None) -> int:
    async def count() -> int:
        async with world.systems.pool.connection() as conn:
            cursor = await conn.execute(
                "SELECT count(*) FROM family WHERE connection_id = %s AND work > 0"
                " AND part = COALESCE(%s, part)",
                [world.connection_id, part],
            )
            found = await cursor.fetchone()
            assert found is not None
            return int(found[0])

    counted: int = world.systems.runner.run(count())
    return counted


def test_a_wake_up_of_just_after_the_end_is_not_lost(systems: Systems) -> None:
    world = World(systems)
    world.fill(1)
    number = pause(systems)

    async def run() -> None:
        async with open_session() as http:
            runtime = world.runtime(http)
            await runtime.stops.read(runtime.pool)
            await operation.resume(systems.pool, OPERATOR, number)
            for part in range(2):
                await Loops(runtime).run(Loop.PUSH, world.connection_id, part)

    systems.runner.run(run())
    assert unsent(world) == 0


def test_only_an_operator_stops_with_a_reason_and_once(systems: Systems) -> None:
    def stop(actor: Actor, platform: str | None, reason: str) -> int:
        return systems.runner.run(operation.pause(systems.pool, actor, platform, reason))

    with pytest.raises(Forbidden):
        stop(SUPPORT, None, "x")
    with pytest.raises(NotDone):
        stop(OPERATOR, None, "  ")
    with pytest.raises(NotDone):
        stop(OPERATOR, "outra", "x")
    number = stop(OPERATOR, None, "x")
    with pytest.raises(NotDone):
        stop(OPERATOR, None, "y")
    resume(systems, number)
    assert not systems.runner.run(operation.resume(systems.pool, OPERATOR, number))
