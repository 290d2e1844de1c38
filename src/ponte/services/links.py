"""Links that an operator hands over, good once: to accept an invitation, to choose a new password.

Whoever holds the link is its user, so it is kept as a hash only, ends early, and ends with every
other link of its user once it was followed. What it opens is a password, never a session of
somebody with a second factor: the code is still asked for.
"""

import secrets
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ponte.ledger import people, sessions
from ponte.ledger.database import Pool
from ponte.ledger.people import UserRow, digest
from ponte.ledger.queries import Connection
from ponte.services.actors import record
from ponte.services.log_in import (
    SESSION_SECONDS,
    TOTP_SECONDS,
    Purpose,
    Visitor,
    actor_of,
    begin_session,
)
from ponte.services.passwords import hash_password

# An invitation waits for somebody who may be away for a week.
_INVITATION_SECONDS = 7 * 24 * 3600.0
# A new password is chosen by somebody who stands before the log-in.
_PASSWORD_SECONDS = 24 * 3600.0


# Where each kind of link leads, below the installation's address.
LINK_PATHS = {
    Purpose.FIRST_OPERATOR: "/entrar/primeiro",
    Purpose.INVITATION: "/entrar/convite",
    Purpose.PASSWORD: "/entrar/senha",
}


class HandedLink(Struct, frozen=True):
    """A link to hand over; its token is shown this once. A secret: `repr` does not show it."""

    purpose: Purpose
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"HandedLink({self.purpose}, …)"


class Bidden(Struct, frozen=True):
    """Whom a good link is for."""

    email: str
    name: str


def link_path(purpose: Purpose, token: str) -> str:
    """Where a link leads, below the installation's address."""
    return f"{LINK_PATHS[purpose]}/{token}"


async def make_link(conn: Connection, user_id: int, *, invites: bool) -> HandedLink:
    """A new link for a user, in place of the former ones; the deed is the caller's to record."""
    purpose = Purpose.INVITATION if invites else Purpose.PASSWORD
    lasts = _INVITATION_SECONDS if invites else _PASSWORD_SECONDS
    token = secrets.token_urlsafe(32)
    await people.forget_links_of(conn, user_id)
    await people.add_link(conn, digest(token), purpose, user_id, lasts)
    return HandedLink(purpose, token, datetime.now(UTC) + timedelta(seconds=lasts))


async def read_link(pool: Pool, purpose: Purpose, token: str) -> Bidden | None:
    """Whom a link of this purpose is for, or None when it is good no more."""
    async with pool.connection() as conn:
        user = await _user_of_link(conn, purpose, token)
    return None if user is None else Bidden(user.email, user.name)


async def follow_link(
    pool: Pool, purpose: Purpose, token: str, password: str, visitor: Visitor
) -> tuple[str, bool] | None:
    """Give the link's user this password and log the browser in: the key of its session, and
    whether the code of the second factor is to come; None when the link is good no more."""
    async with pool.connection() as conn:
        # Before the hash, which is work on purpose.
        if await _user_of_link(conn, purpose, token) is None:
            return None
    password_hash = await hash_password(password)
    async with pool.connection() as conn, conn.transaction():
        user = await _user_of_link(conn, purpose, token)
        if user is None or await people.use_link(conn, digest(token)) is None:
            return None
        await people.set_password(conn, user.user_id, password_hash)
        await people.forget_links_of(conn, user.user_id)
        await sessions.end_all(conn, user.user_id)
        needs_totp = user.totp_since is not None
        key = await begin_session(
            conn,
            visitor,
            user_id=user.user_id,
            needs_totp=needs_totp,
            lasts=TOTP_SECONDS if needs_totp else SESSION_SECONDS,
        )
        action = "user.joined" if purpose is Purpose.INVITATION else "user.password_renewed"
        await record(conn, actor_of(user), action, user.connection_id)
    return key, needs_totp


async def _user_of_link(conn: Connection, purpose: Purpose, token: str) -> UserRow | None:
    link = await people.read_link(conn, digest(token))
    if link is None or link.purpose != purpose or link.user_id is None:
        return None
    user = await people.read(conn, link.user_id)
    return None if user is None or user.disabled_at is not None else user
