"""Giving up what opens the two sides, once a connection was ended.

The tokens are deleted here whatever the other sides say. The store is asked to end our access too,
where its contract offers that; the hub offers nothing of the kind. What nobody could end there
stands with the connection until somebody has done it by hand.
"""

import asyncio

import structlog
from psycopg.errors import LockNotAvailable

from ponte.domain.failures import Failure
from ponte.ledger import connections
from ponte.ledger.connections import HUB, STORE, ConnectionRow, GrantRow
from ponte.stores.webstore import oauth
from ponte.sync.runtime import Runtime

log = structlog.get_logger(__name__)

# A person waits before a page; a store that needs longer is as good as down.
_ANSWERED_WITHIN_SECONDS = 10.0
# Whoever renews a token holds it for as long as the other side takes to answer. What cannot be
# taken by then is deleted by the watch.
_TAKEN_WITHIN_SECONDS = 3


async def give_up_access(runtime: Runtime, connection: ConnectionRow) -> bool:
    """Delete the tokens of a connection that was ended, and have the store end them; whether it
    did."""
    await _take(runtime, connection.connection_id, HUB)
    grant = await _take(runtime, connection.connection_id, STORE)
    if grant is None or connection.store_client_id is None:
        # Without a client of ours it was a token made by hand, which only a hand can end.
        return False
    if not await _revoke(runtime, connection, connection.store_client_id, grant):
        return False
    async with runtime.pool.connection() as conn:
        await connections.note_store_revoked(conn, connection.connection_id)
    return True


async def _take(runtime: Runtime, connection_id: int, side: str) -> GrantRow | None:
    try:
        async with runtime.pool.connection() as conn, conn.transaction():
            return await connections.take_grant(conn, connection_id, side, _TAKEN_WITHIN_SECONDS)
    except LockNotAvailable:
        log.warning("tokens are deleted later", connection=connection_id, side=side)
        return None


async def _revoke(
    runtime: Runtime, connection: ConnectionRow, client_id: str, grant: GrantRow
) -> bool:
    token = runtime.vault.open(grant.refresh_token or grant.access_token)
    try:
        async with asyncio.timeout(_ANSWERED_WITHIN_SECONDS):
            server = await oauth.discover(runtime.http, connection.store_url)
            if server.revocation_endpoint is None:
                return False
            await oauth.revoke(runtime.http, server, client_id, token)
    except (Failure, TimeoutError) as failure:
        reason = str(failure) or "no answer in time"
        log.warning("not revoked", connection=connection.connection_id, reason=reason)
        return False
    return True
