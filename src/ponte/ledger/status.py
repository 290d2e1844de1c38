"""How a connection stands: what differs, how old it is, what became of orders and reports.

These are the figures by which a merchant sees that the manual's fifteen minutes (R3) hold. They
are read when somebody asks; each costs at most one pass over the connection's own rows.
"""

from datetime import datetime

from msgspec import Struct

from ponte.ledger.catalogue import SkuPair
from ponte.ledger.health import Differences
from ponte.ledger.queries import Connection, plan_for_this, row, rows, scalar


class LoopClocks(Struct, frozen=True):
    """When each source was last read to its end, and which access ended."""

    connected_at: datetime
    store_name: str
    hub_account: int | None
    product_checked_at: datetime | None
    price_checked_at: datetime | None
    stock_checked_at: datetime | None
    orders_checked_at: datetime | None
    reports_checked_at: datetime | None
    hub_access_ended_at: datetime | None
    store_access_ended_at: datetime | None
    # None: held, nothing is done for it yet.
    released_at: datetime | None
    # Somebody ended it.
    switched_off_at: datetime | None


class CatalogueStatus(Differences, frozen=True):
    """Families and SKUs, and per facet how many families differ and since when."""

    families: int
    skus: int


class OrderStatus(Struct, frozen=True):
    """Orders by what became of them."""

    seen: int
    waiting: int
    imported: int
    unconfirmed: int
    canceled: int
    ignored: int
    with_problem: int
    oldest_waiting: datetime | None


class ReportStatus(Struct, frozen=True):
    """Reports by what became of them."""

    open: int
    invoiced: int
    dispatched: int
    delivered: int
    oldest_open: datetime | None


class ConnectionStatus(Struct, frozen=True):
    """Everything of one connection, read together."""

    clocks: LoopClocks
    catalogue: CatalogueStatus
    # Families the hub acknowledged in the last minute.
    acknowledged: int
    orders: OrderStatus
    reports: ReportStatus


# A catalogue of this size is counted while a page waits: 20 ms on a machine with others on it.
MOST_COUNTED_NOW = 20_000
# What a speed is measured by at most.
_MOST_OF_LATE = 2000


class Speed(Struct, frozen=True):
    """Families acknowledged of late, and over how many seconds, up to now."""

    families: int
    seconds: float


class ExportProgress(Struct, frozen=True):
    """How far the catalogue is; two equal ones mean that nothing moved."""

    product_checked_at: datetime | None
    product_cursor: int
    hub_access_ended: bool
    store_access_ended: bool
    # Since when a person lets it rest.
    catalogue_paused_at: datetime | None
    # None: held.
    released_at: datetime | None
    families: int
    unsent: int
    # When these two were counted; None: just now. 0 unsent is always of now.
    counted_at: datetime | None
    # The hub has nothing of some of them.
    has_never_sent: bool
    # Up to `MOST_COUNTED_NOW` + 1.
    refused: int
    acked_at: datetime | None


async def read(conn: Connection, connection_id: int) -> ConnectionStatus | None:
    """How the connection stands, or None when there is none of this number."""
    number = {"connection_id": connection_id}
    clocks = await read_clocks(conn, connection_id)
    catalogue = await row(conn, "catalogue_status", CatalogueStatus, **number)
    orders = await row(conn, "order_status", OrderStatus, **number)
    reports = await row(conn, "report_status", ReportStatus, **number)
    if clocks is None or catalogue is None or orders is None or reports is None:
        return None
    lately = await acknowledged(conn, connection_id)
    return ConnectionStatus(clocks, catalogue, lately, orders, reports)


async def read_clocks(conn: Connection, connection_id: int) -> LoopClocks | None:
    """When each source was last read, or None when there is no such connection."""
    return await row(conn, "loop_clocks", LoopClocks, connection_id=connection_id)


async def acknowledged(conn: Connection, connection_id: int) -> int:
    """How many families the hub acknowledged in the last minute."""
    return int(await scalar(conn, "acknowledged_since", connection_id=connection_id))


async def export_progress(conn: Connection, connection_id: int) -> ExportProgress | None:
    """How far the catalogue is, or None when there is no such connection."""
    # Of a connection without products, everybody's would be read to find the first of its own.
    await plan_for_this(conn)
    return await row(
        conn,
        "export_progress",
        ExportProgress,
        connection_id=connection_id,
        most_counted=MOST_COUNTED_NOW,
    )


async def acknowledged_lately(conn: Connection, connection_id: int) -> Speed:
    """The families acknowledged within the last minute, or the last so many of them."""
    found = await row(
        conn,
        "acknowledged_lately",
        Speed,
        connection_id=connection_id,
        most_counted=_MOST_OF_LATE,
    )
    return found or Speed(0, 0.0)


def is_bounded(speed: Speed) -> bool:
    """Whether more were acknowledged within the minute than were counted."""
    return speed.families >= _MOST_OF_LATE


async def living_workers(conn: Connection) -> int:
    """How many workers are at work."""
    return int(await scalar(conn, "living_workers"))


async def refused_families(
    conn: Connection, connection_id: int, named: str | None = None
) -> list[SkuPair]:
    """Products the hub refused: all, or the one of this key or SKU."""
    return await rows(conn, "refused_families", SkuPair, connection_id=connection_id, named=named)
