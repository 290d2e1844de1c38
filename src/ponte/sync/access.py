"""Tokens from the ledger, refreshed by exactly one process at a time.

The hub's refresh token dies when used (pluggto-api.md [D]): two processes that refresh at once lose
the account. So whoever refreshes holds the grant's row lock, looks first whether somebody else was
faster, and commits the new grant before anybody uses it. And a refresh that has begun ends, even
where nobody waits for it any more: given up half-way, the old token would be spent and the new one
known to nobody.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta

import msgspec
from pyreqwest.client import Client

from ponte.domain.access import Grant
from ponte.domain.failures import Unauthorised
from ponte.http.exchange import Observe
from ponte.hub import tokens as hub_tokens
from ponte.ledger import connections
from ponte.ledger.connections import HUB, ConnectionRow, GrantRow
from ponte.ledger.database import Pool
from ponte.ledger.vault import Vault
from ponte.stores.webstore import oauth

# Renewed this long before it ends, so that a call under way does not meet its end; of a token that
# lives shorter than ten minutes, a tenth of what is left.
_EARLY = timedelta(seconds=60)


def sealed(grant: Grant, vault: Vault) -> GrantRow:
    """The grant as the ledger keeps it."""
    refresh = grant.refresh_token
    return GrantRow(
        access_token=vault.seal(grant.access_token),
        refresh_token=None if refresh is None else vault.seal(refresh),
        expires_at=datetime.now(UTC) + timedelta(seconds=grant.expires_in),
    )


class Renewals:
    """Those under way in this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[str]] = set()

    async def see_through(self, renewal: Coroutine[None, None, str]) -> str:
        """Await it; it goes on where the caller is cancelled."""
        task = asyncio.create_task(renewal)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def end(self) -> None:
        """Wait for all of them: before database and session are closed."""
        if self._tasks:
            await asyncio.wait(self._tasks)


class LedgerToken:
    """`AccessToken` of one side of a connection."""

    def __init__(
        self,
        pool: Pool,
        http: Client,
        vault: Vault,
        renewals: Renewals,
        connection_id: int,
        side: str,
        observe: Observe | None = None,
    ) -> None:
        self._pool = pool
        self._http = http
        self._vault = vault
        self._renewals = renewals
        self._connection_id = connection_id
        self._side = side
        # Of a side that is down, the renewal of an access may be all that is ever called.
        self._observe = observe
        self._token = ""
        self._good_until = datetime.min.replace(tzinfo=UTC)
        # Of a push's many senders one reads the ledger; each by itself would take a connection of
        # its own, and the pool would stay as large as it then grew.
        self._reading = asyncio.Lock()

    async def token(self) -> str:
        """The access token; renewed shortly before its end where that is possible."""
        if self._is_good():
            return self._token
        async with self._reading:
            if self._is_good():
                return self._token
            async with self._pool.connection() as conn:
                row = await connections.read_grant(conn, self._connection_id, self._side)
            if row is None:
                raise Unauthorised(f"{self._side}: no access is stored for this connection")
            token = self._remember(row)
            return token if self._is_good() or not row.refresh_token else await self.renewed(token)

    def _is_good(self) -> bool:
        return self._token != "" and datetime.now(UTC) < self._good_until

    async def renewed(self, stale: str) -> str:
        """A newer token than `stale`, refreshed by us or by whoever was faster."""
        return await self._renewals.see_through(self._renew(stale))

    async def _renew(self, stale: str) -> str:
        async with self._pool.connection() as conn, conn.transaction():
            row = await connections.lock_grant(conn, self._connection_id, self._side)
            owner = await connections.read(conn, self._connection_id)
            if row is None or owner is None or owner.switched_off_at is not None:
                raise Unauthorised(f"{self._side}: no access is stored for this connection")
            current = self._remember(row)
            if current != stale:
                return current
            if row.refresh_token is None:
                raise Unauthorised(f"{self._side}: the access token ended and has no successor")
            old = self._vault.open(row.refresh_token)
            grant = await self._refresh(owner, old)
            if grant.refresh_token is None:
                grant = msgspec.structs.replace(grant, refresh_token=old)
            fresh = sealed(grant, self._vault)
            await connections.save_grant(conn, self._connection_id, self._side, fresh)
        return self._remember(fresh)

    async def _refresh(self, owner: ConnectionRow, refresh_token: str) -> Grant:
        if self._side == HUB:
            return await hub_tokens.refresh(
                self._http,
                owner.hub_url,
                owner.hub_client_id,
                self._vault.open(owner.hub_client_secret),
                refresh_token,
                self._observe,
            )
        server = await oauth.discover(self._http, owner.store_url)
        return await oauth.refresh(
            self._http,
            server.token_endpoint,
            owner.store_client_id or "",
            refresh_token,
            self._observe,
        )

    def _remember(self, row: GrantRow) -> str:
        self._token = self._vault.open(row.access_token)
        if row.expires_at is None:
            self._good_until = datetime.max.replace(tzinfo=UTC)
        else:
            left = row.expires_at - datetime.now(UTC)
            self._good_until = row.expires_at - min(_EARLY, left / 10)
        return self._token
