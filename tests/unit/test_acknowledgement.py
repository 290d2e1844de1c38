"""When changes stop, the hub equals the store: planner and judge together against a model hub.

Each alone can be right and the pair still wrong: a list sent without ids doubles every photo, a
difference that no answer ever closes is a call for ever. So every test here plays whole rounds and
looks at what the hub has in the end, and how many calls it took.
"""

import dataclasses
from decimal import Decimal
from typing import Any

import msgspec
from hub_equality import assert_equals_store
from hypothesis import given
from hypothesis import strategies as st
from model_hub import ModelHub, Vices, kinds, one_pass, settle, unsent, wanting
from msgspec import UNSET
from store_products import a_family, a_shirt, a_size, drafted, products

from ponte.domain.acknowledgement import acknowledge
from ponte.domain.catalogue import Photo, StoreProduct
from ponte.domain.families import RETIRED, encode_content
from ponte.domain.hub_body import Members
from ponte.domain.hub_product import HubOffer, HubProduct
from ponte.domain.planner import CallKind, FamilyState, HubCall, plan_call
from ponte.hub.wire_echo import read_echo
from ponte.hub.wire_values import encode_body

# From any state: add, see what was there already, overwrite; and one pass more for good measure.
ENOUGH = 4

CONFORMING = st.sampled_from([Vices(), Vices(answers="empty"), Vices(answers="offers")])
FLIPPED = st.builds(
    Vices,
    replaces_variations=st.booleans(),
    answers=st.sampled_from(["full", "empty", "offers"]),
    answers_variation=st.booleans(),
)


@given(products(), FLIPPED)
def test_an_empty_hub_has_the_family_after_one_call(product: StoreProduct, vices: Vices) -> None:
    draft, hub = drafted(product), ModelHub(vices)
    settle(hub, unsent(draft), draft, passes=1)
    assert kinds(hub) == [CallKind.CONTENT]
    assert_equals_store(hub, draft)


# What a hub may have done with a product instead of taking it as it was sent.
OTHERWISE: list[dict[str, Any]] = [
    {"name": "Outro"},
    {"quantity": 10**6},
    {"price": Decimal("1000.01")},
    {"special_price": Decimal("0.01")},
    {"available": 0},
    {"dimension": None},
    {"categories": [{"id": "1", "name": "Outra"}]},
    {"photos": [{"id": "1", "url": "https://img.example/9.jpg", "title": "", "order": 0}]},
    {"attributes": [{"id": "1", "code": "cor", "label": "Cor", "value": None}]},
    {"variations": [{"id": "1", "sku": "P-9", "name": None, "external": None, "ean": None}]},
]


@given(products(), st.sampled_from(OTHERWISE))
def test_an_answer_that_is_what_was_sent_is_told_by_one_comparison(
    product: StoreProduct, otherwise: dict[str, Any]
) -> None:
    draft, hub = drafted(product), ModelHub()
    call = plan_call(unsent(draft))
    assert isinstance(call, HubCall)
    assert call.hoped is not None
    hub.put(call)
    assert read_echo(hub.answered, call.hoped) is not None
    shown = hub.products[draft.sku] | otherwise
    assert read_echo(encode_body({"Product": shown}), call.hoped) is None
    failed = encode_body({"error": True, "Product": hub.products[draft.sku]})
    assert read_echo(failed, call.hoped) is None


@given(products(), FLIPPED)
def test_an_unchanged_family_costs_no_call(product: StoreProduct, vices: Vices) -> None:
    draft, hub = drafted(product), ModelHub(vices)
    acked = settle(hub, unsent(draft), draft, passes=1)
    hub.calls.clear()
    assert plan_call(wanting(drafted(product), acked)) is None


@given(products(), products(), FLIPPED)
def test_any_change_arrives(before: StoreProduct, after: StoreProduct, vices: Vices) -> None:
    hub = ModelHub(vices)
    acked = settle(hub, unsent(drafted(before)), drafted(before), passes=1)
    hub.calls.clear()
    draft = drafted(after)
    settle(hub, wanting(draft, acked), draft, passes=ENOUGH)
    assert_equals_store(hub, draft)
    if vices == Vices():
        assert len(hub.calls) <= 1


