"""Tokens of the API, kept as hashes: whose they are, until when, and when they were last used."""

from datetime import datetime

from msgspec import Struct

from ponte.ledger.queries import Connection, execute, row, rows, scalar


class TokenRow(Struct, frozen=True):
    """A token as listed; `user_name` and `store_name` are those of its user and connection."""

    token_id: int
    name: str
    role: str
    connection_id: int | None
    store_name: str | None
    user_id: int | None
    user_name: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class UsedToken(TokenRow, frozen=True):
    """A token that somebody shows."""

    # False: of an operator who gave it less than an operator may.
    is_whole: bool


async def add(
    conn: Connection,
    token_hash: bytes,
    name: str,
    role: str,
    connection_id: int | None,
    user_id: int | None,
    lasts: float,
    parent_id: int | None,
) -> int:
    """Keep a token for `lasts` seconds, but not longer than its parent; its number."""
    return int(
        await scalar(
            conn,
            "add_api_token",
            token_hash=token_hash,
            token_name=name,
            role=role,
            connection_id=connection_id,
            user_id=user_id,
            lasts=lasts,
            parent_id=parent_id,
        )
    )


async def hold(conn: Connection, token_id: int) -> bool:
    """Keep a token from being revoked until the transaction ends; False where it is no more."""
    return await scalar(conn, "hold_api_token", token_id=token_id) is not None


async def use(conn: Connection, token_hash: bytes) -> UsedToken | None:
    """Whose token it is; None where it is too old, or its user may no longer what it may."""
    return await row(conn, "use_api_token", UsedToken, token_hash=token_hash)


async def read(conn: Connection, token_id: int) -> TokenRow | None:
    """One token."""
    return await row(conn, "api_token_of", TokenRow, token_id=token_id)


async def of_user(conn: Connection, user_id: int) -> list[TokenRow]:
    """A user's tokens, the newest first."""
    return await rows(conn, "api_tokens_of_user", TokenRow, user_id=user_id)


async def of_hub_merchant(conn: Connection, connection_id: int) -> list[TokenRow]:
    """Tokens of a connection's merchant whom the hub sent, the newest first."""
    return await rows(conn, "api_tokens_of_merchant", TokenRow, connection_id=connection_id)


async def list_all(conn: Connection) -> list[TokenRow]:
    """Everybody's tokens, the newest first, some hundreds at most."""
    return await rows(conn, "list_api_tokens", TokenRow)


async def revoke(conn: Connection, token_id: int) -> None:
    """End a token, and those that were made with it."""
    await execute(conn, "revoke_api_token", token_id=token_id)


async def revoke_all(conn: Connection, user_id: int) -> None:
    """End all tokens of a user."""
    await execute(conn, "revoke_api_tokens_of_user", user_id=user_id)
