"""Prices in tables: overwritten, raised, lowered, bounded, and right to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from ponte_sandbox.hub.orders.pricing import fill_prices
from ponte_sandbox.hub.products.merge import Merger
from ponte_sandbox.hub.products.prices import price_in_table, table_named
from ponte_sandbox.hub.stamps import Ids


def product(table: dict[str, Any], price: Any = "100.00", special: Any = None) -> dict[str, Any]:
    """A product with one table, as the hub keeps it."""
    sent = {
        "sku": "A",
        "price": price,
        "special_price": special,
        "price_table": [{"code": "ml", **table}],
        "variations": [{"sku": "A-P", "price": "50.00"}, {"sku": "A-M"}],
    }
    return Merger(Ids()).merge(None, sent, "a" * 24)


def priced(table: dict[str, Any], price: Any = "100.00", special: Any = None) -> tuple[str, str]:
    made = product(table, price, special)
    found = price_in_table(made, made["price_table"][0])
    return str(found.price), str(found.special_price)


@pytest.mark.parametrize(
    ("table", "price", "special_price"),
    [
        ({"action": "overwrite", "price": 90}, "90.00", "None"),
        ({"action": "overwrite", "price": 90, "special_price": 70}, "90.00", "70.00"),
        ({"action": "overwrite", "special_price": 60}, "100.00", "60.00"),
        ({"action": "overwrite"}, "100.00", "80.00"),
        ({"price": 90}, "90.00", "None"),
        ({"action": "increase", "percentage": 10}, "110.00", "88.00"),
        ({"action": "decrease", "percentage": "12.5"}, "87.50", "70.00"),
        ({"action": "increase"}, "100.00", "80.00"),
        ({"action": "decrease", "percentage": 100}, "0.00", "None"),
        ({"action": "decrease", "percentage": 250}, "0.00", "None"),
        ({"action": "increase", "percentage": 50, "maximum_price": 120}, "120.00", "None"),
        ({"action": "decrease", "percentage": 50, "minimum_price": 45}, "50.00", "45.00"),
        ({"action": "decrease", "percentage": 50, "minimum_price": 60}, "60.00", "None"),
        ({"action": "overwrite", "price": 10, "minimum_price": 20}, "20.00", "None"),
        ({"price": 90, "maximum_price": 50, "minimum_price": 70}, "70.00", "None"),
        ({"price": 50, "special_price": 50}, "50.00", "None"),
        ({"price": 50, "special_price": 0}, "50.00", "None"),
    ],
)
def test_a_table_says_what_a_product_costs(
    table: dict[str, Any], price: str, special_price: str
) -> None:
    assert priced(table, special="80.00") == (price, special_price)


@pytest.mark.parametrize(
    ("percentage", "price", "after"),
    [
        ("5", "0.10", "0.11"),
        ("4.9", "0.10", "0.10"),
        ("33.333333333333333333333333333", "19.99", "26.65"),
        ("0.5", "1.00", "1.01"),
        ("0.4999", "1.00", "1.00"),
        ("1e-9999", "10.00", "10.00"),
        ("9999999999", "9999999999.99", "1000000009898999999.99"),
    ],
)
def test_amounts_are_rounded_half_up_to_cents(percentage: str, price: str, after: str) -> None:
    assert priced({"action": "increase", "percentage": percentage}, price)[0] == after


def test_a_product_without_a_price_has_none_in_a_table_either() -> None:
    assert priced({"action": "increase", "percentage": 10}, price=None) == ("None", "None")
    assert priced({"minimum_price": 10}, price=None) == ("None", "None")


def test_a_variation_has_its_own_price_or_its_parents() -> None:
    made = product({"action": "increase", "percentage": 10})
    small, medium = made["variations"]
    table = table_named(made, "price_table", "ml")
    assert table is not None
    assert str(price_in_table(made, table, small).price) == "55.00"
    assert str(price_in_table(made, table, medium).price) == "110.00"
    assert table_named(made, "price_table", "shopee") is None
    assert table_named(made, "price_table", None) is None


def test_an_item_without_a_price_costs_what_its_table_says() -> None:
    made = product({"action": "decrease", "percentage": 10}, special="90.00")
    items: list[dict[str, Any]] = [
        {"sku": "A", "quantity": "3", "discount": "1.00"},
        {"sku": "A", "quantity": 2, "variation": {"sku": "A-P"}, "price": ""},
        {"sku": "A", "quantity": 1, "price_code": "none"},
        {"sku": "A", "quantity": 1, "price": "12.34"},
        {"sku": "B", "quantity": 1},
        {"sku": None, "quantity": 1},
    ]
    order = {"price_code": "ml", "items": items}
    fill_prices(order, {"A": made, "A-P": made}.get)
    assert (items[0]["price"], items[0]["total"]) == (Decimal("81.00"), Decimal("242.00"))
    assert (items[1]["price"], items[1]["total"]) == (Decimal("45.00"), Decimal("90.00"))
    assert [item.get("price") for item in items[2:]] == [None, "12.34", None, None]
