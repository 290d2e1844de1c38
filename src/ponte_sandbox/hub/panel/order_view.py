"""An order as a person reads it: facts, people, payments, deliveries, how far it has come. Pure.

Orders hold what many marketplaces send, so nothing is taken for granted: a field may be missing, a
text, a number or an object, and a text of any length. What is no text is shown as the JSON it is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from ponte_sandbox.hub.panel.words import web_link
from ponte_sandbox.hub.wire import encode_json
from ponte_ui.formats import NOTHING, money, when
from ponte_ui.language import _, mark

Body = dict[str, Any]

# What is shown of a single value, and of a list; the JSON below the order has the rest.
_MOST_TEXT = 1000
_MOST_MEMBERS = 200
_MOST_JSON = 200_000
_TAGS = {
    "has_label": mark("Tem etiqueta"),
    "has_invoice_key": mark("Tem chave de nota fiscal"),
    "has_track": mark("Tem rastreio"),
}


class Fact(NamedTuple):
    """A labelled value, with a link where it is one."""

    label: str
    value: str
    link: str = ""


class Item(NamedTuple):
    """A line of the order."""

    name: str
    # The SKU that was sold.
    sku: str
    quantity: str
    price: str
    discount: str
    total: str


class Step(NamedTuple):
    """Something the store does with an order; `moment` and `note` once it is done."""

    title: str
    is_done: bool
    moment: str
    note: str


class Event(NamedTuple):
    """An entry of the status history."""

    status: str
    sub_status: str
    moment: str


def text_of(value: Any) -> str:
    """Any value as a text of bounded length; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Sim") if value else _("Não")
    text = encode_json(value).decode() if isinstance(value, list | dict) else str(value).strip()
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "…"


def facts_of(order: Body) -> list[Fact]:
    """What the order is, and by which names others know it."""
    return _filled(
        (_("Número no canal"), text_of(order.get("original_id"))),
        (_("Canal"), text_of(order.get("channel"))),
        (_("Conta no canal"), text_of(order.get("channel_account"))),
        (_("Pedido na loja"), text_of(order.get("external"))),
        (_("Recebido pela loja"), text_of(bool(order.get("ack")))),
        (_("Criado"), when(order.get("created"))),
        (_("Alterado"), when(order.get("modified"))),
        (_("Detalhe da situação"), text_of(order.get("sub_status"))),
        (_("Tipo de entrega"), text_of(order.get("delivery_type"))),
        (_("Enviar até"), _moment(order.get("expected_send_date"))),
        (_("Entregar até"), _moment(order.get("expected_delivery_date"))),
        (_("ID"), text_of(order.get("id"))),
    )


def amounts_of(order: Body) -> list[Fact]:
    """What the order comes to."""
    return [
        Fact(label, money(order.get(name)))
        for name, label in (
            ("subtotal", _("Subtotal")),
            ("shipping", _("Frete")),
            ("discount", _("Desconto")),
            ("total", _("Total")),
            ("total_paid", _("Total pago")),
        )
    ]


def items_of(order: Body) -> list[Item]:
    """The lines; for a product with variations the variation's SKU."""
    items = []
    for item in _objects(order.get("items")):
        variation = item.get("variation")
        sold = variation if isinstance(variation, dict) and variation.get("sku") else item
        items.append(
            Item(
                text_of(item.get("name") or sold.get("name")),
                text_of(sold.get("sku")),
                text_of(item.get("quantity")),
                money(item.get("price")),
                money(item.get("discount")),
                money(item.get("total")),
            )
        )
    return items


def person_of(order: Body, side: str) -> list[Fact]:
    """The buyer (`payer`) or the receiver (`receiver`)."""

    def field(name: str) -> str:
        return text_of(order.get(f"{side}_{name}"))

    name = " ".join(part for part in (field("name"), field("lastname")) if part)
    documents = dict.fromkeys(field(one) for one in ("cpf", "cnpj", "tax_id", "document"))
    street = ", ".join(
        part for part in map(field, ("address", "address_number", "address_complement")) if part
    )
    city = "/".join(part for part in (field("city"), field("state")) if part)
    phones = (
        " ".join(part for part in (field(f"{one}_area"), field(one)) if part)
        for one in ("phone", "phone2")
    )
    return _filled(
        (_("Nome"), name or field("fullname")),
        (_("Razão social"), field("razao_social") or field("company_name")),
        (_("CPF / CNPJ"), ", ".join(one for one in documents if one)),
        (_("Inscrição estadual"), field("ie")),
        (_("Endereço"), street),
        (_("Referência"), field("address_reference") or field("additional_info")),
        (_("Bairro"), field("neighborhood")),
        (_("Cidade"), city),
        (_("CEP"), field("zipcode")),
        (_("País"), field("country")),
        (_("Telefone"), ", ".join(one for one in phones if one)),
        (_("E-mail"), field("email")),
    )


def payments_of(order: Body) -> list[list[Fact]]:
    """The payments."""
    return [
        _filled(
            (_("Tipo"), text_of(one.get("payment_type"))),
            (_("Forma"), text_of(one.get("payment_method"))),
            (_("Valor"), money(one.get("payment_total"))),
            (_("Parcelas"), text_of(one.get("payment_installments"))),
            (_("Valor da parcela"), money(one.get("payment_quota"))),
            (_("Juros"), money(one.get("payment_interest"))),
            (_("Informações"), text_of(one.get("payment_additional_info"))),
        )
        for one in _objects(order.get("payments"))
    ]


