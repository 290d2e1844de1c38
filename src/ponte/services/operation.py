"""The installation as a whole: who works, what waits, what an operator stopped, and what all
merchants are told."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from ponte.ledger import operation, status
from ponte.ledger.database import Pool
from ponte.ledger.operation import BroadcastRow, PauseRow, ProcessRow, QueueRow
from ponte.services.actors import Actor, must_operate, must_see_fleet, record

# A process shows every ten seconds that it lives.
_ALIVE_WITHIN = timedelta(seconds=30)
# Merchants read it at the top of every page; a reason stands in a table.
LONGEST_TEXT = 500
LONGEST_REASON = 300
_SHOWN = 50
# PostgreSQL's integers end here.
_LARGEST_NUMBER = 2**31 - 1


class BroadcastKind(StrEnum):
    """How a message looks."""

    INFO = "info"
    WARNING = "warning"


class Refusal(StrEnum):
    """Why something is not done."""

    NO_REASON = "no_reason"
    TOO_LONG = "too_long"
    NO_TEXT = "no_text"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    UNKNOWN_PLATFORM = "unknown_platform"
    STOPPED_ALREADY = "stopped_already"


class NotDone(Exception):
    """Nothing was done; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class ProcessView(Struct, frozen=True):
    """A process of the installation."""

    process_id: str
    kind: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    is_alive: bool


class Operation(Struct, frozen=True):
    """Who works, what waits, and what is stopped."""

    processes: list[ProcessView]
    # Workers with a heartbeat in the queue.
    workers: int
    queues: list[QueueRow]
    pauses: list[PauseRow]
    platforms: list[str]
    broadcasts: list[BroadcastRow]


async def read(pool: Pool, actor: Actor) -> Operation:
    """All of it."""
    must_see_fleet(actor)
    async with pool.connection() as conn:
        now = datetime.now(UTC)
        return Operation(
            [_view(row, now) for row in await operation.processes(conn)],
            await status.living_workers(conn),
            await operation.queues(conn),
            await operation.pauses(conn, _SHOWN),
            await operation.platforms(conn),
            await operation.broadcasts(conn, _SHOWN),
        )


async def pause(pool: Pool, actor: Actor, store_platform: str | None, reason: str) -> int:
    """Stop everything (None), or the stores of a platform; its number. Raises `NotDone`."""
    must_operate(actor)
    said = _said(reason, LONGEST_REASON, Refusal.NO_REASON)
    async with pool.connection() as conn, conn.transaction():
        if store_platform is not None and store_platform not in await operation.platforms(conn):
            raise NotDone(Refusal.UNKNOWN_PLATFORM)
        number = await operation.pause(conn, store_platform, said, actor.name)
        if number is None:
            raise NotDone(Refusal.STOPPED_ALREADY)
        await record(conn, actor, "pause.began", pause=number, platform=store_platform, reason=said)
    return number


async def resume(pool: Pool, actor: Actor, pause_id: int) -> bool:
    """Go on; whether it was stopped."""
    must_operate(actor)
    if pause_id > _LARGEST_NUMBER:
        return False
    async with pool.connection() as conn, conn.transaction():
        if not await operation.end_pause(conn, pause_id):
            return False
        await record(conn, actor, "pause.ended", pause=pause_id)
    return True


async def announce(
    pool: Pool,
    actor: Actor,
    kind: BroadcastKind,
    text_pt: str,
    text_en: str = "",
    shown_from: datetime | None = None,
    shown_until: datetime | None = None,
) -> int:
    """Tell all merchants something, from now on or from a moment; its number. Raises `NotDone`."""
    must_operate(actor)
    portuguese = _said(text_pt, LONGEST_TEXT, Refusal.NO_TEXT)
    english = _plain(text_en)
    if len(english) > LONGEST_TEXT:
        raise NotDone(Refusal.TOO_LONG)
    begins = shown_from or datetime.now(UTC)
    if shown_until is not None and shown_until <= max(begins, datetime.now(UTC)):
        raise NotDone(Refusal.ENDS_BEFORE_IT_BEGINS)
    async with pool.connection() as conn, conn.transaction():
        number = await operation.add_broadcast(
            conn, kind, portuguese, english, begins, shown_until, actor.name
        )
        await record(conn, actor, "broadcast.made", broadcast=number, text=portuguese)
    return number


async def withdraw(pool: Pool, actor: Actor, broadcast_id: int) -> bool:
    """Show it no longer; whether it was shown, or was to be."""
    must_operate(actor)
    if broadcast_id > _LARGEST_NUMBER:
        return False
    async with pool.connection() as conn, conn.transaction():
        if not await operation.end_broadcast(conn, broadcast_id):
            return False
        await record(conn, actor, "broadcast.withdrawn", broadcast=broadcast_id)
    return True


async def announcements(pool: Pool) -> list[BroadcastRow]:
    """What everybody who is logged in sees at the top of a page now."""
    async with pool.connection() as conn:
        return await operation.broadcasts_now(conn)


def _view(row: ProcessRow, now: datetime) -> ProcessView:
    return ProcessView(
        row.process_id,
        row.kind,
        row.host,
        row.pid,
        row.version,
        row.started_at,
        row.seen_at,
        now - row.seen_at < _ALIVE_WITHIN,
    )


def _plain(text: str) -> str:
    """As a database takes it."""
    return text.replace("\x00", "").strip()


def _said(text: str, longest: int, missing: Refusal) -> str:
    said = _plain(text)
    if not said:
        raise NotDone(missing)
    if len(said) > longest:
        raise NotDone(Refusal.TOO_LONG)
    return said
