"""An audit while things go wrong: a worker that dies, a list that shifts, a hub that fails, a push
that writes at the same moment. It reads on where it was, counts nothing twice, and invents nothing.
"""

import asyncio
from typing import Any

import pytest
from agreement import assert_catalogue_agrees
from auditing import Auditor
from world import Systems, World

from ponte.http.exchange import open_session
from ponte.ledger import audits, repairs
from ponte.sync.audit import take_step
from ponte.sync.both_sides import read_hub, read_store
from ponte.sync.repair import _Plan, _plan, _Rules, repair_some
from ponte.sync.runtime import Loop

# Four pages of the hub's list, of a catalogue with the usual defects.
FAMILIES = 330


@pytest.fixture(scope="module")
def world(systems: Systems) -> World:
    world = World(systems)
    wish = {"families": FAMILIES, "seed": 7, "defects": True}
    assert world.merchant("POST", "catalogue", wish).ok
    world.be_quiet()
    return world


@pytest.fixture(scope="module")
def skus(world: World) -> int:
    """How many SKUs a calm audit compares; all of them are equal."""
    run = Auditor(world).audit()
    assert run.skus_equal == run.skus_compared > FAMILIES
    assert (run.drift_found, run.only_in_hub, run.skus_moving) == (0, 0, 0)
    assert run.products_read == len(world.hub_products())
    return run.skus_compared


def some_skus(world: World) -> list[str]:
    """Products in the order of the hub's list."""
    return list(world.hub_products())


def test_an_audit_goes_on_where_its_worker_died(world: World, skus: int) -> None:
    auditor = Auditor(world)
    auditor.begin()
    read = []
    for _ in range(4):
        # Each takes a step and forgets everything.
        auditor.step()
        run = auditor.under_way()
        assert run is not None
        read.append(run.products_read)
    assert read == [0, 100, 200, 300]
    run = auditor.go_on()
    assert (run.skus_compared, run.skus_equal) == (skus, skus)


def test_a_worker_that_dies_within_a_step_leaves_it_undone(world: World, skus: int) -> None:
    auditor = Auditor(world)
    auditor.begin()
    auditor.step(2)

    async def die(seconds: float) -> None:
        async with open_session() as http:
            runtime = world._make_runtime(http)
            link = await runtime.link(world.connection_id)
            async with runtime.pool.connection() as conn:
                run = await audits.under_way(conn, world.connection_id)
            assert run is not None
            assert link is not None
            task = asyncio.create_task(take_step(link, runtime, run, repairs_always=False))
            await asyncio.sleep(seconds)
            task.cancel()
            await asyncio.wait([task])

    for milliseconds in (5, 20, 40, 60):
        world._run(die(milliseconds / 1000))
    run = auditor.go_on()
    assert (run.skus_compared, run.skus_equal) == (skus, skus)


def test_two_workers_at_one_step_count_it_once(world: World, skus: int) -> None:
    """One that was thought dead and goes on."""
    auditor = Auditor(world)
    auditor.begin()
    auditor.step()

    async def both() -> None:
        async with open_session() as http:
            runtime = world._make_runtime(http)
            link = await runtime.link(world.connection_id)
            async with runtime.pool.connection() as conn:
                run = await audits.under_way(conn, world.connection_id)
            assert run is not None
            assert link is not None
            await asyncio.gather(
                *(take_step(link, runtime, run, repairs_always=False) for _ in range(2))
            )

    world._run(both())
    run = auditor.under_way()
    assert run is not None
    assert run.products_read == 100
    last = auditor.go_on()
    assert (last.skus_compared, last.skus_equal) == (skus, skus)


def test_a_list_that_shifts_hides_nothing_and_shows_nothing_twice(world: World, skus: int) -> None:
    """What was read is deleted: an item moves to a page that was read already, and the place where
    the list goes on is gone."""
    auditor = Auditor(world)
    auditor.begin()
    auditor.step(2)
    listed = some_skus(world)
    for sku in (*listed[:3], listed[99]):
        assert world.api.call("DELETE", f"/skus/{sku}").ok
    run = auditor.go_on()
    assert (run.skus_compared, run.skus_missing) == (skus, 0)
    # They were equal when they were read. The next run tells.
    run = auditor.audit(repairs_always=True)
    assert run.skus_compared == skus
    assert run.skus_missing > 0
    assert {row.sku for row in auditor.drift()} == {*listed[:3], listed[99]}
    auditor.work()
    assert_catalogue_agrees(world)


