"""How a connection stands: what differs, how old it is, what became of orders and reports.

These are the figures by which a merchant sees that the manual's fifteen minutes (R3) hold. They
are read when somebody asks; each costs at most one pass over the connection's own rows.
"""

from datetime import datetime

from msgspec import Struct

from ponte.ledger.catalogue import SkuPair
from ponte.ledger.queries import Connection, row, rows, scalar


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


class CatalogueStatus(Struct, frozen=True):
    """Families and SKUs, and per facet how many families differ and since when."""

    families: int
    skus: int
    stock_unsent: int
    price_unsent: int
    content_unsent: int
    stock_oldest: datetime | None
    price_oldest: datetime | None
    content_oldest: datetime | None


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


class ExportProgress(Struct, frozen=True):
    """How far the catalogue is; two equal ones mean that nothing moved."""

    product_checked_at: datetime | None
    product_cursor: int
    hub_access_ended: bool
    store_access_ended: bool
    # None: held.
    released_at: datetime | None
    families: int
    unsent: int
    # Of these, what the hub has nothing of.
    never_sent: int
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
    return await row(conn, "export_progress", ExportProgress, connection_id=connection_id)


async def living_workers(conn: Connection) -> int:
    """How many workers are at work."""
    return int(await scalar(conn, "living_workers"))


async def refused_families(
    conn: Connection, connection_id: int, named: str | None = None
) -> list[SkuPair]:
    """Products the hub refused: all, or the one of this key or SKU."""
    return await rows(conn, "refused_families", SkuPair, connection_id=connection_id, named=named)
