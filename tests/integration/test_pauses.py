"""A merchant pauses a loop: it ends within a moment, and resumed it loses nothing."""

import asyncio
import time

import pytest
from rules_world import SUPPORT, ana, ask, due, pause
from world import Systems, World

from ponte.domain.rules import Pausable
from ponte.http.exchange import open_session
from ponte.jobs.loops import Loops
from ponte.services import rules
from ponte.services.actors import Forbidden
from ponte.sync.runtime import Loop


@pytest.fixture
def world(systems: Systems) -> World:
    return World(systems)


def waiting_jobs(world: World) -> int:
    found: int = ask(
        world,
        "SELECT count(*) FROM procrastinate_jobs"
        " WHERE status = 'todo' AND args ->> 'connection_id' = %s::text",
    )
    return found


def test_a_paused_catalogue_is_neither_read_nor_sent(world: World) -> None:
    world.fill(2)
    pause(world, Pausable.CATALOGUE, on=True)
    assert due(world) == {Loop.ORDERS, Loop.REPORTS}
    product = {"sku": "NOVO", "name": "Novo", "price": "1.00", "stock": 1}
    assert world.merchant("POST", "products", product).ok
    world.run(Loop.PULL, Loop.PUSH)
    assert world.hub_products() == {}
    assert world.kept() == (2, 2)
    pause(world, Pausable.CATALOGUE, on=False)
    assert {Loop.PULL, Loop.PUSH} <= due(world)
    assert waiting_jobs(world) > 0
    world.be_quiet()
    assert set(world.hub_products()) == {"CAM-0", "CAM-1", "NOVO"}


def test_a_push_under_way_ends_within_a_moment(world: World) -> None:
    world.fill(1200)
    world.systems.hub.admin("PUT", "faults", {"latency_ms": 250.0})

    async def story() -> float:
        async with open_session() as http:
            runtime = world.runtime(http)
            task = asyncio.create_task(Loops(runtime).run(Loop.PUSH, world.connection_id, 0))
            await asyncio.sleep(0.7)
            await rules.pause(runtime, ana(world), world.connection_id, Pausable.CATALOGUE, on=True)
            began = time.monotonic()
            await task
            return time.monotonic() - began

    took = world.systems.runner.run(story())
    world.systems.hub.admin("PUT", "faults", {})
    assert took < 2.0
    sent = len(world.hub_products())
    assert 0 < sent < 600
    pause(world, Pausable.CATALOGUE, on=False)
    world.be_quiet()
    assert len(world.hub_products()) == 1200


def test_orders_that_come_meanwhile_wait_and_enter_afterwards(world: World) -> None:
    world.fill(1)
    world.be_quiet()
    pause(world, Pausable.ORDERS, on=True)
    assert due(world) == {Loop.PULL, Loop.PUSH, Loop.REPORTS}
    placed = world.order("CAM-0")
    world.hint_order(placed)
    world.run(Loop.ORDERS)
    assert world.store_orders() == []
    wanted = "SELECT wanted_at IS NOT NULL FROM hub_order WHERE connection_id = %s"
    assert ask(world, wanted) is True
    pause(world, Pausable.ORDERS, on=False)
    world.be_quiet()
    assert [each["hub_order_id"] for each in world.store_orders()] == [placed]


def test_a_paused_loop_keeps_the_others_at_work(world: World) -> None:
    pause(world, Pausable.REPORTS, on=True)
    assert due(world) == {Loop.PULL, Loop.PUSH, Loop.ORDERS}
    pause(world, Pausable.REPORTS, on=False)
    assert Loop.REPORTS in due(world)


def test_pausing_twice_is_one_deed_and_support_may_not(world: World) -> None:
    pause(world, Pausable.CATALOGUE, on=True)
    pause(world, Pausable.CATALOGUE, on=True)
    with pytest.raises(Forbidden):
        pause(world, Pausable.CATALOGUE, SUPPORT, on=False)
    assert ask(world, "SELECT count(*) FROM trail WHERE connection_id = %s") == 1
