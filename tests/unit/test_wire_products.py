"""What an answer shows of a product: shown, null, and silent stay three different things."""

from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from any_json import any_json
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ponte.domain.failures import Failure
from ponte.domain.hub_product import HubMember, HubOffer, HubProduct
from ponte.http.exchange import Answer, decode_json
from ponte.hub.answers import read_json
from ponte.hub.wire_products import read_listed_products, read_product

NAMES = st.sampled_from(
    [
        *("Product", "id", "sku", "name", "quantity", "price", "special_price", "dimension"),
        *("length", "weight", "categories", "attributes", "photos", "variations", "available"),
        *("value", "code", "label", "url", "order", "warranty_time", "external", "ean"),
    ]
)
VARIATIONS = st.lists(st.dictionaries(NAMES, any_json(NAMES)), max_size=3)
PRODUCTS = st.dictionaries(NAMES, any_json(NAMES) | VARIATIONS)


@given(PRODUCTS | st.fixed_dictionaries({"Product": PRODUCTS}) | any_json(NAMES))
def test_any_answer_gives_a_typed_product(answer: object) -> None:
    product = read_product(answer, "ASKED")
    # What the types promise holds at run time too.
    msgspec.convert(msgspec.to_builtins(product), HubProduct, strict=False)
    for offer in (product.own, *(product.variations or ())):
        assert offer.sku
        assert offer.quantity is UNSET or offer.quantity is None or type(offer.quantity) is int
        assert all(value is None or type(value) is str for value in offer.fields.values())


@given(
    st.sampled_from([200, 201, 400, 404, 409, 422]),
    any_json(st.sampled_from(["error", "type", "message", "details", "Product", "code"])),
    st.booleans(),
)
def test_any_answer_is_a_value_or_a_failure_of_ours(status: int, body: object, write: bool) -> None:
    encoded = msgspec.json.encode(body, enc_hook=str)
    try:
        value = read_json("a call", Answer(status, encoded), write=write)
    except Failure:
        return
    assert status < 400
    assert isinstance(value, (dict, list))


@given(st.binary(max_size=40), st.sampled_from([200, 400, 404]), st.booleans())
def test_any_bytes_are_a_value_or_a_failure_of_ours(body: bytes, status: int, write: bool) -> None:
    with suppress(Failure):
        read_json("a call", Answer(status, body), write=write)


@given(st.lists(any_json(NAMES)))
def test_a_list_keeps_what_has_a_sku(entries: list[object]) -> None:
    assert all(product.own.sku for product in read_listed_products(entries))


def product_of(body: str) -> HubProduct:
    """The product read from JSON text."""
    return read_product(decode_json(body.encode()), "ASKED")


def test_silence_is_not_null() -> None:
    silent = product_of('{"Product": {"id": "606adfc2b2b8f8a5c0b1d2e3"}}')
    assert silent.id == "606adfc2b2b8f8a5c0b1d2e3"
    assert silent.own == HubOffer("ASKED")
    assert silent.variations is UNSET
    assert silent.available is UNSET
    null = product_of(
        '{"sku": "A", "special_price": null, "quantity": null, "ean": "", "brand": []}'
    )
    assert null.own.special_price is None
    assert null.own.quantity is None
    assert null.own.fields == {"ean": None, "brand": None}


@pytest.mark.parametrize("written", ["10", '"10"', "10.0", '"10.00"', '" 10 "', '"10,00"'])
def test_equal_numbers_compare_equal_however_written(written: str) -> None:
    product = product_of(
        f'{{"sku": "A", "quantity": {written}, "price": {written}, "warranty_time": {written},'
        f' "dimension": {{"weight": {written}}}}}'
    )
    assert product.own.quantity == 10
    assert product.own.price == Decimal("10.00")
    assert product.own.fields == {
        "warranty_time": "10",
        "dimension.length": None,
        "dimension.width": None,
        "dimension.height": None,
        "dimension.weight": "10",
    }


def test_members_keep_their_ids() -> None:
    product = product_of(
        """{"sku": "A",
            "categories": [{"id": "c1", "name": "Moda > Camisetas"}, null, 7],
            "attributes": {"0": {"id": "a1", "code": "cor", "value": {"label": "Azul"}},
                           "2": {"id": "a2", "code": "tamanho", "value": "M"}},
            "photos": [{"id": 5, "url": "https://c.example/1.jpg", "order": "1"}],
            "available": "1",
            "variations": [{"sku": "A-M", "price": 1.10}, {"price": 1}, "A-P"]}"""
    )
    assert product.categories == (HubMember("c1", "Moda > Camisetas"),)
    assert product.own.attributes == (
        HubMember("a1", "cor", "Azul"),
        HubMember("a2", "tamanho", "M"),
    )
    assert product.own.photos == (HubMember("5", "https://c.example/1.jpg", "1"),)
    assert product.available is True
    assert product.variations == (HubOffer("A-M", price=Decimal("1.10")),)
