"""Tables and times for people, the same in every command."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

# Wide enough for a line of advice; a narrower terminal wraps it itself.
_WIDTH = 140


def table_text(headings: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A table as text: plain columns, nothing for None."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    for line in lines:
        table.add_row(*("" if cell is None else str(cell) for cell in line))
    console = Console(width=_WIDTH, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().rstrip().splitlines())


def age_seconds(since: datetime | None, now: datetime) -> float | None:
    """Seconds since then, to a tenth; None for never."""
    return None if since is None else round(max(0.0, (now - since).total_seconds()), 1)


def spoken_age(seconds: float | None) -> str:
    """An age as people say it: 12 s, 5 min, 3 h, 2 d; a dash for none."""
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def counted(number: int, noun: str) -> str:
    """A number of things: 1 order, 2 orders."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def local_time(moment: datetime | None) -> str | None:
    """A moment in this machine's time, to the second."""
    return None if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def now_utc() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)
