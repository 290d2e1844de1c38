"""What buyers reach by links: where a parcel is, and a product's own page."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Template


def public_routes() -> Sequence[Any]:
    """Several shops share the addresses, so both pages show no more than the link says."""

    @get("/rastreio/{code:path}")
    async def tracking(code: FromPath[str]) -> Template:
        return Template("store/tracking.html", context={"code": code.removeprefix("/")})

    @get("/produto/{product:str}")
    async def product(product: FromPath[str]) -> Template:
        return Template("store/public_product.html", context={"product": product})

    return [tracking, product]
