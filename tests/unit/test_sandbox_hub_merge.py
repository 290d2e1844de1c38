"""What a product becomes: only what is sent changes, members by id, nothing goes by omission."""

import copy
import random
from decimal import Decimal
from typing import Any

import pytest
from stdnum import ean

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.products.inspection import inspect, is_ean
from ponte_sandbox.hub.products.merge import Merger
from ponte_sandbox.hub.stamps import Ids

_ID = "a" * 24


@pytest.fixture
def merger() -> Merger:
    return Merger(Ids())


def new(merger: Merger, **sent: Any) -> dict[str, Any]:
    return merger.merge(None, {"sku": "CAM-1", **sent}, _ID)


def test_only_the_fields_sent_change(merger: Merger) -> None:
    product = new(merger, name="Camiseta", price="99.9", quantity=3, dimension={"length": 10})
    changed = merger.merge(product, {"price": 89, "dimension": {"weight": "0.25"}}, _ID)
    assert changed["name"] == "Camiseta"
    assert changed["quantity"] == 3
    assert changed["price"] == Decimal("89.00")
    assert changed["dimension"] == {"length": Decimal(10), "weight": Decimal("0.25")}


def test_numbers_are_kept_in_one_form_however_they_come(merger: Merger) -> None:
    product = new(merger, price="10.005", quantity="7", available=True, ean=789, cost="")
    assert str(product["price"]) == "10.01"
    assert (product["quantity"], product["available"]) == (7, 1)
    assert (product["ean"], product["cost"]) == ("789", None)


def test_a_member_without_its_id_is_added_again(merger: Merger) -> None:
    photo = {"url": "https://loja.example/1.jpg", "order": 1}
    product = new(merger, photos=[photo])
    twice = merger.merge(product, {"photos": [photo]}, _ID)
    assert [one["url"] for one in twice["photos"]] == [photo["url"]] * 2
    assert len({one["id"] for one in twice["photos"]}) == 2


@pytest.mark.parametrize("name", ["categories", "attributes", "photos", "price_table"])
def test_members_are_changed_and_removed_by_id_and_stay_when_left_out(
    merger: Merger, name: str
) -> None:
    field = {"photos": "title", "categories": "name"}.get(name, "label")
    product = new(merger, **{name: [{field: "one"}, {field: "two"}]})
    first, second = (member["id"] for member in product[name])

    changed = merger.merge(product, {name: [{"id": first, field: "ONE"}]}, _ID)
    assert [member[field] for member in changed[name]] == ["ONE", "two"]
    removed = merger.merge(changed, {name: [{"id": second, "remove": True}]}, _ID)
    assert [member["id"] for member in removed[name]] == [first]
    with pytest.raises(Refusal):
        merger.merge(removed, {name: [{"id": second, field: "again"}]}, _ID)


@pytest.mark.parametrize("name", ["price_table", "stock_table"])
def test_a_table_is_found_by_its_code(merger: Merger, name: str) -> None:
    product = new(merger, **{name: [{"code": "ml", "price": 10}]})
    again = merger.merge(product, {name: [{"code": "ml", "price": 12}]}, _ID)
    assert [str(member["price"]) for member in again[name]] == ["12.00"]


def test_variations_are_found_by_sku_and_keep_what_is_not_sent(merger: Merger) -> None:
    product = new(
        merger,
        variations=[
            {"sku": "CAM-1-P", "quantity": 1, "price": 5, "photos": [{"url": "u"}]},
            {"sku": "CAM-1-M", "quantity": 2},
        ],
    )
    changed = merger.merge(product, {"variations": [{"sku": "CAM-1-P", "quantity": 9}]}, _ID)
    small, medium = changed["variations"]
    assert (small["quantity"], str(small["price"]), len(small["photos"])) == (9, "5.00", 1)
    assert medium["quantity"] == 2
    gone = merger.merge(changed, {"variations": [{"sku": "CAM-1-M", "remove": True}]}, _ID)
    assert [one["sku"] for one in gone["variations"]] == ["CAM-1-P"]


