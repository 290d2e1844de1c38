"""What rules make of a product: never less than nothing, never against the merchant."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_products import a_shirt, a_size

from ponte.domain.applying_rules import (
    ROUNDING_STEPS,
    LeftOut,
    apply_rules,
    asked_price,
    offered_pieces,
)
from ponte.domain.catalogue import Dimensions, StoreProduct, StoreVariation
from ponte.domain.rules import (
    LEAST_PERCENT,
    MOST_AMOUNT,
    MOST_PERCENT,
    MerchantRules,
    PriceRounding,
    Unpublished,
    WeightUnit,
    faults_of,
)

CENT = Decimal("0.01")
PRICES = st.decimals(CENT, Decimal(10**9), places=2)
PERCENTS = st.decimals(Decimal(0), Decimal(100), places=2)
STOCK_RULES = st.builds(
    MerchantRules,
    reserve_units=st.integers(0, 50),
    reserve_percent=PERCENTS,
    stock_ceiling=st.none() | st.integers(0, 100),
)
PRICE_RULES = st.builds(
    MerchantRules,
    price_percent=st.decimals(LEAST_PERCENT, MOST_PERCENT, places=2),
    price_amount=st.decimals(-MOST_AMOUNT, MOST_AMOUNT, places=2),
    price_rounding=st.sampled_from(PriceRounding),
)


def applied(product: StoreProduct, **rules: Any) -> StoreProduct:
    """The product under these rules; it goes."""
    wanted = MerchantRules(**rules)
    assert faults_of(wanted) == ()
    found = apply_rules(product, wanted)
    assert isinstance(found, StoreProduct), found
    return found


def left_out(product: StoreProduct, **rules: Any) -> LeftOut | None:
    """Why it does not go."""
    found = apply_rules(product, MerchantRules(**rules))
    return found if isinstance(found, LeftOut) else None


def with_sizes(*variations: StoreVariation, **other: Any) -> StoreProduct:
    """A parent with these variations."""
    return a_shirt(variations=variations, **other)


# Stock.


@given(st.integers(-1000, 10**9), STOCK_RULES)
def test_nobody_sells_what_is_kept_back_nor_more_than_the_ceiling(
    pieces: int, rules: MerchantRules
) -> None:
    offered = offered_pieces(pieces, rules)
    assert offered >= 0
    held = max(0, pieces)
    assert rules.stock_ceiling is None or offered <= rules.stock_ceiling
    if offered:
        assert held - offered >= rules.reserve_units
        assert (held - offered) * 100 >= rules.reserve_percent * held


@given(st.integers(0, 10**6), st.integers(0, 100), STOCK_RULES)
def test_more_in_the_store_is_never_less_in_the_hub(
    pieces: int, more: int, rules: MerchantRules
) -> None:
    assert offered_pieces(pieces, rules) <= offered_pieces(pieces + more, rules)


@pytest.mark.parametrize(
    ("pieces", "percent", "offered"), [(10, "10", 9), (9, "10", 8), (1, "1", 0), (3, "100", 0)]
)
def test_what_is_kept_back_by_per_cent_is_rounded_up(
    pieces: int, percent: str, offered: int
) -> None:
    assert offered_pieces(pieces, MerchantRules(reserve_percent=Decimal(percent))) == offered


def test_each_variation_keeps_back_its_own() -> None:
    family = with_sizes(a_size("P", 1), a_size("G", 5))
    assert [each.stock for each in applied(family, reserve_units=2).variations] == [0, 3]


# Prices.


@given(PRICES, PRICE_RULES)
def test_a_price_stays_a_price_of_two_places(price: Decimal, rules: MerchantRules) -> None:
    asked = asked_price(price, rules)
    assert asked >= CENT
    assert asked.as_tuple().exponent == -2


@given(PRICES, PRICE_RULES)
def test_rounding_moves_a_price_by_no_more_than_its_step(
    price: Decimal, rules: MerchantRules
) -> None:
    exact = price * (100 + rules.price_percent) / 100 + rules.price_amount
    if exact > 0:
        step, _ = ROUNDING_STEPS[rules.price_rounding]
        assert abs(asked_price(price, rules) - exact) <= step


@given(PRICES, PRICES, PRICE_RULES)
def test_a_dearer_product_stays_the_dearer_one(
    one: Decimal, other: Decimal, rules: MerchantRules
) -> None:
    low, high = sorted((one, other))
    assert asked_price(low, rules) <= asked_price(high, rules)


@given(PRICES, PRICES, PRICE_RULES)
def test_a_promotion_is_never_dearer_than_the_price(
    one: Decimal, other: Decimal, rules: MerchantRules
) -> None:
    low, high = sorted((one, other))
    product = apply_rules(a_shirt(price=high, special_price=low), rules)
    assert isinstance(product, StoreProduct)
    assert product.special_price is None or product.special_price <= product.price


def test_no_price_stays_none() -> None:
    assert applied(a_shirt(price=Decimal(0)), price_amount=Decimal(10)).price == 0


@pytest.mark.parametrize(
    ("rounding", "asked"),
    [
        (PriceRounding.NONE, "54.89"),
        (PriceRounding.TEN_CENTS, "54.90"),
        (PriceRounding.NINETY, "54.90"),
        (PriceRounding.NINETY_NINE, "54.99"),
        (PriceRounding.WHOLE, "55.00"),
    ],
)
def test_a_markup_ends_as_the_merchant_likes(rounding: PriceRounding, asked: str) -> None:
    product = applied(a_shirt(), price_percent=Decimal(10), price_rounding=rounding)
    assert product.price == Decimal(asked)


def test_a_promotion_that_rounding_made_the_price_is_none() -> None:
    product = a_shirt(price=Decimal("10.10"), special_price=Decimal("10.00"))
    rounded = applied(product, price_rounding=PriceRounding.NINETY)
    assert (rounded.price, rounded.special_price) == (Decimal("9.90"), None)


# What goes.


def test_a_category_means_those_below_it_and_is_read_leniently() -> None:
    shirt = a_shirt(categories=("Moda > Masculino > Camisetas", "Promo"))
    assert left_out(shirt, only_categories=("moda>MASCULINO",)) is None
    assert left_out(shirt, only_categories=("Promo",)) is None
    assert left_out(shirt, only_categories=("Moda > Mas",)) is LeftOut.CATEGORY
    assert left_out(shirt, except_categories=("Moda",)) is LeftOut.CATEGORY
    assert left_out(a_shirt(categories=()), only_categories=("Moda",)) is LeftOut.CATEGORY
    assert left_out(a_shirt(categories=()), except_categories=("Moda",)) is None


def test_a_brand_is_the_one_that_the_hub_would_see() -> None:
    assert left_out(a_shirt(brand=" AZUL "), only_brands=("Azul",)) is None
    assert left_out(a_shirt(brand="Verde"), only_brands=("Azul",)) is LeftOut.BRAND
    assert left_out(a_shirt(brand=None), only_brands=("Azul",)) is LeftOut.BRAND
    assert left_out(a_shirt(brand=None), only_brands=("Azul",), default_brand="Azul") is None
    assert left_out(a_shirt(brand="Azul"), except_brands=("azul",)) is LeftOut.BRAND


def test_a_sku_is_read_in_the_hubs_spelling() -> None:
    assert left_out(a_shirt(sku="A/B"), except_skus=("A-B",)) is LeftOut.SKU
    assert left_out(a_shirt(sku="A/B"), only_skus=(" A/B ",)) is None
    assert left_out(a_shirt(sku="A/B"), only_skus=("X",)) is LeftOut.SKU


def test_a_variation_that_is_left_out_has_stock_zero_and_the_last_one_takes_the_family() -> None:
    family = with_sizes(a_size("P", 4), a_size("G", 5))
    rest = applied(family, except_skus=("CAM-1-P",))
    assert [each.stock for each in rest.variations] == [0, 5]
    only = applied(family, only_skus=("CAM-1-P",))
    assert [each.stock for each in only.variations] == [4, 0]
    assert left_out(family, except_skus=("CAM-1-P", "CAM-1-G")) is LeftOut.SKU
    assert left_out(family, except_skus=(family.sku,)) is LeftOut.SKU
    assert [each.stock for each in applied(family, only_skus=(family.sku,)).variations] == [4, 5]


def test_unpublished_products_go_as_the_merchant_says() -> None:
    hidden = a_shirt(published=False)
    assert left_out(hidden) is LeftOut.UNPUBLISHED
    assert applied(hidden, unpublished=Unpublished.WITHOUT_STOCK).stock == 0
    assert applied(hidden, unpublished=Unpublished.AS_PUBLISHED).stock == 5


# What the store leaves blank.


def test_blanks_are_filled_and_words_of_the_store_stay() -> None:
    rules: dict[str, Any] = {
        "default_brand": "Casa",
        "default_warranty_months": 12,
        "default_warranty_message": "Contra defeitos",
        "default_handling_days": 3,
    }
    filled = applied(a_shirt(brand="  ", warranty_message=""), **rules)
    assert (filled.brand, filled.warranty_months) == ("Casa", 12)
    assert (filled.warranty_message, filled.handling_days) == ("Contra defeitos", 3)
    told = a_shirt(brand="Azul", warranty_months=0, warranty_message="Nenhuma", handling_days=0)
    assert applied(told, **rules) == told


def test_what_takes_too_long_is_offered_with_stock_zero() -> None:
    assert applied(a_shirt(handling_days=8), longest_handling_days=7).stock == 0
    assert applied(a_shirt(handling_days=7), longest_handling_days=7).stock == 5
    assert applied(a_shirt(), longest_handling_days=7, default_handling_days=8).stock == 0
    family = with_sizes(a_size("P", 4), handling_days=8)
    assert applied(family, longest_handling_days=7).variations[0].stock == 0


def test_grams_become_kilograms_everywhere() -> None:
    size = Dimensions(Decimal(1), Decimal(1), Decimal(1), Decimal(250))
    family = with_sizes(a_size("P", 1, dimensions=size), dimensions=size)
    found = applied(family, weight_unit=WeightUnit.GRAMS)
    sizes = [found.dimensions, *(each.dimensions for each in found.variations)]
    weights = [each and each.weight_kg for each in sizes]
    assert weights == [Decimal("0.25"), Decimal("0.25")]


# Nothing.


def test_rules_that_change_nothing_give_the_product_itself() -> None:
    shirt = a_shirt()
    assert apply_rules(shirt, MerchantRules()) is shirt
    assert apply_rules(shirt, MerchantRules(order_tolerance=Decimal(1))) is shirt