@given(st.lists(products(), min_size=1, max_size=3), products(), FLIPPED)
def test_a_hub_that_holds_anything_is_overwritten(
    others: list[StoreProduct], wanted: StoreProduct, vices: Vices
) -> None:
    # Somebody else wrote these, without ids and without us knowing (R4: the store overwrites).
    hub = ModelHub(Vices())
    for other in others:
        one_pass(hub, unsent(drafted(other)), drafted(other))
    hub.vices = vices
    hub.calls.clear()
    draft = drafted(wanted)
    settle(hub, unsent(draft), draft, passes=ENOUGH)
    assert_equals_store(hub, draft)


@given(products(), products(), st.integers(0, 2), st.integers(0, 2), FLIPPED)
def test_lost_answers_leave_nothing_twice(
    before: StoreProduct, after: StoreProduct, lost_before: int, lost_after: int, vices: Vices
) -> None:
    """The call arrived, its answer did not, and the worker plans again from what it knows."""
    hub = ModelHub(vices)
    state = None
    for product, lost in ((before, lost_before), (after, lost_after)):
        draft = drafted(product)
        state = wanting(draft, state)
        for _ in range(lost):
            one_pass(hub, state, draft)
        state = settle(hub, state, draft, passes=ENOUGH)
        assert_equals_store(hub, draft)


@given(products(), products(), st.booleans())
def test_promotions_end_although_null_clears_nothing(
    before: StoreProduct, after: StoreProduct, replaces: bool
) -> None:
    hub = ModelHub(Vices(ignores_null=True, replaces_variations=replaces))
    # Only prices move: texts cannot be emptied in such a hub, which is said as a pendência.
    draft = drafted(before)
    acked = settle(hub, unsent(draft), draft, passes=ENOUGH)
    other = drafted(after).price
    ended = {sku: (other.get(sku, pair)[0], None) for sku, pair in draft.price.items()}
    moved = msgspec.structs.replace(draft, price=ended)
    settle(hub, wanting(moved, acked), moved, passes=ENOUGH)
    assert_equals_store(hub, moved)


DEAF = st.frozensets(
    st.sampled_from(
        ["quantity", "price", "special_price", "name", "ncm", "photos", "attributes", "categories",
         "variations", "dimension", "available"]
    ),
    max_size=3,
)  # fmt: skip


@given(
    products(),
    products(),
    DEAF,
    st.frozensets(st.sampled_from(["P-1", "P-2"]), max_size=1),
    st.booleans(),
    FLIPPED,
)
def test_what_the_hub_never_takes_is_not_sent_for_ever(
    before: StoreProduct,
    after: StoreProduct,
    deaf_to: frozenset[str],
    drops: frozenset[str],
    keeps_members: bool,
    vices: Vices,
) -> None:
    hub = ModelHub(Vices())
    acked = settle(hub, unsent(drafted(before)), drafted(before), passes=1)
    hub.vices = dataclasses.replace(
        vices, deaf_to=deaf_to, drops=drops, keeps_members=keeps_members
    )
    draft = drafted(after)
    # Three tries of each of stock, price and content, at worst.
    settle(hub, wanting(draft, acked), draft, passes=9)


def retired(state: FamilyState) -> FamilyState:
    """The row after the store removed the family."""
    skus = {**state.stock, **(state.acked_stock or {})}
    return msgspec.structs.replace(
        state,
        retired=True,
        stock=dict.fromkeys(skus, 0),
        price=state.acked_price or {},
        content_hash=RETIRED,
        content=None,
        attempts=0,
    )


