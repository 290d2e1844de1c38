"""An order enters the shop only if its amounts add up to the cent and its buyer's tax id can be."""

from typing import Any

import msgspec
import pytest

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.judging import judge_order
from ponte_sandbox.store.wire import Order


def order(**changes: Any) -> dict[str, Any]:
    return {
        "hub_order_id": "606adfc2b2b8f8a5c0b1d2e3",
        "placed_at": "2026-03-02T14:05:09-03:00",
        "currency": "BRL",
        "totals": {
            "items": "59.70", "shipping": "12.30", "discount": "5.00", "interest": "1.11",
            "total": "68.11",
        },
        "buyer": {"name": "Ana", "document_type": "cpf", "document": "11144477735"},
        "delivery": {
            "recipient": "Ana", "street": "", "number": "", "neighborhood": "", "city": "",
            "state": "", "postal_code": "", "country": "",
        },
        "items": [
            {"sku": "A", "name": "A", "quantity": 3, "unit_price": "19.90", "discount": "0.30",
             "total": "59.40"},
            {"sku": "B", "name": "B", "quantity": 1, "unit_price": "0.30", "discount": "0.00",
             "total": "0.30"},
        ],
        "payments": [],
        **changes,
    }  # fmt: skip


def judge(content: dict[str, Any]) -> tuple[str, str | None] | None:
    """The 422's code and field, or None when the order may enter."""
    try:
        judge_order(msgspec.convert(content, Order))
    except Refusal as refusal:
        return (refusal.kind, refusal.field) if refusal.status == 422 else ("not a 422", None)
    return None


def test_an_order_that_adds_up_enters() -> None:
    assert judge(order()) is None


@pytest.mark.parametrize(
    ("member", "field"),
    [("items", "totals.items"), ("shipping", "totals.total"), ("total", "totals.total")],
)
def test_one_cent_too_many_is_refused(member: str, field: str) -> None:
    content = order()
    cents = int(content["totals"][member].replace(".", "")) + 1
    content["totals"][member] = f"{cents // 100}.{cents % 100:02d}"
    assert judge(content) == ("invalid_order", field)


def test_a_line_must_be_quantity_times_price_less_discount() -> None:
    content = order()
    content["items"][1]["discount"] = "0.01"
    assert judge(content) == ("invalid_order", "items[1].total")


@pytest.mark.parametrize(
    ("kind", "document", "valid"),
    [
        ("cpf", "11144477735", True),
        ("cpf", "11144477734", False),
        ("cpf", "111.444.777-35", False),
        ("cpf", "", False),
        ("cpf", "١١١٤٤٤٧٧٧٣٥", False),
        ("cpf", "16727230000197", False),
        ("cnpj", "16727230000197", True),
        ("cnpj", "16727230000198", False),
        ("cnpj", "12ABC34501DE35", True),
        ("cnpj", "12ABC34501DE36", False),
        ("cnpj", "12abc34501de35", False),
        ("cnpj", "00000000000000", False),
    ],
)
def test_a_tax_id_needs_right_check_digits(kind: str, document: str, valid: bool) -> None:
    buyer = {"name": "Ana", "document_type": kind, "document": document}
    expected = None if valid else ("invalid_document", "buyer.document")
    assert judge(order(buyer=buyer)) == expected


@pytest.mark.parametrize(
    "amount", ["1", "1.5", "-1.00", "1.000", "1,00", "", " 1.00", "1.00\n", 1.0]
)
def test_money_of_another_shape_is_not_even_read(amount: object) -> None:
    content = order()
    content["totals"]["total"] = amount
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(content, Order)
