"""*Suposições*: what nobody documents about the hub, each with its answers to choose from."""

from collections.abc import Mapping
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.panel.assumption_texts import TEXTS
from ponte_sandbox.hub.panel.here import only_here
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

PAGE = "/painel/suposicoes"
# Beyond the longest answer.
_MAX_ANSWER = 100


def assumption_routes(assumptions: Assumptions) -> Router:
    """The page, and what its buttons do; for people on this machine."""

    def switches() -> list[dict[str, Any]]:
        # One that has no Portuguese text yet explains itself in English.
        return [
            switch | {"text": _(TEXTS.get(str(switch["name"]), str(switch["doc"])))}
            for switch in assumptions.listed()
        ]

    def turn(request: Call, answers: Mapping[str, str]) -> None:
        changed = {name: answer for name, answer in answers.items() if assumptions[name] != answer}
        try:
            assumptions.change(changed)
        except Refusal as refusal:
            raise HTTPException(status_code=400, detail=refusal.reason) from refusal
        if changed:
            tell(request, _("Agora vale: %(answers)s.") % {"answers": _listed(changed)})
        else:
            tell(request, _("Nada mudou."), "info")

    @get(PAGE)
    async def show(account: NamedDependency[int]) -> Template:
        context = {"account": account, "switches": switches()}
        return Template("hub/assumptions.html", context=context)

    @post(PAGE)
    async def change(request: Call, account: NamedDependency[int]) -> Redirect:
        form = await read_form(request)
        answers = {str(switch["name"]): switch["value"] for switch in assumptions.listed()}
        typed = {name: form.text(name, _MAX_ANSWER) for name in answers if form.has(name)}
        turn(request, typed)
        return Redirect(PAGE, status_code=303)

    @post(f"{PAGE}/padroes")
    async def back_to_defaults(request: Call, account: NamedDependency[int]) -> Redirect:
        defaults = {str(each["name"]): str(each["default"]) for each in assumptions.listed()}
        turn(request, defaults)
        return Redirect(PAGE, status_code=303)

    return Router("/", route_handlers=[show, change, back_to_defaults], guards=[only_here])


def _listed(answers: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {answer}" for name, answer in answers.items())
