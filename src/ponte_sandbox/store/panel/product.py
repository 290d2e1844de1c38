"""One product's page: create, edit, publish, delete, and its variations.

Everything goes through the same edits as the administration's API, so the change feed moves.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.edits import ProductEdit
from ponte_sandbox.store.panel.listing import PRODUCTS
from ponte_sandbox.store.panel.product_form import (
    Reading,
    read_product,
    read_variation,
    shown_product,
    shown_variation,
)
from ponte_sandbox.store.panel.variation_page import attribute_rows, remove_variation
from ponte_sandbox.store.panel.words import in_words
from ponte_sandbox.store.shelf import writable
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.wire import Product, Variation
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

_NEW = f"{PRODUCTS}/novo"
_ONE = PRODUCTS + "/{family:int}"


def product_routes(store: Store) -> Sequence[Any]:
    """The product's pages and what their buttons do."""

    @get(_NEW)
    async def blank(shop: NamedDependency[Shop]) -> Template:
        return _page(None, shown_product(None), {})

    @post(_NEW)
    async def create(request: Call, shop: NamedDependency[Shop]) -> Response[Any]:
        form = await read_form(request)
        reading = Reading(form)
        edit = read_product(reading, None)
        _refuse_taken(reading, shop, edit, None)
        if edit is None or reading.problems:
            return _page(None, form.values(), reading.problems)
        [product] = store.desk.create(shop.shop, [edit])
        tell(request, _("Produto criado."))
        return Redirect(f"{PRODUCTS}/{product.id}", status_code=303)

    @get(_ONE)
    async def show(shop: NamedDependency[Shop], family: FromPath[int]) -> Template:
        product = _product(shop, family)
        return _page(product, shown_product(product), {})

    @post(_ONE)
    async def save(
        request: Call, shop: NamedDependency[Shop], family: FromPath[int]
    ) -> Response[Any]:
        product = _product(shop, family)
        form = await read_form(request)
        reading = Reading(form)
        edit = read_product(reading, product)
        _refuse_taken(reading, shop, edit, product)
        if edit is None or reading.problems:
            return _page(product, form.values(), reading.problems)
        return _saved(request, shop, family, edit, _("Produto salvo."))

    @post(_ONE + "/publicar")
    async def publish(
        request: Call, shop: NamedDependency[Shop], family: FromPath[int]
    ) -> Redirect:
        _product(shop, family)
        published = (await read_form(request)).text("published", 1) == "1"
        words = _("Produto publicado.") if published else _("Produto retirado da vitrine.")
        return _saved(request, shop, family, ProductEdit(published=published), words)

    @post(_ONE + "/excluir")
    async def delete(request: Call, shop: NamedDependency[Shop], family: FromPath[int]) -> Redirect:
        _product(shop, family)
        store.desk.delete(shop.shop, family)
        tell(request, _("Produto excluído."))
        return Redirect(PRODUCTS, status_code=303)

    @get(_ONE + "/variacao")
    async def show_variation(
        request: Call, shop: NamedDependency[Shop], family: FromPath[int]
    ) -> Template:
        product = _product(shop, family)
        found = _variation(product, request.query_params.get("sku", ""))
        return _variation_page(product, found, shown_variation(found), None, {})

    @post(_ONE + "/variacao")
    async def save_variation(
        request: Call, shop: NamedDependency[Shop], family: FromPath[int]
    ) -> Response[Any]:
        product = _product(shop, family)
        form = await read_form(request)
        found = _variation(product, form.secret("variation"))
        reading = Reading(form)
        edit = read_variation(reading, found)
        sku = form.text("sku")
        others = [each.sku for each in product.variations if each is not found]
        if sku in others:
            reading.problems["sku"] = _("Outra variação deste produto já tem este SKU.")
        elif found is None or sku != found.sku.strip():
            _refuse_claimed(reading, shop, sku, product)
        if edit is None or reading.problems:
            return _variation_page(product, found, form.values(), form, reading.problems)
        return _saved(request, shop, family, edit, _("Variação salva."))

    @post(_ONE + "/variacao/remover")
    async def remove(request: Call, shop: NamedDependency[Shop], family: FromPath[int]) -> Redirect:
        product = _product(shop, family)
        found = _variation(product, (await read_form(request)).secret("variation"))
        if found is None:
            raise NotFoundException
        return _saved(request, shop, family, remove_variation(found), _("Variação removida."))

    def _product(shop: Shop, family: int) -> Product:
        product = store.products.read(shop.shop, family) if family < 2**31 else None
        if product is None:
            raise NotFoundException
        return product

    def _saved(request: Call, shop: Shop, family: int, edit: ProductEdit, words: str) -> Redirect:
        try:
            store.desk.edit(shop.shop, family, edit)
            tell(request, words)
        except Refusal as refusal:
            tell(request, in_words(refusal), "danger")
        return Redirect(f"{PRODUCTS}/{family}", status_code=303)

    def _refuse_taken(
        reading: Reading, shop: Shop, edit: ProductEdit | None, before: Product | None
    ) -> None:
        """A new SKU must be nobody else's; one that was there twice may stay."""
        sku = reading.form.text("sku")
        if edit is not None and (before is None or sku != before.sku.strip()):
            _refuse_claimed(reading, shop, sku, before)

    def _refuse_claimed(reading: Reading, shop: Shop, sku: str, owner: Product | None) -> None:
        own = int(owner.id) if owner is not None else None
        if any(family != own for family in store.products.claims(shop.shop, writable(sku))):
            reading.problems.setdefault("sku", _("Outro produto já tem este SKU."))

    return [blank, create, show, save, publish, delete, show_variation, save_variation, remove]


def _variation(product: Product, sku: str) -> Variation | None:
    """The variation of this SKU; None for a new one. 404 when it is gone."""
    if not sku:
        return None
    found = next((each for each in product.variations if each.sku == sku), None)
    if found is None:
        raise NotFoundException
    return found


def _page(product: Product | None, values: dict[str, str], problems: dict[str, str]) -> Template:
    links = []
    if product is not None:
        base = f"{PRODUCTS}/{product.id}/variacao"
        links = [f"{base}?{urlencode({'sku': each.sku})}" for each in product.variations]
    context = {"product": product, "values": values, "problems": problems, "links": links}
    status = 400 if problems else 200
    return Template("store/product.html", context=context, status_code=status)


def _variation_page(
    product: Product,
    found: Variation | None,
    values: dict[str, str],
    form: Form | None,
    problems: dict[str, str],
) -> Template:
    context = {
        "product": product,
        "variation": found,
        "values": values,
        "attributes": attribute_rows(product, found, form),
        "problems": problems,
    }
    status = 400 if problems else 200
    return Template("store/variation.html", context=context, status_code=status)
