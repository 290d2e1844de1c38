"""What a channel pays stands in the hub as the rules say, to the cent, and goes when its rule does.

Planner and judge play together against the model hub, as in `test_acknowledgement`: a table that is
sent without its id may come twice, and one that nobody remembers stays for ever.
"""

import dataclasses
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hub_equality import assert_equals_store
from hypothesis import given
from hypothesis import strategies as st
from model_hub import ModelHub, Vices, kinds, one_pass, settle, unsent, wanting
from store_products import a_family, a_shirt, a_size, drafted, ml_and_shopee, priced, products
from store_products import rules as any_rules

from ponte.domain.acknowledgement import acknowledge
from ponte.domain.catalogue import StoreProduct
from ponte.domain.families import (
    FamilyDraft,
)
from ponte.domain.planner import CallKind, FamilyState, HubCall, plan_call
from ponte.domain.price_tables import NoTable
from ponte.domain.rules import MerchantRules, remember_dropped
from ponte.hub.wire_echo import read_echo
from ponte.hub.wire_values import encode_body

# As in `test_acknowledgement`.
ENOUGH = 4
TWO = ml_and_shopee()
NONE = remember_dropped(TWO, MerchantRules())
VICES = st.builds(
    Vices,
    replaces_variations=st.booleans(),
    answers=st.sampled_from(["full", "empty", "offers"]),
    tables_by_id_only=st.booleans(),
)
FOREIGN = {"id": "f" * 24, "code": "deles", "label": "Deles", "action": "overwrite", "price": 1}


def settled(hub: ModelHub, draft: FamilyDraft, before: FamilyState | None = None) -> FamilyState:
    """The row once nothing of the draft is open."""
    state = settle(hub, wanting(draft, before), draft, passes=ENOUGH)
    hub.calls.clear()
    return state


def tables_in(hub: ModelHub, sku: str = "CAM-1") -> dict[str, dict[str, Any]]:
    """The product's tables by their code."""
    return {table["code"]: table for table in hub.products[sku]["price_table"]}


def body_of(call: HubCall) -> dict[str, Any]:
    """What the call sends."""
    body: dict[str, Any] = json.loads(call.body, parse_float=Decimal)
    return body


# What is sent.


def test_a_rule_is_one_call_that_says_nothing_else() -> None:
    hub = ModelHub()
    acked = settled(hub, drafted(a_family(P=1, M=2)))
    draft = priced(a_family(P=1, M=2), TWO)
    settle(hub, wanting(draft, acked), draft, passes=1)
    (call,) = hub.calls
    assert (call.kind, call.sku, list(body_of(call))) == (CallKind.PRICE, "CAM-1", ["price_table"])
    assert_equals_store(hub, draft)


def test_tables_travel_with_the_price_that_changed() -> None:
    hub = ModelHub()
    acked = settled(hub, priced(a_shirt(), TWO))
    ids = {code: table["id"] for code, table in tables_in(hub).items()}
    draft = priced(a_shirt(price=Decimal("100.00")), TWO)
    state = settle(hub, wanting(draft, acked), draft, passes=1)
    (call,) = hub.calls
    assert (call.kind, set(body_of(call))) == (
        CallKind.PRICE, {"price", "special_price", "price_table"}
    )  # fmt: skip
    assert tables_in(hub)["ml"]["price"] == Decimal("112.50")
    assert {code: table["id"] for code, table in tables_in(hub).items()} == ids
    assert plan_call(state) is None


def test_stock_alone_says_nothing_of_tables() -> None:
    hub = ModelHub()
    acked = settled(hub, priced(a_shirt(stock=5), TWO))
    draft = priced(a_shirt(stock=4), TWO)
    settle(hub, wanting(draft, acked), draft, passes=1)
    assert kinds(hub) == [CallKind.STOCK]
    assert hub.calls[0].quantity == 4


def test_a_stock_and_a_rule_that_change_are_one_call() -> None:
    hub = ModelHub()
    acked = settled(hub, drafted(a_family(P=1, M=2)))
    draft = priced(a_family(P=1, M=3), TWO)
    settle(hub, wanting(draft, acked), draft, passes=1)
    assert kinds(hub) == [CallKind.OFFERS]
    assert_equals_store(hub, draft)


def test_a_table_that_may_be_there_without_our_knowing_is_named_by_its_code() -> None:
    hub = ModelHub()
    acked = settled(hub, drafted(a_shirt()))
    call = plan_call(wanting(priced(a_shirt(), NONE), acked))
    assert isinstance(call, HubCall)
    assert body_of(call) == {
        "price_table": [{"code": "ml", "remove": True}, {"code": "shopee", "remove": True}]
    }
    # Of a product that is new to us nothing is taken away before it is seen.
    first = plan_call(unsent(priced(a_shirt(), NONE)))
    assert isinstance(first, HubCall)
    assert "price_table" not in body_of(first)


