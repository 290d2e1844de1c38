"""What an operator sees and does of the installation as a whole: processes, queues, pauses, and the
message at the top of every merchant's pages."""

from datetime import datetime

from msgspec import Struct

from ponte.ledger.queries import Connection, execute, rows, scalar, scalars


class ProcessRow(Struct, frozen=True):
    """A process of the installation; `seen_at` is its last sign of life."""

    process_id: str
    kind: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime


class QueueRow(Struct, frozen=True):
    """A queue of wake-ups."""

    queue: str
    waiting: int
    doing: int
    # Of those that wait, the first. A wake-up that waits for its own predecessor counts.
    oldest_at: datetime | None


class PauseRow(Struct, frozen=True):
    """A pause; `store_platform` None is everything."""

    pause_id: int
    store_platform: str | None
    reason: str
    began_by: str
    began_at: datetime
    ended_at: datetime | None
    # Connections that it stops.
    connections: int


class BroadcastRow(Struct, frozen=True):
    """A message to all merchants."""

    broadcast_id: int
    kind: str
    text_pt: str
    # Empty: the Portuguese is shown.
    text_en: str
    shown_from: datetime
    shown_until: datetime | None
    made_by: str
    made_at: datetime


async def show_life(conn: Connection, process: ProcessRow) -> None:
    """The process lives; `seen_at` is taken from the database's clock."""
    await execute(
        conn,
        "show_life",
        process_id=process.process_id,
        kind=process.kind,
        host=process.host,
        pid=process.pid,
        version=process.version,
        started_at=process.started_at,
    )


async def leave(conn: Connection, process_id: str) -> None:
    """The process ends."""
    await execute(conn, "leave", process_id=process_id)


async def forget_processes(conn: Connection) -> None:
    """Those that showed no life for a day go."""
    await execute(conn, "forget_processes")


async def processes(conn: Connection) -> list[ProcessRow]:
    """All processes that lived lately."""
    return await rows(conn, "processes", ProcessRow)


async def queues(conn: Connection) -> list[QueueRow]:
    """The queues with anything in them."""
    return await rows(conn, "queues", QueueRow)


async def pause(
    conn: Connection, store_platform: str | None, reason: str, began_by: str
) -> int | None:
    """Stop everything, or a platform; its number, or None where that is stopped already."""
    found = await scalar(
        conn, "begin_pause", store_platform=store_platform, reason=reason, began_by=began_by
    )
    return None if found is None else int(found)


async def end_pause(conn: Connection, pause_id: int) -> bool:
    """Go on; whether it stood. Whoever nothing else stops is woken, spread over some time."""
    if await execute(conn, "end_pause", pause_id=pause_id) == 0:
        return False
    await execute(conn, "wake_after_pause")
    return True


async def pauses(conn: Connection, count: int) -> list[PauseRow]:
    """Standing ones first, then the newest."""
    return await rows(conn, "pauses", PauseRow, count=count)


async def paused_platforms(conn: Connection) -> list[str | None]:
    """What is stopped now; None among them: everything."""
    return await scalars(conn, "paused_platforms")


async def platforms(conn: Connection) -> list[str]:
    """The store platforms of all connections."""
    return await scalars(conn, "platforms")


async def add_broadcast(
    conn: Connection,
    kind: str,
    text_pt: str,
    text_en: str,
    shown_from: datetime,
    shown_until: datetime | None,
    made_by: str,
) -> int:
    """A new message; its number."""
    return int(
        await scalar(
            conn,
            "add_broadcast",
            kind=kind,
            text_pt=text_pt,
            text_en=text_en,
            shown_from=shown_from,
            shown_until=shown_until,
            made_by=made_by,
        )
    )


async def end_broadcast(conn: Connection, broadcast_id: int) -> bool:
    """Show it no longer; whether it was shown, or was to be."""
    return await execute(conn, "end_broadcast", broadcast_id=broadcast_id) > 0


async def broadcasts(conn: Connection, count: int) -> list[BroadcastRow]:
    """The newest first."""
    return await rows(conn, "broadcasts", BroadcastRow, count=count)


async def broadcasts_now(conn: Connection) -> list[BroadcastRow]:
    """Those to be shown at this moment."""
    return await rows(conn, "broadcasts_now", BroadcastRow)
