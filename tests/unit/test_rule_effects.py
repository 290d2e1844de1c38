"""A preview says what a save would do: no more, no less."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from store_products import a_family, a_shirt, products

from ponte.domain.applying_rules import LeftOut, apply_rules
from ponte.domain.catalogue import StoreProduct
from ponte.domain.families import draft_family
from ponte.domain.rule_effects import (
    EXAMPLES_OF_A_FIELD,
    Comparing,
    Effect,
    Example,
    Field,
)
from ponte.domain.rules import MerchantRules, PriceRounding, PriceTableRule, Removed, Unpublished
from ponte.domain.unmet_entries import UnmetEntries, UnmetEntry

PLAIN = MerchantRules()


def effect(*shirts: StoreProduct, before: MerchantRules = PLAIN, **after: Any) -> Effect:
    """What these rules would change of these products."""
    comparing = Comparing(before, MerchantRules(**after))
    for shirt in shirts:
        comparing.add(shirt)
    return comparing.effect


def test_a_markup_changes_prices_and_nothing_else() -> None:
    found = effect(a_shirt(), a_shirt(price=Decimal(0)), price_percent=Decimal(10))
    assert (found.families, found.price, found.stock, found.content) == (2, 1, 0, 0)
    assert found.unchanged == 1
    assert found.examples == [Example("CAM-1", "Camiseta", Field.PRICE, "49.90", "54.89")]


def test_what_goes_and_goes_no_more_is_told_with_its_reason() -> None:
    hidden = a_shirt(published=False)
    found = effect(hidden, a_shirt(brand="Azul"), unpublished=Unpublished.WITHOUT_STOCK,
                   except_brands=("Azul",))  # fmt: skip
    assert (found.starts, found.stops, found.unchanged) == (1, 1, 0)
    assert [(each.before, each.after) for each in found.examples] == [
        ("unpublished", None),
        (None, "brand"),
    ]


def test_an_entry_that_no_product_has_is_told_at_the_end() -> None:
    rules = MerchantRules(
        only_categories=("moda", "Moda > Camisolas"),
        except_brands=("Adias", " casa "),
        except_skus=("CAM-1", "CAM-2"),
        default_brand="Casa",
    )
    comparing = Comparing(PLAIN, rules)
    comparing.add(a_shirt(brand=None, categories=("Moda > Camisetas > Azuis",)))
    assert comparing.effect.unmet == []
    comparing.end()
    assert comparing.effect.unmet == [
        UnmetEntry("only_categories", "Moda > Camisolas"),
        UnmetEntry("except_brands", "Adias"),
        UnmetEntry("except_skus", "CAM-2"),
    ]


@given(
    st.lists(products(), max_size=4),
    st.lists(st.sampled_from(["Moda", "Casa", "azul", "Moda > x"]), max_size=3, unique=True),
)
def test_what_is_unmet_may_be_left_out_of_the_rules(
    shop: list[StoreProduct], named: list[str]
) -> None:
    """Without its unmet entries an "except" list leaves the same products out."""
    rules = MerchantRules(except_categories=tuple(named), except_brands=tuple(named))
    unmet = UnmetEntries(rules)
    for product in shop:
        unmet.add(product)
    left = unmet.left()
    without = MerchantRules(
        except_categories=_met("except_categories", named, left),
        except_brands=_met("except_brands", named, left),
    )
    for product in shop:
        assert apply_rules(product, without) == apply_rules(product, rules)


def _met(rule: str, named: list[str], left: list[UnmetEntry]) -> tuple[str, ...]:
    return tuple(entry for entry in named if UnmetEntry(rule, entry) not in left)


def test_what_is_left_out_for_another_reason_is_unchanged() -> None:
    found = effect(a_shirt(published=False), except_categories=("Moda",))
    assert (found.unchanged, found.examples) == (1, [])


def test_dangers_are_counted_apart() -> None:
    found = effect(
        a_shirt(price=Decimal("5.00")),
        a_shirt(price=Decimal("50.00")),
        price_amount=Decimal(-10),
        reserve_units=9,
    )
    assert (found.at_lowest_price, found.sold_out) == (1, 2)


def test_one_sku_of_a_family_is_example_enough_and_examples_are_few() -> None:
    families = [a_family(P=3, G=4) for _ in range(20)]
    found = effect(*families, stock_ceiling=1, default_brand="Casa")
    assert (found.stock, found.content) == (20, 20)
    shown = [each.field for each in found.examples]
    assert shown.count(Field.STOCK) == shown.count(Field.BRAND) == EXAMPLES_OF_A_FIELD


def test_a_removed_product_is_shown_with_both_fates() -> None:
    comparing = Comparing(PLAIN, MerchantRules(removed=Removed.DELETE))
    comparing.add_removed("CAM-1")
    assert comparing.effect.removed == 1
    assert comparing.effect.changes_something
    (shown,) = comparing.effect.examples
    assert (shown.field, shown.before, shown.after) == (Field.REMOVED, "off_sale", "delete")


def test_the_price_of_a_channel_is_a_price_that_changes() -> None:
    ml = PriceTableRule("ml", "Mercado Livre", Decimal(10))
    found = effect(a_shirt(), price_tables=(ml,))
    assert (found.price, found.stock, found.content) == (1, 0, 0)
    assert found.examples == [Example("CAM-1", "Camiseta", Field.CHANNEL_PRICE, None, "ml: 54.89")]
    gone = effect(a_shirt(), before=MerchantRules(price_tables=(ml,)))
    assert gone.price == 1
    assert [(each.before, each.after) for each in gone.examples] == [("ml: 54.89", None)]


def test_a_name_of_three_hundred_characters_is_cut() -> None:
    found = effect(a_shirt(name="x" * 300), stock_ceiling=1)
    assert len(found.examples[0].name) < 150


@given(
    products(),
    st.builds(
        MerchantRules,
        price_percent=st.sampled_from([Decimal(0), Decimal(10), Decimal(-50)]),
        price_rounding=st.sampled_from(PriceRounding),
        reserve_units=st.integers(0, 3),
        default_brand=st.sampled_from(["", "Casa"]),
        except_skus=st.sampled_from([(), ("P",), ("P-1",)]),
    ),
)
def test_what_counts_as_changed_is_what_would_be_drafted_otherwise(
    product: StoreProduct, after: MerchantRules
) -> None:
    comparing = Comparing(PLAIN, after)
    comparing.add(product)
    found = comparing.effect
    allowed = apply_rules(product, after)
    same = not isinstance(allowed, LeftOut) and draft_family(allowed) == draft_family(product)
    assert found.unchanged == same
    assert found.changes_something != same
    assert (found.families, bool(found.examples) or same) == (1, True)