def test_percentages_need_no_call_when_the_prices_change() -> None:
    def product(dear: str) -> StoreProduct:
        return a_shirt(variations=(a_size("P", 1), a_size("G", 1, price=Decimal(dear))))

    hub = ModelHub()
    acked = settled(hub, priced(product("59.90"), TWO))
    draft = priced(product("69.90"), TWO)
    settle(hub, wanting(draft, acked), draft, passes=1)
    (call,) = hub.calls
    assert list(body_of(call)) == ["variations"]
    # Of one price again, they are amounts again.
    equal = priced(product("49.90"), TWO)
    settle(hub, wanting(equal, acked), equal, passes=2)
    assert_equals_store(hub, equal)
    assert tables_in(hub)["ml"]["percentage"] is None


# What arrives, whatever the hub is like.


@given(products(), products(), any_rules(), any_rules(), VICES)
def test_any_change_of_rules_and_prices_arrives(
    before: StoreProduct,
    after: StoreProduct,
    old: MerchantRules,
    new: MerchantRules,
    vices: Vices,
) -> None:
    hub = ModelHub(vices)
    acked = settled(hub, priced(before, old))
    hub.products["P"]["price_table"].append(dict(FOREIGN))
    draft = priced(after, remember_dropped(old, new))
    state = settle(hub, wanting(draft, acked), draft, passes=ENOUGH)
    assert_equals_store(hub, draft)
    assert FOREIGN in hub.products["P"]["price_table"]
    assert state.acked_tables == draft.tables
    if vices == Vices():
        assert len(hub.calls) <= 1
    hub.calls.clear()
    assert plan_call(wanting(draft, state)) is None


@given(products(), any_rules(), any_rules(), st.integers(0, 2), VICES)
def test_a_table_whose_answer_was_lost_is_taken_away_all_the_same(
    product: StoreProduct, old: MerchantRules, new: MerchantRules, lost: int, vices: Vices
) -> None:
    hub = ModelHub(vices)
    before = settled(hub, drafted(product))
    set_by_nobody = priced(product, old)
    for _ in range(lost):
        one_pass(hub, wanting(set_by_nobody, before), set_by_nobody)
    draft = priced(product, remember_dropped(old, new))
    settle(hub, wanting(draft, before), draft, passes=ENOUGH)
    assert_equals_store(hub, draft)


@given(products(), any_rules(), any_rules(), VICES)
def test_tables_of_an_earlier_installation_are_taken_over(
    product: StoreProduct, old: MerchantRules, new: MerchantRules, vices: Vices
) -> None:
    hub = ModelHub()
    settled(hub, priced(product, old))
    hub.vices = vices
    # Nothing is known of that one, but of the rules.
    draft = priced(product, remember_dropped(old, new))
    settle(hub, unsent(draft), draft, passes=ENOUGH)
    assert_equals_store(hub, draft)


@given(products(), any_rules())
def test_a_hub_that_null_does_not_clear_shows_the_price_itself(
    product: StoreProduct, rules: MerchantRules
) -> None:
    hub = ModelHub(Vices(ignores_null=True))
    plain = msgspec.structs.replace(product, variations=())
    acked = settled(hub, priced(plain, rules))
    ended = priced(msgspec.structs.replace(plain, special_price=None), rules)
    state = settle(hub, wanting(ended, acked), ended, passes=ENOUGH)
    assert state.acked_tables == ended.tables


def test_two_of_one_code_become_one() -> None:
    hub = ModelHub(Vices(tables_by_id_only=True))
    acked = settled(hub, priced(a_shirt(), TWO))
    hub.products["CAM-1"]["price_table"].append(tables_in(hub)["ml"] | {"id": "a" * 24})
    draft = priced(a_shirt(price=Decimal("50.00")), TWO)
    settle(hub, wanting(draft, acked), draft, passes=ENOUGH)
    assert_equals_store(hub, draft)


EDITS: list[dict[str, Any]] = [
    {"price": Decimal("1.00")},
    {"special_price": Decimal("1.00")},
    {"action": "increase", "percentage": Decimal(5)},
    {"label": "Outro"},
    {"maximum_price": Decimal("5.00")},
    {"minimum_price": Decimal("99.00")},
]


@pytest.mark.parametrize("edit", EDITS)
def test_what_somebody_edits_in_a_table_of_ours_is_seen_and_overwritten(
    edit: dict[str, Any],
) -> None:
    hub = ModelHub()
    acked = settled(hub, priced(a_shirt(stock=5), TWO))
    tables_in(hub)["ml"].update(edit)
    draft = priced(a_shirt(stock=4), TWO)
    # The answer to a call about something else shows it.
    state = one_pass(hub, wanting(draft, acked), draft)
    assert state is not None
    assert [table.code for table in state.acked_tables] == ["shopee"]
    assert state.attempts == 0
    settle(hub, state, draft, passes=1)
    assert_equals_store(hub, draft)


