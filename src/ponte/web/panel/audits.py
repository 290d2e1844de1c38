"""*Auditoria*: hub and store compared; what differs, field by field; repaired; as a report."""

import asyncio
import tempfile
from collections.abc import Awaitable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Template

from ponte.domain.audit_plan import Every
from ponte.domain.comparison import Field
from ponte.jobs.installation import Equipment
from ponte.ledger.repairs import DriftRow, FieldCount, Place
from ponte.services import audits
from ponte.services.audits import Figures, NotDone, Overview, Refusal, UnderWay
from ponte.web.audit_words import field_name, sentence, state_name, value_text
from ponte.web.documents import ROWS_IN_PDF
from ponte.web.documents.audit_sheet import AuditSheet
from ponte.web.panel.catalogue import product_address
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.formats import number, zone
from ponte_ui.forms import read_form
from ponte_ui.language import _, mark, ngettext
from ponte_ui.messages import tell

# A person who watches sees it move.
_LOOK_SECONDS = 2
# Longer is no SKU of ours, and no word of our own links.
_LONGEST_SKU = 500
_PDF = "application/pdf"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

EVERY_NAMES = {
    Every.NEVER: mark("Nunca, só quando eu pedir"),
    Every.DAILY: mark("Todos os dias"),
    Every.WEEKLY: mark("Uma vez por semana"),
}
WEEKDAYS = (
    mark("segunda-feira"),
    mark("terça-feira"),
    mark("quarta-feira"),
    mark("quinta-feira"),
    mark("sexta-feira"),
    mark("sábado"),
    mark("domingo"),
)
OUTCOMES = {
    "complete": mark("Concluída"),
    "stopped": mark("Interrompida"),
    "failed": mark("Não concluída"),
}
FAILURES = {
    "unreachable": mark("A loja ou o Plugg.to não respondeu por duas horas."),
    "access_ended": mark("O acesso à loja ou à conta do Plugg.to terminou. Reconecte."),
}
REFUSALS = {
    Refusal.UNDER_WAY: mark("Uma auditoria já está em andamento."),
    Refusal.NONE_UNDER_WAY: mark("Não há auditoria em andamento: ela terminou nesse meio-tempo."),
    Refusal.HELD: mark("Exporte o catálogo primeiro: até lá não há o que comparar."),
    Refusal.ACCESS_ENDED: mark("O acesso a um dos lados terminou. Reconecte e tente de novo."),
    Refusal.NOTHING_TO_REPAIR: mark("Não há nada a reparar."),
    Refusal.PAUSED: mark("O envio de produtos está em pausa. Retome-o em Configurações."),
    Refusal.WRONG_TIME: mark("Escolha um horário de 0 a 23 e um dia da semana."),
}


