"""Asking the services what a page would ask, in a world's own event loop."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from world import World

from ponte.http.exchange import open_session
from ponte.services.actors import Actor, Role, Via
from ponte.sync.runtime import Runtime

Answer = TypeVar("Answer")

SUPPORT = Actor(Role.SUPPORT, "Sara", Via.PANEL, user_id=2)
STRANGER = Actor(Role.MERCHANT, "Outra loja", Via.HUB, connection_id=0)


def merchant_of(world: World) -> Actor:
    """The merchant of this world's connection."""
    return Actor(Role.MERCHANT, "Loja", Via.HUB, connection_id=world.connection_id)


def ask(world: World, work: Callable[[Runtime], Awaitable[Answer]]) -> Answer:
    """What a service answers."""

    async def within() -> Answer:
        async with open_session() as http:
            return await work(world.runtime(http))

    return world.systems.runner.run(within())


def read(world: World, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the ledger; or none, where the statement only changes it."""

    async def rows() -> list[tuple[Any, ...]]:
        async with world.systems.pool.connection() as conn:
            cursor = await conn.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    return world.systems.runner.run(rows())
