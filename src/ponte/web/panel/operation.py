"""*Operação*: outages, workers and queues; what an operator stops, and tells all merchants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte.services import operation, outages
from ponte.services.actors import must_operate
from ponte.services.operation import BroadcastKind, NotDone, Refusal
from ponte.web.panel.here import Here
from ponte.web.panel.states import outage_sentence
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.formats import zone
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

OPERATION = "/operacao"
_LOOK_SECONDS = 5
# A person who pastes too much is told so, and not that the form is none.
_LONGEST_FIELD = 20_000
# As the field says that it is everything: no platform is called so.
_EVERYTHING = ""
KIND_NAMES = {BroadcastKind.INFO: mark("Informação"), BroadcastKind.WARNING: mark("Aviso")}
PROCESS_NAMES = {
    "serve": mark("Páginas e avisos"),
    "worker": mark("Trabalho"),
    "helper": mark("Trabalho (ajudante)"),
}
_REFUSALS = {
    Refusal.NO_REASON: mark("Informe o motivo: quem vier depois precisa saber."),
    Refusal.TOO_LONG: mark("O texto é longo demais."),
    Refusal.NO_TEXT: mark("Escreva a mensagem em português."),
    Refusal.ENDS_BEFORE_IT_BEGINS: mark("O fim precisa ser depois do início e depois de agora."),
    Refusal.UNKNOWN_PLATFORM: mark("Nenhuma conexão usa esta plataforma."),
    Refusal.STOPPED_ALREADY: mark("Isto já está parado."),
}
# Under which field a refusal stands.
_FIELDS = {
    Refusal.NO_REASON: "reason",
    Refusal.NO_TEXT: "text_pt",
    Refusal.ENDS_BEFORE_IT_BEGINS: "until",
    Refusal.UNKNOWN_PLATFORM: "platform",
    Refusal.STOPPED_ALREADY: "platform",
}


def operation_routes(parts: Parts) -> Sequence[Any]:
    """`/operacao`, the part of it that refreshes, and what is done there."""

    async def show(
        here: Here,
        template: str = "panel/operation.html",
        values: dict[str, str] | None = None,
        problems: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response[Any]:
        found = await operation.read(parts.pool, here.actor)
        troubles = await outages.latest(parts.pool, here.actor)
        return Template(
            template,
            context={
                "here": here,
                "operation": found,
                "standing": [each for each in found.pauses if each.ended_at is None],
                "past_pauses": [each for each in found.pauses if each.ended_at is not None],
                "outages": troubles,
                "outage_sentence": outage_sentence,
                "platform_options": [
                    (_EVERYTHING, _("Tudo")),
                    *((name, name) for name in found.platforms),
                ],
                "kind_options": [(kind.value, _(name)) for kind, name in KIND_NAMES.items()],
                "kind_names": KIND_NAMES,
                "process_names": PROCESS_NAMES,
                "values": values or {},
                "problems": problems or {},
                "look_seconds": _LOOK_SECONDS,
                "now": datetime.now(zone()),
                "longest_text": operation.LONGEST_TEXT,
                "longest_reason": operation.LONGEST_REASON,
            },
            status_code=status,
        )

    async def refuse(here: Here, form: Form, refusal: Refusal, longest: str) -> Response[Any]:
        field = _FIELDS.get(refusal, longest)
        return await show(
            here, values=form.values(), problems={field: _(_REFUSALS[refusal])}, status=400
        )

    @get(OPERATION)
    async def page(here: NamedDependency[Here]) -> Response[Any]:
        return await show(here)

    @get(f"{OPERATION}/agora")
    async def now(here: NamedDependency[Here]) -> Response[Any]:
        return await show(here, "panel/operation_now.html")

    @post(f"{OPERATION}/pausas")
    async def stop(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        must_operate(here.actor)
        form = await read_form(request)
        platform = form.text("platform", _LONGEST_FIELD) or None
        try:
            await operation.pause(
                parts.pool, here.actor, platform, form.text("reason", _LONGEST_FIELD)
            )
        except NotDone as failure:
            return await refuse(here, form, failure.refusal, "reason")
        tell(request, _("Parado. Os avisos que chegam são guardados."))
        return Redirect(OPERATION, status_code=303)

    @post(f"{OPERATION}/pausas/{{number:int}}/fim")
    async def go_on(
        request: Call, here: NamedDependency[Here], number: FromPath[int]
    ) -> Response[Any]:
        if await operation.resume(parts.pool, here.actor, number):
            tell(request, _("Tudo o que estava parado continua agora."))
        return Redirect(OPERATION, status_code=303)

    @post(f"{OPERATION}/mensagens")
    async def announce(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        must_operate(here.actor)
        form = await read_form(request)
        moments = {name: _moment(form.text(name, 40)) for name in ("from", "until")}
        wrong = [name for name, moment in moments.items() if form.text(name) and moment is None]
        if wrong:
            problems = dict.fromkeys(wrong, _("Informe data e hora."))
            return await show(here, values=form.values(), problems=problems, status=400)
        is_warning = form.text("kind") == BroadcastKind.WARNING
        try:
            await operation.announce(
                parts.pool,
                here.actor,
                BroadcastKind.WARNING if is_warning else BroadcastKind.INFO,
                form.text("text_pt", _LONGEST_FIELD),
                form.text("text_en", _LONGEST_FIELD),
                moments["from"],
                moments["until"],
            )
        except NotDone as failure:
            return await refuse(here, form, failure.refusal, "text_pt")
        tell(request, _("A mensagem aparece no alto das páginas dos lojistas."))
        return Redirect(OPERATION, status_code=303)

    @post(f"{OPERATION}/mensagens/{{number:int}}/fim")
    async def withdraw(
        request: Call, here: NamedDependency[Here], number: FromPath[int]
    ) -> Response[Any]:
        if await operation.withdraw(parts.pool, here.actor, number):
            tell(request, _("A mensagem não aparece mais."))
        return Redirect(OPERATION, status_code=303)

    return [page, now, stop, go_on, announce, withdraw]


def _moment(typed: str) -> datetime | None:
    """What a field for date and time sends, in local time."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    # Years in which the offset of a zone cannot be told are no years for a message.
    if not 2000 <= found.year <= 2999:
        return None
    return found.replace(tzinfo=zone()) if found.tzinfo is None else found