def audit_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/auditoria` and what is below it."""
    equipment = Equipment(parts.queue, parts.runtime)
    return [*_pages(parts), *_deeds(equipment), *_settings(equipment), *_reports(parts)]


async def _overview(parts: Parts, here: Here) -> Overview:
    found = await audits.overview(parts.runtime, here.actor, here.number)
    if found is None:
        raise NotFoundException
    return found


def _pages(parts: Parts) -> Sequence[Any]:
    @get("/conexoes/{connection:int}/auditoria")
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        found = await _overview(parts, here)
        field = _field(request.query_params.get("campo", ""))
        after = _place(request)
        drift = await audits.drift(parts.runtime, here.actor, here.number, after, field)
        return Template(
            "panel/audit.html",
            context={
                "here": here,
                "audit": found,
                "now": UnderWay(
                    found.progress,
                    found.figures_so_far.differences if found.figures_so_far else 0,
                    found.repairs,
                ),
                "kept": sum(each.rows for each in found.fields),
                "drift": _grouped(drift.rows),
                "field": field,
                "is_first": after is None,
                "following": _address(here, field, drift.following),
                "filters": [
                    (each.field, field_name(each.field), each.rows) for each in found.fields
                ],
                "every_names": [(each.value, _(name)) for each, name in EVERY_NAMES.items()],
                "weekdays": [(place, _(name)) for place, name in enumerate(WEEKDAYS)],
                "outcomes": OUTCOMES,
                "failures": FAILURES,
                "look_seconds": _LOOK_SECONDS,
                **_WORDS,
            },
        )

    @get("/conexoes/{connection:int}/auditoria/andamento")
    async def under_way(here: NamedDependency[Here]) -> Response[Any]:
        found = await audits.under_way(parts.runtime, here.actor, here.number)
        return Template(
            "panel/audit_now.html",
            context={"here": here, "now": found},
            # There is something new to see.
            headers={"hx-refresh": "true"} if found.rests else {},
        )

    return [page, under_way]


_WORDS: dict[str, Any] = {
    "sentence": sentence,
    "field_name": field_name,
    "state_name": state_name,
    "value_text": value_text,
    "product_address": product_address,
}


def _deeds(equipment: Equipment) -> Sequence[Any]:
    @post("/conexoes/{connection:int}/auditoria/iniciar")
    async def start(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        deed = audits.start(equipment, here.actor, here.number)
        return await _do(request, here, deed, _("A auditoria vai começar."))

    @post("/conexoes/{connection:int}/auditoria/pausar")
    async def pause(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        deed = audits.pause(equipment, here.actor, here.number)
        return await _do(request, here, deed, _("A auditoria está em pausa."))

    @post("/conexoes/{connection:int}/auditoria/continuar")
    async def resume(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        deed = audits.resume(equipment, here.actor, here.number)
        return await _do(request, here, deed, _("A auditoria continua de onde parou."))

    @post("/conexoes/{connection:int}/auditoria/interromper")
    async def stop(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        deed = audits.stop(equipment, here.actor, here.number)
        return await _do(request, here, deed, _("A auditoria foi interrompida."))

    @post("/conexoes/{connection:int}/auditoria/reparar")
    async def repair(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        sku = form.text("sku", _LONGEST_SKU) or None
        try:
            asked = await audits.repair(equipment, here.actor, here.number, sku)
        except NotDone as refusal:
            tell(request, _(REFUSALS[refusal.reason]), "warning")
        else:
            text = ngettext(
                "%(count)s diferença será enviada ao Plugg.to de novo.",
                "%(count)s diferenças serão enviadas ao Plugg.to de novo.",
                asked,
            )
            tell(request, text % {"count": number(asked)})
        return _back(here)

    return [start, pause, resume, stop, repair]


def _settings(equipment: Equipment) -> Sequence[Any]:
    @post("/conexoes/{connection:int}/auditoria/agenda")
    async def plan(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        every = form.text("every", 20)
        deed = audits.schedule(
            equipment,
            here.actor,
            here.number,
            Every(every) if every in list(Every) else Every.NEVER,
            _whole(form.text("hour", 4)),
            _whole(form.text("weekday", 4)),
        )
        return await _do(request, here, deed, _("A agenda foi salva."))

    @post("/conexoes/{connection:int}/auditoria/reparo")
    async def mode(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        deed = audits.set_repairs_always(
            equipment, here.actor, here.number, always=form.text("mode", 20) == "always"
        )
        return await _do(request, here, deed, _("A forma de reparo foi salva."))

    return [plan, mode]


def _reports(parts: Parts) -> Sequence[Any]:
    async def last(here: Here) -> tuple[Overview, Figures]:
        found = await _overview(parts, here)
        if found.last is None:
            raise NotFoundException
        return found, found.last

    @get("/conexoes/{connection:int}/auditoria/relatorio.pdf")
    async def document(here: NamedDependency[Here]) -> Response[bytes]:
        found, figures = await last(here)
        drift = await audits.drift(parts.runtime, here.actor, here.number, count=ROWS_IN_PDF)
        made = await asyncio.to_thread(
            _typeset, found.store_name, figures, found.fields, drift.rows
        )
        return _download(made, _PDF, _file_name(here, figures.ended_at, "pdf"))

    @get("/conexoes/{connection:int}/auditoria/diferencas.xlsx")
    async def sheet(here: NamedDependency[Here]) -> Response[bytes]:
        found, figures = await last(here)
        with tempfile.TemporaryDirectory(prefix="ponte-audit-") as folder:
            path = Path(folder) / "audit.xlsx"
            book = await asyncio.to_thread(AuditSheet, path, found.store_name, figures)
            try:
                pages = audits.whole_drift(parts.runtime, here.actor, here.number, figures.audit_id)
                async for rows in pages:
                    await asyncio.to_thread(book.add, rows)
            finally:
                await asyncio.to_thread(book.close)
            made = await asyncio.to_thread(path.read_bytes)
        return _download(made, _XLSX, _file_name(here, figures.ended_at, "xlsx"))

    return [document, sheet]


async def _do(request: Call, here: Here, deed: Awaitable[object], done: str) -> Response[Any]:
    try:
        await deed
    except NotDone as refusal:
        tell(request, _(REFUSALS[refusal.reason]), "warning")
    else:
        tell(request, done)
    return _back(here)


def _back(here: Here) -> Response[Any]:
    return Redirect(f"{here.base}/auditoria", status_code=303)


def _typeset(
    store_name: str, figures: Figures, fields: Sequence[FieldCount], rows: Sequence[DriftRow]
) -> bytes:
    # Imported for the first who asks, in the thread that makes it: typesetting is a quarter of all
    # that `ponte serve` would import at its start.
    from ponte.web.documents.audit_document import audit_document

    return audit_document(store_name, figures, fields, rows)


def _download(made: bytes, kind: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(made, media_type=kind, headers=headers)


def _file_name(here: Here, ended_at: datetime | None, kind: str) -> str:
    on = "" if ended_at is None else f"-{ended_at.astimezone(zone()):%Y-%m-%d}"
    return f"auditoria-{here.number}{on}.{kind}"


def _field(name: str) -> Field | None:
    return Field(name) if name in list(Field) else None


def _place(request: Call) -> Place | None:
    """Where the page begins, as the link to it says; the first page where it says nothing."""
    query = request.query_params
    product = query.get("produto", "")[:_LONGEST_SKU].replace("\x00", "")
    if not product:
        return None
    return Place(
        product,
        query.get("sku", "")[:_LONGEST_SKU].replace("\x00", ""),
        query.get("tipo", "")[:100].replace("\x00", ""),
        _whole(query.get("lugar", "")),
    )


def _address(here: Here, field: Field | None, place: Place | None) -> str | None:
    if place is None:
        return None
    query = {} if field is None else {"campo": field.value}
    query |= {
        "produto": place.product_sku,
        "sku": place.sku,
        "tipo": place.field,
        "lugar": str(place.place),
    }
    return f"{here.base}/auditoria?{urlencode(query)}#diferencas"


def _whole(text: str) -> int:
    """A small number; -1 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else -1


def _grouped(rows: Sequence[DriftRow]) -> list[tuple[DriftRow, bool]]:
    """Each row, and whether a product begins with it."""
    before = [None, *(each.product_sku for each in rows)]
    return [(row, row.product_sku != last) for row, last in zip(rows, before, strict=False)]
