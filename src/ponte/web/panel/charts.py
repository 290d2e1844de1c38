"""The charts of the last hours: options for ECharts, and the same figures as tables.

Samples exist only of minutes in which something was open; in between everything was sent, and the
line has to come down to zero instead of sloping from one mountain to the next.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from ponte.ledger.calls import CallHour
from ponte.ledger.health import ImportedHour, LagSample
from ponte_ui.formats import number, zone
from ponte_ui.language import _

_GRID = {"left": 8, "right": 16, "top": 32, "bottom": 8, "containLabel": True}
# Told apart from the other on white and on black.
_BAD = "#d64545"
# Lines are told apart without colours, too.
_STROKES = ("solid", "dashed", "dotted")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
# R3, in minutes.
_LIMIT = 15


class Chart(Struct, frozen=True):
    """What the `chart` macro draws: `table` has a heading row first."""

    option: dict[str, Any]
    table: list[list[str]]
    # Nothing happened in these hours.
    is_empty: bool


def lag_chart(samples: Sequence[LagSample], begin: datetime, now: datetime) -> Chart:
    """How old the oldest unsent change was, in minutes, a point a minute."""
    by_minute = {sample.minute: sample for sample in samples}
    minutes = _steps(begin, now, _MINUTE)
    kinds: list[tuple[str, Callable[[LagSample], int]]] = [
        (_("Estoques"), lambda each: each.stock_seconds),
        (_("Preços"), lambda each: each.price_seconds),
        (_("Produtos"), lambda each: each.content_seconds),
    ]
    series: list[dict[str, Any]] = [
        {
            "type": "line",
            "name": name,
            "showSymbol": False,
            "lineStyle": {"type": stroke},
            "data": [
                round(seconds(by_minute[each]) / 60, 1) if each in by_minute else 0
                for each in minutes
            ],
        }
        for stroke, (name, seconds) in zip(_STROKES, kinds, strict=True)
    ]
    series[0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "label": {"formatter": _("15 minutos"), "position": "insideEndTop"},
        "lineStyle": {"color": _BAD, "type": "solid"},
        "data": [{"yAxis": _LIMIT}],
    }
    table = [[_("Minuto"), *(name for name, _seconds in kinds)]]
    table += [
        [_clock(each.minute), *(number(seconds(each) / 60, 1) for _name, seconds in kinds)]
        for each in samples
    ]
    option = {
        "grid": _GRID,
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [_clock(each) for each in minutes]},
        "yAxis": {"type": "value", "min": 0, "max": _top(series)},
        "series": series,
    }
    return Chart(option, table, not samples)


def _top(series: Sequence[dict[str, Any]]) -> float:
    """Where the axis ends: the limit is always seen."""
    return float(max(_LIMIT + 3, *(max(line["data"]) for line in series)))


def call_chart(calls: Sequence[CallHour], begin: datetime, now: datetime) -> Chart:
    """Calls an hour to hub and store: those that went well, and those that did not."""
    hours = _steps(begin, now, _HOUR)
    good = dict.fromkeys(hours, 0)
    bad = dict.fromkeys(hours, 0)
    for each in calls:
        if each.hour in good:
            good[each.hour] += each.ok
            bad[each.hour] += (
                each.refused + each.unauthorised + each.throttled + each.failed + each.unanswered
            )
    chart = _bars(hours, [(_("Aceitas"), good), (_("Sem sucesso"), bad)])
    chart.option["series"][1]["itemStyle"] = {"color": _BAD}
    return chart


def order_chart(imported: Sequence[ImportedHour], begin: datetime, now: datetime) -> Chart:
    """Orders an hour that entered the store."""
    hours = _steps(begin, now, _HOUR)
    orders = dict.fromkeys(hours, 0)
    for each in imported:
        if each.hour in orders:
            orders[each.hour] = each.orders
    return _bars(hours, [(_("Pedidos"), orders)])


def _bars(hours: list[datetime], kinds: list[tuple[str, dict[datetime, int]]]) -> Chart:
    option = {
        "grid": _GRID,
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [_clock(each) for each in hours]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "bar", "stack": "all", "name": name, "data": list(figures.values())}
            for name, figures in kinds
        ],
    }
    table = [[_("Hora"), *(name for name, _figures in kinds)]]
    table += [
        [_clock(each), *(number(figures[each]) for _name, figures in kinds)] for each in hours
    ]
    is_empty = not any(any(figures.values()) for _name, figures in kinds)
    return Chart(option, table, is_empty)


def _steps(begin: datetime, now: datetime, step: timedelta) -> list[datetime]:
    """Every whole minute or hour from `begin` until now."""
    first = begin.replace(second=0, microsecond=0)
    if step == _HOUR:
        first = first.replace(minute=0)
    return [first + place * step for place in range(int((now - first) / step) + 1)]


def _clock(moment: datetime) -> str:
    return moment.astimezone(zone()).strftime("%H:%M")
