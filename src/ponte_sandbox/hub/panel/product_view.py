"""A product as a person reads it: what is sold, at which price, and what is wrong with it. Pure."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ponte_sandbox.hub.panel.order_view import Fact, text_of
from ponte_sandbox.hub.panel.words import web_link
from ponte_sandbox.hub.products.inspection import (
    HEAVIEST,
    LARGEST_SIDE,
    MAX_DESCRIPTION,
    MAX_NAME,
)
from ponte_sandbox.hub.products.prices import Prices, own_prices, price_in_table
from ponte_ui.formats import NOTHING, money, number, percent
from ponte_ui.language import _, mark

Body = dict[str, Any]

_FIELDS = (
    ("sku", mark("SKU")),
    ("ean", mark("EAN")),
    ("external", mark("Código externo")),
    ("brand", mark("Marca")),
    ("model", mark("Modelo")),
    ("ncm", mark("NCM")),
    ("nbm", mark("NBM")),
    ("cest", mark("CEST")),
    ("isbn", mark("ISBN")),
    ("supplier_id", mark("Fornecedor")),
    ("handling_time", mark("Prazo de manuseio (dias)")),
    ("manufacture_time", mark("Prazo de fabricação (dias)")),
    ("warranty_time", mark("Garantia (meses)")),
    ("warranty_message", mark("Texto da garantia")),
    ("short_description", mark("Descrição curta")),
    ("id", mark("ID")),
)
# Further fields of a history, as people call them.
_OTHERS = {
    "name": mark("Nome"),
    "description": mark("Descrição"),
    "link": mark("Link"),
    "price": mark("Preço"),
    "special_price": mark("Preço promocional"),
    "cost": mark("Custo"),
    "quantity": mark("Estoque"),
    "reserved": mark("Reservado"),
    "available": mark("Disponível"),
    "ean_not_mandatory": mark("EAN não obrigatório"),
    "dimension": mark("Dimensões e peso"),
    "length": mark("Comprimento"),
    "width": mark("Largura"),
    "height": mark("Altura"),
    "weight": mark("Peso"),
    "categories": mark("Categoria"),
    "attributes": mark("Atributos"),
    "photos": mark("Foto"),
    "variations": mark("Variação"),
    "price_table": mark("Tabela de preço"),
    "stock_table": mark("Tabela de estoque"),
}
_WORDS = {**dict(_FIELDS), **_OTHERS}
# `variations[CAM-1-P].quantity`: the list, the member, the field; or one of them less.
_PATH = re.compile(r"^(\w+)(?:\[(.*)\])?(?:\.(\w+))?$", re.DOTALL)
_ACTIONS = {
    "overwrite": mark("Substitui o preço"),
    "increase": mark("Aumenta o preço"),
    "decrease": mark("Diminui o preço"),
}
_STOCKS = {"own": mark("Próprio"), "supplier": mark("Do fornecedor")}
_INSPECTED = {
    "name": mark("Nome"),
    "description": mark("Descrição"),
    "dimensions": mark("Dimensões e peso"),
    "real_dimension": mark("Dimensões e peso possíveis"),
    "ean": mark("EAN"),
    "categories": mark("Categorias"),
    "link": mark("Link"),
    "price": mark("Preço"),
    "special_price": mark("Preço promocional"),
    "brand": mark("Marca"),
}
_REASONS = {
    "name": mark("Informe um nome de 1 a %(name)s caracteres."),
    "description": mark("Informe uma descrição de 1 a %(description)s caracteres."),
    "dimensions": mark("Informe comprimento, largura, altura e peso, todos maiores que zero."),
    "real_dimension": mark("Os lados vão até %(side)s cm e o peso até %(weight)s kg."),
    "ean": mark("Informe um EAN válido, ou que o EAN não é obrigatório."),
    "categories": mark("Informe ao menos uma categoria."),
    "link": mark("O link precisa começar com http:// ou https://."),
    "price": mark("Informe um preço maior que zero."),
    "special_price": mark("O preço promocional precisa ser maior que zero e menor que o preço."),
    "brand": mark("Informe a marca."),
}


class Line(NamedTuple):
    """A product in a list."""

    name: str
    sku: str
    photo: str
    price: str
    quantity: int
    is_available: bool
    variations: int
    problems: int


class Verdict(NamedTuple):
    """What the hub says of a field; the reason is empty when it is good."""

    field: str
    reason: str


class Photo(NamedTuple):
    """A photo somewhere in the web; without an address when that is none."""

    address: str
    title: str


def line_of(product: Body) -> Line:
    """What a list shows."""
    photos = photos_of(product)
    return Line(
        name=text_of(product.get("name")),
        sku=product["sku"],
        photo=next((photo.address for photo in photos if photo.address), ""),
        price=_price_range(product),
        quantity=stock_of(product),
        is_available=bool(product.get("available")),
        variations=len(product["variations"]),
        problems=sum(1 for verdict in verdicts_of(product) if verdict.reason),
    )


def stock_of(product: Body) -> int:
    """All that is there of it, of all its variations."""
    sold = product["variations"] or [product]
    return sum(one["quantity"] or 0 for one in sold)


def _price_range(product: Body) -> str:
    sold: Sequence[Body | None] = product["variations"] or [None]
    dues = [price for one in sold if (price := own_prices(product, one).due) is not None]
    if not dues:
        return NOTHING
    lowest, highest = min(dues), max(dues)
    if lowest == highest:
        return money(lowest)
    return _("%(lowest)s a %(highest)s") % {"lowest": money(lowest), "highest": money(highest)}


def facts_of(product: Body) -> list[Fact]:
    """Its fields."""
    facts = [Fact(_(label), text_of(product.get(name))) for name, label in _FIELDS]
    categories = ", ".join(text_of(one.get("name")) for one in product["categories"])
    facts += [
        Fact(_("Preço"), money(product.get("price"))),
        Fact(_("Preço promocional"), money(product.get("special_price"))),
        Fact(_("Custo"), money(product.get("cost"))),
        Fact(_("Estoque"), number(product.get("quantity"))),
        Fact(_("Reservado"), number(product.get("reserved"))),
        Fact(_("Categorias"), categories),
        Fact(_("Dimensões e peso"), _measures(product.get("dimension"))),
        Fact(_("Link"), text_of(product.get("link")), web_link(product.get("link"))),
        Fact(_("Atributos"), attributes_of(product)),
    ]
    return [fact for fact in facts if fact.value and fact.value != NOTHING]


def attributes_of(sold: Body) -> str:
    """Colour, size, … in a line."""
    told = []
    for one in sold.get("attributes") or []:
        value = one.get("value") or {}
        told.append(
            f"{text_of(one.get('label') or one.get('code'))}: "
            f"{text_of(value.get('label') or value.get('code'))}"
        )
    return ", ".join(told)


def _measures(dimension: Body | None) -> str:
    if not dimension:
        return ""
    sides = [number(dimension.get(side), 2) for side in ("length", "width", "height")]
    return f"{' × '.join(sides)} cm, {number(dimension.get('weight'), 3)} kg"


def photos_of(product: Body) -> list[Photo]:
    """Its photos and those of its variations, in their order."""
    holders = [product, *product["variations"]]
    photos = [photo for holder in holders for photo in holder.get("photos") or []]
    own = sorted(photos[: len(product["photos"])], key=lambda photo: photo.get("order") or 0)
    return [
        Photo(
            web_link(photo.get("url")),
            text_of(photo.get("title") or photo.get("name") or photo.get("url")),
        )
        for photo in (*own, *photos[len(own) :])
    ]


def variations_of(product: Body) -> list[list[Fact]]:
    """The rows of the table of variations."""
    rows = []
    for one in product["variations"]:
        prices = own_prices(product, one)
        rows.append(
            [
                Fact(_("SKU"), text_of(one.get("sku"))),
                Fact(_("Nome"), text_of(one.get("name")) or NOTHING),
                Fact(_("Atributos"), attributes_of(one) or NOTHING),
                Fact(_("EAN"), text_of(one.get("ean")) or NOTHING),
                Fact(_("Preço"), money(prices.price)),
                Fact(_("Promocional"), money(prices.special_price)),
                Fact(_("Estoque"), _stock(one)),
            ]
        )
    return rows


def price_tables_of(product: Body) -> list[list[Fact]]:
    """The rows of the price tables, with what the product costs in each."""
    rows = []
    for table in product["price_table"]:
        action = table.get("action") or "overwrite"
        share = table.get("percentage")
        rows.append(
            [
                Fact(_("Tabela"), _named(table)),
                Fact(_("O que faz"), _(_ACTIONS[action])),
                Fact(_("Percentual"), percent(Decimal(share) / 100) if share else NOTHING),
                Fact(
                    _("Preço da tabela"),
                    _both(Prices(table.get("price"), table.get("special_price"))),
                ),
                Fact(_("Limites"), _limits(table)),
                Fact(_("Fica em"), _costs(product, table)),
            ]
        )
    return rows


def _costs(product: Body, table: Body) -> str:
    """What everything sold costs in the table; with variations from the cheapest to the dearest."""
    sold: Sequence[Body | None] = product["variations"] or [None]
    found = [price_in_table(product, table, one) for one in sold]
    if len(found) == 1:
        return _both(found[0])
    dues = sorted(prices.due for prices in found if prices.due is not None)
    if not dues:
        return NOTHING
    if dues[0] == dues[-1]:
        return money(dues[0])
    return _("%(lowest)s a %(highest)s") % {"lowest": money(dues[0]), "highest": money(dues[-1])}


def _both(prices: Prices) -> str:
    if prices.special_price is None:
        return money(prices.price)
    return _("%(special)s (de %(price)s)") % {
        "special": money(prices.special_price),
        "price": money(prices.price),
    }


def _limits(table: Body) -> str:
    least, most = table.get("minimum_price"), table.get("maximum_price")
    if least is None and most is None:
        return NOTHING
    return f"{money(least)} – {money(most)}"


def stock_tables_of(product: Body) -> list[list[Fact]]:
    """The rows of the stock tables."""
    return [
        [
            Fact(_("Tabela"), _named(table)),
            Fact(_("Tipo"), _stock_kind(table)),
            Fact(_("Prioridade"), number(table.get("priority"))),
            Fact(_("Estoque"), _stock(table)),
            Fact(_("Preço"), money(table.get("price"))),
            Fact(_("Prazo de manuseio (dias)"), number(table.get("handling_time"))),
        ]
        for table in product["stock_table"]
    ]


def _stock_kind(table: Body) -> str:
    word = _STOCKS.get(table.get("type") or "")
    return _(word) if word else NOTHING


def _named(table: Body) -> str:
    names = dict.fromkeys(text_of(table.get(name)) for name in ("code", "label"))
    return " · ".join(name for name in names if name) or NOTHING


def _stock(one: Body) -> str:
    """A quantity, and what of it orders hold."""
    if not one.get("reserved"):
        return number(one.get("quantity"))
    return _("%(quantity)s (%(reserved)s reservado)") % {
        "quantity": number(one.get("quantity")),
        "reserved": number(one.get("reserved")),
    }


def field_word(path: str) -> str:
    """A field of a history: `variations[CAM-1-P].quantity` is "Variação CAM-1-P · Estoque"."""
    match = _PATH.match(path)
    if match is None:
        return path
    first, member, field = match.groups()
    word = _(_WORDS.get(first, first))
    if member is not None:
        word += f" {member}"
    return f"{word} · {_(_WORDS.get(field, field))}" if field is not None else word


def verdicts_of(product: Body) -> list[Verdict]:
    """What the hub says of each field it inspects, with what to do."""
    limits = {
        "name": number(MAX_NAME),
        "description": number(MAX_DESCRIPTION),
        "side": number(LARGEST_SIDE),
        "weight": number(HEAVIEST),
    }
    verdicts = []
    for field, verdict in product.get("inspected_fields", {}).items():
        reason = ""
        if not verdict["valid"]:
            known = _REASONS.get(field)
            reason = _(known) % limits if known else text_of(verdict.get("message"))
        verdicts.append(Verdict(_(_INSPECTED.get(field, field)), reason))
    return verdicts
