"""A connection is ended: nothing goes from that moment, nothing is lost, and it can begin again."""

import asyncio
import time
from typing import Any

import pytest
from rules_world import SUPPORT, ana, ask, due
from world import World

from ponte.domain.failures import Unauthorised
from ponte.domain.health import State
from ponte.http.exchange import open_session
from ponte.jobs.loops import Loops
from ponte.ledger import connections
from ponte.ledger.connections import HUB, STORE
from ponte.services import disconnecting, health
from ponte.services.actors import Actor, Forbidden
from ponte.services.disconnecting import NotConfirmed, Outlook, SwitchedOff
from ponte.sync.runtime import Loop


def end(world: World, actor: Actor | None = None, typed: str | None = None) -> Outlook:
    """Ana, or somebody, ends the connection."""

    async def story() -> Outlook:
        async with open_session() as http:
            runtime, number = world.runtime(http), world.connection_id
            name = (await disconnecting.look(world.systems.pool, ana(world), number)).store_name
            said = name if typed is None else typed
            return await disconnecting.disconnect(runtime, actor or ana(world), number, said)

    found: Outlook = world.systems.runner.run(story())
    return found


def state(world: World) -> State:
    """In one word, as the pages say it."""
    pool, actor = world.systems.pool, ana(world)
    found = world.systems.runner.run(health.of_connection(pool, actor, world.connection_id))
    assert found is not None
    said: State = found.state
    return said


def grants(world: World) -> int:
    found: int = ask(world, "SELECT count(*) FROM access_grant WHERE connection_id = %s")
    return found


def ended_accesses(world: World) -> list[Any]:
    """What somebody would have to mend by a log-in."""
    return [trouble for trouble in world.troubles() if trouble[0] == "connection"]


def entered(world: World) -> list[str]:
    return [each["hub_order_id"] for each in world.store_orders()]


def test_what_was_ended_does_nothing_and_goes_on_where_it_stopped(world: World) -> None:
    world.fill(1)
    before = world.order("CAM-0")
    world.be_quiet()
    assert entered(world) == [before]
    # One more waits, and is not read yet; and something differs.
    waits = world.order("CAM-0")
    world.hint_order(waits)
    assert world.merchant(
        "POST", "products", {"sku": "B", "name": "B", "price": "1.00", "stock": 1}
    ).ok
    world.run(Loop.PULL)
    told = end(world)
    assert (told.orders_left, told.families_left, told.switched_off_by) == (1, 1, "Ana")
    # The store's token was made by hand, so only a hand can end it.
    assert told.store_revoked_at is None
    assert grants(world) == 0
    assert state(world) is State.SWITCHED_OFF
    meanwhile = world.order("CAM-0")
    world.hint_order(meanwhile)
    world.run(*Loop)
    assert due(world) == set()
    assert (entered(world), set(world.hub_products())) == ([before], {"CAM-0"})
    assert ask(world, "SELECT count(*) FROM hub_order WHERE connection_id = %s") == 2
    # Nobody has to mend anything, and the history is all there.
    assert ended_accesses(world) == []
    # The same two are joined again.
    number = world.connection_id
    assert world.join_again() == number
    assert state(world) is not State.SWITCHED_OFF
    world.be_quiet()
    assert sorted(entered(world)) == sorted([before, waits, meanwhile])
    assert set(world.hub_products()) == {"CAM-0", "B"}


def test_a_push_under_way_ends_within_a_moment(world: World) -> None:
    world.fill(400)
    world.systems.hub.admin("PUT", "faults", {"latency_ms": 250.0})

    async def story() -> float:
        async with open_session() as http:
            runtime = world.runtime(http)
            task = asyncio.create_task(Loops(runtime).run(Loop.PUSH, world.connection_id, 0))
            await asyncio.sleep(0.7)
            name = ana(world), world.connection_id
            outlook = await disconnecting.look(runtime.pool, *name)
            await disconnecting.disconnect(runtime, *name, outlook.store_name)
            began = time.monotonic()
            await task
            return time.monotonic() - began

    took = world.systems.runner.run(story())
    world.systems.hub.admin("PUT", "faults", {})
    assert took < 2.0
    assert 0 < len(world.hub_products()) < 200
    assert ended_accesses(world) == []


