"""Pendências as people go through them: which causes there are, and what each stands on."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ponte.domain.problems import FIXED_AT, FixedAt, ProblemCode
from ponte.ledger import problem_lists
from ponte.ledger import problems as problem_ledger
from ponte.ledger.problem_lists import CauseKey, SubjectPlace, SubjectRow
from ponte.ledger.problems import FAMILY, MOST_COUNTED, ORDER, REPORT, Cause
from ponte.services.actors import Actor, must_see
from ponte.services.paging import cut
from ponte.sync.pull import FOUND_BY_PUSH
from ponte.sync.runtime import Runtime

# A cause is turned over by this many.
PAGE_SUBJECTS = 50


class RetryWay(StrEnum):
    """What trying again does, by what the pendência is about."""

    SEND_AGAIN = "send_again"
    READ_STORE = "read_store"
    READ_ORDER = "read_order"
    TELL_AGAIN = "tell_again"
    # Only another log-in, or another event of the store, helps.
    NOTHING = "nothing"


class CauseView(Struct, frozen=True):
    """A cause, with how many it stands on (up to a bound) and since when."""

    kind: str
    code: str
    blocking: bool
    count: int
    is_more: bool
    oldest: datetime
    example: str
    example_detail: str
    retry_way: RetryWay
    fixed_at: FixedAt

    @property
    def key(self) -> CauseKey:
        """The cause by itself."""
        return CauseKey(self.kind, self.code, self.blocking)


class SubjectPage(Struct, frozen=True):
    """A page of what a cause stands on, the longest standing first; where the pages on both sides
    begin, None at an end."""

    subjects: list[SubjectRow]
    before: SubjectPlace | None
    behind: SubjectPlace | None


def retry_way(kind: str, code: str) -> RetryWay:
    """What trying again means for a pendência."""
    if kind == FAMILY:
        return RetryWay.SEND_AGAIN if code in FOUND_BY_PUSH else RetryWay.READ_STORE
    if kind == ORDER:
        return RetryWay.READ_ORDER
    if kind == REPORT and code != ProblemCode.EVENT_UNREADABLE:
        return RetryWay.TELL_AGAIN
    return RetryWay.NOTHING


async def list_causes(
    runtime: Runtime, actor: Actor, connection_id: int, *, ignored: bool = False
) -> list[CauseView]:
    """The causes that stand, blocking ones first; or those that somebody ignored."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        causes = await problem_ledger.by_cause(conn, connection_id, ignored=ignored)
    return [_view(cause) for cause in causes]


def _view(cause: Cause) -> CauseView:
    return CauseView(
        cause.subject_kind,
        cause.code,
        cause.blocking,
        min(cause.subjects, MOST_COUNTED),
        cause.subjects > MOST_COUNTED,
        cause.oldest,
        cause.example,
        cause.example_detail,
        retry_way(cause.subject_kind, cause.code),
        FIXED_AT[ProblemCode(cause.code)],
    )


async def list_subjects(
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    cause: CauseKey,
    *,
    behind: SubjectPlace | None = None,
    before: SubjectPlace | None = None,
    ignored: bool = False,
    count: int = PAGE_SUBJECTS,
) -> SubjectPage:
    """A page of what a cause stands on: the first, or the one on a side of a place."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        found = await problem_lists.subjects(
            conn,
            connection_id,
            cause,
            count + 1,
            before or behind,
            backwards=before is not None,
            ignored=ignored,
        )
    page = cut(found, count, goes_on=behind is not None, backwards=before is not None)
    return SubjectPage(
        page.rows,
        _place(page.rows[0]) if page.has_before else None,
        _place(page.rows[-1]) if page.has_behind else None,
    )


def _place(row: SubjectRow) -> SubjectPlace:
    return SubjectPlace(row.since, row.subject)
