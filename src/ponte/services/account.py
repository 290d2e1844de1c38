"""One's own account: password, second factor, and where one is logged in.

All of it belongs to the person behind the browser, also while an operator acts as a merchant. A
session that somebody else got hold of must not become theirs: what shuts others out asks for the
password once more, and ends the sessions elsewhere. A program's token is no better than a session,
and no browser: for it, all sessions are elsewhere.
"""

from datetime import datetime

import pyotp
from msgspec import Struct

from ponte.ledger import people, sessions
from ponte.ledger.database import Pool
from ponte.ledger.people import UserRow
from ponte.ledger.queries import Connection
from ponte.ledger.sessions import OpenSession
from ponte.ledger.vault import Vault
from ponte.services.actors import Forbidden, record
from ponte.services.log_in import LoggedIn, matching_step
from ponte.services.passwords import hash_password, is_password
from ponte.services.tokens import Bearer, must_be_whole

# What a telephone shows beside the codes.
_ISSUER = "Ponte"
# The hash of no session.
_NO_SESSION = b""


class WrongPassword(Exception):
    """That is not the present password."""


class WrongCode(Exception):
    """The code is wrong, or was used before."""


class SecondFactorStands(Exception):
    """There is a second factor already: first remove it."""


class Account(Struct, frozen=True):
    """Oneself."""

    user_id: int
    email: str
    name: str
    second_factor_since: datetime | None


class Secret(Struct, frozen=True):
    """What a telephone makes codes of. Secret: `repr` shows none of it."""

    # In base 32, as people type it.
    text: str
    # otpauth://…, as a QR code holds it.
    address: str

    def __repr__(self) -> str:
        return "Secret(…)"


class SessionView(Struct, frozen=True):
    """A browser in which one is logged in. `name` tells it apart, and opens nothing."""

    name: str
    created_at: datetime
    seen_at: datetime
    agent: str
    address: str
    is_this: bool


def account_of(bearer: Bearer) -> LoggedIn:
    """Whose account a program speaks of. Raises `Forbidden` for a token that may less than its
    user."""
    must_be_whole(bearer)
    actor = bearer.actor
    return LoggedIn(_NO_SESSION, actor, actor.user_id, actor.role, None)


async def read_account(pool: Pool, here: LoggedIn) -> Account | None:
    """Oneself; None for a merchant whom the hub sent, who has no account of ours."""
    if here.user_id is None:
        return None
    async with pool.connection() as conn:
        user = await _own(conn, here)
    return Account(user.user_id, user.email, user.name, user.totp_since)


async def change_password(pool: Pool, here: LoggedIn, present: str, chosen: str) -> None:
    """Choose another password; the sessions elsewhere end. Raises `WrongPassword`."""
    await _ask_password(pool, here, present)
    password_hash = await hash_password(chosen)
    async with pool.connection() as conn, conn.transaction():
        user = await _own(conn, here)
        await people.set_password(conn, user.user_id, password_hash)
        await people.forget_links_of(conn, user.user_id)
        await sessions.end_all(conn, user.user_id, here.session_hash)
        await _record(conn, here, "account.password_changed")


async def begin_second_factor(pool: Pool, vault: Vault, here: LoggedIn, password: str) -> None:
    """Make a new secret, which guards nothing until its first code was right. Raises
    `WrongPassword`, `SecondFactorStands`."""
    await _ask_password(pool, here, password)
    async with pool.connection() as conn, conn.transaction():
        user = await _own(conn, here)
        sealed = vault.seal(pyotp.random_base32())
        if not await people.set_totp_secret(conn, user.user_id, sealed):
            raise SecondFactorStands


async def pending_secret(pool: Pool, vault: Vault, here: LoggedIn) -> Secret | None:
    """The secret whose first code is to come, to be shown; None where there is none."""
    async with pool.connection() as conn:
        user = await _own(conn, here)
    if user.totp_secret is None or user.totp_since is not None:
        return None
    text = vault.open(user.totp_secret)
    return Secret(text, pyotp.TOTP(text).provisioning_uri(name=user.email, issuer_name=_ISSUER))


