"""*Configurações*: the merchant's rules, what they would change, and the pause of each loop.

Nothing is saved from the form itself: it leads to a preview, and from there it is saved just as it
was shown. Where two people edit, the second one gets the form again, with both people's changes.
"""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Template

from ponte.domain.rules import MOST_PRICE_TABLES, MerchantRules, Pausable
from ponte.services import rules as service
from ponte.services import rules_preview as previews
from ponte.services.rules import FaultyRules, NoSuchConnection, RulesConflict, RulesNow
from ponte.services.rules_preview import Preview, PreviewGone, State
from ponte.web.panel.channel_rows import rows_to_show
from ponte.web.panel.here import Here
from ponte.web.panel.rules_form import form_values, read_rules_form
from ponte.web.panel.rules_words import (
    CHOICES,
    LOOP_HARM,
    LOOP_NAMES,
    LOOP_NOTES,
    RULE_NAMES,
    fault_text,
    spoken_change,
    spoken_example,
)
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

_PAGE = "/conexoes/{connection:int}/configuracoes"
_PREVIEW = f"{_PAGE}/previa"
# A worker tells how far it is with every page of the feed.
_LOOK_SECONDS = 1
# What `preview.number` may be: digits of a bigint.
_LONGEST_NUMBER = 18
# Six lists of two thousand names, each as long as it may be.
_MOST_FORM_BYTES = 5 * 1024 * 1024


