"""*Exportar catálogo*: what an export would do, its problems to download, the export itself.

Everything shown is read from the ledger, so whoever leaves and comes back, or opens another tab,
sees the same. A page only ever asks a worker for something.
"""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Stream, Template

from ponte.domain.rules import Pausable
from ponte.ledger.dry_run import MOST_PROBLEMS
from ponte.services import exports, rules
from ponte.services.exports import NotPossible
from ponte.web.documents import files
from ponte.web.documents.files import CSV, XLSX, attached, problems_name
from ponte.web.install.words import found_pendencies, spoken_time
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.language import _
from ponte_ui.messages import tell

# How often the page looks while something is under way.
_LOOK_SECONDS = 2


def exporting_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/exportacao` and what is below."""
    return [*_pages(parts), *_deeds(parts), *_downloads(parts)]


async def _context(parts: Parts, here: Here) -> dict[str, Any]:
    export = await exports.read_export(parts.pool, here.actor, here.number)
    if export is None:
        raise NotFoundException
    run = await exports.read_dry_run(parts.pool, parts.queue, here.actor, here.number)
    found = None if run is None else run.found
    is_running = run is not None and run.ended_at is None
    return {
        "here": here,
        "export": export,
        "progress": export.watched.progress,
        "run": run,
        "found": found,
        "is_running": is_running and not export.is_shut_out,
        "causes": [] if found is None else found_pendencies(found),
        "spoken_time": spoken_time,
        "most_problems": MOST_PROBLEMS,
        "look_seconds": _LOOK_SECONDS,
    }


def _pages(parts: Parts) -> Sequence[Any]:
    @get("/conexoes/{connection:int}/exportacao")
    async def page(here: NamedDependency[Here]) -> Response[Any]:
        return Template("panel/export.html", context=await _context(parts, here))

    @get("/conexoes/{connection:int}/exportacao/agora")
    async def now(here: NamedDependency[Here]) -> Response[Any]:
        return Template("panel/export_now.html", context=await _context(parts, here))

    return [page, now]


def _deeds(parts: Parts) -> Sequence[Any]:
    def back(here: Here) -> Response[Any]:
        return Redirect(f"{here.base}/exportacao", status_code=303)

    def say_shut_out(request: Call) -> None:
        tell(request, _("O acesso terminou: reconecte e tente de novo."), "warning")

    @post("/conexoes/{connection:int}/exportacao/conferir")
    async def look(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        try:
            await exports.ask_again(parts.pool, parts.queue, here.actor, here.number)
        except NotPossible:
            say_shut_out(request)
        return back(here)

    @post("/conexoes/{connection:int}/exportacao/exportar")
    async def start(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        try:
            await exports.start(parts.runtime, here.actor, here.number)
        except NotPossible:
            say_shut_out(request)
        else:
            tell(request, _("A exportação começou. Você pode sair desta página: ela continua."))
        return back(here)

    @post("/conexoes/{connection:int}/exportacao/pausar")
    async def pause(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        await rules.pause(parts.runtime, here.actor, here.number, Pausable.CATALOGUE, on=True)
        tell(request, _("O envio de produtos, preços e estoques está em pausa."))
        return back(here)

    @post("/conexoes/{connection:int}/exportacao/continuar")
    async def resume(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        await rules.pause(parts.runtime, here.actor, here.number, Pausable.CATALOGUE, on=False)
        tell(request, _("O envio continua de onde parou."))
        return back(here)

    return [look, start, pause, resume]


def _downloads(parts: Parts) -> Sequence[Any]:
    @get("/conexoes/{connection:int}/exportacao/pendencias.csv")
    async def as_csv(here: NamedDependency[Here]) -> Stream:
        lines = await files.problems_csv(parts.pool, parts.queue, here.actor, here.number)
        headers = attached(problems_name(here.number, "csv"))
        return Stream(lines, media_type=CSV, headers=headers)

    @get("/conexoes/{connection:int}/exportacao/pendencias.xlsx")
    async def as_xlsx(here: NamedDependency[Here]) -> Stream:
        pieces = await files.problems_xlsx(parts.pool, parts.queue, here.actor, here.number)
        headers = attached(problems_name(here.number, "xlsx"))
        return Stream(pieces, media_type=XLSX, headers=headers)

    return [as_csv, as_xlsx]
