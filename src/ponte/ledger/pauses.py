"""Loops that a merchant paused: nothing is done for them, and nothing of them is lost.

What differs still differs, wanted orders stay wanted, cursors stay where they are; a loop that is
under way asks here, and ends within a moment.
"""

from datetime import datetime

from msgspec import Struct

from ponte.domain.rules import Pausable
from ponte.ledger.queries import Connection, execute, row, scalar


class Pauses(Struct, frozen=True):
    """Since when each loop is paused; None: it works."""

    catalogue: datetime | None
    orders: datetime | None
    reports: datetime | None


async def is_paused(conn: Connection, connection_id: int, loop: Pausable) -> bool:
    """Whether a loop that is under way should end; also where its connection was deleted."""
    works = await scalar(conn, "loop_works", connection_id=connection_id, loop=loop)
    return works is not True


async def pause(conn: Connection, connection_id: int, loop: Pausable) -> bool:
    """Let `loop` rest; whether it did not yet."""
    return await execute(conn, "pause_loop", connection_id=connection_id, loop=loop) > 0


async def resume(conn: Connection, connection_id: int, loop: Pausable) -> bool:
    """Let `loop` work again, from now on; whether it rested."""
    return await execute(conn, "resume_loop", connection_id=connection_id, loop=loop) > 0


async def read(conn: Connection, connection_id: int) -> Pauses | None:
    """What is paused, or None when there is no such connection."""
    return await row(conn, "read_pauses", Pauses, connection_id=connection_id)
