"""A world whose merchant has a hand on the rules, as the panel gives it to them."""

from typing import Any

from world import World

from ponte.domain.rules import MerchantRules, Pausable
from ponte.http.exchange import open_session
from ponte.ledger import connections
from ponte.services import rules
from ponte.services.actors import Actor, Role, Via
from ponte.services.rules import RulesNow
from ponte.sync.runtime import Loop

SUPPORT = Actor(Role.SUPPORT, "Sara", Via.PANEL, user_id=2)


def ana(world: World) -> Actor:
    """The merchant of this world."""
    return Actor(Role.MERCHANT, "Ana", Via.HUB, connection_id=world.connection_id)


def read_rules(world: World) -> RulesNow:
    """The rules as Ana sees them."""

    async def read() -> RulesNow:
        async with open_session() as http:
            return await rules.read(world.runtime(http), ana(world), world.connection_id)

    found: RulesNow = world.systems.runner.run(read())
    return found


def change_rules(
    world: World, actor: Actor | None = None, version: int | None = None, **named: Any
) -> RulesNow:
    """Ana, or somebody, saves rules: these changed, made from `version` or the newest."""
    now = read_rules(world)
    wanted = MerchantRules(**{**_as_named(now.rules), **named})

    async def save() -> RulesNow:
        async with open_session() as http:
            return await rules.save(
                world.runtime(http),
                actor or ana(world),
                world.connection_id,
                wanted,
                now.version if version is None else version,
            )

    saved: RulesNow = world.systems.runner.run(save())
    return saved


def _as_named(known: MerchantRules) -> dict[str, Any]:
    return {name: getattr(known, name) for name in MerchantRules.__struct_fields__}


def pause(world: World, loop: Pausable, actor: Actor | None = None, *, on: bool) -> None:
    """Ana, or somebody, pauses or resumes a loop."""

    async def turn() -> None:
        async with open_session() as http:
            await rules.pause(
                world.runtime(http), actor or ana(world), world.connection_id, loop, on=on
            )

    world.systems.runner.run(turn())


def ask(world: World, statement: str) -> Any:
    """The first column of the first row of a statement that takes the connection's number."""

    async def run() -> Any:
        async with world.systems.pool.connection() as conn:
            cursor = await conn.execute(statement.encode(), [world.connection_id])
            found = await cursor.fetchone()
            return None if found is None else found[0]

    return world.systems.runner.run(run())


def due(world: World) -> set[Loop]:
    """The loops that the scheduler would wake now."""

    async def claim() -> set[Loop]:
        async with world.systems.pool.connection() as conn:
            for each in await connections.claim_due(conn, 0.0):
                if each.connection_id == world.connection_id:
                    return {loop for loop in Loop if getattr(each, loop)}
        return set()

    found: set[Loop] = world.systems.runner.run(claim())
    return found