def rules_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/configuracoes`, its preview and its switches."""
    runtime, queue = parts.runtime, parts.queue

    async def now_of(here: Here) -> RulesNow:
        try:
            return await service.read(runtime, here.actor, here.number)
        except NoSuchConnection as error:
            raise NotFoundException from error

    async def preview_of(here: Here) -> Preview | None:
        try:
            return await previews.watch(queue, runtime, here.actor, here.number)
        except NoSuchConnection as error:
            raise NotFoundException from error

    @get(_PAGE)
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        now, preview = await now_of(here), await preview_of(here)
        values = form_values(now.rules)
        if preview is not None and preview.is_current and "corrigir" in request.query_params:
            values = form_values(preview.rules)
        return _form_page(here, now, values, preview=preview)

    @post(_PAGE, request_max_body_size=_MOST_FORM_BYTES)
    async def look(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        form = await read_form(request)
        now = await now_of(here)
        sent = read_rules_form(form, now.rules)
        if sent.problems:
            shown = form_values(now.rules) | sent.values
            kept = RulesNow(now.connection_id, sent.version, now.rules, now.pauses)
            return _form_page(here, kept, shown, problems=sent.problems, status=400)
        if sent.version == now.version and sent.rules == now.rules:
            tell(request, _("Nada foi mudado."), "info")
            return _go(here)
        try:
            await previews.begin(queue, runtime, here.actor, here.number, sent.rules, sent.version)
        except FaultyRules as error:
            problems = {each.field: fault_text(each) for each in error.faults}
            return _form_page(here, now, sent.values, problems=problems, status=400)
        except RulesConflict as conflict:
            return _conflict_page(here, sent.rules, conflict)
        return Redirect(f"{here.base}/configuracoes/previa", status_code=303)

    @get(_PREVIEW)
    async def preview_page(here: NamedDependency[Here]) -> Response[Any]:
        return _preview_page(here, await preview_of(here), "panel/rules_preview.html")

    @get(f"{_PREVIEW}/agora")
    async def preview_now(here: NamedDependency[Here]) -> Response[Any]:
        found = await preview_of(here)
        if found is None or not _is_under_way(found):
            # Done, or saved or given up elsewhere: the page around this part changes, too.
            return Response("", headers={"hx-refresh": "true"})
        return _preview_page(here, found, "panel/rules_preview_now.html")

    @post(f"{_PREVIEW}/salvar")
    async def save(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        text = (await read_form(request)).text("number", _LONGEST_NUMBER)
        # No preview has the number 0.
        number = int(text) if text.isascii() and text.isdecimal() else 0
        asked = await preview_of(here)
        try:
            await previews.save(runtime, here.actor, here.number, number)
        except PreviewGone:
            tell(request, _("Esta prévia não existe mais. Confira as regras abaixo."), "warning")
        except RulesConflict as conflict:
            mine = conflict.now.rules if asked is None else asked.rules
            return _conflict_page(here, mine, conflict)
        else:
            tell(request, _("Regras salvas. O catálogo está sendo conferido com elas."))
        return _go(here)

    @post(f"{_PREVIEW}/desistir")
    async def give_up(request: Call, here: NamedDependency[Here]) -> Redirect:
        await previews.discard(runtime, here.actor, here.number)
        tell(request, _("As regras ficaram como estavam."), "info")
        return _go(here)

    @post(f"{_PAGE}/pausa")
    async def turn(request: Call, here: NamedDependency[Here]) -> Redirect:
        form = await read_form(request)
        named = form.text("loop", 20)
        if named not in list(Pausable):
            raise NotFoundException
        loop, on = Pausable(named), form.text("on", 1) == "1"
        await service.pause(runtime, here.actor, here.number, loop, on=on)
        said = _("%s: pausado.") if on else _("%s: retomado. O que esperava segue agora.")
        tell(request, said % _(LOOP_NAMES[loop]), "warning" if on else "success")
        return _go(here)

    return [page, look, preview_page, preview_now, save, give_up, turn]


def _go(here: Here) -> Redirect:
    return Redirect(f"{here.base}/configuracoes", status_code=303)


def _form_page(
    here: Here,
    now: RulesNow,
    values: dict[str, str],
    *,
    problems: dict[str, str] | None = None,
    preview: Preview | None = None,
    conflict: dict[str, Any] | None = None,
    status: int = 200,
) -> Template:
    loops = [
        {
            "loop": loop,
            "name": _(LOOP_NAMES[loop]),
            "note": _(LOOP_NOTES[loop]),
            "harm": _(LOOP_HARM[loop]),
            "paused_at": getattr(now.pauses, loop),
        }
        for loop in Pausable
    ]
    context = {
        "here": here,
        "now": now,
        "values": values,
        "problems": problems or {},
        "names": RULE_NAMES,
        "choices": {
            name: [(value, _(text)) for value, text in options.items()]
            for name, options in CHOICES.items()
        },
        "channel_rows": rows_to_show(values),
        "most_channel_rows": MOST_PRICE_TABLES,
        "loops": loops,
        "preview": preview,
        "conflict": conflict,
    }
    return Template("panel/rules.html", context=context, status_code=status)


def _conflict_page(here: Here, mine: MerchantRules, conflict: RulesConflict) -> Template:
    """The form again, with what both changed, made from the rules of now."""
    merged = service.merge(mine, conflict)
    told = {
        "meanwhile": [
            {
                "actor": each.actor,
                "at": each.at,
                "changes": [spoken_change(change) for change in each.changes],
            }
            for each in conflict.meanwhile
        ],
        "both": [_(RULE_NAMES[name]) for name in merged.both if name in RULE_NAMES],
    }
    values = form_values(merged.rules)
    return _form_page(here, conflict.now, values, conflict=told, status=409)


def _preview_page(here: Here, preview: Preview | None, template: str) -> Template:
    if preview is None:
        return Template("panel/rules_preview.html", context={"here": here, "preview": None})
    effect = preview.effect
    return Template(
        template,
        context={
            "here": here,
            "preview": preview,
            "changes": [spoken_change(each) for each in preview.changes],
            "examples": [] if effect is None else [(e, spoken_example(e)) for e in effect.examples],
            "unmet": []
            if effect is None
            else [(_(RULE_NAMES[e.rule]), e.entry) for e in effect.unmet],
            "is_under_way": _is_under_way(preview),
            "has_failed": preview.state is State.FAILED,
            "look_seconds": _LOOK_SECONDS,
        },
    )


def _is_under_way(preview: Preview) -> bool:
    return preview.state in (State.WAITING, State.READING)
