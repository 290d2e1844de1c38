"""What a push asks the ledger: no more than it has to, for each question costs an export time."""

import asyncio
import time
from typing import Any

import pytest
from world import World

from ponte.http.exchange import open_session
from ponte.ledger import connections, differences
from ponte.ledger.connections import HUB
from ponte.sync.access import LedgerToken, Renewals
from ponte.sync.push import PATIENCE_SECONDS, push

# More than the first window of calls, so that some wait in the line.
PRODUCTS = 400
LATENCY_MS = 20.0


def test_a_push_asks_sparingly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    systems = world.systems
    world.fill(PRODUCTS)
    looks = _counted(monkeypatch, differences, "differing")
    token_reads = _counted(monkeypatch, connections, "read_grant")
    systems.hub.admin("PUT", "faults", {"latency_ms": LATENCY_MS})

    async def pushed() -> int:
        async with open_session() as http:
            runtime = world.runtime(http)
            link = await runtime.link(world.connection_id)
            assert link is not None
            return (await push(link, runtime, 0)).calls

    began = time.monotonic()
    calls = systems.runner.run(pushed())
    seconds = time.monotonic() - began
    assert calls > PRODUCTS / 3
    # For the work, at the end, and now and then for what may have come meanwhile.
    assert 2 <= len(looks) <= 3 + seconds / PATIENCE_SECONDS
    # All its senders begin in the same moment.
    assert len(token_reads) == 1


def test_whoever_waits_for_a_token_gets_the_one_that_was_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    systems = world.systems
    reads = _counted(monkeypatch, connections, "read_grant")

    async def tokens() -> list[str]:
        async with open_session() as http:
            number, renewals = world.connection_id, Renewals()
            access = LedgerToken(systems.pool, http, systems.vault, renewals, number, HUB)
            return await asyncio.gather(*(access.token() for _ in range(128)))

    got = systems.runner.run(tokens())
    assert len(set(got)) == 1
    assert got[0]
    assert len(reads) == 1


def _counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[None]:
    """One entry for each call of `module.name` from now on."""
    calls: list[None] = []
    real = getattr(module, name)

    async def counting(*arguments: Any, **named: Any) -> Any:
        calls.append(None)
        return await real(*arguments, **named)

    monkeypatch.setattr(module, name, counting)
    return calls
