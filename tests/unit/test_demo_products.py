"""The demo's judgement of the catalogue: equal is equal, and every kind of difference is seen."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ponte.cli.demo.compare_products import ProductVerdict, compare_products
from ponte.cli.demo.shapes import FeedEntry, HubProduct

Change = Callable[[dict[str, Any]], object]


def family(**changes: object) -> dict[str, Any]:
    """A shirt with two sizes, as the store's feed shows it."""
    sizes = [
        {
            "sku": f"CAM/1-{size}", "name": f"Camisa {size}", "ean": "7891000100103",
            "price": "59.90", "special_price": "49.90", "stock": stock, "dimensions": None,
            "attributes": [
                {"code": "size", "label": "Tamanho", "value_code": size, "value": size}
            ],
            "photos": [],
        }
        for size, stock in (("P", 3), ("M", -2))
    ]  # fmt: skip
    return {
        "id": "1001", "sku": " CAM/1", "name": "Camisa", "published": True, "price": "59.90",
        "special_price": None, "stock": 1, "ean": None, "ncm": "61051000", "brand": "Sol",
        "model": "Verão", "description": "<p>Leve</p> ",
        "dimensions": {
            "length_cm": "30.0", "width_cm": "20.0", "height_cm": "5.0", "weight": "0.300"
        },
        "categories": ["Moda > Camisas"], "attributes": [],
        "photos": [
            {"url": "http://a/2.svg", "title": "Camisa", "position": 1},
            {"url": "http://a/1.svg", "title": "Camisa", "position": 0},
        ],
        "variations": sizes, **changes,
    }  # fmt: skip


def shown(**changes: object) -> dict[str, Any]:
    """The same shirt, rightly, as the hub shows it."""
    sizes = [
        {
            "sku": f"CAM-1-{size}", "name": f"Camisa {size}", "ean": "7891000100103",
            "price": 59.90, "special_price": 49.9, "quantity": stock, "dimension": None,
            "attributes": [
                {"id": "a", "code": "size", "label": "Tamanho",
                 "value": {"code": size, "label": size}}
            ],
            "photos": [],
        }
        for size, stock in (("P", 3), ("M", 0))
    ]  # fmt: skip
    return {
        "id": "f", "sku": "CAM-1", "name": "Camisa", "price": 59.9, "special_price": None,
        "quantity": 3, "ean": None, "ncm": "61051000", "brand": "Sol", "model": "Verão",
        "description": "<p>Leve</p>", "available": 1,
        "dimension": {"length": 30, "width": 20.0, "height": 5, "weight": 0.3},
        "categories": [{"id": "c", "name": "Moda > Camisas"}], "attributes": [],
        "photos": [
            {"id": "p", "url": "http://a/1.svg", "title": "Camisa", "order": 0},
            {"id": "q", "url": "http://a/2.svg", "title": "Camisa", "order": 1},
        ],
        "variations": sizes, **changes,
    }  # fmt: skip


def compare(families: list[dict[str, Any] | None], *products: dict[str, Any]) -> ProductVerdict:
    """The verdict on wire JSON; a family that is None was deleted under the SKU CAM/1."""
    entries = [
        {
            "id": str(number),
            "sku": "CAM/1" if product is None else product["sku"],
            "deleted": product is None,
            "product": product,
        }
        for number, product in enumerate(families)
    ]
    feed = msgspec.json.decode(msgspec.json.encode(entries), type=list[FeedEntry])
    hub = msgspec.json.decode(msgspec.json.encode(list(products)), type=list[HubProduct])
    return compare_products(feed, hub)


def counts(verdict: ProductVerdict) -> tuple[int, int, int, int]:
    """store, equal, different, missing."""
    return verdict.store, verdict.hub_equal, verdict.hub_different, verdict.hub_missing


def test_the_same_product_in_both_is_equal() -> None:
    verdict = compare([family()], shown())
    assert verdict.differences == ()
    assert counts(verdict) == (1, 1, 0, 0)


def first_size(**changes: object) -> Change:
    """A change of the first variation."""
    return lambda product: product["variations"][0].update(changes)


