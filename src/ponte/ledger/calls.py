"""How calls ended, by connection and minute: written in sums, kept for two days."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ponte.http.counting import CallSum
from ponte.ledger.queries import Connection, execute, rows


class CallHour(Struct, frozen=True):
    """The calls of one connection to one side in an hour."""

    hour: datetime
    side: str
    ok: int
    refused: int
    unauthorised: int
    throttled: int
    failed: int
    unanswered: int


async def add(conn: Connection, sums: Sequence[CallSum]) -> None:
    """Add what a process counted to the present minute."""
    # In one order, so that no two processes wait for each other.
    ordered = sorted(sums, key=lambda each: (each.connection_id, each.side))
    await execute(
        conn,
        "add_calls",
        connections=[each.connection_id for each in ordered],
        sides=[each.side for each in ordered],
        ok=[each.ok for each in ordered],
        refused=[each.refused for each in ordered],
        unauthorised=[each.unauthorised for each in ordered],
        throttled=[each.throttled for each in ordered],
        failed=[each.failed for each in ordered],
        unanswered=[each.unanswered for each in ordered],
        statuses=[each.failure_status for each in ordered],
    )


async def condense(conn: Connection) -> None:
    """Minutes older than an hour become hours; what is older than two days goes."""
    await execute(conn, "condense_calls")
    await execute(conn, "forget_call_hours")


async def by_hour(conn: Connection, connection_id: int, hours: int) -> list[CallHour]:
    """The last `hours` hours of a connection, oldest first; hours without calls are left out."""
    return await rows(conn, "calls_by_hour", CallHour, connection_id=connection_id, hours=hours)
