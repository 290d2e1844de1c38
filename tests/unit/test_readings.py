"""Lenient reading: the same fact reads alike however it is spelled, and nothing raises."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from any_json import any_json
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.readings import (
    count,
    flag,
    mapping,
    members,
    moment,
    money,
    number,
    plain_number,
    text,
    whole,
)


@given(any_json())
def test_any_value_reads_as_its_type_or_none(value: object) -> None:
    assert text(value) is None or text(value) == str(text(value)).strip() != ""
    assert number(value) is None or isinstance(number(value), Decimal)
    amount = money(value)
    assert amount is None or amount.as_tuple().exponent == -2
    pieces = count(value)
    assert pieces is None or abs(pieces) < 10**9
    integer = whole(value)
    assert integer is None or -(2**63) <= integer < 2**63
    at = moment(value)
    assert at is None or at.tzinfo is UTC
    assert flag(value) in (None, True, False)
    plain = plain_number(value)
    assert plain is None or plain_number(plain) == plain
    assert isinstance(mapping(value), dict)
    assert isinstance(members(value), list)


@given(st.decimals(min_value=Decimal(-(10**9)), max_value=10**9, places=2))
def test_money_survives_every_spelling_to_the_cent(amount: Decimal) -> None:
    whole_part, cents = f"{abs(amount):.2f}".split(".")
    sign = "-" if amount < 0 else ""
    brazilian = f"{sign}{int(whole_part):,}".replace(",", ".") + f",{cents}"
    american = f"{sign}{int(whole_part):,}.{cents}"
    for spelling in (amount, f"{amount:.2f}", f" {amount:.2f} ", brazilian, american):
        assert money(spelling) == amount


@pytest.mark.parametrize("value", ["10", 10, Decimal("10.0"), "10.00", "10,0", Decimal("1E+1")])
def test_equal_numbers_read_alike(value: object) -> None:
    assert plain_number(value) == "10"
    assert money(value) == Decimal("10.00")
    assert whole(value) == 10


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (Decimal("19.900000000000002"), "19.90"),
        (Decimal("0.005"), "0.01"),
        ("R$ 1.234,56", "1234.56"),
        ("1.234.567", "1234567.00"),
        ("12,", "12.00"),
        (".5", "0.50"),
        ("grátis", None),
        ("1e3", None),
        ("1_000", None),
        ("NaN", None),
        ("٣", None),
        (True, None),
        (10**10, None),
    ],
)
def test_money_is_exact_or_nothing(value: object, amount: str | None) -> None:
    assert money(value) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("value", "reading"),
    [
        (" a ", "a"),
        ("", None),
        ("\x00", None),
        (7891234567895, "7891234567895"),
        (2000001234567890, "2000001234567890"),
        ("0078", "0078"),
        (Decimal("7.50"), "7.5"),
        (True, None),
        ([], None),
    ],
)
def test_text_keeps_ids_whole(value: object, reading: str | None) -> None:
    assert text(value) == reading


def test_times_without_zone_are_sao_paulos() -> None:
    at = datetime(2026, 3, 2, 17, 5, 9, tzinfo=UTC)
    for value in (
        "2026-03-02T17:05:09Z",
        "2026-03-02T14:05:09-03:00",
        "2026-03-02 14:05:09",
        "2026-03-02T17:05:09.000Z",
        int(at.timestamp()),
        int(at.timestamp()) * 1000,
    ):
        assert moment(value) == at
    assert moment("2026-03-02") == datetime(2026, 3, 2, 3, tzinfo=UTC)
    for value in ("0000-00-00 00:00:00", "ontem", "", 0, 7, "0001-01-01T00:00:00+12:00"):
        assert moment(value) is None


def test_booleans_in_every_spelling() -> None:
    assert all(flag(value) is True for value in (True, 1, "1", "true", "TRUE", Decimal("1.0")))
    assert all(flag(value) is False for value in (False, 0, "0", "false"))
    unclear: tuple[object, ...] = (None, "", 2, "maybe", [], {})
    assert all(flag(value) is None for value in unclear)


def test_a_list_with_a_hole_is_still_a_list() -> None:
    assert members({"0": "a", "2": "b"}) == ["a", "b"]
    assert members("ab") == []


def test_an_exponent_costs_no_memory() -> None:
    for written in ("1E+999999999", "1E-999999999", "0E-999999999", "-1E-400"):
        assert plain_number(Decimal(written)) in (None, "0")
        assert text(Decimal(written)) in (None, "0")
        assert str(money(Decimal(written))) in ("None", "0.00")
