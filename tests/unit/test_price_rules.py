"""A channel's price as the merchant's rules want it, and as the ledger keeps it."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_hub import unsent
from store_products import a_shirt, a_size, drafted, ml_and_shopee, priced, products
from store_products import rules as any_rules

from ponte.domain.catalogue import StoreProduct
from ponte.domain.channel_prices import amounts_in
from ponte.domain.families import (
    decode_price_facet,
    decode_prices,
    encode_facet,
    encode_prices,
    money,
)
from ponte.domain.packed import pack
from ponte.domain.planner import HubCall, plan_call
from ponte.domain.price_tables import AmountTable, PercentTable
from ponte.domain.rules import (
    Fault,
    FaultCode,
    MerchantRules,
    PriceRounding,
    PriceTableRule,
    faults_of,
    remember_dropped,
)
from ponte.ledger.differences import DifferingRow

TWO = ml_and_shopee()
NONE = remember_dropped(TWO, MerchantRules())


# What is wanted.


def test_one_price_becomes_an_amount_in_each_channel() -> None:
    draft = priced(a_shirt(price=Decimal("19.90"), special_price=Decimal("9.99")), TWO)
    assert draft.tables == (
        AmountTable("ml", "Ml", "22.39", "11.24"),
        AmountTable("shopee", "Shopee", "17.91", "8.99"),
    )


def test_variations_of_several_prices_become_a_percentage() -> None:
    product = a_shirt(variations=(a_size("P", 1), a_size("G", 1, price=Decimal("59.90"))))
    assert priced(product, TWO).tables == (
        PercentTable("ml", "Ml", "12.5"),
        PercentTable("shopee", "Shopee", "-10"),
    )


def test_no_channel_gives_anything_away() -> None:
    rules = ml_and_shopee(ml="-60")
    cent = priced(a_shirt(price=Decimal("0.01")), rules)
    assert cent.tables[0] == AmountTable("ml", "Ml", "0.01", None)
    nothing = priced(a_shirt(price=Decimal(0)), rules)
    assert nothing.tables[0] == PercentTable("ml", "Ml", "-60")


def test_a_channels_price_ends_as_prices_do() -> None:
    rules = msgspec.structs.replace(ml_and_shopee(), price_rounding=PriceRounding.NINETY)
    draft = priced(a_shirt(price=Decimal("19.90"), special_price=Decimal("19.50")), rules)
    assert draft.tables == (
        AmountTable("ml", "Ml", "21.90", None),
        AmountTable("shopee", "Shopee", "17.90", None),
    )


@given(st.integers(1, 10**9), st.integers(-9000, 90000))
def test_amounts_are_rounded_half_up_like_the_price_itself(cents: int, hundredths: int) -> None:
    percent, pair = Decimal(hundredths) / 100, (money(Decimal(cents) / 100), None)
    price, _ = amounts_in(percent, PriceRounding.NONE, pair)
    exact = cents * (10_000 + hundredths)
    assert int(Decimal(price) * 100) == max(1, (exact * 2 + 10_000) // 20_000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": ""},
        {"code": " ml"},
        {"code": "m\0l"},
        {"code": "x" * 61},
        {"label": ""},
        {"label": "a\nb"},
        {"label": "x" * 101},
        {"percent": Decimal("-90.01")},
        {"percent": Decimal("900.5")},
        {"percent": Decimal("1.005")},
        {"percent": Decimal("0e-999999999")},
        {"percent": Decimal("NaN")},
        {"percent": Decimal("Infinity")},
        {"percent": Decimal("sNaN")},
    ],
)
def test_a_rule_that_nobody_can_mean_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"code": "ml", "label": "Mercado Livre", "percent": Decimal("12.5")}
    PriceTableRule(**right)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PriceTableRule(**(right | wrong))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(msgspec.to_builtins(right | wrong), PriceTableRule)


def test_a_code_has_one_rule() -> None:
    twice = MerchantRules(price_tables=(*TWO.price_tables, TWO.price_tables[0]))
    assert faults_of(twice) == (Fault("price_tables", FaultCode.TWICE, named="ml"),)
    many = MerchantRules(
        price_tables=tuple(PriceTableRule(f"c{n}", "c", Decimal(1)) for n in range(21))
    )
    assert [fault.code for fault in faults_of(many)] == [FaultCode.TOO_MANY]


def test_rules_remember_what_is_to_be_taken_away() -> None:
    assert NONE.dropped_tables == ("ml", "shopee")
    back = remember_dropped(NONE, ml_and_shopee(shopee="7"))
    assert back.dropped_tables == ()
    assert remember_dropped(back, MerchantRules()).dropped_tables == ("ml", "shopee")
    one_left = remember_dropped(NONE, MerchantRules(price_tables=TWO.price_tables[:1]))
    assert one_left.dropped_tables == ("shopee",)
    assert msgspec.convert(msgspec.to_builtins(one_left), MerchantRules) == one_left


# What the ledger keeps.


@given(products())
def test_a_family_without_tables_keeps_the_bytes_it_always_had(product: StoreProduct) -> None:
    draft = priced(product, MerchantRules())
    assert pack(draft).price.encode() == encode_facet(draft.price)
    assert encode_prices(draft.price, ()) == encode_facet(draft.price)
    call = plan_call(unsent(draft))
    assert isinstance(call, HubCall)
    assert "price_table" not in json.loads(call.body)


@given(products(), any_rules(), any_rules())
def test_tables_survive_the_ledger(
    product: StoreProduct, before: MerchantRules, after: MerchantRules
) -> None:
    draft = priced(product, remember_dropped(before, after))
    kept = encode_prices(draft.price, draft.tables)
    assert decode_price_facet(kept) == (draft.price, draft.tables)
    assert decode_prices(kept) == draft.price
    assert pack(draft).unpacked().tables == draft.tables


def test_a_row_of_before_means_what_it_meant() -> None:
    """A facet that the ledger has had since before there were tables."""
    facet = '{"CAM-1":["49.90",null]}'
    row = DifferingRow(
        "77", "CAM-1", "CAM-1", False, '{"CAM-1":5}', '{"CAM-1":5}', facet, facet, b"h", b"h",
        None, None, False, False, False, 0, 0, False, 0, None,
    )  # fmt: skip
    state = row.state()
    assert (state.price, state.tables, state.acked_tables) == ({"CAM-1": ("49.90", None)}, (), ())
    assert plan_call(state) is None
    assert pack(drafted(a_shirt())).price == facet