def test_a_renamed_variation_keeps_its_id_and_takes_nobodys_place(merger: Merger) -> None:
    product = new(merger, variations=[{"sku": "A", "quantity": 4}, {"sku": "B"}])
    identifier = product["variations"][0]["id"]
    onto_another = {"variations": [{"id": identifier, "sku": "B"}]}
    with pytest.raises(Refusal):
        merger.merge(copy.deepcopy(product), onto_another, _ID)
    renamed = merger.merge(product, {"variations": [{"id": identifier, "sku": "C"}]}, _ID)
    found = {one["sku"]: one for one in renamed["variations"]}
    assert set(found) == {"B", "C"}
    assert (found["C"]["id"], found["C"]["quantity"]) == (identifier, 4)


def test_variations_left_out_go_when_so_assumed(merger: Merger) -> None:
    product = new(merger, variations=[{"sku": "A"}, {"sku": "B"}])
    merger.variations_merge = False
    changed = merger.merge(product, {"variations": [{"sku": "B"}, {"sku": "C"}]}, _ID)
    assert [one["sku"] for one in changed["variations"]] == ["B", "C"]


def test_null_empties_a_field_or_is_ignored_as_assumed(merger: Merger) -> None:
    product = new(merger, special_price=5, brand="X", quantity=4)
    merger.null_clears = False
    kept = merger.merge(product, {"special_price": None, "quantity": None}, _ID)
    assert (str(kept["special_price"]), kept["quantity"]) == ("5.00", 4)
    merger.null_clears = True
    emptied = merger.merge(kept, {"special_price": None, "quantity": None}, _ID)
    assert (emptied["special_price"], emptied["quantity"]) == (None, 0)


@pytest.mark.parametrize(
    "sent",
    [
        {"price": -1},
        {"price": "ten"},
        {"price": "NaN"},
        {"price": Decimal("1E+400")},
        {"price": True},
        {"quantity": "1.5"},
        {"quantity": -3},
        {"available": 2},
        {"name": ["x"]},
        {"dimension": "10x10"},
        {"photos": "x"},
        {"photos": ["x"]},
        {"price_table": [{"code": "x", "action": "double"}]},
        {"variations": [{"quantity": 1}]},
        {"variations": [{"sku": ""}]},
        {"variations": [{"sku": "x" * 10_000}]},
        {"variations": [{"sku": "a\x00b"}]},
    ],
)
def test_values_that_cannot_be_are_refused(merger: Merger, sent: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        new(merger, **sent)
    assert refused.value.status == 400


def test_a_bad_product_is_kept_and_its_bad_fields_are_named(merger: Merger) -> None:
    product = new(
        merger, name="x", price=0, special_price=5, description="d" * 70_000, ean="7891000315508"
    )
    verdict = {name: one["valid"] for name, one in inspect(product).items()}
    assert verdict == {
        "name": True,
        "description": False,
        "dimensions": False,
        "real_dimension": False,
        "ean": False,
        "categories": False,
        "link": True,
        "price": False,
        "special_price": False,
        "brand": False,
    }


def test_an_ean_is_one_where_the_library_says_so() -> None:
    chance = random.Random(1)
    codes = ["".join(chance.choices("0123456789", k=chance.randint(6, 15))) for _ in range(5000)]
    codes += ["7891000315507", "", "789100031550X", "７８９１０００３１５５０７"]
    assert [is_ean(code) for code in codes] == [
        ean.is_valid(code) and code == ean.compact(code) and code.isascii() for code in codes
    ]
    assert sum(is_ean(code) for code in codes) > 100


def test_a_good_product_is_good(merger: Merger) -> None:
    product = new(
        merger,
        name="Camiseta",
        description="<p>Boa</p>",
        price="99.90",
        special_price="79.90",
        brand="Hering",
        ean="7891000315507",
        categories=[{"name": "Moda > Camisetas"}],
        dimension={"length": 20, "width": 20, "height": 5, "weight": "0.3"},
        link="https://loja.example/camiseta",
    )
    assert all(one["valid"] for one in inspect(product).values())
