"""What a command shows while others work: a bar for whoever looks, a word where nothing moves."""

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ponte.cli.running import people
from ponte.jobs.installation import Equipment
from ponte.ledger import status

# A worker that lives shows something within this: it looks for work every second, and one pass over
# a page takes less.
STANDSTILL_SECONDS = 10.0


def progress(what: str, *columns: ProgressColumn) -> Progress:
    """A bar for a terminal, `columns` before the remaining time; nothing where nobody looks."""
    return Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        *columns,
        TimeRemainingColumn(),
        console=people,
        transient=True,
        disable=not people.is_terminal,
    )


async def say_what_stands_still(equipment: Equipment, what: str, while_workers_live: str) -> None:
    """Tell people `what` does not move, and why: no worker runs, or `while_workers_live`."""
    async with equipment.runtime.pool.connection() as conn:
        workers = await status.living_workers(conn)
    reason = while_workers_live if workers else "No worker runs. Start one with: ponte worker"
    people.print(f"ponte: {what}. {reason}", highlight=False, soft_wrap=True)
