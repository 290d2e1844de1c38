"""How one connection stands, for its merchant and for whoever looks after it.

Everything here was measured by a worker some seconds ago and costs a page next to nothing; only
what may change at any moment (an access that ended, a pause) is looked at afresh.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ponte.domain import local_time
from ponte.domain.health import Judgement, Reason, State, judge
from ponte.jobs.health import signs_of
from ponte.ledger import calls, health
from ponte.ledger.calls import CallHour
from ponte.ledger.database import Pool
from ponte.ledger.health import ImportedHour, LagSample, Standing
from ponte.services import outages
from ponte.services.actors import Actor, must_see
from ponte.services.outages import OutageView

# Measures older than this mean that nobody measures: no worker is at work.
STALE_AFTER = timedelta(minutes=3)
# What the minute samples reach back to.
LONGEST_HOURS = 24


class FacetHealth(Struct, frozen=True):
    """Product, price or stock: one of the three updates of R3."""

    # Families whose difference is not sent yet.
    unsent: int
    # Since when the oldest of them waits.
    oldest_at: datetime | None
    # When the store was last read to the end of its feed.
    checked_at: datetime | None


class OrdersHealth(Struct, frozen=True):
    """Orders on their way into the store. Counts above 10,000 mean "more than 10,000"."""

    today: int
    waiting: int
    oldest_at: datetime | None
    with_problem: int
    checked_at: datetime | None


class ReportsHealth(Struct, frozen=True):
    """Invoices and dispatches on their way to the hub."""

    open: int
    oldest_at: datetime | None
    checked_at: datetime | None


class SideHealth(Struct, frozen=True):
    """Calls to the hub or the store in the last five minutes."""

    calls: int
    failed: int
    throttled: int


class ConnectionHealth(Struct, frozen=True):
    """How a connection stands."""

    connection_id: int
    store_name: str
    store_url: str
    store_platform: str
    hub_url: str
    hub_account: int | None
    state: State
    reason: Reason
    # Since when it is so; None where that began after the last measures.
    since: datetime | None
    # How old the oldest of all that waits is.
    lag_seconds: int
    created_at: datetime
    released_at: datetime | None
    # When everything that the store had was sent for the first time.
    exported_at: datetime | None
    hub_access_ended_at: datetime | None
    store_access_ended_at: datetime | None
    # When its merchant or an operator ended the connection; None: nobody did.
    switched_off_at: datetime | None
    # None: not yet.
    measured_at: datetime | None
    # Nobody has measured for minutes: no worker is at work.
    is_stale: bool
    families: int
    skus: int
    stock: FacetHealth
    price: FacetHealth
    content: FacetHealth
    orders: OrdersHealth
    reports: ReportsHealth
    problems_blocking: int
    problems_warning: int
    hub: SideHealth
    store: SideHealth
    jobs_waiting: int
    # Troubles of the hub or the platform that concern this connection, and others.
    outages: list[OutageView]


class Charts(Struct, frozen=True):
    """The last hours of a connection. What is missing between two entries is zero."""

    lag: list[LagSample]
    calls: list[CallHour]
    imported: list[ImportedHour]


async def of_connection(pool: Pool, actor: Actor, connection_id: int) -> ConnectionHealth | None:
    """How it stands, or None when there is none of this number. Today began at midnight there."""
    must_see(actor, connection_id)
    now = datetime.now(UTC)
    midnight = now.astimezone(local_time.zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    async with pool.connection() as conn:
        standing = await health.read(conn, connection_id)
        if standing is None:
            return None
        today = await health.imported_since(conn, connection_id, midnight)
        troubles = await outages.concerning(conn, standing)
    is_exported = standing.exported_at is not None
    judgement = judge(signs_of(standing, is_exported, now))
    return _shown(standing, judgement, today, troubles, now)


async def charts(pool: Pool, actor: Actor, connection_id: int, hours: int = 12) -> Charts:
    """Its last `hours` hours, at most a day."""
    must_see(actor, connection_id)
    hours = max(1, min(hours, LONGEST_HOURS))
    async with pool.connection() as conn:
        return Charts(
            await health.samples(conn, connection_id, hours),
            await calls.by_hour(conn, connection_id, hours),
            await health.imported_by_hour(conn, connection_id, hours),
        )


def _shown(
    standing: Standing,
    judgement: Judgement,
    today: int,
    troubles: list[OutageView],
    now: datetime,
) -> ConnectionHealth:
    is_same = (standing.state_before, standing.reason_before) == (judgement.state, judgement.reason)
    return ConnectionHealth(
        connection_id=standing.connection_id,
        store_name=standing.store_name,
        store_url=standing.store_url,
        store_platform=standing.store_platform,
        hub_url=standing.hub_url,
        hub_account=standing.hub_account,
        state=judgement.state,
        reason=judgement.reason,
        since=standing.state_since if is_same else None,
        lag_seconds=judgement.lag_seconds,
        created_at=standing.created_at,
        released_at=standing.released_at,
        exported_at=standing.exported_at,
        hub_access_ended_at=standing.hub_access_ended_at,
        store_access_ended_at=standing.store_access_ended_at,
        switched_off_at=standing.switched_off_at,
        measured_at=standing.measured_at,
        is_stale=standing.measured_at is None or now - standing.measured_at > STALE_AFTER,
        families=standing.families,
        skus=standing.skus,
        stock=FacetHealth(standing.stock_unsent, standing.stock_oldest, standing.stock_checked_at),
        price=FacetHealth(standing.price_unsent, standing.price_oldest, standing.price_checked_at),
        content=FacetHealth(
            standing.content_unsent, standing.content_oldest, standing.product_checked_at
        ),
        orders=OrdersHealth(
            today,
            standing.orders_waiting,
            standing.orders_oldest,
            standing.orders_with_problem,
            standing.orders_checked_at,
        ),
        reports=ReportsHealth(
            standing.reports_open, standing.reports_oldest, standing.reports_checked_at
        ),
        problems_blocking=standing.problems_blocking,
        problems_warning=standing.problems_warning,
        hub=SideHealth(standing.hub_calls, standing.hub_failed, standing.hub_throttled),
        store=SideHealth(standing.store_calls, standing.store_failed, standing.store_throttled),
        jobs_waiting=standing.jobs_waiting,
        outages=troubles,
    )
