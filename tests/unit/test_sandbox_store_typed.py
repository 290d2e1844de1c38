"""What people type is read as they mean it, or refused with what would do."""

from decimal import Decimal

import pytest

from ponte_sandbox.store import typed
from ponte_sandbox.store.pricing import PriceMove, move_prices
from ponte_sandbox.store.typed import Mistake
from ponte_sandbox.store.wire import Product, Variation


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("129,90", "129.90"),
        ("129.90", "129.90"),
        ("R$ 1.234,5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234", "1234.00"),
        ("1.234.567", "1234567.00"),
        ("12", "12.00"),
        ("0", "0.00"),
        ("1\u00a0234,00", "1234.00"),
        ("9999999999999,99", "9999999999999.99"),
    ],
)
def test_amounts_are_read_as_brazilians_and_spreadsheets_write_them(text: str, amount: str) -> None:
    assert typed.read_money(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1,999",
        "1e9",
        "=1+1",
        "١٢",
        "abc",
        "1,2,3",
        "99999999999999,00",
        "NaN",
        "9" * 5000,
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Mistake):
        typed.read_money(text)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-3", -3), ("1.234", 1234), (" 7 ", 7), ("0", 0)]
)
def test_stock_is_a_whole_number(text: str, number: int) -> None:
    assert typed.read_whole(text) == number


@pytest.mark.parametrize("text", ["", "1,5", "1.5", "dez", "2147483648", "--1", "٣", "9" * 6000])
def test_what_is_no_stock_is_refused(text: str) -> None:
    with pytest.raises(Mistake):
        typed.read_whole(text)


def test_measures_eans_and_ncms_are_judged() -> None:
    assert typed.read_measure("1,234") == "1.234"
    assert typed.read_ean("789 1000 31550-7") == "7891000315507"
    assert typed.read_ncm("6911.10.10") == "69111010"
    for read, text in (
        (typed.read_measure, "1,23456"),
        (typed.read_measure, "-1"),
        (typed.read_ean, "7891000315508"),
        (typed.read_ncm, "691110"),
        (typed.read_photo, "javascript:alert(1)"),
        (typed.read_photo, "https://a b/x"),
        (typed.read_sku, "a\x00b"),
        (typed.read_sku, ""),
    ):
        with pytest.raises(Mistake):
            read(text)


@pytest.mark.parametrize(
    ("price", "percent", "to_90", "moved"),
    [
        ("100.00", "10", False, "110.00"),
        ("100.00", "-7.5", False, "92.50"),
        ("0.00", "50", True, "0.00"),
        ("100.00", "3", True, "102.90"),
        ("100.00", "3.5", True, "103.90"),
        ("0.10", "1", True, "0.90"),
        ("99.90", "0.01", False, "99.91"),
        ("9999999999999.99", "900", True, "9999999999999.99"),
    ],
)
def test_a_price_moves_by_per_cent(price: str, percent: str, to_90: bool, moved: str) -> None:
    assert PriceMove(Decimal(percent), to_90).applied(price) == moved


def test_a_promotion_moves_along_and_ends_where_it_is_none_any_more() -> None:
    product = Product(
        id="1", sku="A", name="A", price="10.00", created_at="", updated_at="",
        variations=[
            Variation(sku="A-1", price="10.00", special_price="8.00"),
            Variation(sku="A-2", price="10.00", special_price="9.95"),
        ],
    )  # fmt: skip
    assert move_prices(product, PriceMove(Decimal(10), to_90=True))
    assert [(v.price, v.special_price) for v in product.variations] == [
        ("10.90", "8.90"),
        ("10.90", None),
    ]