async def confirm_second_factor(pool: Pool, vault: Vault, here: LoggedIn, code: str) -> None:
    """From now on the log-in asks for a code; the sessions elsewhere, which gave none, end.
    Raises `WrongCode`."""
    async with pool.connection() as conn, conn.transaction():
        user = await _own(conn, here)
        if user.totp_since is not None:
            raise SecondFactorStands
        await _spend_code(conn, vault, user, code)
        await people.start_totp(conn, user.user_id)
        await sessions.end_all(conn, user.user_id, here.session_hash)
        await _record(conn, here, "account.second_factor_set_up")


async def remove_second_factor(
    pool: Pool, vault: Vault, here: LoggedIn, password: str, code: str
) -> None:
    """The password alone lets one in again. Raises `WrongPassword`, `WrongCode`."""
    await _ask_password(pool, here, password)
    async with pool.connection() as conn, conn.transaction():
        user = await _own(conn, here)
        await _spend_code(conn, vault, user, code)
        await people.remove_totp(conn, user.user_id)
        await _record(conn, here, "account.second_factor_removed")


async def list_sessions(pool: Pool, here: LoggedIn) -> list[SessionView]:
    """Where one is logged in, the latest used first."""
    async with pool.connection() as conn:
        found = await _sessions(conn, here)
    return [
        SessionView(
            _name(each),
            each.created_at,
            each.seen_at,
            each.agent,
            each.address,
            each.session_hash == here.session_hash,
        )
        for each in found
    ]


async def end_session(pool: Pool, here: LoggedIn, name: str) -> bool:
    """End one of one's own sessions; False where it is there no more."""
    async with pool.connection() as conn, conn.transaction():
        for each in await _sessions(conn, here):
            if _name(each) == name:
                await sessions.end(conn, each.session_hash)
                await _record(conn, here, "account.session_ended")
                return True
    return False


async def end_other_sessions(pool: Pool, here: LoggedIn) -> int:
    """Log out everywhere but here; how many sessions ended."""
    async with pool.connection() as conn, conn.transaction():
        others = [
            each for each in await _sessions(conn, here) if each.session_hash != here.session_hash
        ]
        for each in others:
            await sessions.end(conn, each.session_hash)
        if others:
            await _record(conn, here, "account.other_sessions_ended", sessions=len(others))
    return len(others)


def _name(session: OpenSession) -> str:
    """Of a hash of something random, a part is enough to tell a dozen sessions apart."""
    return bytes(session.session_hash).hex()[:16]


async def _sessions(conn: Connection, here: LoggedIn) -> list[OpenSession]:
    if here.user_id is not None:
        return await sessions.of_user(conn, here.user_id)
    actor = here.actor
    if actor is None or actor.connection_id is None:
        raise Forbidden
    return await sessions.of_hub_merchant(conn, actor.connection_id)


async def _own(conn: Connection, here: LoggedIn) -> UserRow:
    user = None
    if here.user_id is not None and here.actor is not None:
        user = await people.read(conn, here.user_id)
    if user is None:
        raise Forbidden
    return user


async def _ask_password(pool: Pool, here: LoggedIn, password: str) -> None:
    async with pool.connection() as conn:
        user = await _own(conn, here)
    if not await is_password(user.password_hash, password):
        raise WrongPassword


async def _spend_code(conn: Connection, vault: Vault, user: UserRow, code: str) -> None:
    if user.totp_secret is None:
        raise WrongCode
    step = matching_step(vault.open(user.totp_secret), code)
    if step is None or not await people.use_totp_step(conn, user.user_id, step):
        raise WrongCode


async def _record(conn: Connection, here: LoggedIn, action: str, **detail: int) -> None:
    if here.actor is None:
        raise Forbidden
    await record(conn, here.actor, action, here.actor.connection_id, **detail)
