"""*Alterar preços em massa*: by per cent, for all products or those found; looked at first."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response, Template

from ponte_sandbox.store.chores import Chore
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.chores import begin_chore
from ponte_sandbox.store.panel.listing import CONDITION_WORDS, PRODUCTS, read_listing
from ponte_sandbox.store.pricing import PriceMove, move_prices
from ponte_sandbox.store.shelf import Wish
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.wire import Product
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _

PRICES = f"{PRODUCTS}/precos"
# Families changed before other calls get their turn: 10 ms of work.
PORTION = 50
# Families whose prices are shown before and after.
EXAMPLES = 10
_PERCENT = re.compile(r"[0-9]{1,4}([.,][0-9]{1,2})?")
# Ten times the price and nothing are somebody's slip of the hand.
_MOST_UP, _MOST_DOWN = Decimal(900), Decimal("99.99")


def price_routes(store: Store) -> Sequence[Any]:
    """The form with its preview, and the change."""

    @get(PRICES)
    async def preview(request: Call, shop: NamedDependency[Shop]) -> Template:
        return await page(shop, dict(request.query_params.items()))

    @post(PRICES)
    async def apply(request: Call, shop: NamedDependency[Shop]) -> Response[Any]:
        values = (await read_form(request)).values()
        move, problem = read_move(values)
        if move is None or problem:
            return await page(shop, values)
        ids = await store.products.shelf.find(shop.shop, read_listing(values).wish)

        def work(chore: Chore) -> Iterator[None]:
            for start in range(0, len(ids), PORTION):
                for family in ids[start : start + PORTION]:
                    product = store.products.get(shop.shop, family)
                    if product is not None and move_prices(product, move):
                        store.products.replace(shop.shop, product)
                        chore.changed += 1
                    chore.done += 1
                yield

        chore = Chore(shop.shop, _("Alteração de preços"), len(ids), PRODUCTS)
        return begin_chore(store, request, chore, work)

    async def page(shop: Shop, values: dict[str, str]) -> Template:
        wish = read_listing(values).wish
        move, problem = read_move(values) if "percent" in values else (None, "")
        ids = await store.products.shelf.find(shop.shop, wish)
        context = {
            "values": values,
            "wish": wish,
            "whose": described(wish),
            "total": len(ids),
            "examples": examples(shop.shop, ids, move) if move else [],
            "is_preview": move is not None,
            "problem": problem,
        }
        status = 400 if problem else 200
        return Template("store/prices.html", context=context, status_code=status)

    def examples(shop: int, ids: list[int], move: PriceMove) -> list[tuple[Product, Product]]:
        found = [store.products.get(shop, family) for family in ids[:EXAMPLES]]
        return [(before, moved(before, move)) for before in found if before is not None]

    return [preview, apply]


def read_move(values: dict[str, str]) -> tuple[PriceMove | None, str]:
    """What the form asks for, or what is wrong with its per cent."""
    text = values.get("percent", "").strip().removesuffix("%").strip()
    if not text.isascii() or not _PERCENT.fullmatch(text):
        return None, _("Informe um percentual, como 10 ou 7,5.")
    percent = Decimal(text.replace(",", "."))
    is_down = values.get("direction") == "down"
    most = _MOST_DOWN if is_down else _MOST_UP
    if not percent or percent > most:
        return None, _("O percentual vai de 0,01 a %s.") % str(most).replace(".", ",")
    return PriceMove(-percent if is_down else percent, values.get("to_90") == "1"), ""


def described(wish: Wish) -> str:
    """Which products it is about, in words."""
    words = _(CONDITION_WORDS[wish.condition])
    return f"{words} · “{wish.text}”" if wish.text else words


def moved(product: Product, move: PriceMove) -> Product:
    """A copy with the prices after the move."""
    copy = msgspec.convert(msgspec.to_builtins(product), Product)
    move_prices(copy, move)
    copy.settle()
    return copy
