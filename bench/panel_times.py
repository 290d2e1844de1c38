"""What a page or a question took, against what it may take."""

import statistics
from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.table import Table

from bench.measures import quantile
from bench.panel_statements import Statement


class Kind(Struct, frozen=True):
    """What is measured, and the seconds that it and any of its statements may take; None: no
    limit."""

    name: str
    whole: float | None
    statement: float | None


# The issue's: a page within 300 ms, and none with a query over 200 ms.
PAGE = Kind("page", 0.3, 0.2)
QUESTION = Kind("question", 0.2, 0.2)
# A file of tens of thousands of rows that somebody downloads.
DOWNLOAD = Kind("download", None, 0.2)
# One transaction's work that no page waits for: a decision about 20,000 pendências, a look at
# thousands of connections.
DEED = Kind("deed", 1.0, None)


class Taken(Struct, frozen=True):
    """Seconds: the median, those that nineteen of twenty stay below, and the longest statement of
    all runs, by its name."""

    name: str
    kind: Kind
    median: float
    p95: float
    statement: Statement

    @property
    def is_late(self) -> bool:
        """Whether it takes longer than it may, more often than once in twenty times."""
        whole, statement = self.kind.whole, self.kind.statement
        return (whole is not None and self.p95 > whole) or (
            statement is not None and self.statement.seconds > statement
        )


def take(name: str, kind: Kind, seconds: Sequence[float], slowest: Statement) -> Taken:
    """What some runs came to."""
    return Taken(name, kind, statistics.median(seconds), quantile(list(seconds), 0.95), slowest)


def table_of(taken: Iterable[Taken], title: str) -> Table:
    """For people."""
    table = Table(title=title)
    for heading in ("what", "median", "p95", "longest statement", "goal"):
        table.add_column(heading, justify="right" if heading in ("median", "p95") else "left")
    for each in taken:
        goals = (_milliseconds(each.kind.whole), _milliseconds(each.kind.statement))
        table.add_row(
            each.name,
            f"{each.median * 1000:.1f} ms",
            f"{each.p95 * 1000:.1f} ms",
            f"{each.statement.seconds * 1000:.1f} ms {each.statement.name}",
            " / ".join(goals) + ("  TOO SLOW" if each.is_late else ""),
        )
    return table


def _milliseconds(goal: float | None) -> str:
    return "any" if goal is None else f"{goal * 1000:.0f}"