def test_a_table_that_somebody_deleted_is_made_again() -> None:
    hub = ModelHub()
    acked = settled(hub, priced(a_shirt(stock=5), TWO))
    hub.products["CAM-1"]["price_table"].clear()
    draft = priced(a_shirt(stock=4), TWO)
    settle(hub, wanting(draft, acked), draft, passes=2)
    assert_equals_store(hub, draft)


def test_a_code_that_was_given_up_is_anybodys() -> None:
    hub = ModelHub()
    acked = settled(hub, priced(a_shirt(stock=5), TWO))
    dropped = settled(hub, priced(a_shirt(stock=5), NONE), acked)
    assert tables_in(hub) == {}
    hub.products["CAM-1"]["price_table"].append({**FOREIGN, "code": "ml"})
    for product in (a_shirt(stock=4), a_shirt(price=Decimal(9)), a_shirt(name="Outro")):
        dropped = settled(hub, priced(product, NONE), dropped)
    assert list(tables_in(hub)) == ["ml"]


def test_a_table_that_the_hub_never_takes_becomes_a_pendencia() -> None:
    hub = ModelHub(Vices(deaf_to=frozenset({"price_table"})))
    draft = priced(a_shirt(), TWO)
    call = plan_call(unsent(draft))
    assert isinstance(call, HubCall)
    answer = hub.put(call)
    assert answer is not None
    acked = acknowledge(unsent(draft), call, answer)
    assert acked.not_taken == ("price table ml", "price table shopee")
    hub.calls.clear()
    state = settle(hub, unsent(draft), draft, passes=ENOUGH)
    assert state.price_blocked
    assert len(hub.calls) == 3
    # What else there is of it goes on.
    assert state.acked_price == draft.price
    hub.calls.clear()
    more = msgspec.structs.replace(state, stock={"CAM-1": 9}, attempts=0)
    settle(hub, more, draft, passes=1)
    assert kinds(hub) == [CallKind.STOCK]


@given(
    products(), any_rules(), any_rules(), st.booleans(), st.booleans(),
    st.sets(st.sampled_from(["price_table", "price", "name"])), VICES,
)  # fmt: skip
def test_what_the_hub_never_takes_is_not_sent_for_ever(
    product: StoreProduct,
    old: MerchantRules,
    new: MerchantRules,
    keeps_members: bool,
    ignores_null: bool,
    deaf_to: set[str],
    vices: Vices,
) -> None:
    hub = ModelHub()
    acked = settled(hub, priced(product, old))
    hub.vices = dataclasses.replace(
        vices,
        deaf_to=frozenset(deaf_to),
        keeps_members=keeps_members,
        ignores_null=ignores_null,
    )
    draft = priced(product, remember_dropped(old, new))
    settle(hub, wanting(draft, acked), draft, passes=6)


# What an answer proves.


def test_the_short_way_sees_each_change_of_a_table() -> None:
    hub, draft = ModelHub(), priced(a_shirt(), TWO)
    call = plan_call(unsent(draft))
    assert isinstance(call, HubCall)
    assert call.hoped is not None
    hub.put(call)
    echoed = read_echo(hub.answered, call.hoped, call.hoped_tables)
    assert echoed is not None
    assert [table.code for table in echoed.our_tables] == ["ml", "shopee"]
    product = hub.products["CAM-1"]
    for edit in EDITS:
        edited = product | {"price_table": [tables_in(hub)["ml"] | edit, tables_in(hub)["shopee"]]}
        shown = encode_body({"Product": edited})
        assert read_echo(shown, call.hoped, call.hoped_tables) is None, edit
    for odd in ([], None, "x", [None], [{"code": 5}]):
        shown = encode_body({"Product": product | {"price_table": odd}})
        assert read_echo(shown, call.hoped, call.hoped_tables) is None, odd
    without = {name: value for name, value in product.items() if name != "price_table"}
    shown = encode_body({"Product": without})
    assert read_echo(shown, call.hoped, call.hoped_tables) is None


def test_a_table_that_goes_is_named_by_its_id_once_that_is_known() -> None:
    hub = ModelHub()
    acked = settled(hub, priced(a_shirt(), TWO))
    draft = priced(a_shirt(), NONE)
    assert draft.tables == (NoTable("ml"), NoTable("shopee"))
    ids = sorted(table["id"] for table in tables_in(hub).values())
    call = plan_call(wanting(draft, acked))
    assert isinstance(call, HubCall)
    assert sorted(body_of(call)["price_table"], key=lambda each: str(each["id"])) == [
        {"id": each, "remove": True} for each in ids
    ]
    settle(hub, wanting(draft, acked), draft, passes=1)
    assert tables_in(hub) == {}
