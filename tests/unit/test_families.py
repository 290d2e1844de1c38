"""Equal families have equal bytes, whatever the store's spelling; a defect holds up nobody else."""

from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean
from store_products import EAN, a_family, a_shirt, a_size, colour, drafted, products, specials

from ponte.domain.catalogue import Attribute, Dimensions, Photo, StoreProduct
from ponte.domain.families import (
    FamilyDraft,
    content_hash,
    decode_content,
    decode_prices,
    decode_stock,
    draft_family,
    encode_content,
    encode_facet,
    is_ean,
    money,
    plain_number,
    without_skus,
)
from ponte.domain.hub_body import AttributeBody, PhotoBody, ValueBody
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.skus import hub_sku

WEIGHTLESS = Dimensions(Decimal(1), Decimal(1), Decimal(1), Decimal(0))


def facets(draft: FamilyDraft) -> tuple[bytes, bytes, bytes]:
    """The three facets as the ledger keeps them."""
    content = content_hash(encode_content(draft.content))
    return encode_facet(draft.stock), encode_facet(draft.price), content


def codes(product: StoreProduct) -> set[ProblemCode]:
    """What is said about a product."""
    return {warning.code for warning in drafted(product).warnings}


@given(products())
def test_facets_survive_the_ledger(product: StoreProduct) -> None:
    draft = drafted(product)
    assert decode_stock(encode_facet(draft.stock)) == draft.stock
    assert decode_prices(encode_facet(draft.price)) == draft.price
    content = decode_content(encode_content(draft.content))
    assert content == draft.content
    assert encode_content(content) == encode_content(draft.content)


@given(products(), st.randoms(use_true_random=False))
def test_the_order_of_variations_is_no_change(product: StoreProduct, random: Random) -> None:
    draft = drafted(product)
    # Of two that share a SKU the first one counts, so each comes once here.
    variations = [each for each in product.variations if hub_sku(each.sku) in draft.stock]
    variations = list({hub_sku(each.sku): each for each in reversed(variations)}.values())
    random.shuffle(variations)
    shuffled = drafted(msgspec.structs.replace(product, variations=tuple(variations)))
    assert facets(shuffled) == facets(draft)


@pytest.mark.parametrize(
    "other",
    [
        {"name": " Camiseta "},
        {"ncm": "61091000 "},
        {"price": Decimal("49.9")},
        {"price": Decimal("49.895")},
        {"special_price": Decimal(0)},
        {"special_price": Decimal("-1.00")},
        {"special_price": Decimal("0.004")},
        {"brand": "  "},
        {"sku": " CAM-1 "},
        {"categories": ("Moda > Camisetas", " Moda > Camisetas", "")},
        {"attributes": (colour("Azul "),)},
        {"attributes": (colour("Verde"), colour("Azul"))},
        {"photos": (Photo(" https://img.example/1.jpg", "frente ", 4), Photo("", "", 0))},
        {"dimensions": Dimensions(Decimal("2E+1"), Decimal(15), Decimal("2.00"), Decimal("0.25"))},
    ],
)
def test_another_spelling_is_no_change(other: dict[str, Any]) -> None:
    assert facets(drafted(a_shirt(**other))) == facets(drafted(a_shirt()))


@pytest.mark.parametrize(
    ("other", "changes"),
    [
        ({"stock": 6}, "stock"),
        ({"price": Decimal("49.91")}, "price"),
        ({"special_price": Decimal("49.89")}, "price"),
        ({"name": "Camisa"}, "content"),
        ({"ean": None}, "content"),
        ({"attributes": (colour("Verde"),)}, "content"),
        ({"photos": ()}, "content"),
        ({"warranty_months": 3}, "content"),
    ],
)
def test_a_change_moves_its_own_clock_only(other: dict[str, Any], changes: str) -> None:
    before, after = facets(drafted(a_shirt())), facets(drafted(a_shirt(**other)))
    differing = [
        facet
        for facet, old, new in zip(("stock", "price", "content"), before, after, strict=True)
        if old != new
    ]
    assert differing == [changes]


@given(st.integers(-(10**6), 10**6))
def test_stock_is_never_negative(stock: int) -> None:
    draft = drafted(a_shirt(stock=stock))
    assert draft.stock == {"CAM-1": max(0, stock)}
    assert drafted(a_family(P=stock, M=1)).stock == {"CAM-1-P": max(0, stock), "CAM-1-M": 1}


@given(st.decimals(-10, 1000, places=3), specials())
def test_prices_have_two_places_and_promotions_a_value(
    price: Decimal, special: Decimal | None
) -> None:
    written, promotion = drafted(a_shirt(price=price, special_price=special)).price["CAM-1"]
    assert not written.startswith("-")
    assert Decimal(written).as_tuple().exponent == -2
    assert abs(Decimal(written) - max(price, Decimal(0))) <= Decimal("0.005")
    assert promotion is None or Decimal(promotion) > 0


