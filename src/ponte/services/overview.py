"""How a connection stands, as its merchant asks: is it connected, is everything sent, what waits?

The measure is the manual's fifteen minutes (R3): of each source, when it was last read to its end,
and of everything to be told to the other side, how old the oldest is.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from ponte.ledger import problems, status
from ponte.ledger.database import Pool
from ponte.ledger.problems import Cause
from ponte.ledger.status import ConnectionStatus
from ponte.services.actors import Actor, must_see

# R3. A poll that is due at the end of its interval, and a worker that takes a moment to get to it,
# are no breach.
ALLOWED = timedelta(minutes=15)
_LOOKING = timedelta(minutes=1)


class Lane(StrEnum):
    """What travels between store and hub, each with a clock of its own."""

    PRODUCT = "product"
    PRICE = "price"
    STOCK = "stock"
    ORDERS = "orders"
    REPORTS = "reports"


class LaneView(Struct, frozen=True):
    """One lane: when its source was last read to its end, and what waits to be sent."""

    lane: Lane
    checked_at: datetime | None
    waiting: int
    oldest_at: datetime | None
    # Not looked at, or waiting, for longer than R3 allows.
    is_late: bool


class Overview(Struct, frozen=True):
    """How a connection stands at `at`."""

    at: datetime
    is_held: bool
    hub_access_ended_at: datetime | None
    store_access_ended_at: datetime | None
    families: int
    skus: int
    lanes: list[LaneView]
    orders_seen: int
    orders_imported: int
    orders_canceled: int
    orders_with_problem: int
    # Pendências by cause, blocking ones first.
    causes: list[Cause]

    @property
    def is_connected(self) -> bool:
        """Whether both sides let us in."""
        return self.hub_access_ended_at is None and self.store_access_ended_at is None


async def overview(pool: Pool, actor: Actor, connection_id: int) -> Overview | None:
    """How the connection stands now, or None when it is gone. Raises `Forbidden`."""
    must_see(actor, connection_id)
    async with pool.connection() as conn:
        found = await status.read(conn, connection_id)
        causes = await problems.by_cause(conn, connection_id)
    return None if found is None else judge(found, causes, datetime.now(UTC))


def judge(found: ConnectionStatus, causes: list[Cause], now: datetime) -> Overview:
    """What the ledger's figures mean at `now`."""
    clocks = found.clocks
    return Overview(
        at=now,
        is_held=clocks.released_at is None,
        hub_access_ended_at=clocks.hub_access_ended_at,
        store_access_ended_at=clocks.store_access_ended_at,
        families=found.catalogue.families,
        skus=found.catalogue.skus,
        lanes=_lanes(found, now),
        orders_seen=found.orders.seen,
        orders_imported=found.orders.imported,
        orders_canceled=found.orders.canceled,
        orders_with_problem=found.orders.with_problem,
        causes=causes,
    )


def _lanes(found: ConnectionStatus, now: datetime) -> list[LaneView]:
    clocks, catalogue, orders, reports = (
        found.clocks,
        found.catalogue,
        found.orders,
        found.reports,
    )
    released = clocks.released_at

    def lane(
        name: Lane, checked: datetime | None, waiting: int, oldest: datetime | None
    ) -> LaneView:
        # A source that was never read counts from the moment of release; of a held connection
        # nothing is read, and so nothing is late.
        is_late = released is not None and (
            now - (checked or released) > ALLOWED + _LOOKING or now - (oldest or now) > ALLOWED
        )
        return LaneView(name, checked, waiting, oldest, is_late)

    return [
        lane(
            Lane.PRODUCT,
            clocks.product_checked_at,
            catalogue.content_unsent,
            catalogue.content_oldest,
        ),
        lane(Lane.PRICE, clocks.price_checked_at, catalogue.price_unsent, catalogue.price_oldest),
        lane(Lane.STOCK, clocks.stock_checked_at, catalogue.stock_unsent, catalogue.stock_oldest),
        lane(Lane.ORDERS, clocks.orders_checked_at, orders.waiting, orders.oldest_waiting),
        lane(Lane.REPORTS, clocks.reports_checked_at, reports.open, reports.oldest_open),
    ]
