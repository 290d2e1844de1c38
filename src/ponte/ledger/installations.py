"""Installations under way: one merchant in one browser, between the hub's link and the export.

Rows hold sealed tokens of both sides for as long as they are needed, and are gone a week after
their last use. What is compared (the hub's code, the log-in's state) is kept as a hash.
"""

import hashlib
from datetime import datetime

from msgspec import Struct

from ponte.ledger.queries import Connection, execute, row, scalar

# A merchant who was called away finds the way where it was left; after a week it begins anew.
LASTS_SECONDS = 7 * 86_400.0


class InstallationRow(Struct, frozen=True):
    """An installation as stored."""

    installation_id: str
    code_hash: bytes
    hub_url: str
    hub_account: int | None
    account_name: str
    identified: bool
    hub_grant: bytes | None
    store_url: str | None
    store_client_id: str | None
    pkce_verifier: bytes | None
    state_hash: bytes | None
    state_used_at: datetime | None
    store_grant: bytes | None
    store_id: str | None
    store_name: str | None
    connection_id: int | None


class LogIn(Struct, frozen=True):
    """A log-in at the store that begins."""

    store_url: str
    store_client_id: str
    pkce_verifier: bytes
    state_hash: bytes


def digest(secret: str) -> bytes:
    """What is kept of a code or a state, which are long and random already."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


async def add(
    conn: Connection, installation_id: str, code_hash: bytes, hub_url: str, hub_grant: bytes
) -> None:
    """Store a new one."""
    await execute(
        conn,
        "add_installation",
        installation_id=installation_id,
        lasts=LASTS_SECONDS,
        code_hash=code_hash,
        hub_url=hub_url,
        hub_grant=hub_grant,
    )


async def use(conn: Connection, installation_id: str) -> InstallationRow | None:
    """The installation, which lasts a week from now on; None when it is none, or too old."""
    return await row(
        conn,
        "read_installation",
        InstallationRow,
        installation_id=installation_id,
        lasts=LASTS_SECONDS,
    )


async def identify(conn: Connection, installation_id: str, account: int | None, name: str) -> None:
    """Note whose it is; its store and connection are taken from what this account did before."""
    await execute(
        conn,
        "identify_installation",
        installation_id=installation_id,
        account=account,
        account_name=name,
    )


async def take_over(conn: Connection, old: str, fresh: str) -> None:
    """`old` goes on with what `fresh` brought from the hub, and `fresh` is gone."""
    await execute(conn, "take_over_installation", old=old, fresh=fresh)
    await forget(conn, fresh)


async def forget(conn: Connection, installation_id: str) -> None:
    """Give it up, with its tokens."""
    await execute(conn, "forget_installation", installation_id=installation_id)


async def lock_hub_grant(conn: Connection, installation_id: str) -> bytes | None:
    """The hub's tokens; until the transaction ends nobody else may refresh them."""
    found = await scalar(conn, "lock_hub_grant", installation_id=installation_id)
    return None if found is None else bytes(found)


async def save_hub_grant(conn: Connection, installation_id: str, hub_grant: bytes | None) -> None:
    """Keep renewed ones; or none, because the connection has them now."""
    await execute(conn, "save_hub_grant", installation_id=installation_id, hub_grant=hub_grant)


async def start_log_in(conn: Connection, installation_id: str, log_in: LogIn) -> None:
    """The browser will go to the store; an earlier log-in there is good no more."""
    await execute(
        conn,
        "start_store_log_in",
        installation_id=installation_id,
        store_url=log_in.store_url,
        store_client_id=log_in.store_client_id,
        pkce_verifier=log_in.pkce_verifier,
        state_hash=log_in.state_hash,
    )


async def use_state(conn: Connection, installation_id: str, state_hash: bytes) -> bool:
    """Spend the state; False when it is another's, or was spent."""
    used = await execute(conn, "use_state", installation_id=installation_id, state_hash=state_hash)
    return used > 0


async def save_store_grant(
    conn: Connection,
    installation_id: str,
    state_hash: bytes,
    store_grant: bytes,
    store_id: str,
    store_name: str,
) -> bool:
    """Note that the store lets us in; False when another log-in began meanwhile."""
    saved = await execute(
        conn,
        "save_store_grant",
        installation_id=installation_id,
        state_hash=state_hash,
        store_grant=store_grant,
        store_id=store_id,
        store_name=store_name,
    )
    return saved > 0


async def end_log_in(conn: Connection, installation_id: str, state_hash: bytes) -> None:
    """The log-in of that state came to nothing."""
    await execute(conn, "end_log_in", installation_id=installation_id, state_hash=state_hash)


async def drop_store_grant(conn: Connection, installation_id: str) -> None:
    """The log-in came to nothing."""
    await execute(conn, "drop_store_grant", installation_id=installation_id)


async def finish(conn: Connection, installation_id: str, connection_id: int) -> None:
    """Connected; no token stays here."""
    await execute(
        conn,
        "finish_installation",
        installation_id=installation_id,
        connection_id=connection_id,
    )


async def remove_unused(conn: Connection) -> int:
    """Remove those that nobody used for a week; how many."""
    return await execute(conn, "remove_unused_installations")


async def store_app(conn: Connection, store_url: str, redirect_uri: str) -> str | None:
    """The client id of our app at a store, where it is registered."""
    found = await scalar(conn, "store_app_of", store_url=store_url, redirect_uri=redirect_uri)
    return None if found is None else str(found)


async def save_store_app(
    conn: Connection, store_url: str, redirect_uri: str, client_id: str, stale: str | None
) -> str:
    """Keep the app just registered, in place of `stale`; the one to use, which is another
    process's where that was faster."""
    return str(
        await scalar(
            conn,
            "save_store_app",
            store_url=store_url,
            redirect_uri=redirect_uri,
            client_id=client_id,
            stale=stale,
        )
    )


async def forget_store_app(
    conn: Connection, store_url: str, redirect_uri: str, client_id: str
) -> None:
    """The store does not know it any more."""
    await execute(
        conn,
        "forget_store_app",
        store_url=store_url,
        redirect_uri=redirect_uri,
        client_id=client_id,
    )
