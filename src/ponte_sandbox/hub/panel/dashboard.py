"""The *Dashboard* (R10): the *Resumo* of the account, brought up to date while it is looked at."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Response, Template

from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.panel.look import HOME
from ponte_sandbox.hub.panel.summary import Summary, growth, since, summary
from ponte_sandbox.hub.panel.words import channel_word, status_word
from ponte_sandbox.hub.stamps import iso
from ponte_ui import formats
from ponte_ui.language import _, current_language

# Channels shown by name; the others are one bar.
_SHOWN_CHANNELS = 12
# What happened to products lately is counted up to here: 8 ms.
_MOST_COUNTED = 100_000


def dashboard_routes(hub: Hub) -> Sequence[Any]:
    """The page, its parts that are fetched again, and the way to the version before."""

    def figures_of(account: int, now: datetime) -> Summary:
        index = hub.archive.index
        return summary(
            index.totals(account),
            index.channels(account, _SHOWN_CHANNELS),
            index.days(account, since(now).isoformat()),
            now,
        )

    def products_of(account: int, now: datetime) -> dict[str, object]:
        shelf = hub.shelf
        month_ago, day_ago = iso(now - timedelta(days=30)), iso(now - timedelta(days=1))
        return {
            "total": shelf.count(account),
            "new": shelf.count_since(account, "created", month_ago, _MOST_COUNTED),
            "changed": shelf.count_since(account, "modified", day_ago, _MOST_COUNTED),
            "most": _MOST_COUNTED,
        }

    def shown_figures(account: int) -> dict[str, object]:
        now = datetime.now(UTC)
        found = figures_of(account, now)
        return {
            "now": now,
            "figures": found,
            "products": products_of(account, now),
            "money_growth": growth(found.month.cents, found.month_before.cents),
            "sales_growth": growth(found.month.orders, found.month_before.orders),
            "is_complete": hub.archive.index.is_complete,
        }

    @get(HOME)
    async def dashboard(account: NamedDependency[int]) -> Template:
        figures = figures_of(account, datetime.now(UTC))
        context = {**shown_figures(account), "charts": charts(figures), "seen": _mark_of(figures)}
        return Template("hub/dashboard.html", context=context)

    @get(f"{HOME}/resumo/numeros")
    async def numbers(account: NamedDependency[int]) -> Template:
        return Template("hub/dashboard_figures.html", context=shown_figures(account))

    @get(f"{HOME}/resumo/graficos")
    async def drawn(account: NamedDependency[int], visto: FromQuery[str] = "") -> Response[Any]:
        figures = figures_of(account, datetime.now(UTC))
        if visto == _mark_of(figures):
            # Nothing to draw anew: what is open or focused stays as it is.
            return Response(None, status_code=204)
        context = {"charts": charts(figures), "seen": _mark_of(figures)}
        return Template("hub/dashboard_charts.html", context=context)

    @get(f"{HOME}/versao-anterior")
    async def version_before(account: NamedDependency[int]) -> Template:
        return Template("hub/version_before.html", context={"account": account})

    return [dashboard, numbers, drawn, version_before]


def charts(figures: Summary) -> list[dict[str, object]]:
    """The three charts: what ECharts draws, and the same as a table."""
    statuses = [(status_word(status), orders) for status, orders in figures.by_status]
    channels = [(channel_word(name), orders) for name, orders in figures.by_channel]
    if figures.other_channels:
        channels.append((_("Outros"), figures.other_channels))
    days = [(formats.day(day), sold.orders, sold.amount) for day, sold in figures.by_day]
    return [
        {
            "name": "by-status",
            "title": _("Pedidos por Status"),
            "option": _bars(statuses),
            "table": [[_("Status"), _("Pedidos")], *_numbered(statuses)],
            "is_empty": not statuses,
        },
        {
            "name": "by-channel",
            "title": _("Pedidos por Canal"),
            "option": _bars(channels),
            "table": [[_("Canal"), _("Pedidos")], *_numbered(channels)],
            "is_empty": not channels,
        },
        {
            "name": "by-day",
            "title": _("Vendas por dia, nos últimos 30 dias"),
            "option": _columns([(day[:5], orders) for day, orders, _amount in days]),
            "table": [
                [_("Dia"), _("Vendas"), _("Faturamento")],
                *(
                    [day, formats.number(orders), formats.money(amount)]
                    for day, orders, amount in days
                ),
            ],
            "is_empty": not figures.window.orders,
        },
    ]


def _numbered(rows: list[tuple[str, int]]) -> list[list[str]]:
    return [[name, formats.number(orders)] for name, orders in rows]


def _bars(rows: list[tuple[str, int]]) -> dict[str, object]:
    """Lying bars, the largest on top."""
    return {
        "grid": {"left": 8, "right": 48, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [name for name, _orders in rows],
            "axisTick": {"show": False},
            "axisLabel": {"width": 130, "overflow": "truncate", "interval": 0},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 22,
                "data": [orders for _name, orders in rows],
                "label": {"show": True, "position": "right"},
            }
        ],
    }


def _columns(rows: list[tuple[str, int]]) -> dict[str, object]:
    """Standing bars, one a day."""
    return {
        "grid": {"left": 8, "right": 8, "top": 16, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "category",
            "data": [name for name, _orders in rows],
        },
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "bar", "name": _("Vendas"), "data": [orders for _name, orders in rows]}
        ],
    }


def _mark_of(figures: Summary) -> str:
    """Tells one state of the charts from another."""
    drawn = (figures.by_status, figures.by_channel, figures.by_day, current_language())
    return hashlib.sha256(repr(drawn).encode()).hexdigest()[:16]
