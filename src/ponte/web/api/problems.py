"""Pendências: by cause, what each stands on, and trying again, ignoring, heeding."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.ledger.problem_lists import CauseKey, SubjectPlace, SubjectRow
from ponte.services import decisions, problems
from ponte.services.actors import Actor
from ponte.services.decisions import LONGEST_REASON, Decided, Retried
from ponte.services.problems import CauseView
from ponte.web.api.answers import Page, about
from ponte.web.api.paths import Key, Known, read_key, write_key
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/problems"
_NO_NUL = r"^[^\x00]*$"
_LONGEST = 500
Code = Annotated[str, Parameter(max_length=_LONGEST, pattern=_NO_NUL)]
Word = Annotated[str, Meta(max_length=_LONGEST, pattern=_NO_NUL)]


class Meant(Struct, frozen=True, forbid_unknown_fields=True):
    """A cause as the list of causes names it; one subject of it, or all."""

    kind: Word
    code: Word
    blocking: bool = True
    subject: Word | None = None


class Ignored(Meant, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same, with the reason to leave it as it is."""

    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON, pattern=_NO_NUL)]


def problems_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/problems` and what is below it."""
    runtime = parts.runtime

    @get(_PATH, **about("listProblems", "Pendências by cause", "problems"))
    async def causes(
        known: Known, caller: NamedDependency[Actor], ignored: FromQuery[bool] = False
    ) -> list[CauseView]:
        return await problems.list_causes(runtime, caller, known.connection_id, ignored=ignored)

    @get(f"{_PATH}/subjects", **about("listSubjects", "What a cause stands on", "problems"))
    async def subjects(
        known: Known,
        caller: NamedDependency[Actor],
        kind: Code,
        code: Code,
        blocking: FromQuery[bool] = True,
        ignored: FromQuery[bool] = False,
        after: Key = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[SubjectRow]:
        found = await problems.list_subjects(
            runtime,
            caller,
            known.connection_id,
            CauseKey(kind, code, blocking),
            behind=read_key(after, SubjectPlace),
            ignored=ignored,
            count=limit,
        )
        return Page(found.subjects, write_key(found.behind))

    @post(
        f"{_PATH}/retry",
        status_code=200,
        **about("retryProblem", "Try one or all again", "problems"),
    )
    async def retry(data: JSONBody[Meant], known: Known, caller: NamedDependency[Actor]) -> Retried:
        number = known.connection_id
        return await decisions.retry(runtime, caller, number, data.kind, data.code, data.subject)

    @post(
        f"{_PATH}/ignore",
        status_code=200,
        **about("ignoreProblem", "Leave one or all as they are", "problems", 409),
    )
    async def ignore(
        data: JSONBody[Ignored], known: Known, caller: NamedDependency[Actor]
    ) -> Decided:
        number, cause = known.connection_id, CauseKey(data.kind, data.code, data.blocking)
        return await decisions.ignore(runtime, caller, number, cause, data.reason, data.subject)

    @post(
        f"{_PATH}/heed",
        status_code=200,
        **about("heedProblem", "Let one or all count again", "problems"),
    )
    async def heed(data: JSONBody[Meant], known: Known, caller: NamedDependency[Actor]) -> Decided:
        number, cause = known.connection_id, CauseKey(data.kind, data.code, data.blocking)
        return await decisions.heed(runtime, caller, number, cause, data.subject)

    return [causes, subjects, retry, ignore, heed]
