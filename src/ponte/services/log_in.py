"""How people get in: by password and second factor, by the hub, by a link that is good once.

A browser that is logged in holds a random session key; the ledger holds its hash, so that a
session can be listed and ended from elsewhere, and a stolen database opens nothing. Rights are read
anew at every request: who is disabled, or whose connection is gone, is out at the next click.
"""

import secrets
import time
from enum import StrEnum

import pyotp
from msgspec import Struct

from ponte.domain.members import spelled_email
from ponte.ledger import connections, people, sessions
from ponte.ledger.database import Pool
from ponte.ledger.people import UserRow, digest
from ponte.ledger.queries import Connection
from ponte.ledger.sessions import NewSession, SessionRow
from ponte.ledger.vault import Vault
from ponte.services.actors import Actor, Forbidden, Role, Via, record
from ponte.services.passwords import hash_password, is_password

# A working day.
SESSION_SECONDS = 12 * 3600.0
# Whoever has the password has this long to find the telephone.
TOTP_SECONDS = 600.0
# A fresh installation may be set up in the evening and used in the morning.
_FIRST_LINK_SECONDS = 24 * 3600.0
# Of a browser's name and address so much is kept, to be recognised in a list.
_MOST_AGENT, _MOST_ADDRESS = 200, 64
# A telephone's clock may be a step (30 s) away.
_TOTP_WINDOW = 1
_TOTP_DIGITS = 6


class Purpose(StrEnum):
    """What a link is for."""

    FIRST_OPERATOR = "first_operator"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - the name of a purpose


class EmailTaken(Exception):
    """Somebody else has this e-mail."""


class Visitor(Struct, frozen=True):
    """A browser that knocks: what it calls itself, and from where."""

    agent: str
    address: str


class LoggedIn(Struct, frozen=True):
    """A browser's session: who it is, and what the second factor still keeps shut."""

    session_hash: bytes
    # None while the second factor is to come.
    actor: Actor | None
    user_id: int | None
    # As what the person logged in, whatever they act as now.
    role: Role
    acts_for: int | None


async def log_in(
    pool: Pool, email: str, password: str, visitor: Visitor
) -> tuple[str, UserRow] | None:
    """The key of a new session, and whose; None when e-mail and password do not fit."""
    async with pool.connection() as conn:
        user = await people.by_email(conn, spelled_email(email))
    if user is not None and user.disabled_at is not None:
        user = None
    stored = None if user is None else user.password_hash
    if not await is_password(stored, password) or user is None:
        return None
    needs_totp = user.totp_since is not None
    async with pool.connection() as conn, conn.transaction():
        key = await begin_session(
            conn,
            visitor,
            user_id=user.user_id,
            needs_totp=needs_totp,
            lasts=TOTP_SECONDS if needs_totp else SESSION_SECONDS,
        )
        if not needs_totp:
            await record(conn, actor_of(user), "session.began", user.connection_id)
    return key, user


async def pass_second_factor(
    pool: Pool, vault: Vault, user_id: int, code: str, visitor: Visitor
) -> str | None:
    """The key of a session that is open, in place of the one that waited; None when the code is
    wrong, or was used before."""
    async with pool.connection() as conn, conn.transaction():
        user = await people.read(conn, user_id)
        if user is None or user.totp_secret is None or user.disabled_at is not None:
            return None
        step = matching_step(vault.open(user.totp_secret), code)
        if step is None or not await people.use_totp_step(conn, user_id, step):
            return None
        key = await begin_session(conn, visitor, user_id=user_id)
        await record(conn, actor_of(user), "session.began", user.connection_id)
    return key


def matching_step(secret: str, code: str) -> int | None:
    """The time step of a code of now or one step beside it, or None."""
    if not (code.isascii() and code.isdecimal() and len(code) == _TOTP_DIGITS):
        return None
    totp = pyotp.TOTP(secret)
    now = int(time.time()) // totp.interval
    for step in (now, now - _TOTP_WINDOW, now + _TOTP_WINDOW):
        if secrets.compare_digest(totp.generate_otp(step), code):
            return step
    return None


async def log_in_from_hub(pool: Pool, connection_id: int, visitor: Visitor) -> str | None:
    """The key of a session of this connection's merchant, whom the hub sent with a good code; None
    when the connection is gone."""
    async with pool.connection() as conn, conn.transaction():
        connection = await connections.read(conn, connection_id)
        if connection is None:
            return None
        key = await begin_session(conn, visitor, connection_id=connection_id)
        actor = Actor(Role.MERCHANT, connection.store_name, Via.HUB, connection_id=connection_id)
        await record(conn, actor, "session.began", connection_id)
    return key


