"""An audit and a push have one notion of equality, and an audit names what differs.

Whatever was done to a product in the hub: when the comparison finds nothing, a push that knew what
the hub shows would send nothing, and the other way round.
"""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_hub import ModelHub, settle, unsent, wanting
from msgspec import UNSET
from store_products import a_family, a_shirt, drafted, ml_and_shopee, priced, products, rules

from ponte.domain.acknowledgement import look
from ponte.domain.catalogue import StoreProduct
from ponte.domain.comparison import (
    LONGEST_VALUE,
    Difference,
    Field,
    compare,
    compare_off_sale,
    differing_skus,
    missing,
)
from ponte.domain.families import RETIRED, FamilyDraft, encode_content
from ponte.domain.hub_body import OfferBody, fields_of
from ponte.domain.hub_product import HubProduct
from ponte.domain.planner import FamilyState, NeedsContent, plan_call
from ponte.domain.rules import MerchantRules

PLAIN = MerchantRules()


def in_the_hub(
    product: StoreProduct, ruled: MerchantRules = PLAIN
) -> tuple[ModelHub, FamilyDraft, FamilyState]:
    """The family as the hub took it."""
    hub, draft = ModelHub(), priced(product, ruled)
    return hub, draft, settle(hub, unsent(draft), draft, passes=2)


def shown(hub: ModelHub, sku: str) -> HubProduct:
    found = hub.read(sku)
    assert found is not None
    return found


def would_send(state: FamilyState, draft: FamilyDraft, product: HubProduct) -> bool:
    """Whether a push sends anything of the family once it knows what the hub shows."""
    whole = msgspec.structs.replace(state, content=encode_content(draft.content))
    acked = look(whole, product)
    known = msgspec.structs.replace(
        whole,
        acked_stock=acked.stock,
        acked_price=acked.price,
        acked_tables=acked.tables,
        acked_content=acked.content,
        members=acked.members,
    )
    step = plan_call(known)
    assert not isinstance(step, NeedsContent)
    return step is not None


MEMBERS = st.sampled_from(
    [
        [],
        [{"id": "1", "name": "Moda", "code": "cor", "url": "https://img.example/1.jpg"}],
        [
            {"id": "1", "name": "Outra", "code": "x", "url": "https://img.example/9.jpg"},
            {"id": "2", "name": "Outra", "code": "x", "url": "https://img.example/9.jpg"},
        ],
    ]
)
EDITS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Camiseta", "Camiseta ", "Outro", None]),
        "quantity": st.integers(0, 9) | st.none(),
        "price": st.sampled_from([Decimal("1.00"), "49.90", None]),
        "special_price": st.sampled_from([None, 0, "1", Decimal("1.00"), Decimal("0.50")]),
        "available": st.sampled_from([0, 1, None]),
        "brand": st.sampled_from(["Marca", ""]),
        "cost": st.sampled_from([0, "1.0", "muito"]),
        "dimension": st.sampled_from([None, {}, {"weight": "1,5"}]),
        "categories": MEMBERS,
        "attributes": MEMBERS,
        "photos": MEMBERS,
    },
)
TABLE_EDITS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"price": Decimal("1.00")},
        {"action": "increase"},
        {"label": "Outro"},
        {"percentage": Decimal(7)},
        {"maximum_price": Decimal(9)},
        {"code": "deles"},
    ]
)
SECRET = st.sets(
    st.sampled_from(["quantity", "price", "price_table", "variations", "photos", "name"])
)


@given(products(), products(), EDITS, EDITS, SECRET, st.booleans(), rules(), TABLE_EDITS)
def test_an_audit_finds_what_a_push_would_send_and_nothing_else(
    before: StoreProduct,
    now: StoreProduct,
    edits: dict[str, Any],
    member_edits: dict[str, Any],
    secret: set[str],
    changed: bool,
    ruled: MerchantRules,
    table_edits: dict[str, Any],
) -> None:
    hub, _, acked = in_the_hub(before, ruled)
    draft = priced(now if changed else before, ruled)
    product = hub.products[draft.sku]
    for table in product["price_table"][:1]:
        table.update(table_edits)
    product.update(edits)
    for variation in product["variations"][:1]:
        variation.update(member_edits)
    for name in secret:
        product.pop(name, None)
    state = wanting(draft, acked)
    # Nobody is writing it: the ledger believes that all is sent.
    state = msgspec.structs.replace(
        state,
        acked_stock=state.stock,
        acked_price=state.price,
        acked_tables=state.tables,
        acked_content=state.content_hash,
    )
    found = compare(draft, shown(hub, draft.sku))
    assert bool(found.differences) == would_send(state, draft, shown(hub, draft.sku))


@given(products())
def test_what_a_push_has_settled_is_equal(product: StoreProduct) -> None:
    hub, draft, _ = in_the_hub(product)
    found = compare(draft, shown(hub, draft.sku))
    assert found.differences == ()
    assert not found.silent


