"""The export of a catalogue, begun and watched: by the command and by the page.

An export is no special path: it wakes the same loops that run all day, which send what differs. So
it may be interrupted and repeated at any time, and a second one finds nothing to do.
"""

from datetime import datetime

from msgspec import Struct

from ponte.ledger import connections, status
from ponte.ledger.queries import Connection
from ponte.ledger.status import ExportProgress, Speed
from ponte.sync.joining import wake_all
from ponte.sync.runtime import Loop, Runtime

# `status.acknowledged` counts over one minute; an export younger than that is measured by its age.
_MEASURED_SECONDS = 60.0


async def begin_export(runtime: Runtime, connection_id: int) -> bool:
    """Have everything looked at and sent; releases a held connection, and says whether it was."""
    async with runtime.pool.connection() as conn, conn.transaction():
        was_held = await connections.release(conn, connection_id)
        if was_held:
            await wake_all(runtime, conn, connection_id)
        else:
            await runtime.waker.wake(conn, Loop.PULL, connection_id)
            await runtime.waker.wake(conn, Loop.PUSH, connection_id)
    return was_held


def is_complete(progress: ExportProgress, began: datetime) -> bool:
    """Whether the store was read to its end since then, and the hub has it all."""
    checked = progress.product_checked_at
    return checked is not None and checked >= began and progress.unsent == 0


def is_first_under_way(progress: ExportProgress) -> bool:
    """Whether the released connection's first export goes on still. Afterwards new products come
    and go one by one, and a page that watched them would never rest."""
    if progress.released_at is None:
        return False
    checked = progress.product_checked_at
    return checked is None or checked < progress.released_at or progress.has_never_sent


class Watched(Struct, frozen=True):
    """An export as a person watches it."""

    progress: ExportProgress
    # Families a second, at present.
    speed: float
    # Seconds until all is sent; None where nothing moves or nothing is left.
    remaining: float | None

    # Families that the hub has as they are, or that are not to be sent.
    sent: int


async def watch(conn: Connection, connection_id: int, now: datetime) -> Watched | None:
    """How the export stands, or None when there is no such connection."""
    progress = await status.export_progress(conn, connection_id)
    if progress is None:
        return None
    return watched(progress, await status.acknowledged_lately(conn, connection_id), now)


def watched(progress: ExportProgress, lately: Speed, now: datetime) -> Watched:
    """The speed and what it means for the rest, from the families acknowledged of late.

    Where the figures were counted a while ago, what went since then is added by the speed.
    """
    began = progress.released_at or now
    age = min(max((now - began).total_seconds(), 1.0), _MEASURED_SECONDS)
    seconds = max(lately.seconds, 1.0) if status.is_bounded(lately) else age
    speed = lately.families / seconds
    unsent = float(progress.unsent)
    if progress.counted_at is not None and unsent:
        unsent = max(1.0, unsent - speed * max(0.0, (now - progress.counted_at).total_seconds()))
    remaining = unsent / speed if speed and unsent else None
    sent = progress.families - round(unsent)
    return Watched(progress, speed, remaining, max(0, sent))
