"""Rules as they are kept and judged: old ones load, wrong ones are told by their field."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.rules import (
    Fault,
    FaultCode,
    MerchantRules,
    PriceRounding,
    ReportMode,
    alters_catalogue,
    changes_of,
    faults_of,
)


def fault_of(**rule: Any) -> tuple[str, FaultCode] | None:
    found = faults_of(MerchantRules(**rule))
    assert len(found) <= 1
    return (found[0].field, found[0].code) if found else None


def test_rules_of_before_load_with_everything_new_as_it_was() -> None:
    kept = {"report_mode": "at_once", "order_tolerance": "0.10", "something_gone": 1}
    assert msgspec.convert(kept, MerchantRules) == MerchantRules(
        report_mode=ReportMode.AT_ONCE, order_tolerance=Decimal("0.10")
    )


def test_rules_survive_the_database() -> None:
    rules = MerchantRules(
        price_percent=Decimal("-12.5"),
        stock_ceiling=7,
        price_rounding=PriceRounding.NINETY,
        only_brands=("Açaí",),
    )
    assert msgspec.convert(msgspec.to_builtins(rules), MerchantRules) == rules


def test_the_rules_of_a_new_connection_have_no_fault() -> None:
    assert faults_of(MerchantRules()) == ()


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"price_percent": Decimal("900.01")}, FaultCode.OUT_OF_RANGE),
        ({"price_percent": Decimal("-90.01")}, FaultCode.OUT_OF_RANGE),
        ({"price_percent": Decimal("NaN")}, FaultCode.OUT_OF_RANGE),
        ({"price_percent": Decimal("sNaN")}, FaultCode.OUT_OF_RANGE),
        ({"price_percent": Decimal("Infinity")}, FaultCode.OUT_OF_RANGE),
        ({"price_percent": Decimal("1E-30")}, FaultCode.TOO_MANY_PLACES),
        ({"price_amount": Decimal("0.005")}, FaultCode.TOO_MANY_PLACES),
        ({"price_amount": Decimal("10000.01")}, FaultCode.OUT_OF_RANGE),
        ({"order_tolerance": Decimal("-0.01")}, FaultCode.OUT_OF_RANGE),
        ({"reserve_percent": Decimal("100.01")}, FaultCode.OUT_OF_RANGE),
        ({"reserve_units": -1}, FaultCode.OUT_OF_RANGE),
        ({"stock_ceiling": -1}, FaultCode.OUT_OF_RANGE),
        ({"default_handling_days": 366}, FaultCode.OUT_OF_RANGE),
        ({"default_warranty_months": 121}, FaultCode.OUT_OF_RANGE),
        ({"default_brand": "x" * 301}, FaultCode.TOO_LONG),
        ({"default_warranty_message": "a\0b"}, FaultCode.UNWRITABLE),
        ({"default_brand": "\ud800"}, FaultCode.UNWRITABLE),
        ({"only_skus": ("A", " ")}, FaultCode.UNWRITABLE),
        ({"except_skus": ("x" * 301,)}, FaultCode.TOO_LONG),
        ({"only_brands": ("x",) * 2001}, FaultCode.TOO_MANY),
    ],
)
def test_what_is_out_of_range_is_a_fault_of_its_field(
    rule: dict[str, Any], code: FaultCode
) -> None:
    assert fault_of(**rule) == (next(iter(rule)), code)


def test_the_bounds_themselves_are_right() -> None:
    assert fault_of(price_percent=Decimal(900)) is None
    assert fault_of(price_percent=Decimal(-90)) is None
    assert fault_of(price_percent=Decimal("12.50")) is None
    assert fault_of(price_percent=Decimal("1E+2")) is None
    assert fault_of(reserve_percent=Decimal(100)) is None
    assert fault_of(stock_ceiling=0) is None


def test_an_entry_of_both_lists_is_told_however_it_is_spelled() -> None:
    assert faults_of(MerchantRules(only_brands=("Azul",), except_brands=(" AZUL ",))) == (
        Fault("except_brands", FaultCode.IN_BOTH_LISTS, named="azul"),
    )
    assert fault_of(only_skus=("A/B",), except_skus=("A-B",)) == (
        "except_skus",
        FaultCode.IN_BOTH_LISTS,
    )


@given(st.decimals(), st.integers(), st.text(), st.lists(st.text()))
def test_judging_never_breaks(amount: Decimal, number: int, text: str, names: list[str]) -> None:
    faults_of(
        MerchantRules(
            price_percent=amount,
            order_tolerance=amount,
            stock_ceiling=number,
            default_brand=text,
            only_skus=tuple(names),
            except_skus=tuple(names),
        )
    )


def test_what_changed_is_told_in_the_words_of_json() -> None:
    before = MerchantRules()
    after = MerchantRules(price_percent=Decimal("12.5"), only_brands=("Azul",))
    assert [(each.rule, each.before, each.after) for each in changes_of(before, after)] == [
        ("price_percent", "0", "12.5"),
        ("only_brands", (), ("Azul",)),
    ]
    assert changes_of(before, MerchantRules(price_percent=Decimal("0.00"))) == ()


def test_reports_and_tolerance_leave_the_catalogue_alone() -> None:
    plain = MerchantRules()
    assert not alters_catalogue(plain, MerchantRules(report_mode=ReportMode.AT_ONCE))
    assert not alters_catalogue(plain, MerchantRules(order_tolerance=Decimal(1)))
    assert alters_catalogue(plain, MerchantRules(default_brand="Casa"))
