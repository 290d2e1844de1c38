"""A push that loses its database lets its calls end before the next push may begin.

A call that is given up goes on by itself (`ponte.http.exchange`): it could reach the hub after the
next push's, and put an older stock over a newer one.
"""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from world import World, running_systems

from ponte.http.exchange import open_session
from ponte.jobs.queue import QueueWaker
from ponte.ledger import differences
from ponte.sync.push import push
from ponte.sync.runtime import Loop, Runtime

# Two parts of it fill the first window of calls (32) each, and some more.
PRODUCTS = 100


@pytest.mark.parametrize("statement", ["acknowledge", "differing"])
def test_the_calls_under_way_end_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    with running_systems(tmp_path) as systems:
        world = World(systems)
        for number in range(PRODUCTS):
            product = {"sku": f"CAM-{number}", "name": "Camisa", "price": "10.00", "stock": 3}
            assert world.merchant("POST", "products", product).ok
        world.run(Loop.PULL)
        statuses: list[int] = []
        seen_at_the_break: list[int] = []
        real = getattr(differences, statement)

        async def breaking(*arguments: Any, **named: Any) -> Any:
            if not statuses:
                return await real(*arguments, **named)
            seen_at_the_break.append(len(statuses))
            raise psycopg.OperationalError("the database is gone")

        monkeypatch.setattr(differences, statement, breaking)
        systems.hub.admin("PUT", "faults", {"latency_ms": 300.0})

        async def broken_push() -> None:
            async with open_session() as http:
                runtime = Runtime(
                    systems.pool,
                    http,
                    systems.vault,
                    QueueWaker(systems.app),
                    900,
                    lambda _kind, status, _seconds: statuses.append(status),
                )
                link = await runtime.link(world.connection_id)
                assert link is not None
                await push(link, runtime, 0)

        with pytest.raises(ExceptionGroup) as raised:
            systems.runner.run(broken_push())
        assert raised.group_contains(psycopg.OperationalError)
        # Some calls were under way when it broke, and none of them was given up (status 0).
        assert len(statuses) > seen_at_the_break[0]
        assert set(statuses) == {200}