def test_no_amount_is_minus_zero() -> None:
    assert money(Decimal("-0.00")) == money(Decimal("-0.001")) == "0.00"


@given(st.decimals(-(10**6), 10**6, places=4))
def test_a_number_has_one_spelling_and_keeps_its_value(value: Decimal) -> None:
    text = plain_number(value)
    assert Decimal(text) == value
    assert plain_number(Decimal(text)) == text
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")


def test_a_slash_becomes_a_hyphen_and_the_stores_spelling_is_kept() -> None:
    draft = drafted(a_shirt(sku=" CAM/1", variations=(a_size("P", 1, sku="CAM/1/P "),)))
    assert draft.sku == "CAM-1"
    assert draft.store_skus == {"CAM-1": " CAM/1", "CAM-1-P": "CAM/1/P "}
    assert draft.content.variations[0].external == "CAM/1/P"


def test_two_skus_that_become_one_are_sent_once_and_said() -> None:
    pair = (a_size("P", 1, sku="A/1"), a_size("M", 9, sku="A-1"), a_size("G", 2))
    draft = drafted(a_shirt(variations=pair))
    assert draft.stock == {"A-1": 1, "CAM-1-G": 2}
    assert Problem(ProblemCode.DUPLICATE_SKU, "A-1") in draft.warnings


def test_a_variation_with_the_parents_sku_is_not_a_second_product() -> None:
    draft = drafted(a_shirt(stock=8, variations=(a_size("P", 3, sku="CAM-1"), a_size("M", 5))))
    assert draft.stock == {"CAM-1-M": 5}
    assert Problem(ProblemCode.DUPLICATE_SKU, "CAM-1") in draft.warnings


@pytest.mark.parametrize("sku", ["", "   "])
def test_without_a_sku_only_that_product_is_held_back(sku: str) -> None:
    assert draft_family(a_shirt(sku=sku)) == Problem(ProblemCode.NO_SKU, "Camiseta")
    draft = drafted(a_shirt(variations=(a_size("P", 3, sku=sku), a_size("M", 4))))
    assert draft.stock == {"CAM-1-M": 4}
    assert ProblemCode.NO_SKU in {warning.code for warning in draft.warnings}


@given(
    st.one_of(
        st.text("0123456789", max_size=15),
        st.text("0123456789", min_size=12, max_size=12).map(
            lambda it: it + ean.calc_check_digit(it)
        ),
        st.text(max_size=14),
    )
)
def test_an_ean_is_one_where_the_library_says_so_of_its_very_digits(code: str) -> None:
    plain = code.isascii() and ean.compact(code) == code
    assert is_ean(code) == (plain and ean.is_valid(code))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, set()),
        ({"price": Decimal(0)}, {ProblemCode.NO_PRICE}),
        ({"ean": None}, {ProblemCode.NO_EAN}),
        ({"ean": EAN[:-1] + "0"}, {ProblemCode.NO_EAN}),
        ({"dimensions": None}, {ProblemCode.NO_WEIGHT}),
        ({"dimensions": WEIGHTLESS}, {ProblemCode.NO_WEIGHT}),
        ({"categories": (" ",)}, {ProblemCode.NO_CATEGORY}),
        ({"description": "x" * 70_000}, set()),
    ],
)
def test_a_defect_is_said_and_sent_all_the_same(
    other: dict[str, Any], said: set[ProblemCode]
) -> None:
    assert codes(a_shirt(**other)) == said


def test_a_blank_field_clears_what_the_hub_has() -> None:
    content = drafted(a_shirt(brand=" ", ncm="", description="\n")).content
    assert content.brand is content.ncm is content.description is None


def test_an_attribute_without_a_code_goes_by_its_label() -> None:
    draft = drafted(
        a_shirt(attributes=(Attribute(" ", "Cor", "", "Azul"), Attribute("", "", "", "x")))
    )
    assert draft.content.attributes == [AttributeBody("Cor", "Cor", ValueBody("", "Azul"))]


def test_photos_come_in_the_gallerys_order_each_once() -> None:
    one, two = "https://img.example/1.jpg", "https://img.example/2.jpg"
    draft = drafted(a_shirt(photos=(Photo(two, "b", 2), Photo(one, "a", 1), Photo(two, "c", 3))))
    assert draft.content.photos == [PhotoBody(one, "a", 0), PhotoBody(two, "b", 1)]


def test_contested_variations_are_left_to_their_owner() -> None:
    draft = without_skus(drafted(a_family(P=3, M=4)), {"CAM-1-M"})
    sent = [variation.sku for variation in draft.content.variations]
    everywhere = (draft.stock, draft.price, draft.store_skus, sent)
    assert not any("CAM-1-M" in facet for facet in everywhere)
    assert facets(draft) == facets(drafted(a_family(P=3)))
