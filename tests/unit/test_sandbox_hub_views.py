"""Orders and products of any content can be shown, and say what a merchant looks for."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte_sandbox.hub.orders.fields import STATUSES
from ponte_sandbox.hub.panel import order_view, product_view
from ponte_sandbox.hub.panel.catalogue import place_of, wanted_of
from ponte_sandbox.hub.panel.orders import ACTIONS, page_number
from ponte_sandbox.hub.panel.orders import wanted_of as orders_wanted
from ponte_sandbox.hub.panel.words import STATUSES as WORDED
from ponte_sandbox.hub.panel.words import status_word, web_link
from ponte_sandbox.hub.products.inspection import inspect
from ponte_sandbox.hub.products.merge import Merger
from ponte_sandbox.hub.products.search import Looked, Place, Wanted, fits, folded
from ponte_sandbox.hub.stamps import Ids

_SCALAR = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=30)
_ANY: st.SearchStrategy[Any] = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def objects(*names: str) -> st.SearchStrategy[Any]:
    """A list of objects that may have these fields, with anything in them."""
    return st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(names, _ANY)), max_size=3)


@given(
    st.fixed_dictionaries(
        {"status_history": objects("status", "date"), "log_history": objects("message", "date")},
        optional={
            "items": objects("sku", "name", "variation", "quantity", "price"),
            "payments": objects("payment_type", "payment_total"),
            "shipments": objects("track_url", "nfe_key", "documents", "shipping_items", "status"),
            "tags": _ANY,
            "external": _ANY,
            "payer_name": _ANY,
            "payer_cpf": _ANY,
            "total": _ANY,
            "expected_send_date": _ANY,
            "sub_status": _ANY,
        },
    )
)
def test_an_order_of_any_content_is_shown(order: dict[str, Any]) -> None:
    facts = [
        *order_view.facts_of(order),
        *order_view.amounts_of(order),
        *order_view.person_of(order, "payer"),
        *order_view.log_of(order),
        *order_view.tags_of(order),
        *(fact for each in order_view.payments_of(order) for fact in each),
        *(fact for each in order_view.shipments_of(order) for fact in each),
    ]
    assert all(len(fact.value) <= 5000 for fact in facts)
    assert all(fact.link.startswith(("", "http://", "https://")) for fact in facts)
    assert len(order_view.items_of(order)) == len(order.get("items", []))
    assert len(order_view.steps_of(order)) == 4
    assert len(order_view.events_of(order)) == len(order["status_history"])


def test_a_step_is_done_when_the_store_has_reported_it() -> None:
    order: dict[str, Any] = {
        "ack": True,
        "external": "77",
        "status_history": [
            {"status": "approved", "date": "2026-11-25T10:00:00.000Z"},
            {"status": "invoiced", "date": "2026-11-25T11:00:00.000Z"},
            {"status": "shipping_informed", "date": "2026-11-25T12:00:00.000Z"},
        ],
        "shipments": [{"nfe_number": "9", "track_code": "BR1"}],
    }
    taken, invoiced, sent, delivered = order_view.steps_of(order)
    assert (taken.is_done, taken.note) == (True, "77")
    assert (invoiced.is_done, invoiced.moment, invoiced.note) == (
        True, "2026-11-25T11:00:00.000Z", "NF-e 9",
    )  # fmt: skip
    assert (sent.is_done, sent.note) == (True, "BR1")
    assert not delivered.is_done


def test_actions_are_offered_where_they_make_sense() -> None:
    offered = {
        status: {action.name for action in ACTIONS if status in action.when} for status in STATUSES
    }
    assert offered["pending"] == {"aprovar", "cancelar"}
    assert offered["approved"] == {"nota-fiscal", "cancelar"}
    assert offered["invoiced"] == {"cancelar"}
    assert offered["invoice_error"] == {"nota-fiscal", "cancelar"}
    for over in ("canceled", "refunded", "shipping_informed", "shipped", "delivered"):
        assert offered[over] == set()
    for action in ACTIONS:
        assert action.status not in action.when


def test_every_status_has_a_word() -> None:
    assert set(WORDED) == set(STATUSES)
    assert status_word("shipped") == "Enviado / Despachado"
    assert status_word("novo") == "novo"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://a/b", "https://a/b"),
        (" http://a ", "http://a"),
        ("javascript:alert(1)", ""),
        ("//a", ""),
        (["https://a"], ""),
        (None, ""),
    ],
)
def test_only_web_addresses_are_links(address: Any, link: str) -> None:
    assert web_link(address) == link


def product(**sent: Any) -> dict[str, Any]:
    merged = Merger(Ids()).merge(None, {"sku": "CAM-1", **sent}, "f" * 24)
    merged["inspected_fields"] = inspect(merged)
    return merged


def test_a_product_line_sums_up_its_variations() -> None:
    line = product_view.line_of(
        product(
            name="Camiseta",
            price=Decimal("59.90"),
            variations=[
                {"sku": "P", "quantity": 2},
                {"sku": "M", "quantity": 3, "price": 70, "special_price": 65},
            ],
            photos=[{"url": "data:image/png,x"}, {"url": "https://a/1.jpg"}],
        )
    )
    assert line.price.replace("\xa0", " ") == "R$ 59,90 a R$ 65,00"
    assert (line.quantity, line.variations, line.photo) == (5, 2, "https://a/1.jpg")


def test_every_verdict_says_in_portuguese_what_to_do() -> None:
    bad = product(link="ftp://x", special_price=5, ean="1")
    reasons = [verdict.reason for verdict in product_view.verdicts_of(bad) if verdict.reason]
    assert len(reasons) == 10
    assert not any(reason.startswith(("A ", "An ", "At ")) for reason in reasons)
    assert "Informe um nome de 1 a 150 caracteres." in reasons


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("price", "Preço"),
        ("variations[CAM-1-P].quantity", "Variação CAM-1-P · Estoque"),
        ("variations[A.B[1]].price", "Variação A.B[1] · Preço"),
        ("price_table[SHOPEE]", "Tabela de preço SHOPEE"),
        ("dimension.weight", "Dimensões e peso · Peso"),
        ("novo", "novo"),
        ("cut[off…", "cut[off…"),
    ],
)
def test_fields_of_a_history_are_called_by_what_people_call_them(path: str, word: str) -> None:
    assert product_view.field_word(path) == word


def test_names_are_found_as_people_type_them() -> None:
    looked = Looked(name="Calção AZUL de Verão")
    for text in ("calcao", "VERÃO", "azul de", ""):
        assert fits(looked, Wanted(text=text), folded(text)), text
    assert not fits(looked, Wanted(text="verde"), folded("verde"))


def test_what_cannot_be_asked_is_not_asked() -> None:
    assert wanted_of({"busca": "  ", "estoque": "x", "problemas": "nao"}) == Wanted(
        has_problems=False
    )
    assert place_of("2026-11-25T10:00:00.000Z~12") == Place("2026-11-25T10:00:00.000Z", 12)
    for text in ("", "~1", "x~", "x~-1", f"x~{'9' * 30}", "x~١"):
        assert place_of(text) is None
    for text in ("", "0", "-1", "x", "9" * 9, "²"):
        assert page_number(text) == 1
    wanted, problem = orders_wanted({"de": "2026-02-30", "canal": "-", "status": "x"})
    assert (wanted.first, wanted.channel, wanted.status) == (None, "", "")
    assert problem
