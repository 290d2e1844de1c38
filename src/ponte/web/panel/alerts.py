"""*Alertas*: what an operator is told about, what became of each message, and a test of the way."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from ponte.domain.alerts import AlertKind
from ponte.ledger.alerts import EMAIL, OVER, WEBHOOK, DeliveryRow
from ponte.services import alerts
from ponte.services.alerts import AlertView, NoChannel
from ponte.web.panel.here import Here
from ponte.web.panel.states import reason_name
from ponte.web.parts import Parts
from ponte_ui import formats
from ponte_ui.application import Call
from ponte_ui.language import _, mark, ngettext
from ponte_ui.messages import tell

ALERTS = "/alertas"
_LOOK_SECONDS = 10
# A number beyond it is no alert's.
_LARGEST_NUMBER = 2**63 - 1
KIND_NAMES = {
    AlertKind.DISCONNECTED: mark("Conexão desconectada"),
    AlertKind.FAILING: mark("Chamadas que falham"),
    AlertKind.LAG: mark("Atraso"),
    AlertKind.PROBLEMS: mark("Muitas pendências"),
    AlertKind.OUTAGE: mark("Interrupção"),
    AlertKind.MANY: mark("Muitas conexões"),
    AlertKind.NO_WORKER: mark("Ninguém trabalha"),
    AlertKind.TEST: mark("Teste"),
}
CHANNEL_NAMES = {WEBHOOK: mark("Webhook"), EMAIL: mark("E-mail")}


def alert_routes(parts: Parts) -> Sequence[Any]:
    """`/alertas`, the part of it that refreshes, and the test."""

    async def show(request: Call, here: Here, template: str) -> Response[Any]:
        before = _number(request.query_params.get("antes", ""))
        found = await alerts.latest(parts.pool, parts.settings, here.actor, before)
        return Template(
            template,
            context={
                "here": here,
                "found": found,
                "before": before,
                "kind_name": lambda each: _(KIND_NAMES[each.kind]),
                "fact": fact,
                "delivery_words": delivery_words,
                "delivery_kind": delivery_kind,
                "channel_name": lambda channel: _(CHANNEL_NAMES[channel]),
                "look_seconds": _LOOK_SECONDS,
                "refresh": f"{ALERTS}/agora?antes={before}" if before else f"{ALERTS}/agora",
            },
        )

    @get(ALERTS)
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        return await show(request, here, "panel/alerts.html")

    @get(f"{ALERTS}/agora")
    async def now(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        return await show(request, here, "panel/alerts_now.html")

    @post(f"{ALERTS}/teste")
    async def test(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        try:
            await alerts.send_test(parts.pool, parts.settings, here.actor)
        except NoChannel:
            tell(request, _("Nenhum canal está configurado: não há para onde enviar."), "warning")
        else:
            tell(request, _("O teste está a caminho; abaixo aparece se chegou."))
        return Redirect(ALERTS, status_code=303)

    return [page, now, test]


def fact(alert: AlertView) -> str:
    """What is the matter, in the page's language; the connection stands beside it."""
    figures = alert.figures
    match alert.kind:
        case AlertKind.DISCONNECTED | AlertKind.FAILING:
            return reason_name(figures.reason)
        case AlertKind.LAG:
            why = reason_name(figures.reason)
            lag = formats.duration(figures.lag_seconds)
            return f"{why}: {lag}" if why else lag
        case AlertKind.PROBLEMS:
            # Counted up to ten thousand only.
            count = formats.number(figures.problems)
            return ngettext("%s pendência", "%s pendências", figures.problems) % count
        case AlertKind.OUTAGE:
            share = figures.failing / figures.accounts if figures.accounts else 0
            status = str(figures.status) if figures.status else _("nada")
            return _("%(place)s responde %(status)s para %(share)s das contas") % {
                "place": alert.subject,
                "status": status,
                "share": formats.percent(share),
            }
        case AlertKind.MANY:
            number = formats.number(figures.accounts)
            count = ngettext("%s conexão", "%s conexões", figures.accounts) % number
            return f"{_(KIND_NAMES[AlertKind(alert.subject)])}: {count}"
        case AlertKind.NO_WORKER:
            return _("Nenhum processo de trabalho está ativo.")
    return _("Só um teste: nada aconteceu.")


def delivery_words(delivery: DeliveryRow) -> str:
    """What became of a message."""
    event = _("fim") if delivery.event == OVER else _("início")
    if delivery.sent_at is not None:
        state = _("entregue em %s") % formats.when(delivery.sent_at)
    elif delivery.given_up_at is not None:
        state = _("desistimos: %s") % delivery.failure
    elif delivery.failure is not None:
        again = formats.when(delivery.due_at)
        state = _("falhou (%(why)s); de novo em %(when)s") % {
            "why": delivery.failure,
            "when": again,
        }
    else:
        state = _("a caminho")
    return f"{event}: {state}"


def delivery_kind(delivery: DeliveryRow) -> str:
    """The colour of that."""
    if delivery.sent_at is not None:
        return "good"
    return "bad" if delivery.given_up_at or delivery.failure else "waiting"


def _number(typed: str) -> int | None:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 20):
        return None
    return min(int(typed), _LARGEST_NUMBER)
