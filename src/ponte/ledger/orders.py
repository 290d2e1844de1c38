"""Orders in the ledger: which are wanted, and what became of them. Never who bought."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from ponte.domain.hub_order import HubOrder, OrderListing
from ponte.domain.orders import CANCELED
from ponte.domain.problems import ProblemCode
from ponte.ledger.problem_lists import SubjectPlace, behind
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars


class WantedOrder(Struct, frozen=True):
    """An order to read, first heard of at `seen_at`; `wanted_at` tells later whether a newer hint
    came."""

    hub_order_id: str
    seen_at: datetime
    first_read_at: datetime | None
    wanted_at: datetime
    attempts: int
    store_number: str | None
    imported_at: datetime | None
    confirmed_at: datetime | None
    canceled_at: datetime | None
    # What the last look found: why the order stays out.
    ignored: str | None
    # Somebody ignored what holds it back: it neither enters nor is canceled before they say so.
    set_aside: bool


async def want(conn: Connection, connection_id: int, hub_order_id: str) -> None:
    """A hint that the order may have changed."""
    await execute(conn, "want_order", connection_id=connection_id, hub_order_id=hub_order_id)


async def want_listed(conn: Connection, connection_id: int, listed: Sequence[OrderListing]) -> int:
    """Want the listed orders that differ from what the ledger saw; how many."""
    return int(
        await scalar(
            conn,
            "want_listed_orders",
            connection_id=connection_id,
            ids=[order.id for order in listed],
            statuses=[order.status for order in listed],
            modified=[order.modified for order in listed],
        )
    )


async def awaited_skus(conn: Connection, connection_id: int) -> frozenset[str]:
    """The SKUs that orders wait for."""
    return frozenset(
        await scalars(
            conn, "awaited_skus", connection_id=connection_id, code=ProblemCode.UNKNOWN_SKU
        )
    )


async def want_with_problem(
    conn: Connection,
    connection_id: int,
    codes: Collection[ProblemCode],
    details: Collection[str] | None = None,
) -> list[str]:
    """Read orders again whose reason may be gone: by code, and by detail where given."""
    return await scalars(
        conn,
        "want_orders_with_problem",
        connection_id=connection_id,
        codes=list(codes),
        details=None if details is None else list(details),
    )


async def retry(conn: Connection, connection_id: int, hub_order_id: str) -> bool:
    """A person asks to look again now, set aside or not; whether the order is known."""
    return (
        await scalar(conn, "retry_order", connection_id=connection_id, hub_order_id=hub_order_id)
        is not None
    )


async def retry_cause(
    conn: Connection,
    connection_id: int,
    code: str,
    most: int,
    place: SubjectPlace | None = None,
) -> list[str]:
    """A person asks to look again at what one cause holds back: at the oldest `most` behind
    `place`; at which."""
    return await scalars(
        conn,
        "retry_orders_of_cause",
        connection_id=connection_id,
        code=code,
        most=most,
        **behind(place),
    )


async def wanted(
    conn: Connection, connection_id: int, count: int, in_flight: Collection[str]
) -> list[WantedOrder]:
    """Up to `count` orders to read now, longest waiting first."""
    return await rows(
        conn,
        "wanted_orders",
        WantedOrder,
        connection_id=connection_id,
        count=count,
        in_flight=list(in_flight),
    )


async def forget_unread(conn: Connection, connection_id: int, wanted_order: WantedOrder) -> bool:
    """Forget an order that no look has ever found; False where something is known of it."""
    deleted = await execute(
        conn,
        "forget_unread",
        connection_id=connection_id,
        hub_order_id=wanted_order.hub_order_id,
        wanted_at=wanted_order.wanted_at,
    )
    return deleted > 0


async def settle(
    conn: Connection,
    connection_id: int,
    wanted_order: WantedOrder,
    order: HubOrder | None,
    *,
    ignored: str | None = None,
    again_in: float | None = None,
    document_hash: bytes | None = None,
) -> None:
    """The look is over; the order is not wanted any more unless a newer hint came.

    `order` is None where the hub showed nothing of it: what was known of it stays.
    `again_in` seconds it is looked at once more, for an order that could not enter.
    `document_hash` is the buyer's, as `ponte.domain.documents.document_hash` makes it.
    """
    await execute(
        conn,
        "settle_order",
        connection_id=connection_id,
        hub_order_id=wanted_order.hub_order_id,
        wanted_at=wanted_order.wanted_at,
        first_read_at=wanted_order.first_read_at,
        is_canceled=order is not None and order.status in CANCELED,
        document_hash=document_hash,
        hub_status=order and order.status,
        hub_modified=order and order.modified,
        hub_number=order and order.order_number,
        marketplace_id=order and order.marketplace_id,
        channel=order and order.channel,
        total=order and order.total,
        ignored=ignored,
        again_in=again_in,
    )


async def record_import(
    conn: Connection, connection_id: int, hub_order_id: str, store_number: str
) -> None:
    """The store took the order in."""
    await execute(
        conn,
        "record_import",
        connection_id=connection_id,
        hub_order_id=hub_order_id,
        store_number=store_number,
    )


async def record_confirmation(conn: Connection, connection_id: int, hub_order_id: str) -> None:
    """The hub knows our number."""
    await execute(
        conn, "record_confirmation", connection_id=connection_id, hub_order_id=hub_order_id
    )


async def record_cancellation(conn: Connection, connection_id: int, hub_order_id: str) -> None:
    """The store canceled the order."""
    await execute(
        conn, "record_cancellation", connection_id=connection_id, hub_order_id=hub_order_id
    )


async def postpone(conn: Connection, connection_id: int, hub_order_id: str, wait: float) -> None:
    """A passing failure: read it again in `wait` seconds."""
    await execute(
        conn,
        "postpone_order",
        connection_id=connection_id,
        hub_order_id=hub_order_id,
        wait=wait,
    )


async def poll_due(conn: Connection, connection_id: int, poll_seconds: float) -> bool:
    """Whether the hub's list is to be read again."""
    return bool(
        await scalar(
            conn, "orders_poll_due", connection_id=connection_id, poll_seconds=poll_seconds
        )
    )


async def mark_checked(
    conn: Connection, connection_id: int, at: datetime, seen_until: datetime | None
) -> None:
    """The list was read to its end; the newest `modified` it showed."""
    await execute(
        conn,
        "mark_orders_checked",
        connection_id=connection_id,
        at=at,
        seen_until=seen_until,
    )


async def schedule(conn: Connection, connection_id: int, poll_seconds: float, pause: float) -> None:
    """Plan the next wake-up of the order loop, not before `pause` seconds."""
    due_at = await scalar(conn, "next_order_due", connection_id=connection_id)
    await execute(
        conn,
        "schedule_orders",
        connection_id=connection_id,
        due_at=due_at,
        poll_seconds=poll_seconds,
        pause=pause,
    )
