"""A push that loses its database lets its calls end before the next push may begin, and forgets
nothing of what they achieved.

A call that is given up goes on by itself (`ponte.http.exchange`): it could reach the hub after the
next push's, and put an older stock over a newer one.
"""

from typing import Any

import psycopg
import pytest
from psycopg.errors import DeadlockDetected
from world import World

from ponte.http.exchange import open_session
from ponte.jobs.loops import Loops
from ponte.ledger import differences
from ponte.sync.push import push
from ponte.sync.runtime import Loop

# Two parts of it fill the first window of calls (32) each, and some more.
PRODUCTS = 100
_UNTIL_THE_NEXT = """SELECT extract(epoch FROM next_push_at - now()) FROM connection
    WHERE connection_id = %s"""
_FORGET_BODIES = "UPDATE family SET content = NULL WHERE connection_id = %s"
_END_ACCESS = """UPDATE access_grant SET access_token = %s, refresh_token = NULL
    WHERE side = 'store' AND connection_id = %s"""
_IS_TOLD = """SELECT store_access_ended_at IS NOT NULL, EXISTS (SELECT FROM problem
        WHERE problem.connection_id = connection.connection_id AND code = 'store_access_ended')
    FROM connection WHERE connection_id = %s"""


@pytest.fixture
def filled(world: World) -> World:
    """A merchant whose products are in the ledger, and not in the hub yet."""
    world.fill(PRODUCTS)
    return world


@pytest.mark.parametrize("statement", ["acknowledge", "differing"])
def test_the_calls_under_way_end_first(
    filled: World, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    statuses: list[int] = []
    seen_at_the_break: list[int] = []
    real = getattr(differences, statement)

    async def breaking(*arguments: Any, **named: Any) -> Any:
        if not statuses:
            return await real(*arguments, **named)
        seen_at_the_break.append(len(statuses))
        raise psycopg.OperationalError("the database is gone")

    monkeypatch.setattr(differences, statement, breaking)
    filled.systems.hub.admin("PUT", "faults", {"latency_ms": 300.0})

    async def broken_push() -> None:
        async with open_session() as http:
            runtime = filled.runtime(http, lambda _, status, __: statuses.append(status))
            link = await runtime.link(filled.connection_id)
            assert link is not None
            await push(link, runtime, 0)

    with pytest.raises(psycopg.OperationalError):
        filled.systems.runner.run(broken_push())
    # Some calls were under way when it broke, and none of them was given up (status 0).
    assert len(statuses) > seen_at_the_break[0]
    assert set(statuses) == {200}


@pytest.mark.parametrize("statement", ["acknowledge", "differing"])
def test_what_was_achieved_is_written_and_the_rest_goes_on(
    filled: World, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """A deadlock, say: the database ends one statement, and takes the next."""
    broken: list[None] = []
    real = getattr(differences, statement)

    async def breaking_once(*arguments: Any, **named: Any) -> Any:
        if not broken and filled.calls("PUT"):
            broken.append(None)
            raise DeadlockDetected("somebody else wants these rows")
        return await real(*arguments, **named)

    monkeypatch.setattr(differences, statement, breaking_once)

    async def pushes() -> float:
        async with open_session() as http:
            loops = Loops(filled.runtime(http))
            await loops.run(Loop.PUSH, filled.connection_id, 0)
            async with filled.systems.pool.connection() as conn:
                row = await (await conn.execute(_UNTIL_THE_NEXT, [filled.connection_id])).fetchone()
            for part in range(differences.PARTS):
                await loops.run(Loop.PUSH, filled.connection_id, part)
            assert row is not None
            return float(row[0])

    until_the_next = filled.systems.runner.run(pushes())
    assert broken
    # Not at the next poll, but soon.
    assert until_the_next < 5
    assert filled.calls("PUT") == {"/skus/{sku}": PRODUCTS}


def test_a_store_that_lets_us_in_no_more_pauses_the_connection(filled: World) -> None:
    """A push reads bodies again that the ledger does not keep; that the access ended is told here
    as in any other loop."""

    async def push_without_bodies() -> tuple[bool, bool]:
        async with open_session() as http, filled.systems.pool.connection() as conn:
            number = filled.connection_id
            await conn.execute(_FORGET_BODIES, [number])
            await conn.execute(_END_ACCESS, [filled.systems.vault.seal("ended"), number])
            await conn.commit()
            await Loops(filled.runtime(http)).run(Loop.PUSH, filled.connection_id, 0)
            told = await conn.execute(_IS_TOLD, [number])
            row: tuple[bool, bool] | None = await told.fetchone()
            assert row is not None
            return row

    assert filled.systems.runner.run(push_without_bodies()) == (True, True)
