"""Tokens of the API: who may make one, with which rights, and whose they are when they come in.

A token carries at most the rights of whoever made it, of now: it is judged by its user at every
call, so that who is disabled, or may less than before, is out with all tokens. A merchant whom the
hub sent makes tokens of the connection, which end with it. A token that a token makes ends with it,
or a token that got into wrong hands could never be ended.
"""

import secrets
from datetime import datetime

from msgspec import Struct

from ponte.domain.members import read_name
from ponte.ledger import api_tokens, connections
from ponte.ledger.api_tokens import TokenRow
from ponte.ledger.database import Pool
from ponte.ledger.people import digest
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, Forbidden, Role, Via, must_operate, record
from ponte.services.users import LARGEST_NUMBER, Unfit

# Found by programs that look for secrets which were published by mistake.
PREFIX = "ponte_"
# A trial, a quarter, a year: a token that nobody renews is a token that nobody looks after.
LASTS_DAYS = (30, 90, 365)
_DAY_SECONDS = 86400.0
# More programs than one person looks after.
MOST_TOKENS = 20
# What is longer is no token of ours.
_LONGEST = 100


class TooManyTokens(Exception):
    """One person has no use for so many."""


class NewToken(Struct, frozen=True):
    """A token to be made."""

    name: str
    role: Role
    lasts_days: int
    # Of a merchant's token.
    connection_id: int | None = None


class TokenView(Struct, frozen=True):
    """A token as listed; nothing of it lets anybody in."""

    token_id: int
    name: str
    role: Role
    connection_id: int | None
    store_name: str | None
    user_id: int | None
    # Who made it; None: the merchant, sent by the hub.
    user_name: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Bearer(Struct, frozen=True):
    """Who calls with a token."""

    token_id: int
    token_name: str
    actor: Actor
    expires_at: datetime
    # Whether it may all that its user may. One that may less is given to others, so nothing of the
    # user's own account is reached by it: no session, no password, no token.
    is_whole: bool


def must_be_whole(bearer: Bearer) -> None:
    """Raise `Forbidden` unless the token may all that its user may."""
    if not bearer.is_whole:
        raise Forbidden


def roles_to_give(actor: Actor) -> list[Role]:
    """The roles that a token of this actor may have."""
    match actor.role:
        case Role.OPERATOR:
            return [Role.OPERATOR, Role.SUPPORT, Role.MERCHANT]
        case role:
            # Support may change nothing, so it makes no token of a merchant, who may.
            return [role]


async def make_token(
    pool: Pool, actor: Actor, new: NewToken, parent: Bearer | None = None
) -> tuple[TokenView, str]:
    """A token, shown this once; `parent` is the token with which a program asks for it, and ends
    it. Raises `Forbidden`, `Unfit`, `TooManyTokens`."""
    name = read_name(new.name)
    if name is None:
        raise Unfit("name")
    if new.lasts_days not in LASTS_DAYS:
        raise Unfit("lasts_days")
    if new.role not in roles_to_give(actor) or (actor.via is Via.API and parent is None):
        raise Forbidden
    if parent is not None:
        must_be_whole(parent)
    token = PREFIX + secrets.token_urlsafe(32)
    async with pool.connection() as conn, conn.transaction():
        if parent is not None and not await api_tokens.hold(conn, parent.token_id):
            raise Forbidden
        connection_id = await _connection_of(conn, actor, new)
        owned = await _owned(conn, actor)
        if len(owned) >= MOST_TOKENS:
            raise TooManyTokens
        token_id = await api_tokens.add(
            conn,
            digest(token),
            name,
            new.role,
            connection_id,
            actor.user_id,
            new.lasts_days * _DAY_SECONDS,
            None if parent is None else parent.token_id,
        )
        await record(conn, actor, "token.made", connection_id, token=name, role=new.role)
        (row,) = [each for each in await _owned(conn, actor) if each.token_id == token_id]
    return _view(row), token


async def list_tokens(pool: Pool, actor: Actor) -> list[TokenView]:
    """One's own tokens, the newest first."""
    async with pool.connection() as conn:
        return [_view(each) for each in await _owned(conn, actor)]


async def list_all_tokens(pool: Pool, actor: Actor) -> list[TokenView]:
    """Everybody's tokens, the newest first, as many as a person can look through."""
    must_operate(actor)
    async with pool.connection() as conn:
        return [_view(each) for each in await api_tokens.list_all(conn)]


async def revoke_token(pool: Pool, actor: Actor, token_id: int) -> bool:
    """End a token: one's own, or, for an operator, anybody's. False where there is none such."""
    if not 0 < token_id <= LARGEST_NUMBER:
        return False
    async with pool.connection() as conn, conn.transaction():
        row = await api_tokens.read(conn, token_id)
        if row is None or not _may_revoke(actor, row):
            return False
        await api_tokens.revoke(conn, token_id)
        await record(conn, actor, "token.revoked", row.connection_id, token=row.name)
    return True


async def find_bearer(conn: Connection, token: str) -> Bearer | None:
    """Who calls, with the rights of now; None when the token lets nobody in."""
    if not token.startswith(PREFIX) or len(token) > _LONGEST:
        return None
    found = await api_tokens.use(conn, digest(token))
    if found is None:
        return None
    owner = found.user_name or found.store_name or ""
    actor = Actor(
        Role(found.role),
        f"{owner} · {found.name}",
        Via.API,
        found.user_id,
        found.connection_id,
    )
    return Bearer(found.token_id, found.name, actor, found.expires_at, found.is_whole)


def _may_revoke(actor: Actor, row: TokenRow) -> bool:
    if actor.may_operate:
        return True
    if row.user_id is not None:
        return row.user_id == actor.user_id
    return actor.role is Role.MERCHANT and row.connection_id == actor.connection_id


async def _owned(conn: Connection, actor: Actor) -> list[TokenRow]:
    if actor.user_id is not None:
        return await api_tokens.of_user(conn, actor.user_id)
    if actor.connection_id is not None:
        return await api_tokens.of_hub_merchant(conn, actor.connection_id)
    raise Forbidden


async def _connection_of(conn: Connection, actor: Actor, new: NewToken) -> int | None:
    if new.role is not Role.MERCHANT:
        return None
    if actor.role is Role.MERCHANT:
        return actor.connection_id
    number = new.connection_id
    if number is None or not 0 < number <= LARGEST_NUMBER:
        raise Unfit("connection_id")
    if await connections.brief(conn, number) is None:
        raise Unfit("connection_id")
    return number


def _view(row: TokenRow) -> TokenView:
    return TokenView(
        row.token_id,
        row.name,
        Role(row.role),
        row.connection_id,
        row.store_name,
        row.user_id,
        row.user_name,
        row.created_at,
        row.expires_at,
        row.used_at,
    )