@given(products(), EDITS)
def test_what_is_off_sale_is_judged_as_its_push_judges_it(
    product: StoreProduct, edits: dict[str, Any]
) -> None:
    hub, draft, acked = in_the_hub(product)
    hub.products[draft.sku].update(edits)
    nothing = dict.fromkeys(draft.stock, 0)
    state = msgspec.structs.replace(
        acked, retired=True, stock=nothing, content_hash=RETIRED, acked_content=RETIRED,
        acked_stock=nothing,
    )  # fmt: skip
    read = look(state, shown(hub, draft.sku))
    known = msgspec.structs.replace(state, acked_stock=read.stock, acked_content=read.content)
    found = compare_off_sale(draft.sku, draft.stock, shown(hub, draft.sku))
    assert bool(found.differences) == (plan_call(known) is not None)


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        ({"quantity": 2}, ("stock", "5", "2")),
        ({"price": "10"}, ("price", "49.90", "10.00")),
        ({"special_price": "10"}, ("special_price", "", "10.00")),
        ({"name": "Outra"}, ("name", "Camiseta", "Outra")),
        ({"ncm": None}, ("ncm", "61091000", "")),
        ({"available": 0}, ("available", "1", "0")),
        ({"categories": []}, ("category_missing", "Moda > Camisetas", "")),
        ({"photos": []}, ("photo_missing", "https://img.example/1.jpg", "")),
        ({"dimension": {"length": 20, "width": 15, "height": 2, "weight": 1}},
         ("dimension.weight", "0.25", "1")),
        ({"attributes": [{"id": "1", "code": "cor", "value": {"label": "Verde"}}]},
         ("attribute", "cor: Azul", "cor: Verde")),
        ({"variations": [{"sku": "X", "quantity": 3}]}, ("variation_extra", "", "3")),
    ],
)  # fmt: skip
def test_each_field_is_named_with_both_values(
    edit: dict[str, Any], difference: tuple[str, str, str]
) -> None:
    hub, draft, _ = in_the_hub(a_shirt())
    hub.products["CAM-1"].update(edit)
    (found,) = compare(draft, shown(hub, "CAM-1")).differences
    assert (found.field, found.store_value, found.hub_value) == difference


def test_a_channels_price_is_told_as_it_is_and_as_it_should_be() -> None:
    hub, draft, _ = in_the_hub(a_shirt(), ml_and_shopee())
    tables = hub.products["CAM-1"]["price_table"]
    tables[0].update(price=Decimal("1.00"), maximum_price=Decimal("9.00"))
    del tables[1]
    found = compare(draft, shown(hub, "CAM-1"))
    assert found.differences == (
        Difference("CAM-1", Field.PRICE_TABLE, "ml (Ml): 56.14", "ml (Ml): 1.00 / ≤ 9.00"),
        Difference("CAM-1", Field.PRICE_TABLE, "shopee (Shopee): 44.91", ""),
    )


def test_a_photo_that_stands_there_twice_is_one_too_many() -> None:
    hub, draft, _ = in_the_hub(a_shirt())
    hub.products["CAM-1"]["photos"] *= 2
    (found,) = compare(draft, shown(hub, "CAM-1")).differences
    assert found == Difference("CAM-1", Field.PHOTO_EXTRA, "", "https://img.example/1.jpg")


def test_a_variation_that_is_missing_is_one_sku_and_a_name_is_all_of_them() -> None:
    hub, draft, _ = in_the_hub(a_family(P=1, M=2, G=3))
    product = hub.products["CAM-1"]
    product["variations"] = product["variations"][1:]
    found = compare(draft, shown(hub, "CAM-1"))
    assert [each.field for each in found.differences] == [Field.VARIATION_MISSING]
    assert differing_skus("CAM-1", draft.stock, found) == 1
    product["name"] = "Outra"
    assert differing_skus("CAM-1", draft.stock, compare(draft, shown(hub, "CAM-1"))) == 3
    assert differing_skus("CAM-1", draft.stock, missing(draft)) == 3


def test_what_is_not_shown_asks_for_a_fuller_look() -> None:
    hub, draft, _ = in_the_hub(a_family(P=1, M=2))
    found = compare(draft, msgspec.structs.replace(shown(hub, "CAM-1"), variations=UNSET))
    assert found.silent
    assert found.differences == ()


def test_long_texts_are_shown_where_they_begin_to_differ() -> None:
    hub, draft, _ = in_the_hub(a_shirt(description="a" * 5000))
    hub.products["CAM-1"]["description"] = "a" * 4000 + "b" * 900
    (found,) = compare(draft, shown(hub, "CAM-1")).differences
    assert found.store_value.startswith("…a")
    assert "ab" in found.hub_value
    assert len(found.hub_value) <= LONGEST_VALUE + 2


def test_every_field_of_a_body_has_a_name_for_people() -> None:
    content = drafted(a_family(P=1)).content
    bodies: list[OfferBody] = [content, *content.variations]
    assert {Field(name) for body in bodies for name in fields_of(body)}
