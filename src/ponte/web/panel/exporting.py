"""*Exportar catálogo*: what an export would do, its problems to download, the export itself.

Everything shown is read from the ledger, so whoever leaves and comes back, or opens another tab,
sees the same. A page only ever asks a worker for something.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Stream, Template

from ponte.domain.problems import ProblemCode
from ponte.domain.rules import Pausable
from ponte.ledger.dry_run import MOST_PROBLEMS
from ponte.services import exports, rules, sheets
from ponte.services.exports import NotPossible
from ponte.web.install.words import found_pendencies, spoken_time
from ponte.web.panel.catalogue_words import advice
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.formats import zone
from ponte_ui.language import _
from ponte_ui.messages import tell

# How often the page looks while something is under way.
_LOOK_SECONDS = 2
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    async def rows(here: Here) -> AsyncIterator[list[list[str]]]:
        async for found in exports.problems_found(parts.pool, here.actor, here.number):
            yield [
                [
                    each.sku,
                    each.title,
                    each.family_key,
                    _("não vai") if each.blocking else _("aviso"),
                    advice(ProblemCode(each.code)),
                    each.detail,
                    here.product_in_store(each.family_key),
                ]
                for each in found
            ]

    def heading() -> list[str]:
        return [
            _("SKU"),
            _("Produto"),
            _("Código na loja"),
            _("Situação"),
            _("O que fazer"),
            _("Detalhe"),
            _("Endereço na loja"),
        ]

    async def is_there(here: Here) -> None:
        run = await exports.read_dry_run(parts.pool, parts.queue, here.actor, here.number)
        if run is None or run.found is None:
            raise NotFoundException

    @get("/conexoes/{connection:int}/exportacao/pendencias.csv")
    async def as_csv(here: NamedDependency[Here]) -> Stream:
        await is_there(here)
        lines = sheets.as_csv(heading(), rows(here))
        return Stream(lines, media_type=_CSV, headers=_attached(here, "csv"))

    @get("/conexoes/{connection:int}/exportacao/pendencias.xlsx")
    async def as_xlsx(here: NamedDependency[Here]) -> Stream:
        await is_there(here)
        pieces = sheets.as_xlsx(_("Pendências"), heading(), rows(here))
        return Stream(pieces, media_type=_XLSX, headers=_attached(here, "xlsx"))

    return [as_csv, as_xlsx]


def _attached(here: Here, kind: str) -> dict[str, str]:
    day = datetime.now(UTC).astimezone(zone()).strftime("%Y-%m-%d")
    name = f"pendencias-{here.number}-{day}.{kind}"
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
