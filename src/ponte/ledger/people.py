"""Users of the panel, and links that are good once. Secrets come as hashes, or sealed."""

import hashlib
from datetime import datetime

from msgspec import Struct

from ponte.ledger.queries import Connection, execute, row, rows, scalar


class UserRow(Struct, frozen=True):
    """A user as stored."""

    user_id: int
    # In lower case.
    email: str
    name: str
    role: str
    # A merchant's one connection.
    connection_id: int | None
    # None until the invitation was followed.
    password_hash: str | None
    totp_secret: bytes | None
    # None: no second factor guards this user yet.
    totp_since: datetime | None
    created_at: datetime
    disabled_at: datetime | None


class ListedUser(Struct, frozen=True):
    """A user as listed; `store_name` is that of a merchant's connection."""

    user_id: int
    email: str
    name: str
    role: str
    connection_id: int | None
    store_name: str | None
    has_joined: bool
    has_second_factor: bool
    created_at: datetime
    logged_in_at: datetime | None
    disabled_at: datetime | None


class LinkRow(Struct, frozen=True):
    """A link that is still good; `user_id` None: whoever follows it becomes somebody new."""

    purpose: str
    user_id: int | None
    expires_at: datetime


def digest(secret: str) -> bytes:
    """What is kept of a session, a link or a token: they are long and random already."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


async def add(
    conn: Connection, email: str, name: str, role: str, connection_id: int | None
) -> int | None:
    """A new user's number; None where the e-mail is taken. `email` in lower case."""
    found = await scalar(
        conn, "add_user", email=email, user_name=name, role=role, connection_id=connection_id
    )
    return None if found is None else int(found)


async def read(conn: Connection, user_id: int) -> UserRow | None:
    """One user."""
    return await row(conn, "user_of", UserRow, user_id=user_id)


async def by_email(conn: Connection, email: str) -> UserRow | None:
    """Whose e-mail it is; spelled as it is kept."""
    return await row(conn, "user_by_email", UserRow, email=email)


async def list_users(
    conn: Connection,
    count: int,
    *,
    user_id: int | None = None,
    after: str | None = None,
    role: str | None = None,
    wanted: str | None = None,
) -> list[ListedUser]:
    """Users by e-mail, those behind `after`; of one role, with `wanted` (in lower case) in e-mail
    or name, or one of them."""
    return await rows(
        conn,
        "list_users",
        ListedUser,
        count=count,
        user_id=user_id,
        after=after,
        role=role,
        wanted=wanted,
    )


async def change(
    conn: Connection, user_id: int, name: str, role: str, connection_id: int | None
) -> None:
    """What a user is called, and what they may."""
    await execute(
        conn,
        "change_user",
        user_id=user_id,
        user_name=name,
        role=role,
        connection_id=connection_id,
    )


async def set_disabled(conn: Connection, user_id: int, *, disabled: bool) -> None:
    """Let a user in no more, or again."""
    await execute(conn, "set_disabled", user_id=user_id, disabled=disabled)


async def set_totp_secret(conn: Connection, user_id: int, sealed: bytes) -> bool:
    """A new secret, which guards nothing yet; False where one guards already."""
    return await scalar(conn, "set_totp_secret", user_id=user_id, sealed=sealed) is not None


async def start_totp(conn: Connection, user_id: int) -> None:
    """Ask for codes from now on."""
    await execute(conn, "start_totp", user_id=user_id)


async def remove_totp(conn: Connection, user_id: int) -> None:
    """Ask for codes no more, and forget the secret."""
    await execute(conn, "remove_totp", user_id=user_id)


async def lock_operators(conn: Connection) -> None:
    """Until the transaction ends nobody else changes who is an operator."""
    await execute(conn, "lock_operators")


async def count_operators(conn: Connection) -> int:
    """How many operators can log in."""
    return int(await scalar(conn, "count_operators"))


async def set_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """Give a user a password."""
    await execute(conn, "set_password", user_id=user_id, password_hash=password_hash)


async def use_totp_step(conn: Connection, user_id: int, step: int) -> bool:
    """Spend a code's time step; False when it, or a later one, was used before."""
    return await scalar(conn, "use_totp_step", user_id=user_id, step=step) is not None


async def add_link(
    conn: Connection, link_hash: bytes, purpose: str, user_id: int | None, lasts: float
) -> None:
    """Keep a link for `lasts` seconds."""
    await execute(
        conn, "add_link", link_hash=link_hash, purpose=purpose, user_id=user_id, lasts=lasts
    )


async def read_link(conn: Connection, link_hash: bytes) -> LinkRow | None:
    """What a link is for, or None when it is none that is good."""
    return await row(conn, "read_link", LinkRow, link_hash=link_hash)


async def use_link(conn: Connection, link_hash: bytes) -> LinkRow | None:
    """Spend a link; None when it is none that is good."""
    return await row(conn, "use_link", LinkRow, link_hash=link_hash)


async def forget_links(conn: Connection, purpose: str, user_id: int | None) -> None:
    """Make all links of a purpose and a user useless."""
    await execute(conn, "forget_links", purpose=purpose, user_id=user_id)


async def forget_links_of(conn: Connection, user_id: int) -> None:
    """Make all links of a user useless."""
    await execute(conn, "forget_links_of", user_id=user_id)
