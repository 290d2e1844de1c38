"""The trail: who did what, to which connection, when. Only ever added to."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.ledger.queries import Connection, execute, rows

# Behind the last of all entries.
NEWEST = 2**63 - 1


class NewEntry(Struct, frozen=True):
    """A deed to be noted."""

    user_id: int | None
    actor: str
    role: str
    via: str
    acts_as_merchant: bool
    connection_id: int | None
    action: str
    detail: dict[str, Any]


class Entry(Struct, frozen=True):
    """A deed as noted. `store_name` is that of the connection, while it exists."""

    entry_id: int
    at: datetime
    user_id: int | None
    actor: str
    role: str
    via: str
    acts_as_merchant: bool
    connection_id: int | None
    store_name: str | None
    action: str
    detail: dict[str, Any]


async def add(conn: Connection, entry: NewEntry) -> None:
    """Note a deed."""
    values = msgspec.structs.asdict(entry)
    values["detail"] = Jsonb(msgspec.to_builtins(entry.detail))
    await execute(conn, "add_trail_entry", **values)


async def latest(
    conn: Connection,
    count: int,
    *,
    before: int = NEWEST,
    connection_id: int | None = None,
    user_id: int | None = None,
) -> list[Entry]:
    """The newest deeds, older than entry `before`; of one connection or one user where named."""
    # Each of them has a statement of its own, because each has an index of its own.
    if connection_id is None and user_id is None:
        return await rows(conn, "latest_trail_entries", Entry, count=count, before=before)
    if user_id is None:
        return await rows(
            conn,
            "trail_of_connection",
            Entry,
            count=count,
            before=before,
            connection_id=connection_id,
        )
    if connection_id is None:
        return await rows(conn, "trail_of_user", Entry, count=count, before=before, user_id=user_id)
    return await rows(
        conn,
        "trail_of_user_at_connection",
        Entry,
        count=count,
        before=before,
        connection_id=connection_id,
        user_id=user_id,
    )


async def by_others(
    conn: Connection, count: int, *, before: int, connection_id: int
) -> list[Entry]:
    """What others than its merchant did with a connection, the newest first."""
    return await rows(
        conn, "trail_by_others", Entry, count=count, before=before, connection_id=connection_id
    )
