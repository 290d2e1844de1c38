"""*Falhas*: everything the fault API offers, what is in force, and what calls meet now."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import FaultBox, Faults, LatencyRange, NotificationFaults
from ponte_sandbox.hub.panel.entries import Entries
from ponte_sandbox.hub.panel.here import only_here
from ponte_ui.application import Call
from ponte_ui.formats import number
from ponte_ui.forms import read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

PAGE = "/painel/falhas"
_MAX_MS = 600_000
_MAX_PER_MINUTE = 1_000_000
_LARGEST_SEED = 2**31
_MAX_PATHS = 50
_SHARES = ("error_share", "drop_before_share", "drop_after_share", "garbage_share")


def fault_routes(faults: FaultBox, calls: Calls) -> Router:
    """The page, and what its buttons do; for people on this machine."""

    def now() -> dict[str, Any]:
        return {"in_force": in_force(faults.faults), **call_figures(calls)}

    @get(PAGE)
    async def show(account: NamedDependency[int]) -> Template:
        context = {"account": account, "values": as_typed(faults.faults), "problems": {}, **now()}
        return Template("hub/faults.html", context=context)

    @get(f"{PAGE}/agora")
    async def show_now(account: NamedDependency[int]) -> Template:
        return Template("hub/faults_now.html", context=now())

    @post(PAGE)
    async def change(request: Call, account: NamedDependency[int]) -> Response[Any]:
        entries = Entries(await read_form(request))
        wish = _wish(entries)
        if entries.problems or wish is None:
            context = {
                "account": account,
                "values": as_typed(Faults()) | entries.form.values(),
                "problems": entries.problems,
                **now(),
            }
            # A box that was not ticked is not sent at all.
            context["values"]["include_oauth"] = entries.form.text("include_oauth")
            return Template("hub/faults.html", context=context, status_code=400)
        faults.put(wish)
        tell(request, _("As falhas estão em vigor.") if in_force(wish) else _("Tudo desligado."))
        return Redirect(PAGE, status_code=303)

    @post(f"{PAGE}/desligar")
    async def turn_off(request: Call, account: NamedDependency[int]) -> Redirect:
        faults.put(Faults())
        tell(request, _("Tudo desligado."))
        return Redirect(PAGE, status_code=303)

    @post(f"{PAGE}/zerar")
    async def reset_calls(request: Call, account: NamedDependency[int]) -> Redirect:
        calls.reset()
        tell(request, _("A contagem começou de novo."))
        return Redirect(PAGE, status_code=303)

    handlers = [show, show_now, change, turn_off, reset_calls]
    return Router("/", route_handlers=handlers, guards=[only_here])


def _wish(entries: Entries) -> Faults | None:
    """The faults typed in; None when something is wrong, which `entries` then says."""
    low = entries.decimal("latency_min", 0, _MAX_MS)
    high = entries.decimal("latency_max", 0, _MAX_MS)
    if low > high:
        entries.problems["latency_max"] = _("O máximo não pode ser menor que o mínimo.")
    paths = [line.strip() for line in entries.form.text("only_paths").splitlines() if line.strip()]
    if len(paths) > _MAX_PATHS or not all(path.startswith("/") for path in paths):
        entries.problems["only_paths"] = _(
            "Um caminho por linha, cada um começando com /, no máximo %(most)s."
        ) % {"most": _MAX_PATHS}
    limit = entries.whole_or_none("rate_limit_per_minute", 1, _MAX_PER_MINUTE)
    seed = entries.whole_or_none("seed", 0, _LARGEST_SEED)
    notifications = NotificationFaults(
        lost_share=_share(entries, "lost_share"),
        repeat_share=_share(entries, "repeat_share"),
        delay_ms_max=float(entries.decimal("delay_ms_max", 0, _MAX_MS)),
    )
    try:
        made = Faults(
            latency_ms=LatencyRange(float(min(low, high)), float(high)) if high else 0.0,
            error_share=_share(entries, "error_share"),
            drop_before_share=_share(entries, "drop_before_share"),
            drop_after_share=_share(entries, "drop_after_share"),
            garbage_share=_share(entries, "garbage_share"),
            rate_limit_per_minute=limit,
            only_paths=paths,
            include_oauth=entries.form.has("include_oauth"),
            notifications=notifications,
            seed=seed,
        )
    except ValueError:
        # The bounds of the delay are in order by now, so it is the shares that do not add up.
        entries.problems["error_share"] = _(
            "Erros, quedas e respostas estragadas somam mais de 100 %."
        )
        return None
    return None if entries.problems else made


def _share(entries: Entries, name: str) -> float:
    return float(entries.decimal(name, 0, 100)) / 100


def as_typed(faults: Faults) -> dict[str, str]:
    """Faults as the fields of the form: shares as percent, nothing as an empty field."""
    low, high = _latency(faults)
    shares = {name: _percent(getattr(faults, name)) for name in _SHARES}
    return shares | {
        "latency_min": f"{low:g}",
        "latency_max": f"{high:g}",
        "rate_limit_per_minute": str(faults.rate_limit_per_minute or ""),
        "only_paths": "\n".join(faults.only_paths),
        "include_oauth": "1" if faults.include_oauth else "",
        "lost_share": _percent(faults.notifications.lost_share),
        "repeat_share": _percent(faults.notifications.repeat_share),
        "delay_ms_max": f"{faults.notifications.delay_ms_max:g}",
        "seed": "" if faults.seed is None else str(faults.seed),
    }


def in_force(faults: Faults) -> list[str]:
    """What goes wrong now, a sentence each; nothing when all is calm."""
    low, high = _latency(faults)
    said: list[str] = []
    if high:
        said.append(
            _("Cada chamada espera de %(low)s a %(high)s ms.")
            % {"low": number(low), "high": number(high)}
        )
    sentences = (
        (faults.error_share, _("%(share)s%% das chamadas recebem 500 ou 503.")),
        (
            faults.drop_before_share,
            _("%(share)s%% das conexões caem antes de a chamada ser aplicada."),
        ),
        (faults.drop_after_share, _("%(share)s%% caem depois de aplicada, sem resposta.")),
        (faults.garbage_share, _("%(share)s%% são aplicadas e recebem uma resposta estragada.")),
    )
    said += _shares(sentences)
    if faults.rate_limit_per_minute is not None:
        said.append(
            _("Cada conta pode fazer %(calls)s chamadas por minuto.")
            % {"calls": number(faults.rate_limit_per_minute)}
        )
    if said and faults.only_paths:
        said.append(
            _("Só nos caminhos que começam com %(paths)s.")
            % {"paths": ", ".join(faults.only_paths)}
        )
    said += _shares(
        (
            (faults.notifications.lost_share, _("%(share)s%% das notificações se perdem.")),
            (
                faults.notifications.repeat_share,
                _("%(share)s%% das notificações chegam duas vezes."),
            ),
        )
    )
    if faults.notifications.delay_ms_max:
        said.append(
            _("Cada notificação atrasa até %(most)s ms.")
            % {"most": number(faults.notifications.delay_ms_max)}
        )
    return said


def _shares(sentences: Iterable[tuple[float, str]]) -> list[str]:
    return [text % {"share": number(share * 100, 2)} for share, text in sentences if share]


def call_figures(calls: Calls) -> dict[str, Any]:
    """How many calls were answered with which status since the count began."""
    counts = calls.counts()
    by_status: Counter[int] = Counter()
    for call in counts.calls:
        by_status[call.status] += call.count
    return {"total": counts.total, "by_status": sorted(by_status.items())}


def _latency(faults: Faults) -> tuple[float, float]:
    latency = faults.latency_ms
    if isinstance(latency, LatencyRange):
        return latency.min, latency.max
    return latency, latency


def _percent(share: float) -> str:
    return f"{(Decimal(str(share)) * 100).normalize():f}"
