"""Pendências as people go through them: the subjects of one cause, and what they decide about them.

Half a million products may lack an EAN. So a cause is turned over page by page, counted up to a
bound, and a decision about all of a cause takes effect on so many at a time.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from ponte.domain.problems import ProblemCode
from ponte.ledger.problems import MOST_COUNTED
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars
from ponte.ledger.sku_owners import FreeToClaim


class CauseKey(Struct, frozen=True):
    """Which cause: what it is about, its code, and whether it blocks or only warns."""

    kind: str
    code: str
    blocking: bool


class SubjectRow(Struct, frozen=True):
    """What a cause stands on. SKU and title are the product's at the store, the numbers are the
    order's in the hub and in the store, each where the ledger knows it."""

    subject: str
    detail: str
    since: datetime
    ignored_at: datetime | None
    ignored_by: str | None
    ignore_reason: str | None
    store_sku: str | None
    title: str | None
    hub_number: str | None
    store_number: str | None
    # Somebody asked to read it from the store again, and the pull has not come to it yet.
    is_being_read: bool


class SubjectPlace(Struct, frozen=True):
    """A place in a cause's list: between two subjects."""

    since: datetime
    subject: str


async def subjects(
    conn: Connection,
    connection_id: int,
    cause: CauseKey,
    count: int,
    place: SubjectPlace | None = None,
    *,
    backwards: bool = False,
    ignored: bool = False,
) -> list[SubjectRow]:
    """Up to `count` subjects behind `place`, or, `backwards`, just before it; the longest standing
    first."""
    found = await rows(
        conn,
        "subjects_of_cause",
        SubjectRow,
        turned=backwards,
        connection_id=connection_id,
        kind=cause.kind,
        code=cause.code,
        blocking=cause.blocking,
        ignored=ignored,
        count=count,
        since=place and place.since,
        subject=place and place.subject,
    )
    return found[::-1] if backwards else found


async def count(
    conn: Connection,
    connection_id: int,
    kind: str,
    code: str,
    *,
    blocking: bool | None = None,
    ignored: bool = False,
    most: int = MOST_COUNTED,
) -> int:
    """How many stand of a cause; one more than `most` stands for any more."""
    return int(
        await scalar(
            conn,
            "count_cause",
            connection_id=connection_id,
            kind=kind,
            code=code,
            blocking=blocking,
            ignored=ignored,
            most=most,
        )
    )


async def next_place(
    conn: Connection,
    connection_id: int,
    kind: str,
    code: str,
    place: SubjectPlace | None,
    most: int,
) -> SubjectPlace | None:
    """Where the first `most` of a cause behind `place` end; None where nothing is behind them."""
    found = await rows(
        conn,
        "places_of_cause",
        SubjectPlace,
        connection_id=connection_id,
        kind=kind,
        code=code,
        most=most,
        **behind(place),
    )
    return found[0] if len(found) > 1 else None


def behind(place: SubjectPlace | None) -> dict[str, Any]:
    """The parameters of a statement that goes on behind a place."""
    return {"since": place and place.since, "behind": place and place.subject}


async def ignore(
    conn: Connection,
    connection_id: int,
    cause: CauseKey,
    subject: str | None,
    most: int,
    *,
    by: str,
    reason: str,
) -> int:
    """Leave one subject (or the oldest `most`) as it is; how many. Orders are set aside by it."""
    ignored = await scalars(
        conn,
        "ignore_problems",
        connection_id=connection_id,
        kind=cause.kind,
        code=cause.code,
        blocking=cause.blocking,
        subject=subject,
        most=most,
        ignored_by=by,
        reason=reason,
    )
    return len(ignored)


async def heed(
    conn: Connection, connection_id: int, cause: CauseKey, subject: str | None, most: int
) -> int:
    """Let one subject (or the oldest `most`) count again; how many. Orders are wanted by it."""
    heeded = await scalars(
        conn,
        "heed_problems",
        connection_id=connection_id,
        kind=cause.kind,
        code=cause.code,
        blocking=cause.blocking,
        subject=subject,
        most=most,
    )
    return len(heeded)


async def retry_sending(
    conn: Connection,
    connection_id: int,
    code: str,
    subject: str | None,
    most: int,
    codes: tuple[ProblemCode, ...],
    place: SubjectPlace | None = None,
) -> list[str]:
    """Send products again that a call's answer held back: one, or the oldest `most` behind `place`;
    which. All problems of `codes` on them are forgotten: the next answer tells anew."""
    return await scalars(
        conn,
        "retry_sending",
        connection_id=connection_id,
        code=code,
        subject=subject,
        most=most,
        codes=list(codes),
        **behind(place),
    )


async def ask_to_reread(
    conn: Connection,
    connection_id: int,
    code: str,
    subject: str | None,
    most: int,
    place: SubjectPlace | None = None,
) -> list[str]:
    """Have products read from the store again: one, or the oldest `most` behind `place`; which.
    What the ledger does not know by a SKU cannot be."""
    return await scalars(
        conn,
        "ask_to_reread",
        connection_id=connection_id,
        code=code,
        subject=subject,
        most=most,
        **behind(place),
    )


async def to_reread(conn: Connection, connection_id: int, count: int) -> list[FreeToClaim]:
    """Up to `count` products that somebody asked to read again."""
    return await rows(
        conn, "families_to_reread", FreeToClaim, connection_id=connection_id, count=count
    )


async def end_reread(conn: Connection, connection_id: int, keys: list[str]) -> None:
    """They were read."""
    await execute(conn, "end_reread", connection_id=connection_id, subjects=keys)
