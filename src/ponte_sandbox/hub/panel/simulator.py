"""*Simulador de marketplaces*: an order by hand, streams of orders, and how far they are."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.marketplace.channels import CHANNELS, CHANNELS_BY_NAME
from ponte_sandbox.hub.marketplace.runs import (
    MAX_ORDERS,
    MAX_RATE,
    MAX_STEP_SECONDS,
    STOPPED_BY_HAND,
    Marketplace,
    Wish,
)
from ponte_sandbox.hub.panel.entries import Entries, row_number
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

PAGE = "/painel/simulador"
_RUNS_SHOWN = 10
_SKUS_OFFERED = 20
_MAX_SKU = 200
_MAX_QUANTITY = 10_000
_LARGEST_SEED = 2**31
_WEIGHT = "weight-"
_MAX_WEIGHT = 1000
# The statuses a marketplace begins an order with, in the manual's words.
_FIRST_STATUSES = {
    "approved": mark("Aprovado"),
    "pending": mark("Pendente"),
    "under_review": mark("Sob análise"),
    "partial_payment": mark("Pagamento parcial"),
    "canceled": mark("Cancelado"),
}


# What the forms begin with.
_STREAM = {"orders": "20", "rate": "2", "step_seconds": "5", "defects": "0", "seed": "1"}
_ORDER = {"channel": CHANNELS[0].name, "sku": "", "quantity": "1", "status": "approved"}


def simulator_routes(hub: Hub, marketplace: Marketplace) -> Sequence[Any]:
    """The page, the SKUs it offers, its two forms, and the progress of runs."""

    def page(
        account: int, *, typed: dict[str, str], problems: dict[str, str], placed: str = ""
    ) -> Template:
        weights = [(f"{_WEIGHT}{place}", each.name) for place, each in enumerate(CHANNELS)]
        context = {
            "account": account,
            **progress(account),
            "channels": [(channel.name, channel.name) for channel in CHANNELS],
            "weights": weights,
            "most_weight": _MAX_WEIGHT,
            "statuses": [(status, _(label)) for status, label in _FIRST_STATUSES.items()],
            "values": _ORDER | _STREAM | {field: "1" for field, _name in weights} | typed,
            "problems": problems,
            "placed": placed,
            "has_products": bool(hub.shelf.skus(account, "", 1)),
        }
        status = 400 if problems else 200
        return Template("hub/simulator.html", context=context, status_code=status)

    def progress(account: int) -> dict[str, Any]:
        return {
            "runs": marketplace.newest(account, _RUNS_SHOWN),
            "stopped_by_hand": STOPPED_BY_HAND,
        }

    @get(PAGE)
    async def show(request: Call, account: NamedDependency[int]) -> Template:
        placed = request.query_params.get("pedido", "")
        known = placed if hub.archive.find(account, placed) is not None else ""
        return page(account, typed={}, problems={}, placed=known)

    @get(f"{PAGE}/skus")
    async def offer_skus(request: Call, account: NamedDependency[int]) -> Template:
        beginning = request.query_params.get("sku", "")[:_MAX_SKU].strip()
        skus = hub.shelf.skus(account, beginning, _SKUS_OFFERED) if beginning else []
        return Template("hub/simulator_skus.html", context={"skus": skus})

    @get(f"{PAGE}/andamento")
    async def show_progress(account: NamedDependency[int]) -> Template:
        return Template("hub/simulator_runs.html", context=progress(account))

    @post(f"{PAGE}/pedido")
    async def place_one(request: Call, account: NamedDependency[int]) -> Response[Any]:
        entries = Entries(await read_form(request))
        form = entries.form
        quantity = entries.whole("quantity", 1, _MAX_QUANTITY)
        sku, channel = form.text("sku", _MAX_SKU), form.text("channel", _MAX_SKU)
        status = form.text("status", _MAX_SKU)
        if status not in _FIRST_STATUSES:
            entries.problems["status"] = _("Escolha um dos status da lista.")
        if channel not in CHANNELS_BY_NAME:
            entries.problems["channel"] = _("Escolha um dos canais da lista.")
        if not marketplace.sells(account, sku):
            entries.problems["sku"] = _(
                "Nada se vende com este SKU: confira no catálogo. De um produto com variações, use "
                "o SKU de uma delas."
            )
        if entries.problems:
            return page(account, typed=form.values(), problems=entries.problems)
        placed = marketplace.place_one(account, sku, quantity, channel, status)
        return Redirect(f"{PAGE}?{urlencode({'pedido': placed})}", status_code=303)

    @post(f"{PAGE}/fluxo")
    async def start_stream(request: Call, account: NamedDependency[int]) -> Response[Any]:
        entries = Entries(await read_form(request))
        wish = _wish(account, entries)
        if not entries.problems:
            try:
                marketplace.start(wish)
            except Refusal:
                entries.problems["orders"] = _(
                    "A conta não tem produto à venda: disponível, com estoque e com preço."
                )
        if entries.problems:
            return page(account, typed=entries.form.values(), problems=entries.problems)
        tell(request, _("Fluxo iniciado."))
        return Redirect(f"{PAGE}#andamento", status_code=303)

    @post(f"{PAGE}/{{run:int}}/parar")
    async def stop(request: Call, account: NamedDependency[int], run: FromPath[int]) -> Redirect:
        if marketplace.stop(row_number(run), account):
            tell(request, _("O fluxo %(run)s parou. Os pedidos já criados seguem.") % {"run": run})
        else:
            tell(request, _("O fluxo %(run)s já tinha terminado.") % {"run": run}, "info")
        return Redirect(f"{PAGE}#andamento", status_code=303)

    return [show, offer_skus, show_progress, place_one, start_stream, stop]


def _wish(account: int, entries: Entries) -> Wish:
    rate = entries.decimal("rate", 0, MAX_RATE)
    weights = {
        channel.name: float(entries.decimal(f"{_WEIGHT}{place}", 0, _MAX_WEIGHT))
        for place, channel in enumerate(CHANNELS)
    }
    if not any(weights.values()):
        entries.problems[f"{_WEIGHT}0"] = _("Dê um peso acima de 0 a pelo menos um canal.")
    return Wish(
        account=account,
        orders=entries.whole("orders", 1, MAX_ORDERS),
        seed=entries.whole("seed", 0, _LARGEST_SEED),
        rate=float(rate) or None,
        step_seconds=float(entries.decimal("step_seconds", 0, MAX_STEP_SECONDS)),
        defects=float(entries.decimal("defects", 0, 100)) / 100,
        channels={name: weight for name, weight in weights.items() if weight},
    )
