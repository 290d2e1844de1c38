"""Users as operators see them: who is invited, with which rights, and how they get back in.

Two dangers are handled here. That nobody is left who operates the installation: whoever takes an
operator away waits for everybody else who does, and the last one stays. And that rights live on
where they were taken: with a role, a connection or a user, its sessions and tokens end.
"""

from datetime import datetime

from msgspec import Struct

from ponte.domain.members import read_email, read_name, spelled_email
from ponte.ledger import api_tokens, connections, people, sessions
from ponte.ledger.database import Pool
from ponte.ledger.people import UserRow
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, Role, must_operate, must_see_fleet, record
from ponte.services.links import HandedLink, make_link
from ponte.services.log_in import EmailTaken

# PostgreSQL's integers end here; a larger number is nobody's.
LARGEST_NUMBER = 2**31 - 1
# A page of them.
MOST_LISTED = 200


class NoSuchUser(Exception):
    """There is no user of this number."""


class LastOperator(Exception):
    """Nobody else could operate the installation."""


class UserDisabled(Exception):
    """The user is disabled: first enable them."""


class Unfit(Exception):
    """A field cannot be so; `field` is its name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class UserView(Struct, frozen=True):
    """A user as operators see them."""

    user_id: int
    email: str
    name: str
    role: Role
    # A merchant's one connection.
    connection_id: int | None
    store_name: str | None
    # False until the invitation was followed.
    has_joined: bool
    has_second_factor: bool
    created_at: datetime
    logged_in_at: datetime | None
    disabled_at: datetime | None


class Rights(Struct, frozen=True):
    """What a user is called, and what they may."""

    name: str
    role: Role
    # Of a merchant, and of nobody else.
    connection_id: int | None = None


async def list_users(
    pool: Pool,
    actor: Actor,
    *,
    after: str | None = None,
    role: Role | None = None,
    wanted: str = "",
    count: int = MOST_LISTED,
) -> list[UserView]:
    """Users by e-mail, those behind `after`; of one role, or with `wanted` in name or e-mail."""
    must_see_fleet(actor)
    text = spelled_email(wanted) or None
    async with pool.connection() as conn:
        found = await people.list_users(
            conn, min(count, MOST_LISTED), after=after, role=role, wanted=text
        )
    return [_view(each) for each in found]


async def read_user(pool: Pool, actor: Actor, user_id: int) -> UserView:
    """One user. Raises `NoSuchUser`."""
    must_see_fleet(actor)
    async with pool.connection() as conn:
        return await _read(conn, user_id)


async def find_user(pool: Pool, actor: Actor, email: str) -> UserView:
    """The user of this e-mail. Raises `NoSuchUser`."""
    must_see_fleet(actor)
    async with pool.connection() as conn:
        found = await people.by_email(conn, spelled_email(email))
        if found is None:
            raise NoSuchUser
        return await _read(conn, found.user_id)


async def invite(
    pool: Pool, actor: Actor, email: str, rights: Rights
) -> tuple[UserView, HandedLink]:
    """A new user, and the link to hand over to them. Raises `Unfit`, `EmailTaken`."""
    must_operate(actor)
    address = read_email(email)
    if address is None:
        raise Unfit("email")
    async with pool.connection() as conn, conn.transaction():
        fit = await _fitting(conn, rights)
        user_id = await people.add(conn, address, fit.name, fit.role, fit.connection_id)
        if user_id is None:
            raise EmailTaken
        link = await make_link(conn, user_id, invites=True)
        await record(conn, actor, "user.invited", fit.connection_id, user=fit.name, role=fit.role)
        return await _read(conn, user_id), link


async def change_rights(pool: Pool, actor: Actor, user_id: int, rights: Rights) -> UserView:
    """Name, role and connection as given. Raises `NoSuchUser`, `Unfit`, `LastOperator`."""
    must_operate(actor)
    async with pool.connection() as conn, conn.transaction():
        await people.lock_operators(conn)
        user = await _row(conn, user_id)
        fit = await _fitting(conn, rights)
        if fit.role is not Role.OPERATOR:
            await _keep_an_operator(conn, user)
        await people.change(conn, user_id, fit.name, fit.role, fit.connection_id)
        if (user.role, user.connection_id) != (fit.role, fit.connection_id):
            await _end_access(conn, user_id)
            await record(
                conn,
                actor,
                "user.rights_changed",
                fit.connection_id,
                user=fit.name,
                role=fit.role,
                before=user.role,
            )
        elif user.name != fit.name:
            await record(
                conn,
                actor,
                "user.renamed",
                fit.connection_id,
                user=fit.name,
                before=user.name,
            )
        return await _read(conn, user_id)


async def disable(pool: Pool, actor: Actor, user_id: int) -> UserView:
    """Let a user in no more, from the next click on. Raises `NoSuchUser`, `LastOperator`."""
    must_operate(actor)
    async with pool.connection() as conn, conn.transaction():
        await people.lock_operators(conn)
        user = await _row(conn, user_id)
        if user.disabled_at is None:
            await _keep_an_operator(conn, user)
            await people.set_disabled(conn, user_id, disabled=True)
            await people.forget_links_of(conn, user_id)
            await _end_access(conn, user_id)
            await record(conn, actor, "user.disabled", user.connection_id, user=user.name)
        return await _read(conn, user_id)


async def enable(pool: Pool, actor: Actor, user_id: int) -> UserView:
    """Let a user in again. Raises `NoSuchUser`."""
    must_operate(actor)
    async with pool.connection() as conn, conn.transaction():
        user = await _row(conn, user_id)
        if user.disabled_at is not None:
            await people.set_disabled(conn, user_id, disabled=False)
            await record(conn, actor, "user.enabled", user.connection_id, user=user.name)
        return await _read(conn, user_id)


async def hand_link(pool: Pool, actor: Actor, user_id: int) -> HandedLink:
    """A link for a new password, or, for somebody who has none yet, the invitation once more.
    Raises `NoSuchUser`, `UserDisabled`."""
    must_operate(actor)
    async with pool.connection() as conn, conn.transaction():
        user = await _row(conn, user_id)
        if user.disabled_at is not None:
            raise UserDisabled
        link = await make_link(conn, user_id, invites=user.password_hash is None)
        await record(conn, actor, "user.link_handed", user.connection_id, user=user.name)
    return link


async def remove_second_factor(pool: Pool, actor: Actor, user_id: int) -> UserView:
    """For somebody whose telephone is lost: the password alone lets them in, until they set up
    another one. Raises `NoSuchUser`."""
    must_operate(actor)
    async with pool.connection() as conn, conn.transaction():
        user = await _row(conn, user_id)
        await people.remove_totp(conn, user_id)
        await sessions.end_all(conn, user_id)
        await record(conn, actor, "user.second_factor_removed", user.connection_id, user=user.name)
        return await _read(conn, user_id)


async def end_sessions(pool: Pool, actor: Actor, user_id: int) -> int:
    """Log a user out everywhere; how many sessions ended. Raises `NoSuchUser`."""
    must_operate(actor)
    async with pool.connection() as conn, conn.transaction():
        user = await _row(conn, user_id)
        ended = await sessions.end_all(conn, user_id)
        await record(conn, actor, "user.sessions_ended", user.connection_id, user=user.name)
    return ended


async def _keep_an_operator(conn: Connection, user: UserRow) -> None:
    """Raise `LastOperator` where this one is; asked for under `people.lock_operators`."""
    counts = (
        user.role == Role.OPERATOR and user.disabled_at is None and user.password_hash is not None
    )
    if counts and await people.count_operators(conn) <= 1:
        raise LastOperator


async def _end_access(conn: Connection, user_id: int) -> None:
    await sessions.end_all(conn, user_id)
    await api_tokens.revoke_all(conn, user_id)


async def _fitting(conn: Connection, rights: Rights) -> Rights:
    name = read_name(rights.name)
    if name is None:
        raise Unfit("name")
    if rights.role is not Role.MERCHANT:
        return Rights(name, rights.role)
    number = rights.connection_id
    if number is None or not 0 < number <= LARGEST_NUMBER:
        raise Unfit("connection_id")
    if await connections.brief(conn, number) is None:
        raise Unfit("connection_id")
    return Rights(name, rights.role, number)


async def _row(conn: Connection, user_id: int) -> UserRow:
    user = await people.read(conn, user_id) if 0 < user_id <= LARGEST_NUMBER else None
    if user is None:
        raise NoSuchUser
    return user


async def _read(conn: Connection, user_id: int) -> UserView:
    found = []
    if 0 < user_id <= LARGEST_NUMBER:
        found = await people.list_users(conn, 1, user_id=user_id)
    if not found:
        raise NoSuchUser
    return _view(found[0])


def _view(listed: people.ListedUser) -> UserView:
    return UserView(
        listed.user_id,
        listed.email,
        listed.name,
        Role(listed.role),
        listed.connection_id,
        listed.store_name,
        listed.has_joined,
        listed.has_second_factor,
        listed.created_at,
        listed.logged_in_at,
        listed.disabled_at,
    )
