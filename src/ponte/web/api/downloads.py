"""Files: the last audit's report and differences, and the problems of a dry run."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import Parameter
from litestar.response import Response, Stream

from ponte.services.actors import Actor
from ponte.web.api.answers import about
from ponte.web.api.paths import Known
from ponte.web.documents import files
from ponte.web.documents.files import CSV, PDF, XLSX, Report, attached, problems_name
from ponte.web.parts import Parts
from ponte_ui.language import ENGLISH, PORTUGUESE, speak

_AUDIT = "/connections/{connection:int}/audit"
_DRY_RUN = "/connections/{connection:int}/dry-run"


class Language(StrEnum):
    """In which language a file speaks."""

    PORTUGUESE = PORTUGUESE
    ENGLISH = ENGLISH


Spoken = Annotated[Language, Parameter(description="In which language the file speaks.")]


def downloads_api(parts: Parts) -> Sequence[Any]:
    """`…/audit/report.pdf`, `…/audit/differences.xlsx`, `…/dry-run/problems.csv` and `.xlsx`."""
    return [*_of_audits(parts), *_of_dry_runs(parts)]


def _of_audits(parts: Parts) -> Sequence[Any]:
    @get(
        f"{_AUDIT}/report.pdf",
        media_type=PDF,
        **about(
            "downloadAuditReport",
            "The last audit's report",
            "audit",
            description="A PDF to file away, with the first differences; 404 where none ended yet.",
        ),
    )
    async def report(
        known: Known,
        caller: NamedDependency[Actor],
        language: Spoken = Language.PORTUGUESE,
    ) -> Response[bytes]:
        speak(language)
        return _file(await files.audit_report(parts.runtime, caller, known.connection_id), PDF)

    @get(
        f"{_AUDIT}/differences.xlsx",
        media_type=XLSX,
        **about(
            "downloadDifferences",
            "All differences of the last audit",
            "audit",
            description="A sheet with a row for each; 404 where none ended yet.",
        ),
    )
    async def differences(
        known: Known,
        caller: NamedDependency[Actor],
        language: Spoken = Language.PORTUGUESE,
    ) -> Response[bytes]:
        speak(language)
        made = await files.audit_differences(parts.runtime, caller, known.connection_id)
        return _file(made, XLSX)

    return [report, differences]


def _of_dry_runs(parts: Parts) -> Sequence[Any]:
    pool, queue = parts.pool, parts.queue

    @get(
        f"{_DRY_RUN}/problems.csv",
        media_type=CSV,
        **about(
            "downloadProblemsCsv",
            "Problems of the dry run, as CSV",
            "export",
            description="Semicolons, UTF-8 with its mark, as spreadsheets in Brazil expect; 404"
            " where none ended yet.",
        ),
    )
    async def as_csv(
        known: Known,
        caller: NamedDependency[Actor],
        language: Spoken = Language.PORTUGUESE,
    ) -> Stream:
        speak(language)
        number = known.connection_id
        lines = await files.problems_csv(pool, queue, caller, number)
        return Stream(lines, media_type=CSV, headers=attached(problems_name(number, "csv")))

    @get(
        f"{_DRY_RUN}/problems.xlsx",
        media_type=XLSX,
        **about(
            "downloadProblemsSheet",
            "Problems of the dry run, as a sheet",
            "export",
            description="A row for each; 404 where none ended yet.",
        ),
    )
    async def as_xlsx(
        known: Known,
        caller: NamedDependency[Actor],
        language: Spoken = Language.PORTUGUESE,
    ) -> Stream:
        speak(language)
        number = known.connection_id
        pieces = await files.problems_xlsx(pool, queue, caller, number)
        return Stream(pieces, media_type=XLSX, headers=attached(problems_name(number, "xlsx")))

    return [as_csv, as_xlsx]


def _file(made: Report, kind: str) -> Response[bytes]:
    return Response(made.content, media_type=kind, headers=made.headers)
