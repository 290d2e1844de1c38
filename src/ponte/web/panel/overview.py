"""*Visão geral*: whether everything is right, at one look; it refreshes itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Template
from msgspec import Struct

from ponte.domain.health import LONGEST_LAG_SECONDS, State
from ponte.services import guide, health, problems
from ponte.services.health import ConnectionHealth
from ponte.web.panel.charts import call_chart, lag_chart, order_chart
from ponte.web.panel.here import Here
from ponte.web.panel.states import (
    outage_sentence,
    reason_name,
    state_kind,
    state_name,
    state_sentence,
)
from ponte.web.parts import Parts
from ponte_ui.language import mark

# Figures are measured every ten seconds: a person who watches sees a change within some.
_LOOK_SECONDS = 5
# A chart has a point a minute.
_CHART_SECONDS = 60
_CHART_HOURS = 12
# States in which nothing is expected to be up to date.
_AT_REST = frozenset({State.HELD, State.DISCONNECTED, State.STOPPED, State.SWITCHED_OFF})


class Lane(Struct, frozen=True):
    """One of the things that travel: when it was looked at, what waits and for how long."""

    name: str
    page: str
    checked_at: datetime | None
    waiting: int
    # Seconds that the oldest waits; None: nothing does.
    oldest: float | None

    @property
    def is_late(self) -> bool:
        """Whether it breaks the fifteen minutes of R3."""
        return self.oldest is not None and self.oldest > LONGEST_LAG_SECONDS


def overview_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}`, and the parts of it that refresh."""

    async def now_context(here: Here) -> dict[str, Any]:
        found = await health.of_connection(parts.pool, here.actor, here.number)
        if found is None:
            raise NotFoundException
        causes = await problems.list_causes(parts.runtime, here.actor, here.number)
        return {
            "here": here,
            "health": found,
            "sentence": state_sentence(found.state, found.reason),
            "state_name": state_name,
            "state_kind": state_kind,
            "reason": "" if found.state is State.FAILING else reason_name(found.reason),
            "outage_sentence": outage_sentence,
            "lanes": _lanes(found),
            "limit": LONGEST_LAG_SECONDS,
            "is_at_rest": found.state in _AT_REST,
            "blocking": sum(cause.count for cause in causes if cause.blocking),
            "warnings": sum(cause.count for cause in causes if not cause.blocking),
            "look_seconds": _LOOK_SECONDS,
            "chart_seconds": _CHART_SECONDS,
        }

    async def chart_context(here: Here) -> dict[str, Any]:
        found = await health.charts(parts.pool, here.actor, here.number, _CHART_HOURS)
        now = datetime.now(UTC)
        begin = now - timedelta(hours=_CHART_HOURS)
        return {
            "here": here,
            "lag": lag_chart(found.lag, begin, now),
            "calls": call_chart(found.calls, begin, now),
            "orders": order_chart(found.imported, begin, now),
            "hours": _CHART_HOURS,
        }

    @get("/conexoes/{connection:int}")
    async def page(here: NamedDependency[Here]) -> Response[Any]:
        first_steps = await guide.read(parts.pool, here.actor, here.number)
        context = {**await now_context(here), **await chart_context(here), "guide": first_steps}
        return Template("panel/overview.html", context=context)

    @get("/conexoes/{connection:int}/agora")
    async def now(here: NamedDependency[Here]) -> Response[Any]:
        return Template("panel/overview_refresh.html", context=await now_context(here))

    @get("/conexoes/{connection:int}/graficos")
    async def charts(here: NamedDependency[Here]) -> Response[Any]:
        return Template("panel/overview_charts.html", context=await chart_context(here))

    @post("/conexoes/{connection:int}/guia")
    async def close_guide(
        request: Request[Any, Any, Any], here: NamedDependency[Here]
    ) -> Response[Any]:
        await guide.close(parts.pool, here.actor, here.number)
        return Redirect(here.base, status_code=303)

    return [page, now, charts, close_guide]


def _lanes(found: ConnectionHealth) -> list[Lane]:
    now = datetime.now(UTC)

    def age(since: datetime | None) -> float | None:
        return None if since is None else max(0.0, (now - since).total_seconds())

    content, price, stock = found.content, found.price, found.stock
    orders, reports = found.orders, found.reports
    return [
        Lane(
            mark("Produtos"), "catalogo", content.checked_at, content.unsent, age(content.oldest_at)
        ),
        Lane(mark("Preços"), "catalogo", price.checked_at, price.unsent, age(price.oldest_at)),
        Lane(mark("Estoques"), "catalogo", stock.checked_at, stock.unsent, age(stock.oldest_at)),
        Lane(mark("Pedidos"), "pedidos", orders.checked_at, orders.waiting, age(orders.oldest_at)),
        Lane(
            mark("Notas e envios"),
            "pedidos",
            reports.checked_at,
            reports.open,
            age(reports.oldest_at),
        ),
    ]
