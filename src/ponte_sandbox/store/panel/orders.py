"""The list of orders, and a sale of the store's own (R2)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.order_list import MOST_FOUND, OrderWish, Origin, find_orders
from ponte_sandbox.store.panel.listing import page_of
from ponte_sandbox.store.panel.words import STATUS_KINDS, STATUS_WORDS, in_words
from ponte_sandbox.store.shelf import writable
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.typed import Mistake, read_whole
from ponte_sandbox.store.wire import OrderStatus
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell

ORDERS = "/painel/pedidos"
_NEW = f"{ORDERS}/nova-venda"
PAGE = 25
# As many pieces as a line of an order can have.
_MOST_PIECES = 1_000_000

_ORIGIN_WORDS = {
    Origin.ANY: mark("Todas"),
    Origin.HUB: mark("Hub"),
    Origin.OWN: mark("Loja própria"),
}


def order_list_routes(store: Store) -> Sequence[Any]:
    """The list and *Nova venda*."""

    @get(ORDERS)
    async def show(request: Call, shop: NamedDependency[Shop]) -> Template:
        wish = read_wish(request.query_params)
        page = page_of(request.query_params.get("page", ""))
        numbers = find_orders(store.storage, shop.shop, wish)
        total, first = len(numbers), (page - 1) * PAGE
        shown = numbers[first : first + PAGE]
        found = [store.orders.by_number(shop.shop, number) for number in shown]
        context = {
            "orders": [(row, row.read_content()) for row in found if row is not None],
            "wish": wish,
            "statuses": [("", _("Todos")), *((s.value, _(w)) for s, w in STATUS_WORDS.items())],
            "origins": [(origin.value, _(words)) for origin, words in _ORIGIN_WORDS.items()],
            "status_words": STATUS_WORDS,
            "status_kinds": STATUS_KINDS,
            "page": page,
            "total": total,
            "is_cut": total >= MOST_FOUND,
            "last": max(1, -(-total // PAGE)),
            "address": lambda number: _address(wish, number),
            "is_narrowed": wish != OrderWish(),
        }
        return Template("store/orders.html", context=context)

    @get(_NEW)
    async def blank(shop: NamedDependency[Shop]) -> Template:
        return _sale_page({"quantity": "1"}, {})

    @post(_NEW)
    async def sell(request: Call, shop: NamedDependency[Shop]) -> Response[Any]:
        form = await read_form(request)
        sku = writable(form.text("sku", 10_000))
        problems: dict[str, str] = {}
        quantity = 0
        try:
            quantity = read_whole(form.text("quantity", 20))
        except Mistake as mistake:
            problems["quantity"] = str(mistake)
        else:
            if not 1 <= quantity <= _MOST_PIECES:
                problems["quantity"] = _("Venda de 1 a 1.000.000 peças.")
        if not sku:
            problems["sku"] = _("Informe o SKU.")
        if problems:
            return _sale_page(form.values(), problems)
        try:
            sold = store.orders.sell(shop, sku, quantity)
        except Refusal as refusal:
            field = "sku" if refusal.kind == "unknown_sku" else "quantity"
            return _sale_page(form.values(), {field: in_words(refusal)})
        tell(request, _("Venda registrada. Ela fica só na loja e não vai para o hub."))
        return Redirect(f"{ORDERS}/{sold.number}", status_code=303)

    return [show, blank, sell]


def read_wish(given: Mapping[str, str]) -> OrderWish:
    """What a query asks for; anything strange in it is left out."""
    status = given.get("status", "")
    origin = given.get("origin", "")
    return OrderWish(
        OrderStatus(status) if status in {*OrderStatus} else None,
        Origin(origin) if origin in {*Origin} else Origin.ANY,
        writable(given.get("number", "").strip()[:100]),
        _date(given.get("since", "")),
        _date(given.get("until", "")),
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _address(wish: OrderWish, page: int) -> str:
    fields = {
        "status": wish.status or "",
        "origin": wish.origin,
        "number": wish.number,
        "since": wish.since or "",
        "until": wish.until or "",
        "page": page if page > 1 else "",
    }
    return f"{ORDERS}?{urlencode({name: value for name, value in fields.items() if value})}"


def _sale_page(values: dict[str, str], problems: dict[str, str]) -> Template:
    context = {"values": values, "problems": problems}
    status = 400 if problems else 200
    return Template("store/sale.html", context=context, status_code=status)
