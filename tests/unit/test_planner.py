"""The least call that closes a difference, and nothing else: its path, its body, its facets."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from model_hub import ModelHub, kinds, settle, unsent, wanting
from store_products import a_family, a_shirt, a_size, drafted, products

from ponte.domain.catalogue import StoreProduct
from ponte.domain.planner import (
    CallKind,
    FamilyState,
    HubCall,
    NeedsContent,
    NeedsProbe,
    plan_call,
)


def planned(state: FamilyState) -> HubCall:
    """The call for a family that differs."""
    call = plan_call(state)
    assert isinstance(call, HubCall), call
    return call


def body_of(call: HubCall) -> dict[str, Any]:
    """The body; money as Decimal, as it stands on the wire."""
    body: dict[str, Any] = json.loads(call.body, parse_float=Decimal)
    return body


def acknowledged(product: StoreProduct) -> FamilyState:
    """The row of a family that the hub has."""
    draft = drafted(product)
    return settle(ModelHub(), unsent(draft), draft, passes=1)


def changed(before: StoreProduct, after: StoreProduct) -> FamilyState:
    """The row after the store changed a family that the hub has."""
    return wanting(drafted(after), acknowledged(before))


def test_a_new_family_is_one_put_that_carries_everything() -> None:
    call = planned(unsent(drafted(a_family(P=3, M=4))))
    assert (call.kind, call.sku, call.quantity) == (CallKind.CONTENT, "CAM-1", None)
    assert call.carries_stock
    assert call.carries_price
    assert call.carries_content
    body = body_of(call)
    assert (body["sku"], body["available"], body["quantity"]) == ("CAM-1", 1, 7)
    assert body["dimension"] == {"length": 20, "width": 15, "height": 2, "weight": Decimal("0.25")}
    assert body["categories"] == [{"name": "Moda > Camisetas"}]
    assert [(each["sku"], each["quantity"]) for each in body["variations"]] == [
        ("CAM-1-M", 4),
        ("CAM-1-P", 3),
    ]
    assert b'"price":49.90' in call.body


def test_one_stock_is_one_absolute_stock_call() -> None:
    call = planned(changed(a_shirt(stock=5), a_shirt(stock=4)))
    assert (call.kind, call.sku, call.quantity, call.body) == (CallKind.STOCK, "CAM-1", 4, b"")
    assert call.carries_stock
    assert not call.carries_price
    assert not call.carries_content


def test_one_variations_stock_names_the_variation() -> None:
    call = planned(changed(a_family(P=3, M=4), a_family(P=3, M=0)))
    assert (call.kind, call.sku, call.quantity) == (CallKind.STOCK, "CAM-1-M", 0)


def test_several_stocks_are_one_put_with_just_those() -> None:
    call = planned(changed(a_family(P=3, M=4, G=5), a_family(P=1, M=4, G=0)))
    assert (call.kind, call.sku, call.quantity) == (CallKind.STOCK, "CAM-1", None)
    assert body_of(call) == {
        "quantity": 5,
        "variations": [{"sku": "CAM-1-G", "quantity": 0}, {"sku": "CAM-1-P", "quantity": 1}],
    }


def test_a_price_is_sent_with_its_promotion() -> None:
    after = a_shirt(price=Decimal("59.90"), special_price=Decimal("39.9"))
    call = planned(changed(a_shirt(), after))
    assert (call.kind, call.sku) == (CallKind.PRICE, "CAM-1")
    assert body_of(call) == {"price": Decimal("59.90"), "special_price": Decimal("39.90")}
    assert b"39.90" in call.body


def test_the_end_of_a_promotion_is_said() -> None:
    call = planned(changed(a_shirt(special_price=Decimal("39.90")), a_shirt()))
    assert body_of(call) == {"price": Decimal("49.90"), "special_price": None}


def test_stock_and_price_travel_together() -> None:
    variations = (a_size("P", 2, price=Decimal("10.00")), a_size("M", 4))
    after = a_shirt(stock=7, variations=variations)
    call = planned(changed(a_family(P=3, M=4), after))
    assert call.kind is CallKind.OFFERS
    assert body_of(call) == {
        "quantity": 6,
        "variations": [
            {"sku": "CAM-1-P", "quantity": 2, "price": Decimal("10.00"), "special_price": None}
        ],
    }


def test_what_stays_keeps_its_id_and_what_goes_is_removed() -> None:
    state = changed(a_shirt(), a_shirt(categories=("Moda > Camisetas", "Promoção"), attributes=()))
    known = state.members
    body = body_of(planned(state))
    assert body["categories"] == [
        {"id": known.categories[0].id, "name": "Moda > Camisetas"},
        {"name": "Promoção"},
    ]
    assert body["attributes"] == [{"id": known.attributes[0].id, "remove": True}]
    assert body["photos"][0]["id"] == known.photos[0].id


@pytest.mark.parametrize("blocked", ["stock_blocked", "price_blocked", "content_blocked"])
def test_a_refused_facet_does_not_hold_up_the_others(blocked: str) -> None:
    after = a_shirt(stock=4, price=Decimal("1.00"), name="Outra")
    state = msgspec.structs.replace(changed(a_shirt(), after), **{blocked: True})
    call = planned(state)
    carried = {
        "stock_blocked": call.carries_stock,
        "price_blocked": call.carries_price,
        "content_blocked": call.carries_content,
    }
    assert not carried.pop(blocked)
    assert all(carried.values())


def test_a_family_the_hub_refused_is_left_alone() -> None:
    state = unsent(drafted(a_shirt()))
    assert plan_call(msgspec.structs.replace(state, content_blocked=True)) is None


def test_content_that_the_ledger_does_not_keep_is_asked_for() -> None:
    state = changed(a_shirt(), a_shirt(name="Outra"))
    assert isinstance(plan_call(msgspec.structs.replace(state, content=None)), NeedsContent)


def test_a_removed_family_of_which_nothing_is_known_is_looked_up_first() -> None:
    state = msgspec.structs.replace(unsent(drafted(a_shirt())), retired=True)
    assert isinstance(plan_call(state), NeedsProbe)


def test_a_slash_never_reaches_the_path() -> None:
    product = a_shirt(sku="CAM/1", variations=(a_size("P", 1, sku="CAM/1/P"),))
    state = acknowledged(product)
    assert state.sku == "CAM-1"
    call = planned(msgspec.structs.replace(state, stock={"CAM-1-P": 0}))
    assert call.sku == "CAM-1-P"


def test_a_simple_product_that_gets_variations_and_loses_them_again() -> None:
    hub, simple, parent = ModelHub(), drafted(a_shirt()), drafted(a_family(P=3, M=4))
    state = settle(hub, unsent(simple), simple, passes=1)
    state = settle(hub, wanting(parent, state), parent, passes=1)
    assert {sku: offer["quantity"] for sku, offer in hub.offers("CAM-1").items()} == {
        "CAM-1": 7,
        "CAM-1-P": 3,
        "CAM-1-M": 4,
    }
    settle(hub, wanting(simple, state), simple, passes=1)
    assert {sku: offer["quantity"] for sku, offer in hub.offers("CAM-1").items()} == {
        "CAM-1": 5,
        "CAM-1-P": 0,
        "CAM-1-M": 0,
    }
    assert kinds(hub) == [CallKind.CONTENT] * 3


@given(products(), products())
def test_no_call_changes_stock_relatively_or_names_a_path_that_cannot_be(
    before: StoreProduct, after: StoreProduct
) -> None:
    call = plan_call(changed(before, after))
    if isinstance(call, HubCall):
        assert "/" not in call.sku
        assert call.quantity is None or call.quantity >= 0
        assert not {b"increase", b"decrease"} & set(call.body.split(b'"'))
        assert (call.quantity is None) == bool(call.body)
