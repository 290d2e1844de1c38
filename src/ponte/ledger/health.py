"""How connections stand, kept ready: measured by one timer, read by every page.

A page never counts. What differs, waits or is open is found by its partial index and counted up to
a bound; a mountain of differences and the size of a catalogue are counted now and then only.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.ledger.queries import Connection, execute, row, rows, scalar, scalars

# Counts end one above it: "more than 10,000".
MOST_COUNTED = 10_000


class Differences(Struct, frozen=True):
    """What is not sent yet, per facet, and since when."""

    stock_unsent: int
    price_unsent: int
    content_unsent: int
    stock_oldest: datetime | None
    price_oldest: datetime | None
    content_oldest: datetime | None


class Figures(Differences, frozen=True):
    """What is measured of a connection; calls are those of the last five minutes."""

    orders_waiting: int
    orders_oldest: datetime | None
    orders_with_problem: int
    reports_open: int
    reports_oldest: datetime | None
    problems_blocking: int
    problems_warning: int
    hub_calls: int
    hub_failed: int
    hub_throttled: int
    store_calls: int
    store_failed: int
    store_throttled: int
    jobs_waiting: int


class Measured(Figures, frozen=True):
    """What a look at one connection found, and what the look before had found."""

    connection_id: int
    # Released; or made, while it is held.
    began_at: datetime
    is_held: bool
    is_off: bool
    hub_ended: bool
    store_ended: bool
    product_checked_at: datetime | None
    orders_checked_at: datetime | None
    reports_checked_at: datetime | None
    catalogue_paused_at: datetime | None
    orders_paused_at: datetime | None
    reports_paused_at: datetime | None
    product_cursor: int
    differing: int
    is_stopped: bool
    # Something of the catalogue waits to be sent for the first time.
    never_sent: bool
    exported_at: datetime | None
    families: int
    skus: int
    counted_at: datetime | None
    counted_cursor: int | None
    mountain_at: datetime | None
    stock_before: int | None
    price_before: int | None
    content_before: int | None
    stock_oldest_before: datetime | None
    price_oldest_before: datetime | None
    content_oldest_before: datetime | None
    was_lively: bool
    state_before: str | None
    reason_before: str | None
    state_since: datetime | None


class Size(Struct, frozen=True):
    """Of a catalogue."""

    families: int
    skus: int


class HealthRow(Figures, frozen=True):
    """A row of `connection_health`."""

    connection_id: int
    measured_at: datetime
    state: str
    reason: str
    state_since: datetime
    lag_seconds: int
    is_lively: bool
    is_held: bool
    hub_ended: bool
    store_ended: bool
    is_stopped: bool
    exported_at: datetime | None
    families: int
    skus: int
    counted_at: datetime | None
    counted_cursor: int | None
    mountain_at: datetime | None


class Standing(Figures, frozen=True):
    """One connection as a page needs it: the last measures, and what is known at any moment."""

    connection_id: int
    store_name: str
    store_url: str
    store_platform: str
    hub_url: str
    hub_account: int | None
    created_at: datetime
    released_at: datetime | None
    hub_access_ended_at: datetime | None
    store_access_ended_at: datetime | None
    # Somebody ended the connection.
    switched_off_at: datetime | None
    product_checked_at: datetime | None
    price_checked_at: datetime | None
    stock_checked_at: datetime | None
    orders_checked_at: datetime | None
    reports_checked_at: datetime | None
    catalogue_paused_at: datetime | None
    orders_paused_at: datetime | None
    reports_paused_at: datetime | None
    is_stopped: bool
    # None: it was never measured yet.
    measured_at: datetime | None
    state_before: str | None
    reason_before: str | None
    state_since: datetime | None
    exported_at: datetime | None
    families: int
    skus: int


class LagSample(Struct, frozen=True):
    """The worst of a minute."""

    minute: datetime
    stock_unsent: int
    price_unsent: int
    content_unsent: int
    stock_seconds: int
    price_seconds: int
    content_seconds: int
    orders_waiting: int


class ImportedHour(Struct, frozen=True):
    """Orders that entered the store within an hour."""

    hour: datetime
    orders: int


async def take_watch(conn: Connection, every_seconds: float) -> bool:
    """Whether nobody has looked for `every_seconds`, and nobody does until `conn`'s transaction
    ends."""
    return await scalar(conn, "take_watch", every=every_seconds) is not None


async def to_measure(conn: Connection, rest_seconds: float, count: int) -> list[int]:
    """Up to `count` connections to be looked at now: the lively ones, and of those at rest whoever
    was not for `rest_seconds`."""
    return await scalars(conn, "connections_to_measure", rest_seconds=rest_seconds, count=count)


async def measure(conn: Connection, connections: Sequence[int]) -> list[Measured]:
    """Look at these connections."""
    return await rows(
        conn,
        "measure_connections",
        Measured,
        connections=list(connections),
        most=MOST_COUNTED,
    )


async def measure_mountain(conn: Connection, connection_id: int) -> Differences | None:
    """All differences of one connection, however many; costs about a microsecond each."""
    return await row(conn, "measure_mountain", Differences, connection_id=connection_id)


async def count_catalogue(conn: Connection, connection_id: int) -> Size | None:
    """How large the catalogue is; costs a look at each of its rows."""
    return await row(conn, "count_catalogue", Size, connection_id=connection_id)


async def save(conn: Connection, measured: Sequence[HealthRow]) -> None:
    """Write down how they stand."""
    await execute(conn, "save_health", measured=Jsonb(msgspec.to_builtins(measured)))


async def sample(conn: Connection, connections: Sequence[int]) -> None:
    """Keep how these stand for the charts."""
    await execute(conn, "sample_lags", connections=list(connections))


async def forget_samples(conn: Connection) -> None:
    """What is older than a day goes."""
    await execute(conn, "forget_lag_samples")


async def read(conn: Connection, connection_id: int) -> Standing | None:
    """How one connection stands, or None when there is none of this number."""
    return await row(conn, "read_health", Standing, connection_id=connection_id)


async def samples(conn: Connection, connection_id: int, hours: int) -> list[LagSample]:
    """The last hours, oldest first. A minute that is missing is one in which all was sent."""
    return await rows(conn, "lag_samples", LagSample, connection_id=connection_id, hours=hours)


async def imported_by_hour(conn: Connection, connection_id: int, hours: int) -> list[ImportedHour]:
    """Orders that entered the store, oldest hour first; hours without any are left out."""
    return await rows(
        conn, "orders_imported_by_hour", ImportedHour, connection_id=connection_id, hours=hours
    )


async def imported_since(conn: Connection, connection_id: int, since: datetime) -> int:
    """How many orders entered the store since then."""
    return int(
        await scalar(conn, "orders_imported_since", connection_id=connection_id, since=since)
    )
