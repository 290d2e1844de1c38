"""Outages: how accounts fare at each hub and platform, and what was found of it."""

from datetime import datetime

from msgspec import Struct

from ponte.domain.outages import OpenOutage, Weather
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars


class OutageRow(Struct, frozen=True):
    """An outage as stored."""

    outage_id: int
    side: str
    place: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    status: int
    accounts: int
    failing: int


async def is_any_trouble(conn: Connection) -> bool:
    """Whether there is anything to judge."""
    return bool(await scalar(conn, "is_any_trouble"))


async def weather(conn: Connection) -> list[Weather]:
    """How accounts fared in the last minutes, by hub, by platform and by server of stores."""
    return await rows(conn, "weather", Weather)


async def standing(conn: Connection) -> list[OpenOutage]:
    """Those that have not ended."""
    return await rows(conn, "standing_outages", OpenOutage)


async def begin(conn: Connection, found: Weather) -> int:
    """A new one; its number."""
    return int(
        await scalar(
            conn,
            "begin_outage",
            side=found.side,
            place=found.place,
            began_at=found.since,
            status=found.status or 0,
            accounts=found.accounts,
            failing=found.failing,
        )
    )


async def go_on(conn: Connection, outage_id: int, found: Weather) -> None:
    """It was seen again."""
    await execute(
        conn,
        "continue_outage",
        outage_id=outage_id,
        status=found.status,
        accounts=found.accounts,
        failing=found.failing,
    )


async def end(conn: Connection, outage_id: int) -> None:
    """It is over, since it was last seen."""
    await execute(conn, "end_outage", outage_id=outage_id)


async def all_standing(conn: Connection) -> list[OutageRow]:
    """The same, with their figures."""
    return await rows(conn, "outages_now", OutageRow)


async def latest(conn: Connection, count: int) -> list[OutageRow]:
    """Standing ones first, then the newest."""
    return await rows(conn, "latest_outages", OutageRow, count=count)


async def at_places(
    conn: Connection, hub_url: str, store_platform: str, store_url: str
) -> list[OutageRow]:
    """Standing ones that concern a connection between these."""
    return await rows(
        conn,
        "outages_at",
        OutageRow,
        hub_url=hub_url,
        store_places=[store_platform, store_url],
    )


async def concerned(conn: Connection) -> frozenset[int]:
    """The connections that an outage concerns, or did so a moment ago."""
    return frozenset(await scalars(conn, "connections_in_outages"))
