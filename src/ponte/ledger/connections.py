"""Connections: a merchant's hub account and store, their tokens, cursors and clocks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.domain.rules import MerchantRules
from ponte.domain.store_pages import StorePages
from ponte.ledger.queries import Connection, execute, row, rows, scalar, scalars
from ponte.ledger.vault import Vault

# More of what is left is not counted.
MOST_LEFT = 10_000
HUB = "hub"
STORE = "store"


class NewConnection(Struct, frozen=True):
    """What `save` needs; secrets already sealed."""

    hub_url: str
    hub_account: int | None
    hub_client_id: str
    hub_client_secret: bytes
    store_platform: str
    store_url: str
    store_id: str
    store_name: str
    store_client_id: str | None
    hint_secret: bytes
    # Templates of the store's own panel (ponte.domain.store_pages).
    store_home_url: str | None
    store_product_url: str | None
    store_order_url: str | None


class Saved(Struct, frozen=True):
    """The connection made, or the one renewed."""

    connection_id: int
    is_new: bool
    is_held: bool


class Concerned(Struct, frozen=True):
    """A connection that a notification is about."""

    connection_id: int
    is_held: bool


class HintDoor(Struct, frozen=True):
    """What hints of a connection's store are judged by."""

    hint_secret: bytes
    is_held: bool


class OverdueJob(Struct, frozen=True):
    """A wake-up that somebody took and never came back from."""

    id: int
    task_name: str
    connection_id: int
    part: int


class ConnectionRow(Struct, frozen=True):
    """A connection as stored."""

    connection_id: int
    created_at: datetime
    hub_url: str
    hub_account: int | None
    hub_client_id: str
    hub_client_secret: bytes
    store_platform: str
    store_url: str
    store_id: str
    store_name: str
    store_client_id: str | None
    hint_secret: bytes
    rules: dict[str, Any]
    product_cursor: int
    feed_tail: int | None
    event_cursor: int
    orders_seen_until: datetime | None
    hub_access_ended_at: datetime | None
    store_access_ended_at: datetime | None
    # None: held, until somebody asks for the export.
    released_at: datetime | None
    # One higher each time the rules change.
    rules_version: int
    # None: this loop works.
    catalogue_paused_at: datetime | None
    orders_paused_at: datetime | None
    reports_paused_at: datetime | None
    # Somebody ended the connection; None: nobody did.
    switched_off_at: datetime | None

    def merchant_rules(self) -> MerchantRules:
        """The rules, typed."""
        return msgspec.convert(self.rules, MerchantRules)


class ConnectionBrief(Struct, frozen=True):
    """What every page about a connection says of it; nothing secret."""

    connection_id: int
    created_at: datetime
    hub_account: int | None
    store_platform: str
    store_url: str
    store_name: str
    hub_access_ended_at: datetime | None
    store_access_ended_at: datetime | None
    released_at: datetime | None
    # When somebody ended the connection, and who; None: nobody did.
    switched_off_at: datetime | None
    switched_off_by: str | None
    # When the store ended our access, too; None: somebody has to do so there.
    store_revoked_at: datetime | None
    # Templates of the store's own panel, in which `{id}` is a product's id or an order's number.
    store_home_url: str | None
    store_product_url: str | None
    store_order_url: str | None


class GrantRow(Struct, frozen=True):
    """Sealed tokens of one side."""

    access_token: bytes
    refresh_token: bytes | None
    expires_at: datetime | None


class DueLoops(Struct, frozen=True):
    """Which loops of a connection are to be woken."""

    connection_id: int
    pull: bool
    push: bool
    orders: bool
    reports: bool


class WorkLeft(Struct, frozen=True):
    """What is under way; each count ends one above `MOST_LEFT`. Orders are those that may enter the
    store, reports what the hub was not told of orders, families what differs."""

    orders: int
    reports: int
    families: int


class OtherStore(Struct, frozen=True):
    """The store that a hub account is connected to."""

    connection_id: int
    store_name: str


async def other_store_of_account(conn: Connection, new: NewConnection) -> OtherStore | None:
    """The store that this hub account is connected to already, where it is not this one."""
    return await row(
        conn,
        "other_store_of_account",
        OtherStore,
        hub_url=new.hub_url,
        hub_account=new.hub_account,
        store_url=new.store_url,
        store_id=new.store_id,
    )


async def save(
    conn: Connection, new: NewConnection, rules: MerchantRules, *, held: bool
) -> Saved | None:
    """Store a connection, or renew the one of this store. None: the store is connected to another
    hub account already. `held`: nothing is done for a new one before `release`."""
    return await row(
        conn,
        "save_connection",
        Saved,
        **msgspec.structs.asdict(new),
        rules=Jsonb(msgspec.to_builtins(rules)),
        held=held,
    )


async def release(conn: Connection, connection_id: int) -> bool:
    """Let the loops work for it; whether it was held."""
    return await execute(conn, "release_connection", connection_id=connection_id) > 0


async def set_hub_app(
    conn: Connection, connection_id: int, client_id: str, client_secret: bytes
) -> None:
    """Note which app the hub's grant was given to; the secret is sealed."""
    await execute(
        conn,
        "set_hub_app",
        connection_id=connection_id,
        hub_client_id=client_id,
        hub_client_secret=client_secret,
    )


async def resume_hub_access(conn: Connection, connection_id: int) -> bool:
    """The hub lets us in again; whether it had not."""
    return await execute(conn, "resume_hub_access", connection_id=connection_id) > 0


async def save_grant(conn: Connection, connection_id: int, side: str, grant: GrantRow) -> None:
    """Store the sealed tokens of one side."""
    await execute(
        conn,
        "save_grant",
        connection_id=connection_id,
        side=side,
        **msgspec.structs.asdict(grant),
    )