@given(products(), products(), FLIPPED, st.booleans())
def test_a_removed_family_is_taken_off_sale(
    before: StoreProduct, after: StoreProduct, vices: Vices, known: bool
) -> None:
    hub, draft = ModelHub(vices), drafted(before)
    state = settle(hub, unsent(draft), draft, passes=1)
    hub.calls.clear()
    # Changed and removed at once, or never acknowledged (then the hub is asked first).
    row = retired(wanting(drafted(after), state if known else None))
    settle(hub, row, draft, passes=ENOUGH)
    assert hub.products["P"]["available"] == 0
    assert all(offer["quantity"] == 0 for offer in hub.offers("P").values())
    assert len(hub.calls) <= 2


def test_a_family_that_comes_back_is_on_sale_again() -> None:
    hub, draft = ModelHub(), drafted(a_family(P=3, M=4))
    state = settle(hub, unsent(draft), draft, passes=1)
    state = settle(hub, retired(state), draft, passes=1)
    settle(hub, wanting(draft, state), draft, passes=1)
    assert_equals_store(hub, draft)


def test_a_retired_variation_that_the_hub_does_not_have_is_no_pendencia() -> None:
    hub, draft = ModelHub(), drafted(a_family(P=3, M=4))
    state = settle(hub, unsent(draft), draft, passes=1)
    hub.vices = Vices(drops=frozenset({"CAM-1-M"}))
    product = hub.products["CAM-1"]
    product["variations"] = [each for each in product["variations"] if each["sku"] != "CAM-1-M"]
    state = one_pass(hub, retired(state), draft) or state
    assert state.attempts == 0
    assert plan_call(state) is None


def test_a_variation_the_store_dropped_is_taken_off_sale_by_one_call() -> None:
    for vices in (Vices(), Vices(answers_variation=True), Vices(answers="empty")):
        hub, draft = ModelHub(vices), drafted(a_family(P=3, M=4))
        state = settle(hub, unsent(draft), draft, passes=1)
        hub.calls.clear()
        # Only stock differs, as when the content was sent and its answer raced with the change.
        left = drafted(a_family(M=4))
        row = msgspec.structs.replace(
            wanting(left, state), acked_content=wanting(left, None).content_hash
        )
        settle(hub, row, left, passes=1)
        assert kinds(hub) == [CallKind.STOCK]
        assert hub.offers("CAM-1")["CAM-1-P"]["quantity"] == 0


def test_a_stale_variation_that_stays_on_sale_is_given_up_and_said() -> None:
    hub, draft = ModelHub(), drafted(a_family(P=3, M=4))
    state = settle(hub, unsent(draft), draft, passes=1)
    hub.vices = Vices(deaf_to=frozenset({"quantity"}))
    hub.calls.clear()
    left = drafted(a_family(M=4))
    state = settle(hub, wanting(left, state), left, passes=ENOUGH)
    assert state.stock_blocked


def test_a_dropped_variation_is_seen_and_sent_again_whole() -> None:
    hub, draft = ModelHub(Vices(replaces_variations=True)), drafted(a_family(P=3, M=4, G=5))
    state = settle(hub, unsent(draft), draft, passes=1)
    hub.calls.clear()
    draft = drafted(a_family(P=2, M=1, G=5))
    state = settle(hub, wanting(draft, state), draft, passes=2)
    assert kinds(hub) == [CallKind.STOCK, CallKind.CONTENT]
    assert_equals_store(hub, draft)


def test_ids_once_shown_survive_answers_that_show_no_variations() -> None:
    hub, draft = ModelHub(), drafted(a_family(P=3, M=4))
    state = settle(hub, unsent(draft), draft, passes=1)
    call = plan_call(wanting(drafted(a_shirt(name="Outra", variations=(a_size("P", 3),))), state))
    assert isinstance(call, HubCall)
    silent = HubProduct(None, HubOffer("CAM-1", fields={"name": "Camiseta"}))
    changed = msgspec.structs.replace(state, content=encode_content(draft.content))
    acked = acknowledge(changed, call, silent, read_back=True)
    assert acked.members.variations == state.members.variations


