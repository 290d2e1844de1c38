"""The form of the rules: what Brazilians type is read as they mean it, or not at all."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.rule_effects import Example, Field
from ponte.domain.rules import (
    MerchantRules,
    PriceRounding,
    PriceTableRule,
    Removed,
    RuleChange,
    changes_of,
    faults_of,
)
from ponte.ledger.pauses import Pauses
from ponte.services.rules import ChangedMeanwhile, RulesConflict, RulesNow, merge
from ponte.web.panel.channel_rows import rows_to_show
from ponte.web.panel.rules_form import form_values, read_rules_form
from ponte.web.panel.rules_words import fault_text, spoken_change, spoken_example
from ponte_ui.forms import Form

PLAIN = MerchantRules()


def sent(**fields: str) -> Form:
    return Form({name: [value] for name, value in fields.items()})


def test_the_form_shown_and_sent_again_changes_nothing() -> None:
    rules = MerchantRules(
        price_percent=Decimal("-12.50"),
        order_tolerance=Decimal("1234.5"),
        stock_ceiling=0,
        price_rounding=PriceRounding.NINETY,
        only_categories=("Moda > Camisetas", "Casa, jardim"),
        default_brand="Açaí & Cia",
    )
    read = read_rules_form(sent(version="7", **form_values(rules)), PLAIN)
    assert read.rules == rules
    assert read.version == 7


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12,5", "12.5"),
        ("12,5 %", "12.5"),
        ("+12.5", "12.5"),
        ("-5", "-5"),
        ("\N{MINUS SIGN}5,25%", "-5.25"),
        ("R$ 1.234,56", "1234.56"),
        ("1.000", "1000"),
        ("", "0"),
    ],
)
def test_an_amount_is_read_as_it_is_written_in_brazil(typed: str, meant: str) -> None:
    read = read_rules_form(sent(price_amount=typed), PLAIN)
    assert read.problems == {}
    assert read.rules.price_amount == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["mil", "1.2.3", "1,2,3", "12.345,6.7", "1e3", "NaN", "1.5555", "²"]
)
def test_what_can_be_read_in_two_ways_is_not_guessed(typed: str) -> None:
    read = read_rules_form(sent(price_amount=typed), PLAIN)
    assert set(read.problems) == {"price_amount"}
    assert read.rules == PLAIN
    assert read.values == {"price_amount": typed}


def test_a_limit_is_whole_and_may_be_none() -> None:
    limited = MerchantRules(stock_ceiling=5)
    assert read_rules_form(sent(stock_ceiling=""), limited).rules.stock_ceiling is None
    assert read_rules_form(sent(stock_ceiling="1.000"), limited).rules.stock_ceiling == 1000
    assert set(read_rules_form(sent(stock_ceiling="2,5"), limited).problems) == {"stock_ceiling"}


def test_lists_are_lines_and_say_things_once() -> None:
    read = read_rules_form(sent(only_brands=" Azul \r\n\r\nVerde\nAzul"), PLAIN)
    assert read.rules.only_brands == ("Azul", "Verde")


def test_a_choice_that_is_none_is_a_problem_of_its_field() -> None:
    assert set(read_rules_form(sent(removed="burn"), PLAIN).problems) == {"removed"}


def test_what_is_out_of_range_says_the_range() -> None:
    read = read_rules_form(sent(price_percent="1000"), PLAIN)
    assert read.problems == {"price_percent": "Informe um valor entre -90 e 900."}


def test_every_fault_has_words() -> None:
    rules = MerchantRules(
        price_percent=Decimal("1.234"),
        stock_ceiling=-1,
        default_brand="x" * 301,
        default_warranty_message="\0",
        only_skus=("x",) * 2001,
        only_brands=("A",),
        except_brands=("a",),
    )
    faults = faults_of(rules)
    assert len({fault.code for fault in faults}) == 6
    assert all(fault_text(fault).endswith(".") for fault in faults)


def channel(row: int, code: str, percent: str, label: str = "") -> dict[str, str]:
    return {
        f"price_table_code_{row}": code,
        f"price_table_percent_{row}": percent,
        f"price_table_label_{row}": label,
    }


def test_channels_come_a_row_each_and_are_shown_so() -> None:
    typed = channel(0, " ml ", "+12,5 %", "Mercado Livre") | channel(3, "shopee", "-5")
    read = read_rules_form(sent(**typed), PLAIN)
    assert read.problems == {}
    assert read.rules.price_tables == (
        PriceTableRule("ml", "Mercado Livre", Decimal("12.5")),
        PriceTableRule("shopee", "shopee", Decimal(-5)),
    )
    written = form_values(read.rules)
    assert written.items() >= channel(0, "ml", "12,5", "Mercado Livre").items()
    assert written.items() >= channel(1, "shopee", "-5").items()
    assert rows_to_show(written) == 4
    assert read_rules_form(sent(**written), PLAIN).rules.price_tables == read.rules.price_tables
    # A form without the rows leaves the channels alone, empty ones take them away.
    assert read_rules_form(sent(), read.rules).rules == read.rules
    assert read_rules_form(sent(**channel(0, "", "")), read.rules).rules.price_tables == ()


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (channel(0, "ml", ""), "price_table_percent_0"),
        (channel(0, "", "5"), "price_table_code_0"),
        (channel(0, "", "", "Mercado Livre"), "price_table_code_0"),
        (channel(0, "ml", "1.234"), "price_table_percent_0"),
        (channel(0, "ml", "901"), "price_table_percent_0"),
        (channel(0, "ml", "1,234"), "price_table_percent_0"),
        (channel(0, "m\0l", "5"), "price_table_code_0"),
        (channel(0, "m" * 61, "5"), "price_table_code_0"),
        (channel(0, "ml", "5", "l" * 101), "price_table_label_0"),
    ],
)
def test_a_channels_fault_stands_at_its_field(row: dict[str, str], wrong: str) -> None:
    read = read_rules_form(sent(**channel(1, "shopee", "5"), **row), PLAIN)
    assert wrong in read.problems
    assert all(name.endswith("_0") for name in read.problems)


def test_a_channel_that_stands_twice_is_said() -> None:
    twice = read_rules_form(sent(**channel(0, "ml", "5"), **channel(1, "ml", "6")), PLAIN)
    assert "duas vezes" in twice.problems["price_tables"]


def test_every_rule_is_in_the_form_and_has_words() -> None:
    # What is to be taken away follows from the rules before.
    ruled = set(MerchantRules.__struct_fields__) - {"dropped_tables"}
    other = msgspec.convert(_other_values(), MerchantRules)
    fields = {name for name in form_values(other) if not name.startswith("price_table_")}
    assert fields == ruled - {"price_tables"}
    changes = changes_of(PLAIN, other)
    assert {change.rule for change in changes} == ruled
    for change in changes:
        spoken = spoken_change(change)
        assert spoken.what != change.rule
        assert spoken.before != spoken.after


def _other_values() -> dict[str, object]:
    lists = ("categories", "brands", "skus")
    return {
        **{f"only_{name}": ["A"] for name in lists},
        **{f"except_{name}": ["B"] for name in lists},
        "report_mode": "at_once", "order_tolerance": "1", "reserve_units": 1,
        "reserve_percent": "1", "stock_ceiling": 1, "price_percent": "1", "price_amount": "1",
        "price_rounding": "ninety", "unpublished": "as_published", "removed": "leave",
        "default_brand": "A", "default_warranty_months": 1, "default_warranty_message": "A",
        "default_handling_days": 1, "longest_handling_days": 1, "weight_unit": "g",
        "price_tables": [{"code": "ml", "label": "Mercado Livre", "percent": "12.5"}],
    }  # fmt: skip


def test_examples_are_written_as_people_read_them() -> None:
    def shown(field: Field, before: str | None, after: str | None) -> tuple[str, str]:
        spoken = spoken_example(Example("A", "a", field, before, after))
        return spoken.before.replace("\xa0", " "), spoken.after.replace("\xa0", " ")

    assert shown(Field.PRICE, "1234.50", "9.90") == ("R$ 1.234,50", "R$ 9,90")
    assert shown(Field.STOCK, "1000", "0") == ("1.000", "0")
    assert shown(Field.GOES, None, "brand") == ("sim", "não: pela marca")
    assert shown(Field.REMOVED, "off_sale", "delete")[1] == "Excluir do Plugg.to"
    assert shown(Field.WEIGHT, "250", "0.25") == ("250", "0,25")
    assert shown(Field.CHANNEL_PRICE, "ml: 1234.50", "ml: +10 %") == ("ml: R$ 1.234,50", "ml: 10 %")
    assert shown(Field.BRAND, None, "Casa") == ("–", "Casa")


FIELDS = sorted({*form_values(PLAIN), *channel(0, "", ""), *channel(1, "", "")})


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40)))
def test_any_text_is_read_or_refused(fields: dict[str, str]) -> None:
    read = read_rules_form(sent(**fields), PLAIN)
    assert read.problems or faults_of(read.rules) == ()


# Two people.


def conflict(now: MerchantRules, *changes: RuleChange) -> RulesConflict:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    pauses = Pauses(None, None, None)
    return RulesConflict(RulesNow(1, 2, now, pauses), (ChangedMeanwhile(at, "Ana", changes),))


def test_both_changes_are_kept_where_they_do_not_meet() -> None:
    now = MerchantRules(stock_ceiling=9)
    merged = merge(
        MerchantRules(default_brand="Casa"), conflict(now, RuleChange("stock_ceiling", None, 9))
    )
    assert merged.rules == MerchantRules(stock_ceiling=9, default_brand="Casa")
    assert merged.both == ()


def test_what_both_changed_is_named_and_mine_is_shown() -> None:
    now = MerchantRules(removed=Removed.LEAVE)
    merged = merge(
        MerchantRules(removed=Removed.DELETE),
        conflict(now, RuleChange("removed", "off_sale", "leave")),
    )
    assert merged.rules.removed is Removed.DELETE
    assert merged.both == ("removed",)