async def read_grant(conn: Connection, connection_id: int, side: str) -> GrantRow | None:
    """The sealed tokens of one side."""
    return await row(conn, "read_grant", GrantRow, connection_id=connection_id, side=side)


async def lock_grant(conn: Connection, connection_id: int, side: str) -> GrantRow | None:
    """The same; until the transaction ends nobody else may refresh them."""
    return await row(conn, "lock_grant", GrantRow, connection_id=connection_id, side=side)


async def read(conn: Connection, connection_id: int) -> ConnectionRow | None:
    """One connection."""
    return await row(conn, "read_connection", ConnectionRow, connection_id=connection_id)


async def brief(conn: Connection, connection_id: int) -> ConnectionBrief | None:
    """What pages say of one connection."""
    return await row(conn, "connection_brief", ConnectionBrief, connection_id=connection_id)


async def briefs(conn: Connection, after: int, count: int) -> list[ConnectionBrief]:
    """Connections by number, those behind `after`."""
    return await rows(conn, "connection_briefs", ConnectionBrief, after=after, count=count)


async def list_all(conn: Connection) -> list[ConnectionRow]:
    """All connections, oldest first."""
    return await rows(conn, "list_connections", ConnectionRow)


async def of_account(conn: Connection, account: int) -> list[Concerned]:
    """The connections of a hub account, on whichever hub."""
    return await rows(conn, "connections_of_account", Concerned, account=account)


async def of_hub_account(conn: Connection, hub_url: str, account: int) -> int | None:
    """The connection of an account of this hub."""
    found = await scalar(conn, "connection_of_hub_account", hub_url=hub_url, account=account)
    return None if found is None else int(found)


async def hint_door(conn: Connection, connection_id: int) -> HintDoor | None:
    """The sealed key of the store's hints, or None for an unknown connection."""
    return await row(conn, "hint_secret_of", HintDoor, connection_id=connection_id)


async def try_keys(conn: Connection, vault: Vault) -> None:
    """Raise `WrongKey` when the newest connection's secrets were sealed with other keys."""
    found = await scalar(conn, "any_hint_secret")
    if found is not None:
        vault.open(bytes(found))


async def learn_account(conn: Connection, connection_id: int, account: int) -> None:
    """Remember the hub account where it was unknown."""
    await execute(conn, "learn_account", connection_id=connection_id, account=account)


async def end_access(conn: Connection, connection_id: int, side: str) -> bool:
    """One side does not let us in any more; False where somebody ended the connection before."""
    query = "end_hub_access" if side == HUB else "end_store_access"
    return await execute(conn, query, connection_id=connection_id) > 0


async def keep_store_pages(conn: Connection, connection_id: int, pages: StorePages) -> None:
    """Keep what the store offers its people."""
    await execute(
        conn, "keep_store_pages", connection_id=connection_id, **msgspec.structs.asdict(pages)
    )


async def switch_off(conn: Connection, connection_id: int, by: str) -> bool:
    """End the connection, and note who did; whether it was not ended yet. Its grants stay."""
    return await execute(conn, "switch_off", connection_id=connection_id, by=by) > 0


async def note_store_revoked(conn: Connection, connection_id: int) -> None:
    """The store ended our access, too."""
    await execute(conn, "note_store_revoked", connection_id=connection_id)


async def is_switched_off(conn: Connection, store_url: str, store_id: str) -> bool:
    """Whether this store has a connection that somebody ended."""
    found = await scalar(conn, "is_switched_off", store_url=store_url, store_id=store_id)
    return found is True


async def take_grant(
    conn: Connection, connection_id: int, side: str, wait_seconds: int
) -> GrantRow | None:
    """Delete the sealed tokens of one side and return them. Raises `LockNotAvailable` where
    somebody renews them for longer than `wait_seconds`."""
    await execute(conn, "wait_briefly", seconds=wait_seconds)
    return await row(conn, "take_grant", GrantRow, connection_id=connection_id, side=side)


async def forget_grants(conn: Connection) -> None:
    """Delete what was left of connections that were ended over a minute ago."""
    await execute(conn, "forget_grants")


async def work_left(conn: Connection, connection_id: int) -> WorkLeft:
    """What would stay undone if it ended now."""
    found = await row(conn, "work_left", WorkLeft, connection_id=connection_id, most=MOST_LEFT)
    return found or WorkLeft(0, 0, 0)


async def claim_due(conn: Connection, lease_seconds: float) -> Sequence[DueLoops]:
    """The loops whose time has come, leased for `lease_seconds`."""
    return await rows(conn, "claim_due_loops", DueLoops, lease_seconds=lease_seconds)


async def postpone_loop(conn: Connection, connection_id: int, loop: str, wait: float) -> None:
    """Wake this loop again in `wait` seconds, whatever it was planned for."""
    await execute(conn, "postpone_loop", connection_id=connection_id, loop=loop, wait=wait)


async def overdue_jobs(
    conn: Connection, task_names: Collection[str], seconds: float
) -> list[OverdueJob]:
    """Jobs of these tasks that began more than `seconds` ago and have not ended."""
    return await rows(
        conn, "overdue_jobs", OverdueJob, task_names=list(task_names), seconds=seconds
    )


async def lock_waiting_jobs(conn: Connection, queueing_locks: Collection[str]) -> frozenset[str]:
    """Which of these wake-ups wait already; locked, they are not taken before we commit."""
    return frozenset(await scalars(conn, "lock_waiting_jobs", queueing_locks=list(queueing_locks)))
