"""Pendências in the ledger: set as a whole for what was looked at, so that done ones go away."""

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct

from ponte.domain.problems import Problem, ProblemCode
from ponte.ledger.queries import Connection, execute, rows

FAMILY = "family"
ORDER = "order"
REPORT = "report"
CONNECTION = "connection"


class Standing(Struct, frozen=True):
    """A problem that stands on a subject; `blocking` False is a warning."""

    subject: str
    problem: Problem
    blocking: bool


# More of one cause are not counted: nobody mends them one by one.
MOST_COUNTED = 10_000


class Cause(Struct, frozen=True):
    """Problems of one code, counted; one more than `MOST_COUNTED` stands for any more. The example
    is the oldest."""

    subject_kind: str
    code: str
    blocking: bool
    subjects: int
    oldest: datetime
    example: str
    example_detail: str


class ProblemRow(Struct, frozen=True):
    """A problem as stored. `ignored_by` is what the pages called whoever left it as it is."""

    subject: str
    code: str
    detail: str
    blocking: bool
    since: datetime
    ignored_at: datetime | None
    ignored_by: str | None
    ignore_reason: str | None


async def set_all(
    conn: Connection,
    connection_id: int,
    kind: str,
    looked_at: Collection[str],
    standing: Iterable[Standing],
    scope: Collection[ProblemCode],
) -> None:
    """Of the codes in `scope`, exactly `standing` hold for the subjects in `looked_at`."""
    if not looked_at:
        return
    named = list(standing)
    await execute(
        conn,
        "set_problems",
        connection_id=connection_id,
        kind=kind,
        looked_at=list(looked_at),
        scope=list(scope),
        subjects=[item.subject for item in named],
        codes=[item.problem.code for item in named],
        details=[item.problem.detail for item in named],
        blocking=[item.blocking for item in named],
    )


async def add(
    conn: Connection, connection_id: int, kind: str, subject: str, problem: Problem
) -> None:
    """One more blocking problem on a subject."""
    await execute(
        conn,
        "add_problem",
        connection_id=connection_id,
        kind=kind,
        subject=subject,
        code=problem.code,
        detail=problem.detail,
        blocking=True,
    )


async def clear(
    conn: Connection,
    connection_id: int,
    kind: str,
    subjects: Collection[str],
    codes: Collection[ProblemCode],
) -> None:
    """The causes are gone."""
    await execute(
        conn,
        "clear_problem",
        connection_id=connection_id,
        kind=kind,
        subjects=list(subjects),
        codes=list(codes),
    )


async def by_cause(conn: Connection, connection_id: int, *, ignored: bool = False) -> list[Cause]:
    """The pendências of a connection that count (or those that somebody ignored), grouped by cause,
    blocking ones first."""
    return await rows(
        conn,
        "problems_by_cause",
        Cause,
        connection_id=connection_id,
        ignored=ignored,
        most=MOST_COUNTED,
    )


async def of_subjects(
    conn: Connection, connection_id: int, kind: str, subjects: Collection[str]
) -> list[ProblemRow]:
    """The problems of some subjects, ignored or not."""
    return await rows(
        conn,
        "problems_of",
        ProblemRow,
        connection_id=connection_id,
        kind=kind,
        subjects=list(subjects),
    )