def test_a_hub_that_fails_delays_an_audit_and_changes_nothing(world: World, skus: int) -> None:
    auditor = Auditor(world)
    auditor.begin()
    world.hub_weather = {"error_share": 0.5, "drop_after_share": 0.1, "garbage_share": 0.1}
    for _ in range(60):
        auditor.run_job()
        if auditor.under_way() is None:
            break
    world.hub_weather = {}
    run = auditor.last()
    assert (run.skus_compared, run.skus_equal) == (skus, skus)


def test_a_throttled_account_rests(world: World, skus: int) -> None:
    auditor = Auditor(world)
    auditor.begin()
    world.hub_weather = {"rate_limit_per_minute": 2}
    auditor.run_job()
    world.hub_weather = {}
    run = auditor.under_way()
    assert run is not None
    assert run.failures > 0
    assert auditor.go_on().skus_equal == skus


def test_a_repair_never_writes_over_a_newer_acknowledgement(world: World) -> None:
    """The rows were read, then the hub; meanwhile a push acknowledged something newer."""
    product = {"sku": "RACE", "name": "Camisa", "price": "10.00", "stock": 3}
    assert world.merchant("POST", "products", product).ok
    world.be_quiet()
    world.api.put_sku("RACE", quantity=99)
    auditor = Auditor(world)
    run = auditor.audit()
    auditor.ask_for_repair()

    async def story(http: Any) -> list[Any]:
        runtime = world._make_runtime(http)
        link = await runtime.link(world.connection_id)
        assert link is not None
        async with runtime.pool.connection() as conn:
            rows = await repairs.families(conn, world.connection_id, ["RACE"])
        shown = await read_hub(link, ["RACE"])
        plan = _Plan([], [], {})
        store = await read_store(link, runtime, ["RACE"])
        by = _Rules(link.rules, run.ended_at)
        _plan(plan, "RACE", rows["RACE"], store, shown["RACE"], by)
        assert [each.acked.stock for each in plan.shown] == [{"RACE": 99}]
        await asyncio.to_thread(world.merchant, "PUT", "stock", {"sku": "RACE", "stock": 4})
        await world._run_loops((Loop.PULL, Loop.PUSH), None)
        async with runtime.pool.connection() as conn:
            changed = await repairs.adopt(conn, world.connection_id, plan.shown)
        return [*changed, rows["RACE"].acked_at]

    async def with_session() -> list[Any]:
        async with open_session() as http:
            return await story(http)

    assert len(world._run(with_session())) == 1
    assert world.api.get_sku("RACE")["quantity"] == 4
    auditor.work()
    assert auditor.states() == {"RACE": "repaired"}
    assert_catalogue_agrees(world)


def test_what_is_being_sent_is_not_repaired_before_it_rests(world: World) -> None:
    sku = some_skus(world)[0]
    world.api.put_sku(sku, name="Outro")
    auditor = Auditor(world)
    auditor.audit()
    auditor.ask_for_repair()
    families = [each for each in world.feed() if each["product"]["sku"] == sku]
    path = f"products/{families[0]['product']['id']}"
    assert world.merchant("PATCH", path, {"brand": "Nova"}).ok
    world.run(Loop.PULL)

    async def once() -> None:
        async with open_session() as http:
            runtime = world._make_runtime(http)
            link = await runtime.link(world.connection_id)
            assert link is not None
            await repair_some(link, runtime, auditor_last, "")

    auditor_last = auditor.last()
    world._run(once())
    assert auditor.states()[sku] == "asked"
    world.run(Loop.PUSH)
    auditor.work()
    assert auditor.states()[sku] == "repaired"
    assert_catalogue_agrees(world)