def test_content_whose_lists_are_not_shown_is_read_back() -> None:
    draft = drafted(a_shirt())
    state = unsent(draft)
    call = plan_call(state)
    assert isinstance(call, HubCall)
    offer = HubOffer(
        "CAM-1", 5, Decimal("49.90"), None, {"name": "Camiseta"}, attributes=(), photos=UNSET
    )
    acked = acknowledge(state, call, HubProduct(None, offer, True, (), ()))
    assert acked.silent


def test_a_hub_that_spells_the_sku_its_own_way_is_believed() -> None:
    draft = drafted(a_shirt())
    state = unsent(draft)
    call = plan_call(state)
    assert isinstance(call, HubCall)
    shown = HubOffer("cam-1", 5, Decimal("49.90"), None, {"name": "Camiseta"})
    acked = acknowledge(state, call, HubProduct(None, shown), read_back=True)
    assert acked.content == state.content_hash
    assert acked.stock == state.stock


def test_a_promotion_at_the_full_price_is_none() -> None:
    draft = drafted(a_shirt(special_price=Decimal("49.90")))
    hub = ModelHub()
    state = settle(hub, unsent(draft), draft, passes=1)
    hub.products["CAM-1"]["special_price"] = None
    shown = hub.read("CAM-1")
    assert shown is not None
    acked = acknowledge(state, HubCall(CallKind.PRICE, "CAM-1", b"", carries_price=True), shown)
    assert not acked.not_taken


def test_photos_change_places_without_becoming_more() -> None:
    first, second = (Photo(f"https://img.example/{n}.jpg", "", n) for n in (1, 2))
    hub, draft = ModelHub(), drafted(a_shirt(photos=(first, second)))
    state = settle(hub, unsent(draft), draft, passes=1)
    swapped = (Photo(first.url, "", 2), Photo(second.url, "", 1))
    draft = drafted(a_shirt(photos=swapped))
    settle(hub, wanting(draft, state), draft, passes=1)
    assert_equals_store(hub, draft)
    assert len(hub.products["CAM-1"]["photos"]) == 2


def test_nothing_is_acknowledged_that_the_answer_contradicts() -> None:
    draft = drafted(a_shirt(stock=5))
    state = unsent(draft)
    call = plan_call(state)
    assert isinstance(call, HubCall)
    shown = HubOffer("CAM-1", 4, Decimal("49.91"), None, {"name": "Outro"})
    acked = acknowledge(state, call, HubProduct(None, shown, True, (), ()))
    assert acked.stock == {"CAM-1": 4}
    assert acked.price == {"CAM-1": ("49.91", None)}
    assert acked.content != state.content_hash
    assert {"quantity CAM-1", "price CAM-1", "name", "categories"} <= set(acked.not_taken)
    assert acked.members == Members()


def test_a_stale_variation_is_not_believed_gone_because_nothing_is_shown_of_it() -> None:
    stale = wanting(drafted(a_shirt()), None)
    state = msgspec.structs.replace(stale, acked_stock={"CAM-1-P": 3})
    shown = HubOffer("CAM-1", 5, Decimal("49.90"), None, {"name": "Camiseta"}, (), ())
    acked = acknowledge(state, HubCall(CallKind.STOCK, "CAM-1", b"", 5), HubProduct(None, shown))
    assert acked.silent


def test_a_variation_that_a_partial_call_dropped_makes_the_content_unknown() -> None:
    hub, draft = ModelHub(Vices(replaces_variations=True)), drafted(a_family(P=3, M=4, G=5))
    state = settle(hub, unsent(draft), draft, passes=1)
    after = one_pass(hub, wanting(drafted(a_family(P=2, M=1, G=5)), state), draft)
    assert after is not None
    assert after.acked_content != state.acked_content
    assert "CAM-1-G" not in (after.acked_stock or {})


def test_a_product_that_stays_unavailable_is_not_taken() -> None:
    hub, draft = ModelHub(), drafted(a_shirt())
    state = retired(settle(hub, unsent(draft), draft, passes=1))
    state = settle(hub, state, draft, passes=1)
    hub.vices = Vices(deaf_to=frozenset({"available"}))
    after = one_pass(hub, wanting(draft, state), draft)
    assert after is not None
    assert after.attempts == 1
