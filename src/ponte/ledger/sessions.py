"""Browsers that are logged in: kept here, so that they can be listed and ended from elsewhere."""

from datetime import datetime

from msgspec import Struct

from ponte.ledger.queries import Connection, execute, row, rows, scalars


class SessionRow(Struct, frozen=True):
    """Whose browser it is: a user's, or a merchant's whom the hub sent (`connection_id`)."""

    user_id: int | None
    connection_id: int | None
    # The connection as whose merchant an operator acts at present.
    acts_for: int | None
    needs_totp: bool
    email: str | None
    name: str | None
    role: str | None
    user_connection_id: int | None
    store_name: str | None
    acts_for_store: str | None


class OpenSession(Struct, frozen=True):
    """A log-in of a user, for the list of them."""

    session_hash: bytes
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str
    address: str


class NewSession(Struct, frozen=True):
    """A log-in; `lasts` in seconds."""

    session_hash: bytes
    lasts: float
    agent: str
    address: str
    user_id: int | None = None
    connection_id: int | None = None
    needs_totp: bool = False


async def add(conn: Connection, new: NewSession) -> None:
    """Log a browser in."""
    await execute(
        conn,
        "add_session",
        session_hash=new.session_hash,
        user_id=new.user_id,
        connection_id=new.connection_id,
        lasts=new.lasts,
        needs_totp=new.needs_totp,
        agent=new.agent,
        address=new.address,
    )


async def use(conn: Connection, session_hash: bytes) -> SessionRow | None:
    """Whose browser it is; None when nobody's any more."""
    return await row(conn, "use_session", SessionRow, session_hash=session_hash)


async def pass_totp(conn: Connection, session_hash: bytes) -> None:
    """The second factor was right: the session opens what its user may."""
    await execute(conn, "pass_totp", session_hash=session_hash)


async def act_for(conn: Connection, session_hash: bytes, connection_id: int | None) -> None:
    """Act as the merchant of a connection from now on, or no more."""
    await execute(conn, "act_for", session_hash=session_hash, connection_id=connection_id)


async def end(conn: Connection, session_hash: bytes) -> None:
    """Log out."""
    await execute(conn, "end_session", session_hash=session_hash)


async def end_all(conn: Connection, user_id: int, but: bytes | None = None) -> int:
    """Log a user out everywhere, except in the session `but`; how many ended."""
    return len(await scalars(conn, "end_sessions_of_user", user_id=user_id, but=but))


async def of_user(conn: Connection, user_id: int) -> list[OpenSession]:
    """Where a user is logged in."""
    return await rows(conn, "sessions_of_user", OpenSession, user_id=user_id)


async def of_hub_merchant(conn: Connection, connection_id: int) -> list[OpenSession]:
    """Where a connection's merchant is logged in, sent by the hub."""
    return await rows(conn, "sessions_of_hub_merchant", OpenSession, connection_id=connection_id)


async def remove_expired(conn: Connection) -> None:
    """Forget sessions, links and tokens that are good no more."""
    await execute(conn, "remove_expired_access")