def test_tokens_that_a_process_remembers_open_nothing(world: World) -> None:
    async def story() -> None:
        async with open_session() as http:
            runtime, number = world.runtime(http), world.connection_id
            link = await runtime.link(number)
            assert link is not None
            assert await link.hub.account() is not None
            calls = await asyncio.to_thread(world.calls, "GET")
            outlook = await disconnecting.look(runtime.pool, ana(world), number)
            await disconnecting.disconnect(runtime, ana(world), number, outlook.store_name)
            link = await runtime.link(number)
            assert link is not None
            with pytest.raises(Unauthorised):
                await link.hub.account()
            assert await asyncio.to_thread(world.calls, "GET") == calls

    world.systems.runner.run(story())


def test_a_store_that_is_down_keeps_nobody_from_it(world: World) -> None:
    async def move() -> None:
        async with world.systems.pool.connection() as conn:
            await conn.execute(
                "UPDATE connection SET store_client_id = 'app', store_url = 'http://127.0.0.1:9'"
                " WHERE connection_id = %s",
                [world.connection_id],
            )

    world.systems.runner.run(move())
    told = end(world, typed="HTTP://127.0.0.1:9/")
    assert told.switched_off_at is not None
    assert told.store_revoked_at is None
    assert grants(world) == 0


def test_a_token_that_is_being_renewed_is_deleted_later(world: World) -> None:
    async def story() -> Any:
        async with world.systems.pool.connection() as conn:
            async with conn.transaction():
                await connections.lock_grant(conn, world.connection_id, HUB)
                began = time.monotonic()
                async with open_session() as http:
                    runtime, number = world.runtime(http), world.connection_id
                    outlook = await disconnecting.look(runtime.pool, ana(world), number)
                    await disconnecting.disconnect(runtime, ana(world), number, outlook.store_name)
                assert time.monotonic() - began < 8
            # It is there for a moment, and nobody gets it.
            assert await connections.read_grant(conn, world.connection_id, HUB) is None
            await conn.execute(
                "UPDATE connection SET switched_off_at = now() - interval '2 minutes'"
                " WHERE connection_id = %s",
                [world.connection_id],
            )
            await connections.forget_grants(conn)

    world.systems.runner.run(story())
    assert grants(world) == 0


def test_it_is_asked_for_by_whoever_may_and_means_it(world: World) -> None:
    with pytest.raises(Forbidden):
        end(world, SUPPORT)
    for typed in ("", "outra loja", "127.0.0.1"):
        with pytest.raises(NotConfirmed):
            end(world, typed=typed)
    assert grants(world) == 2
    end(world, typed=f" {world.systems.store.base_url.upper()}/ ")
    with pytest.raises(SwitchedOff):
        end(world)
    done = "SELECT string_agg(action, ',') FROM trail WHERE connection_id = %s"
    assert ask(world, done) == "connection.switched_off"


def test_hints_of_it_are_taken_and_lead_to_nothing(world: World) -> None:
    end(world)

    async def doors() -> tuple[bool, bool]:
        async with world.systems.pool.connection() as conn:
            (concerned,) = await connections.of_account(conn, world.account["account"])
            door = await connections.hint_door(conn, world.connection_id)
            assert door is not None
            return concerned.is_held, door.is_held

    assert world.systems.runner.run(doors()) == (True, True)


def test_an_access_that_ended_by_itself_is_no_trouble_any_more(world: World) -> None:
    async def lose() -> None:
        async with open_session() as http:
            await world.runtime(http).end_access(world.connection_id, STORE)

    world.systems.runner.run(lose())
    assert len(ended_accesses(world)) == 1
    assert state(world) is State.DISCONNECTED
    end(world)
    assert ended_accesses(world) == []
    assert state(world) is State.SWITCHED_OFF
    # A loop that notices only now tells nothing of it.
    world.systems.runner.run(lose())
    assert ended_accesses(world) == []
