"""*Visão geral*: whether everything is right, at one look; it refreshes itself."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Response, Template

from ponte.services.overview import Lane, Overview, overview
from ponte.web.install.words import standing_pendencies
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.language import mark

# A person who watches sees a change within a moment.
_LOOK_SECONDS = 5
LANE_NAMES = {
    Lane.PRODUCT: mark("Produtos"),
    Lane.PRICE: mark("Preços"),
    Lane.STOCK: mark("Estoques"),
    Lane.ORDERS: mark("Pedidos"),
    Lane.REPORTS: mark("Notas e envios"),
}


def overview_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}`, and the part of it that refreshes."""

    async def show(here: Here, template: str) -> Response[Any]:
        found = await overview(parts.pool, here.actor, here.number)
        if found is None:
            raise NotFoundException
        return Template(
            template,
            context={
                "here": here,
                "overview": found,
                "lane_names": LANE_NAMES,
                "causes": standing_pendencies(found.causes),
                "look_seconds": _LOOK_SECONDS,
                "oldest": _oldest(found),
            },
        )

    @get("/conexoes/{connection:int}")
    async def page(here: NamedDependency[Here]) -> Response[Any]:
        return await show(here, "panel/overview.html")

    @get("/conexoes/{connection:int}/agora")
    async def now(here: NamedDependency[Here]) -> Response[Any]:
        return await show(here, "panel/overview_now.html")

    return [page, now]


def _oldest(found: Overview) -> float:
    """Seconds that the oldest of all waits."""
    ages = [(found.at - each.oldest_at).total_seconds() for each in found.lanes if each.oldest_at]
    return max(ages, default=0.0)
