"""Orders as people look for them: lists that are turned over page by page, and one by itself.

A connection may have a hundred thousand. So a list is read behind a place in its order and never
counts what it skips, and how many there are is counted up to a bound.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.timeline import OrderRecord, ReportRecord
from ponte.ledger.queries import Connection, plan_for_this, row, rows, scalar, scalars

# Whoever has more of something wants to search, not to count.
MOST_COUNTED = 10_000
# Marketplaces are some dozens; what a broken one makes up does not become a list without end.
MOST_CHANNELS = 100


class OrderRow(Struct, frozen=True):
    """An order as people see it. `state` is where it is on its way, in one word."""

    hub_order_id: str
    hub_number: str | None
    marketplace_id: str | None
    channel: str | None
    hub_status: str | None
    state: str
    total: Decimal | None
    store_number: str | None
    seen_at: datetime
    imported_at: datetime | None
    confirmed_at: datetime | None
    canceled_at: datetime | None
    ignored: str | None
    waiting: bool
    # A pendência stands on it, or on its report, that nobody ignored.
    has_problem: bool
    # Somebody ignored what holds it back: it is not tried again until somebody says so.
    set_aside: bool


class Chosen(Struct, frozen=True):
    """Which orders: everything that is not None has to fit."""

    hub_status: str | None = None
    state: str | None = None
    channel: str | None = None
    since: datetime | None = None
    # Not included.
    until: datetime | None = None
    # The beginning of any of an order's numbers.
    number: str | None = None
    # Hashes of the buyer's document, one for each key that it may have been made with.
    documents: tuple[bytes, ...] | None = None
    with_problem: bool = False


class Place(Struct, frozen=True):
    """A place in the list: between two orders."""

    at: datetime
    hub_order_id: str


def _values(chosen: Chosen) -> dict[str, Any]:
    values = msgspec.structs.asdict(chosen)
    if chosen.number is not None:
        values["number"] = _pattern(chosen.number)
    if chosen.documents is not None:
        values["documents"] = list(chosen.documents)
    return values


def _pattern(beginning: str) -> str:
    r"""For LIKE, in which `\`, `%` and `_` are not themselves."""
    for special in ("\\", "%", "_"):
        beginning = beginning.replace(special, f"\\{special}")
    return f"{beginning}%"


async def page(
    conn: Connection,
    connection_id: int,
    chosen: Chosen,
    count: int,
    place: Place | None = None,
    *,
    backwards: bool = False,
) -> list[OrderRow]:
    """Up to `count` orders behind `place` (without it from the newest on), or, `backwards`, just
    before it; newest first."""
    await plan_for_this(conn)
    found = await rows(
        conn,
        "list_orders",
        OrderRow,
        turned=backwards,
        connection_id=connection_id,
        count=count,
        place_at=place and place.at,
        place_id=place and place.hub_order_id,
        **_values(chosen),
    )
    return found[::-1] if backwards else found


async def count(conn: Connection, connection_id: int, chosen: Chosen) -> int:
    """How many there are; one more than `MOST_COUNTED` stands for any more."""
    await plan_for_this(conn)
    return int(
        await scalar(
            conn,
            "count_orders",
            connection_id=connection_id,
            most=MOST_COUNTED,
            **_values(chosen),
        )
    )


async def channels(conn: Connection, connection_id: int) -> list[str]:
    """Where orders came from, by name."""
    return await scalars(conn, "order_channels", connection_id=connection_id, most=MOST_CHANNELS)


async def read(conn: Connection, connection_id: int, hub_order_id: str) -> OrderRecord | None:
    """One order, or None where the ledger has none of this id."""
    return await row(
        conn,
        "read_order",
        OrderRecord,
        connection_id=connection_id,
        hub_order_id=hub_order_id,
    )


async def read_report(
    conn: Connection, connection_id: int, hub_order_id: str
) -> ReportRecord | None:
    """What the store told of it, or None where it told nothing yet."""
    return await row(
        conn,
        "read_report",
        ReportRecord,
        connection_id=connection_id,
        hub_order_id=hub_order_id,
    )