async def find(conn: Connection, key: str) -> LoggedIn | None:
    """Whose session it is, with the rights of now."""
    session_hash = digest(key)
    found = await sessions.use(conn, session_hash)
    if found is None:
        return None
    role = Role.MERCHANT if found.role is None else Role(found.role)
    actor = None if found.needs_totp else _present_actor(found, role)
    return LoggedIn(session_hash, actor, found.user_id, role, found.acts_for)


def _present_actor(found: SessionRow, role: Role) -> Actor:
    if found.user_id is None:
        name = found.store_name or ""
        return Actor(Role.MERCHANT, name, Via.HUB, connection_id=found.connection_id)
    name = found.name or found.email or ""
    if found.acts_for is not None and role is Role.OPERATOR:
        return Actor(
            Role.MERCHANT, name, Via.PANEL, found.user_id, found.acts_for, acts_as_merchant=True
        )
    return Actor(role, name, Via.PANEL, found.user_id, found.user_connection_id)


async def log_out(pool: Pool, key: str) -> None:
    """End a session."""
    async with pool.connection() as conn:
        await sessions.end(conn, digest(key))


async def act_as_merchant(pool: Pool, here: LoggedIn, connection_id: int) -> None:
    """Let an operator's session look and act as the merchant of a connection. Raises `Forbidden`
    where nobody may, or where there is no such connection."""
    actor = here.actor
    if actor is None or here.role is not Role.OPERATOR:
        raise Forbidden
    async with pool.connection() as conn, conn.transaction():
        if await connections.read(conn, connection_id) is None:
            raise Forbidden
        await sessions.act_for(conn, here.session_hash, connection_id)
        await record(conn, actor, "merchant.entered", connection_id)


async def stop_acting(pool: Pool, here: LoggedIn) -> None:
    """Let an operator be an operator again."""
    if here.acts_for is None or here.actor is None:
        return
    async with pool.connection() as conn, conn.transaction():
        await sessions.act_for(conn, here.session_hash, None)
        await record(conn, here.actor, "merchant.left", here.acts_for)


async def first_operator_link(pool: Pool) -> str | None:
    """The token of a link that makes whoever follows it the first operator; None where there is
    one already."""
    async with pool.connection() as conn, conn.transaction():
        await people.lock_operators(conn)
        if await people.count_operators(conn):
            return None
        token = secrets.token_urlsafe(32)
        await people.add_link(
            conn, digest(token), Purpose.FIRST_OPERATOR, None, _FIRST_LINK_SECONDS
        )
    return token


async def is_first_operator_link(pool: Pool, token: str) -> bool:
    """Whether a link of that kind is still good."""
    async with pool.connection() as conn:
        link = await people.read_link(conn, digest(token))
    return link is not None and link.purpose == Purpose.FIRST_OPERATOR


async def become_first_operator(
    pool: Pool, token: str, email: str, name: str, password: str, visitor: Visitor
) -> str | None:
    """The key of the new operator's session; None when the link is good no more, or somebody else
    was faster. Raises `EmailTaken`, and the link stays good."""
    # Before the hash, which is work on purpose.
    if not await is_first_operator_link(pool, token):
        return None
    password_hash = await hash_password(password)
    async with pool.connection() as conn, conn.transaction():
        await people.lock_operators(conn)
        link = await people.use_link(conn, digest(token))
        if link is None or link.purpose != Purpose.FIRST_OPERATOR:
            return None
        if await people.count_operators(conn):
            return None
        user_id = await people.add(conn, email, name, Role.OPERATOR, None)
        if user_id is None:
            raise EmailTaken
        await people.set_password(conn, user_id, password_hash)
        await people.forget_links(conn, Purpose.FIRST_OPERATOR, None)
        key = await begin_session(conn, visitor, user_id=user_id)
        actor = Actor(Role.OPERATOR, name, Via.PANEL, user_id)
        await record(conn, actor, "user.first_operator", None)
    return key


async def begin_session(
    conn: Connection,
    visitor: Visitor,
    *,
    user_id: int | None = None,
    connection_id: int | None = None,
    needs_totp: bool = False,
    lasts: float = SESSION_SECONDS,
) -> str:
    """The key of a new session, which the browser keeps and nobody else."""
    key = secrets.token_urlsafe(32)
    await sessions.add(
        conn,
        NewSession(
            digest(key),
            lasts,
            visitor.agent[:_MOST_AGENT],
            visitor.address[:_MOST_ADDRESS],
            user_id,
            connection_id,
            needs_totp,
        ),
    )
    return key


def actor_of(user: UserRow) -> Actor:
    """A user at the panel, as the trail calls them."""
    return Actor(Role(user.role), user.name, Via.PANEL, user.user_id, user.connection_id)