def own(**changes: object) -> Change:
    """A change of the product itself."""
    return lambda product: product.update(changes)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (own(name="Camiseta"), "name"),
        (own(brand=None), "brand"),
        (own(model="Inverno"), "model"),
        (own(ean="7891000100103"), "ean"),
        (own(ncm="61051001"), "ncm"),
        (own(description="<p>Pesada</p>"), "description"),
        (own(available=0), "available"),
        (own(available=None), "available"),
        (own(categories=[]), "categories"),
        (own(categories=[{"name": "Moda > Camisas"}] * 2), "categories"),
        (own(dimension={"length": 30, "width": 20, "height": 5, "weight": 0.31}), "dimensions"),
        (own(dimension=None), "dimensions"),
        (lambda product: product["photos"].pop(), "photos"),
        (lambda product: product["photos"].append(product["photos"][0]), "photos"),
        (lambda product: product["photos"][0].update(order=2), "photos"),
        (lambda product: product["attributes"].append({"code": "x"}), "attributes"),
        (first_size(quantity=2), "CAM-1-P stock"),
        (first_size(quantity=None), "CAM-1-P stock"),
        (first_size(price=59.91), "CAM-1-P price"),
        (first_size(price=None), "CAM-1-P price"),
        (first_size(special_price=None), "CAM-1-P special price"),
        (first_size(special_price=59.9), "CAM-1-P special price"),
        (first_size(ean="7891000100110"), "CAM-1-P ean"),
        (first_size(name="Camisa"), "CAM-1-P name"),
        (first_size(attributes=[]), "CAM-1-P attributes"),
        (first_size(photos=[{"url": "http://a/1.svg"}]), "CAM-1-P photos"),
        (lambda product: product["variations"].pop(0), "variation CAM-1-P"),
        (
            lambda product: product["variations"].append({"sku": "CAM-1-GG", "quantity": 1}),
            "quantity of CAM-1-GG, which the store no longer has",
        ),
    ],
)
def test_any_difference_is_seen_and_named(change: Change, what: str) -> None:
    product = shown()
    change(product)
    verdict = compare([family()], product)
    assert counts(verdict) == (1, 0, 1, 0)
    assert [difference.what for difference in verdict.differences] == [what]
    assert verdict.differences[0].item == "product CAM-1"
    assert verdict.differences[0].store != verdict.differences[0].hub


@pytest.mark.parametrize(
    "change",
    [
        first_size(special_price=0),
        first_size(special_price=None),
        first_size(special_price=Decimal("59.90")),
    ],
)
def test_no_promotion_may_be_shown_in_three_ways(change: Change) -> None:
    stored, product = family(), shown()
    stored["variations"][0]["special_price"] = None
    change(product)
    assert compare([stored], product).differences == ()


def test_a_left_over_variation_without_stock_is_no_difference() -> None:
    product = shown()
    product["variations"].append({"sku": "CAM-1-GG", "quantity": 0})
    assert compare([family()], product).differences == ()


def test_a_published_family_that_the_hub_lacks_is_missing() -> None:
    assert counts(compare([family()])) == (1, 0, 0, 1)


@pytest.mark.parametrize("retired", [None, family(published=False)])
def test_what_is_retired_must_be_off_sale(retired: dict[str, Any] | None) -> None:
    off = shown(available=0, quantity=0, variations=[{"sku": "CAM-1-P", "quantity": 0}])
    assert counts(compare([retired], off)) == (0, 0, 0, 0)
    assert counts(compare([retired])) == (0, 0, 0, 0)
    for wrong in (
        off | {"available": 1},
        off | {"quantity": 1},
        off | {"variations": [{"sku": "CAM-1-P", "quantity": 1}]},
    ):
        verdict = compare([retired], wrong)
        assert counts(verdict) == (1, 0, 1, 0)
        assert verdict.differences[0].item == "product CAM-1"


def test_a_product_that_was_never_the_stores_may_not_be_on_sale() -> None:
    stranger = shown(sku="OUTRO")
    assert counts(compare([family()], shown(), stranger)) == (2, 1, 1, 0)


def test_of_families_that_claim_one_sku_the_hub_must_equal_one() -> None:
    twin = family(id="1002", sku="CAM-1", name="Camisa (cópia)")
    assert counts(compare([family(), twin], shown())) == (1, 1, 0, 0)
    assert counts(compare([twin, family()], shown())) == (1, 1, 0, 0)
    assert counts(compare([family(), twin], shown(name="Camisa nova"))) == (1, 0, 1, 0)


def test_a_long_text_is_shown_from_where_it_differs() -> None:
    text = "<p>" + "x" * 70_000
    verdict = compare([family(description=text + "a")], shown(description=text + "b"))
    assert verdict.differences[0].store.endswith("xa")
    assert verdict.differences[0].hub.endswith("xb")
    assert len(verdict.differences[0].store) < 100