def shipments_of(order: Body) -> list[list[Fact]]:
    """The deliveries, each with its invoice and its tracking."""
    return [_shipment(one) for one in _objects(order.get("shipments"))]


def _shipment(one: Body) -> list[Fact]:
    tracked, invoice = web_link(one.get("track_url")), web_link(one.get("nfe_link"))
    facts = [
        Fact(_("Nota fiscal (NF-e)"), text_of(one.get("nfe_number"))),
        Fact(_("Série"), text_of(one.get("nfe_serie"))),
        Fact(_("Chave de acesso"), text_of(one.get("nfe_key"))),
        Fact(_("Data da nota"), _moment(one.get("nfe_date"))),
        Fact(_("CFOP"), text_of(one.get("cfops"))),
        Fact(_("Link da nota"), text_of(one.get("nfe_link")), invoice),
        Fact(_("Transportadora"), text_of(one.get("shipping_company"))),
        Fact(_("Serviço"), text_of(one.get("shipping_method"))),
        Fact(_("Rastreio"), text_of(one.get("track_code"))),
        Fact(_("Link do rastreio"), text_of(one.get("track_url")), tracked),
        Fact(_("Situação da entrega"), text_of(one.get("status"))),
        Fact(_("Despachado em"), _moment(one.get("date_shipped"))),
        Fact(_("Previsão de entrega"), _moment(one.get("estimate_delivery_date"))),
        Fact(_("Entregue em"), _moment(one.get("date_delivered"))),
    ]
    for document in _objects(one.get("documents")):
        address = document.get("url")
        facts.append(Fact(_("Documento"), text_of(address), web_link(address)))
    for goods in _objects(one.get("shipping_items")):
        sent = f"{text_of(goods.get('sku'))} × {text_of(goods.get('quantity'))}"
        facts.append(Fact(_("Item enviado"), sent))
    return [fact for fact in facts if fact.value]


def steps_of(order: Body) -> list[Step]:
    """What the store has done so far: the person who waits for it looks here."""
    shipments = _objects(order.get("shipments"))
    reached: dict[str, str] = {}
    for event in events_of(order):
        reached.setdefault(event.status, event.moment)
    number, key = _first(shipments, "nfe_number"), _first(shipments, "nfe_key")
    invoiced = _("NF-e %(number)s") % {"number": number} if number else key
    tracked = _first(shipments, "track_code")
    taken = bool(order.get("ack") or order.get("external"))
    sent = reached.get("shipping_informed") or reached.get("shipped") or ""
    return [
        Step(_("Recebido pela loja"), taken, "", text_of(order.get("external"))),
        Step(
            _("Faturado"),
            "invoiced" in reached or bool(invoiced),
            reached.get("invoiced", ""),
            invoiced,
        ),
        Step(_("Despachado"), bool(sent or tracked), sent, tracked),
        Step(_("Entregue"), "delivered" in reached, reached.get("delivered", ""), ""),
    ]


def events_of(order: Body) -> list[Event]:
    """The status history and that of its details, oldest first."""
    events = [
        Event(text_of(entry.get("status")), "", text_of(entry.get("date")))
        for entry in _objects(order.get("status_history"))
    ]
    events += [
        Event("", text_of(entry.get("sub_status")), text_of(entry.get("date")))
        for entry in _objects(order.get("substatus_history"))
    ]
    return sorted(events, key=lambda event: event.moment)


def log_of(order: Body) -> list[Fact]:
    """The correction log, newest first: what a person has to put right."""
    entries = _objects(list(reversed(order.get("log_history") or [])))
    return [Fact(when(one.get("date")), text_of(one.get("message"))) for one in entries]


def tags_of(order: Body) -> list[Fact]:
    """The marks the hub and others have put on it."""
    tags = order.get("tags")
    if not isinstance(tags, dict):
        return []
    return [
        Fact(_(_TAGS[name]) if name in _TAGS else text_of(name), text_of(value))
        for name, value in list(tags.items())[:_MOST_MEMBERS]
    ]


def json_of(body: bytes) -> tuple[str, bool]:
    """The order's JSON, indented, and whether it is all of it."""
    written = msgspec.json.format(body, indent=2).decode()
    return written[:_MOST_JSON], len(written) <= _MOST_JSON


def _first(shipments: Sequence[Body], name: str) -> str:
    return next((text_of(one[name]) for one in shipments if one.get(name)), "")


def _moment(value: Any) -> str:
    """A time as people read it; other texts (days, a channel's own way) as they are."""
    return when(value) if isinstance(value, str) and value else text_of(value)


def _filled(*facts: tuple[str, str]) -> list[Fact]:
    return [Fact(*fact) for fact in facts if fact[1] not in ("", NOTHING)]


def _objects(value: Any) -> list[Body]:
    """The objects of a list that may be none."""
    members: Iterable[Any] = value[:_MOST_MEMBERS] if isinstance(value, list) else ()
    return [member for member in members if isinstance(member, dict)]
