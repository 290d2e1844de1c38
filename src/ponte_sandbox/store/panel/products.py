"""The list of products: searched, narrowed, paged, with stock and price to be changed in place."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store import typed
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.listing import CONDITION_WORDS, PRODUCTS, Listing, read_listing
from ponte_sandbox.store.panel.product_form import Reading, comma
from ponte_sandbox.store.panel.words import in_words
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.wire import Product
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

PAGE = 25


def list_routes(store: Store) -> Sequence[Any]:
    """The list, and its row as a form."""

    @get(PRODUCTS)
    async def show(request: Call, shop: NamedDependency[Shop]) -> Template:
        listing = read_listing(request.query_params)
        ids, total = await found(store, shop.shop, listing)
        products = [p for p in (store.products.read(shop.shop, one) for one in ids) if p]
        context = {
            "rows": [row_of(product) for product in products],
            "listing": listing,
            "conditions": [(value, _(words)) for value, words in CONDITION_WORDS.items()],
            "total": total,
            "last": max(1, -(-total // PAGE)),
            "is_empty_shop": not store.products.shelf.page(shop.shop, 0, 1),
        }
        return Template("store/products.html", context=context)

    @post(PRODUCTS + "/{family:int}/rapido")
    async def quick_edit(
        request: Call, shop: NamedDependency[Shop], family: FromPath[int]
    ) -> Response[Any]:
        form = await read_form(request)
        problem = change(shop.shop, family, form)
        if not request.headers.get("hx-request"):
            tell(request, problem or _("Salvo."), "danger" if problem else "success")
            return Redirect(read_listing(form.text).address(), status_code=303)
        product = store.products.read(shop.shop, family)
        row = row_of(product) if product else None
        if row is not None and problem:
            # What was typed is kept, to be mended.
            row |= {"price": form.text("price")[:100], "stock": form.text("stock")[:100]}
        context = {"row": row, "problem": problem, "saved": True}
        return Template("store/product_row.html", context=context)

    def change(shop: int, family: int, form: Form) -> str:
        """Set stock and price of a family without variations; what is wrong, or nothing."""
        reading = Reading(form)
        price = reading.required("price", typed.read_money)
        stock = reading.stock().get("stock")
        if reading.problems:
            return next(iter(reading.problems.values()))
        product = store.products.get(shop, family)
        if product is None or product.variations:
            return _("Este produto mudou. Recarregue a página.")
        try:
            if price is not None and price != product.price:
                typed.must_be_lower(product.special_price, price)
                product.price = price
            if stock is not None:
                product.stock = stock
            store.products.replace(shop, product)
        except typed.Mistake as mistake:
            return str(mistake)
        except Refusal as refusal:
            return in_words(refusal)
        return ""

    return [show, quick_edit]


async def found(store: Store, shop: int, listing: Listing) -> tuple[list[int], int]:
    """The ids of a page, and how many there are on all."""
    shelf, offset = store.products.shelf, (listing.page - 1) * PAGE
    if listing.wish.is_everything:
        return shelf.page(shop, offset, PAGE), store.products.count(shop)
    ids = await shelf.find(shop, listing.wish)
    return ids[offset : offset + PAGE], len(ids)


def row_of(product: Product) -> dict[str, object]:
    """What a row shows."""
    photo = next((photo.url for photo in product.photos), "")
    return {
        "product": product,
        "price": comma(product.price),
        "stock": str(product.stock),
        # Links from data only when they lead to the web.
        "photo": photo if photo.startswith(("http://", "https://")) else "",
    }
