"""Whether the model hub has of a family what the store has."""

from decimal import Decimal
from typing import Any

from model_hub import ModelHub

from ponte.domain.families import FamilyDraft
from ponte.domain.hub_body import NUMERIC_FIELDS, CategoryBody, OfferBody, fields_of
from ponte.domain.price_tables import NoTable, PercentTable, PriceTables


def assert_equals_store(hub: ModelHub, draft: FamilyDraft) -> None:
    """The hub has the family, all of it, each member once; and sells nothing else."""
    product = hub.products[draft.sku]
    assert product["available"] == 1
    offers = hub.offers(draft.sku)
    for sku, quantity in draft.stock.items():
        assert offers[sku]["quantity"] == quantity
    for sku, (price, special) in draft.price.items():
        assert offers[sku]["price"] == Decimal(price)
        shown = offers[sku]["special_price"]
        wanted = None if special is None else Decimal(special)
        assert shown == wanted or (wanted is None and shown == Decimal(price))
    for sku, offer in offers.items():
        if sku not in draft.price:
            assert offer["quantity"] == 0, f"{sku} is still on sale"
    assert [each["name"] for each in product["categories"]] == same_order(
        product["categories"], "name", draft.content.categories
    )
    assert_equals_tables(product["price_table"], draft.tables)
    assert_equals_offer(product, draft.content)
    for content in draft.content.variations:
        assert_equals_offer(offers[content.sku], content)


def assert_equals_tables(shown: list[dict[str, Any]], wanted: PriceTables) -> None:
    """Each table of ours once and as wanted; none that was given up."""
    by_code: dict[str, list[dict[str, Any]]] = {}
    for one in shown:
        by_code.setdefault(one["code"], []).append(one)
    for table in wanted:
        found = by_code.get(table.code, [])
        if isinstance(table, NoTable):
            assert found == [], f"{table.code} is still there"
            continue
        (one,) = found
        assert one["label"] == table.label
        assert not one["maximum_price"]
        assert not one["minimum_price"]
        if isinstance(table, PercentTable):
            sign = {"increase": 1, "decrease": -1}[one["action"]]
            assert sign * one["percentage"] == Decimal(table.percent)
            continue
        price = Decimal(table.price)
        special = None if table.special_price is None else Decimal(table.special_price)
        assert (one["action"], one["price"]) == ("overwrite", price)
        assert one["special_price"] == special or (
            special is None and one["special_price"] == price
        )


def same_order(members: list[dict[str, Any]], key: str, wanted: list[CategoryBody]) -> list[str]:
    """`wanted` in the order of `members`: the hub keeps the order in which members came."""
    order = [member[key] for member in members]
    names = [category.name for category in wanted]
    return sorted(names, key=lambda each: order.index(each) if each in order else -1)


def assert_equals_offer(offer: dict[str, Any], content: OfferBody) -> None:
    for name, text in fields_of(content).items():
        side = name.removeprefix("dimension.")
        shown = (offer.get("dimension") or {}).get(side) if side != name else offer.get(name)
        if name in NUMERIC_FIELDS:
            assert Decimal(shown or 0) == Decimal(text or 0), name
        else:
            assert (shown or None) == text, name
    attributes = {(each["code"], each["value"]["label"]) for each in offer["attributes"]}
    assert attributes == {(each.code, each.value.label) for each in content.attributes}
    assert len(offer["attributes"]) == len(content.attributes)
    assert sorted((each["order"], each["url"]) for each in offer["photos"]) == [
        (photo.order, photo.url) for photo in content.photos
    ]
