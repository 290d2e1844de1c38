"""The trail: who did what, to which connection, when. Only ever added to."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.ledger.queries import Connection, execute, plan_for_this, rows

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
    by_others: bool = False,
) -> list[Entry]:
    """The newest deeds, older than entry `before`; of one connection or one user where named, and
    `by_others` than a connection's merchant only."""
    await plan_for_this(conn)
    return await rows(
        conn,
        "latest_trail_entries",
        Entry,
        count=count,
        before=before,
        connection_id=connection_id,
        user_id=user_id,
        by_others=by_others,
    )
