"""A renewal of a token that has begun ends, whoever gives up waiting for it: the refresh token is
good once, so the answer must reach the ledger."""

import asyncio

import pytest
from world import World

from ponte.http.exchange import open_session
from ponte.ledger import connections
from ponte.ledger.connections import HUB
from ponte.sync.access import LedgerToken, Renewals


def test_a_renewal_given_up_half_way_is_kept(world: World) -> None:
    systems = world.systems

    async def story() -> None:
        async with open_session() as http:
            number, renewals = world.connection_id, Renewals()
            access = LedgerToken(systems.pool, http, systems.vault, renewals, number, HUB)
            first = await access.token()
            systems.hub.admin("PUT", "faults", {"latency_ms": 1000.0, "include_oauth": True})
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await access.renewed(first)
            assert await stored() == first
            await renewals.end()
            systems.hub.admin("PUT", "faults", {})
            second = await stored()
            assert second != first
            assert await access.renewed(first) == second
            # The chain goes on: what was stored is the token that counts.
            assert await access.renewed(second) not in (first, second)

    async def stored() -> str:
        async with systems.pool.connection() as conn:
            row = await connections.read_grant(conn, world.connection_id, HUB)
        assert row is not None
        return systems.vault.open(row.access_token)

    systems.runner.run(story())
