"""*Catálogo*: what the hub has of the shop's products, what is wrong with it, and who changed it.

Read only: products travel from the store to the hub (R1), and what is changed here would be
overwritten by the next export (R4).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.panel import product_view as view
from ponte_sandbox.hub.panel.order_view import json_of
from ponte_sandbox.hub.panel.orders import page_number
from ponte_sandbox.hub.products.search import (
    Place,
    Wanted,
    find_products,
    list_products,
)
from ponte_ui.application import Call
from ponte_ui.language import _

CATALOGUE = "/painel/catalogo"
PAGE = 25
_MOST_TEXT = 255
_ANSWERS = {"sim": True, "nao": False}


def catalogue_routes(hub: Hub) -> Sequence[Any]:
    """The list and a product."""

    @get(CATALOGUE)
    async def catalogue(request: Call, account: NamedDependency[int]) -> Template:
        query = dict(request.query_params)
        wanted = wanted_of(query)
        page = page_number(query.get("pagina", ""))
        total = hub.shelf.count(account)
        if wanted == Wanted():
            found = list_products(hub.storage, account, PAGE, (page - 1) * PAGE, total)
        else:
            place = place_of(query.get("depois", ""))
            found = await find_products(hub.storage, account, wanted, PAGE, place)
        lines = [(one.id, view.line_of(one.body)) for one in found.products]
        context = {
            "lines": lines,
            "total": total,
            "page": page,
            "last": max(1, -(-total // PAGE)),
            "examined": found.examined,
            "goes_on": _address(query, found.next) if found.next is not None else "",
            "is_narrowed": wanted != Wanted(),
            "is_continued": bool(query.get("depois")),
            "first_address": _address(query, None),
            "has_more_codes": found.has_more_codes,
            "asked": query,
            "choices": [("", _("Tanto faz")), ("sim", _("Sim")), ("nao", _("Não"))],
            "address": lambda number: f"{CATALOGUE}?{urlencode({'pagina': number})}",
        }
        return Template("hub/catalogue.html", context=context)

    @get(f"{CATALOGUE}/{{product_id:str}}")
    async def show(account: NamedDependency[int], product_id: FromPath[str]) -> Template:
        stored = hub.shelf.find_id(account, product_id)
        if stored is None:
            raise NotFoundException
        history = hub.shelf.history
        written, is_all = json_of(stored.body)
        context = {
            "product": stored.product(),
            "view": view,
            "entries": history.of(stored.number),
            "creation": history.creation_of(stored.number),
            "json": written,
            "json_is_all": is_all,
        }
        return Template("hub/product.html", context=context)

    return [catalogue, show]


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What the form asks for; what it does not know is not asked."""
    return Wanted(
        text=query.get("busca", "").strip()[:_MOST_TEXT],
        is_available=_ANSWERS.get(query.get("disponivel", "")),
        has_problems=_ANSWERS.get(query.get("problemas", "")),
        has_stock=_ANSWERS.get(query.get("estoque", "")),
    )


def place_of(text: str) -> Place | None:
    """Where an address goes on; the beginning when it says nothing that could be."""
    created, _separator, number = text.rpartition("~")
    if not created or not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    return Place(created, int(number))


def _address(query: Mapping[str, str], place: Place | None) -> str:
    """The same question, from another place on."""
    asked = {name: value for name, value in query.items() if name not in ("depois", "pagina")}
    if place is not None:
        asked["depois"] = f"{place.created}~{place.number}"
    return f"{CATALOGUE}?{urlencode(asked)}"
