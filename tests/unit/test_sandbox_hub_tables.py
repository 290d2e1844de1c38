"""Price and stock tables of a product: complete when new, found by code, and with their history."""

from itertools import pairwise
from typing import Any

import pytest

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.products.merge import MAX_MEMBERS, Merger, facets_of
from ponte_sandbox.hub.products.stock_tables import (
    HISTORY_LENGTH,
    Cause,
    note_quantities,
    quantities_of,
)
from ponte_sandbox.hub.stamps import Ids

_ID = "a" * 24
_APP = Cause("app", "client")


@pytest.fixture
def merger() -> Merger:
    return Merger(Ids())


def new(merger: Merger, **sent: Any) -> dict[str, Any]:
    return merger.merge(None, {"sku": "CAM-1", **sent}, _ID)


def test_a_new_table_has_every_field(merger: Merger) -> None:
    product = new(merger, price_table=[{"code": "ml"}], stock_table=[{"code": "cd"}])
    (prices,), (stock,) = product["price_table"], product["stock_table"]
    assert set(prices) == {
        "id", "code", "label", "action", "percentage", "price", "special_price",
        "maximum_price", "minimum_price",
    }  # fmt: skip
    assert set(stock) == {
        "id", "code", "type", "priority", "quantity", "price", "special_price", "handling_time",
        "reserved", "quantity_history", "reserved_history",
    }  # fmt: skip
    assert (stock["quantity"], stock["reserved"]) == (0, 0)


def test_nobody_writes_what_is_reserved(merger: Merger) -> None:
    wish = {"reserved": 7, "reserved_history": [1], "quantity_history": [{}]}
    product = new(
        merger, reserved=7, stock_table=[{"code": "cd", **wish}], variations=[{"sku": "V", **wish}]
    )
    assert product["reserved"] == product["variations"][0]["reserved"] == 0
    assert product["stock_table"][0]["reserved"] == 0
    assert product["stock_table"][0]["quantity_history"] == []


def test_a_code_belongs_to_one_table(merger: Merger) -> None:
    product = new(merger, price_table=[{"code": "a"}, {"code": "b"}, {"label": "no code"}])
    identifier = product["price_table"][0]["id"]
    with pytest.raises(Refusal, match="same code"):
        merger.merge(product, {"price_table": [{"id": identifier, "code": "b"}]}, _ID)


def test_a_table_goes_by_its_code_and_may_come_again(merger: Merger) -> None:
    product = new(merger, stock_table=[{"code": "a", "quantity": 5}, {"code": "b"}])
    changed = merger.merge(
        product, {"stock_table": [{"code": "a", "remove": True}, {"code": "a"}]}, _ID
    )
    assert [(one["code"], one["quantity"]) for one in changed["stock_table"]] == [
        ("b", 0),
        ("a", 0),
    ]


@pytest.mark.parametrize("name", ["categories", "photos", "attributes", "price_table"])
@pytest.mark.parametrize(
    ("wish", "stays"),
    [(True, False), (1, False), ("1", False), (False, True), ("0", True), ("false", True)],
)
def test_a_member_goes_only_when_it_is_meant(
    merger: Merger, name: str, wish: object, stays: bool
) -> None:
    product = new(merger, **{name: [{"name": "x"}]})
    identifier = product[name][0]["id"]
    changed = merger.merge(product, {name: [{"id": identifier, "remove": wish}]}, _ID)
    assert bool(changed[name]) is stays
    with pytest.raises(Refusal, match="remove"):
        merger.merge(product, {name: [{"id": identifier, "remove": "perhaps"}]}, _ID)


def test_the_photos_of_a_variation_behave_like_the_products(merger: Merger) -> None:
    photos = [{"url": "1"}, {"url": "2"}]
    product = new(merger, variations=[{"sku": "A", "photos": photos}])
    first, second = (one["id"] for one in product["variations"][0]["photos"])
    assert len({first, second, product["variations"][0]["id"]}) == 3
    assert all(len(one) == 24 and int(one, 16) for one in (first, second))
    wish = [{"id": first, "remove": True}, {"id": second, "title": "T"}, {"url": "3"}]
    changed = merger.merge(product, {"variations": [{"sku": "A", "photos": wish}]}, _ID)
    shown = changed["variations"][0]["photos"]
    assert [(one["url"], one.get("title")) for one in shown] == [("2", "T"), ("3", None)]
    with pytest.raises(Refusal, match="not the id"):
        merger.merge(
            changed, {"variations": [{"sku": "A", "photos": [{"id": first, "url": "x"}]}]}, _ID
        )


def test_a_list_does_not_grow_without_end(merger: Merger) -> None:
    product = new(merger, photos=[{"url": "x"}] * MAX_MEMBERS)
    with pytest.raises(Refusal, match="more than"):
        merger.merge(product, {"photos": [{"url": "one more"}]}, _ID)


@pytest.mark.parametrize("sent", [{}, "", 0, False, "[]", {"sku": "A"}])
def test_variations_are_a_list_or_nothing(merger: Merger, sent: object) -> None:
    with pytest.raises(Refusal, match="list of objects"):
        new(merger, variations=sent)


def test_changes_of_a_tables_quantity_are_noted_and_the_oldest_forgotten(merger: Merger) -> None:
    product = new(merger, stock_table=[{"code": "cd", "quantity": 3}, {"code": "x"}])
    note_quantities(product, {}, "t0", _APP)
    for number in range(HISTORY_LENGTH + 5):
        before = quantities_of(product)
        product = merger.merge(product, {"stock_table": [{"code": "cd", "quantity": number}]}, _ID)
        note_quantities(product, before, f"t{number + 1}", _APP)
    history = product["stock_table"][0]["quantity_history"]
    assert len(history) == HISTORY_LENGTH
    assert history[-1] == {
        "date": f"t{HISTORY_LENGTH + 5}",
        "from": HISTORY_LENGTH + 3,
        "to": HISTORY_LENGTH + 4,
        "cause": "app",
        "cause_id": "client",
    }
    assert all(later["from"] == one["to"] for one, later in pairwise(history))
    assert product["stock_table"][1]["quantity_history"] == []


def test_a_tables_stock_and_price_are_stock_and_price(merger: Merger) -> None:
    product = new(merger, stock_table=[{"code": "cd"}], price_table=[{"code": "ml"}])
    before = facets_of(product)
    after = facets_of(merger.merge(product, {"stock_table": [{"code": "cd", "quantity": 1}]}, _ID))
    assert (after.stock == before.stock, after.price == before.price) == (False, True)
    priced = facets_of(
        merger.merge(product, {"price_table": [{"code": "ml", "percentage": 5}]}, _ID)
    )
    assert (priced.stock == after.stock, priced.price == after.price) == (True, False)
