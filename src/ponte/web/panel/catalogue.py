"""*Catálogo*: the list, searched while one types, and the proof of each product.

A product's key is the store's own and may hold anything; it ends the path of its page, and travels
in the forms. Everything that a store or the hub wrote is shown as text, descriptions with tags too.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte.domain.failures import Failure
from ponte.domain.standing import View
from ponte.services import products
from ponte.services.catalogue import Order, Wanted, count_views, list_products, order_of
from ponte.services.products import NoSuchProduct, Proof, ShutOut
from ponte.sync.looking import Looked, both_sides
from ponte.web.audit_words import field_name, value_text
from ponte.web.panel import catalogue_words as words
from ponte.web.panel.here import Here
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.formats import number
from ponte_ui.forms import read_form
from ponte_ui.language import _, ngettext
from ponte_ui.messages import tell

_LONGEST_TEXT = 200
_LONGEST_CURSOR = 2000
# The store contract allows less; other platforms have keys of their own.
_LONGEST_KEY = 1000
# SKUs of one product shown at once: of more, those that differ come first.
_MOST_OFFERS = 200


def catalogue_routes(parts: Parts) -> Sequence[Any]:
    """`/conexoes/{connection}/catalogo` and what is below."""
    return [_list(parts), *_product(parts), *_deeds(parts)]


def _list(parts: Parts) -> Any:
    @get("/conexoes/{connection:int}/catalogo")
    async def page(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        wanted = _wanted(request.query_params)
        async with parts.pool.connection() as conn:
            found = await list_products(conn, here.actor, here.number, wanted)
        async with parts.pool.connection() as conn:
            counts = await count_views(conn, here.actor, here.number)
        orders = [
            (order, _(name))
            for order, name in words.ORDERS.items()
            if order_of(Wanted(wanted.view, order=order)) is order
        ]
        return Template(
            "panel/catalogue.html",
            context={
                "here": here,
                "words": words,
                "wanted": wanted,
                "found": found,
                "views": words.view_options(counts),
                "orders": orders,
                "is_empty": not any(counts.values()),
                "refused": counts[View.REFUSED],
                "newer": _address(here, wanted, "antes", found.before),
                "older": _address(here, wanted, "depois", found.after),
                "page_of": lambda key: product_address(here, key),
            },
        )

    return page


def _wanted(query: Mapping[str, str]) -> Wanted:
    """The list that an address asks for; whatever is none of our words is left out."""
    view, order = query.get("ver", ""), query.get("ordem", "")
    return Wanted(
        view=View(view) if view in list(View) else View.ALL,
        text=query.get("q", "").strip()[:_LONGEST_TEXT],
        order=Order(order) if order in list(Order) else Order.SKU,
        after=query.get("depois", "")[:_LONGEST_CURSOR],
        before=query.get("antes", "")[:_LONGEST_CURSOR],
    )


def _address(here: Here, wanted: Wanted, name: str, cursor: str | None) -> str:
    """Of a neighbouring page; "" where there is none."""
    if cursor is None:
        return ""
    given = {"q": wanted.text, "ver": wanted.view.value, "ordem": wanted.order.value, name: cursor}
    return f"{here.base}/catalogo?{urlencode({k: v for k, v in given.items() if v})}"


def product_address(here: Here, key: str) -> str:
    """Where the proof of a product is."""
    return f"{here.base}/catalogo/{quote(key, safe='')}"


def _product(parts: Parts) -> Sequence[Any]:
    runtime = parts.runtime

    @get("/conexoes/{connection:int}/catalogo/{key:path}")
    async def page(request: Call, here: NamedDependency[Here], key: FromPath[str]) -> Response[Any]:
        # The path's first slash is ours.
        family_key = key[1:]
        found = await _proof(parts, here, family_key)
        live: dict[str, Any] = {}
        if "agora" in request.query_params:
            live = await _look(here, family_key)
        return Template(
            "panel/product.html",
            context={
                "here": here,
                "words": words,
                "proof": found,
                "offers": _offers(found),
                "address": product_address(here, family_key),
                "live_address": f"{here.base}/catalogo-agora?{urlencode({'chave': family_key})}",
                "looked": None,
                "shut_out": False,
                **live,
            },
        )

    @get("/conexoes/{connection:int}/catalogo-agora")
    async def now(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        key = request.query_params.get("chave", "")[:_LONGEST_KEY]
        await _proof(parts, here, key)
        context = {"here": here, "words": words, **await _look(here, key)}
        return Template("panel/product_now.html", context=context)

    async def _look(here: Here, key: str) -> dict[str, Any]:
        looked: Looked | None = None
        try:
            looked = await products.look_live(runtime, here.actor, here.number, key)
        except ShutOut:
            shut_out = True
        else:
            shut_out = False
        return {
            "looked": looked,
            "shut_out": shut_out,
            "sides": [] if looked is None else both_sides(looked),
            "field_name": field_name,
            "value_text": value_text,
        }

    return [page, now]


async def _proof(parts: Parts, here: Here, key: str) -> Proof:
    if "\0" in key:
        raise NotFoundException
    try:
        return await products.read(parts.runtime, here.actor, here.number, key)
    except NoSuchProduct as error:
        raise NotFoundException from error


def _offers(proof: Proof) -> list[products.Offer]:
    """What differs first, and not more than a page holds."""
    ordered = sorted(proof.offers, key=lambda each: not (each.stock_differs or each.price_differs))
    return ordered[:_MOST_OFFERS]


def _deeds(parts: Parts) -> Sequence[Any]:
    runtime = parts.runtime

    @post("/conexoes/{connection:int}/catalogo-enviar")
    async def send(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        key = (await read_form(request)).text("key", _LONGEST_KEY)
        try:
            sent = await products.send_now(runtime, here.actor, here.number, key)
        except NoSuchProduct as error:
            raise NotFoundException from error
        if sent:
            tell(request, _("O produto será enviado inteiro em instantes."))
        else:
            said = _("Outro produto da loja usa este SKU: troque um dos dois na loja primeiro.")
            tell(request, said, "warning")
        return Redirect(product_address(here, key), status_code=303)

    @post("/conexoes/{connection:int}/catalogo-ler")
    async def read_again(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        key = (await read_form(request)).text("key", _LONGEST_KEY)
        try:
            found = await products.read_again(runtime, here.actor, here.number, key)
        except NoSuchProduct as error:
            raise NotFoundException from error
        except ShutOut:
            tell(request, _("O acesso terminou: reconecte e tente de novo."), "warning")
        except Failure:
            tell(request, _("A loja não respondeu. Tente de novo em instantes."), "warning")
        else:
            if found:
                tell(request, _("O produto foi lido de novo na loja."))
            else:
                tell(request, _("A loja não mostra mais este produto por este SKU."), "warning")
        return Redirect(product_address(here, key), status_code=303)

    @post("/conexoes/{connection:int}/catalogo-recusados")
    async def send_refused(request: Call, here: NamedDependency[Here]) -> Response[Any]:
        sent = await products.send_refused(runtime, here.actor, here.number)
        text = ngettext(
            "%(count)s produto recusado será enviado de novo.",
            "%(count)s produtos recusados serão enviados de novo.",
            sent,
        )
        tell(request, text % {"count": number(sent)})
        return Redirect(f"{here.base}/catalogo", status_code=303)

    return [send, read_again, send_refused]
