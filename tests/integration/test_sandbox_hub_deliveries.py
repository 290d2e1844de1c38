"""Deliveries split over shipments, histories that miss nothing, and tags that cannot lie."""

from collections.abc import Iterator
from typing import Any

import pytest
from hub_process import HubApi, HubProcess, running_hub

from ponte_sandbox.hub.orders.access_key import check_digit

_KEY_43 = "3526111234567800019555001000000001112345678"
_KEY = f"{_KEY_43}{check_digit(_KEY_43)}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        yield process


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def family_order(api: HubApi) -> str:
    """Two of CAM-P, one of CAM-M, and three of a simple product."""
    items = [
        {"sku": "CAM", "quantity": "2", "variation": {"sku": "CAM-P"}},
        {"sku": "CAM", "quantity": 1, "variation": {"sku": "CAM-M"}},
        {"sku": "CANECA", "quantity": 3},
    ]
    identifier: str = api.post_order(items=items, status="approved")["id"]
    return identifier


def shipment(**items: int) -> dict[str, Any]:
    lines = [{"sku": sku.replace("_", "-"), "quantity": many} for sku, many in items.items()]
    return {"status": "shipped", "shipping_items": lines}


def refusal(api: HubApi, order: str, *shipments: dict[str, Any]) -> str:
    answer = api.put_order(order, shipments=list(shipments))
    assert (answer.status_code, answer.json()["type"]) == (400, "validation"), answer.text
    details: str = answer.json()["details"]
    return details


def test_an_order_is_sent_in_several_deliveries(api: HubApi) -> None:
    order = family_order(api)
    first = api.put_order(order, shipments=[shipment(CAM_P=1, CANECA=2), shipment(CAM_M=1)])
    assert first.status_code == 200, first.text
    last = api.put_order(order, status="shipped", shipments=[shipment(CAM_P=1, CANECA=1)])
    shown = last.json()["Order"]["shipments"]
    assert [one["shipping_items"][0]["sku"] for one in shown] == ["CAM-P", "CAM-M", "CAM-P"]
    arrived = {"id": shown[1]["id"], "status": "delivered", "date_delivered": "9999-12-31"}
    changed = api.put_order(order, shipments=[arrived]).json()["Order"]["shipments"]
    assert [one["status"] for one in changed] == ["shipped", "delivered", "shipped"]
    assert changed[1]["shipping_items"] == shown[1]["shipping_items"]


def test_no_more_is_sent_than_was_ordered(api: HubApi) -> None:
    order = family_order(api)
    assert "no item 'VASO'" in refusal(api, order, shipment(VASO=1))
    assert "more of 'CANECA'" in refusal(api, order, shipment(CANECA=4))
    assert "more of 'CANECA'" in refusal(api, order, shipment(CANECA=2), shipment(CANECA=2))
    kept = api.put_order(order, shipments=[shipment(CAM_P=2)]).json()["Order"]["shipments"][0]
    # By the parent's SKU there is one left of the three.
    assert "more of 'CAM'" in refusal(api, order, shipment(CAM=2))
    assert api.put_order(order, shipments=[shipment(CAM=1)]).status_code == 200
    assert "more of 'CAM-M'" in refusal(api, order, shipment(CAM_M=1))
    # The same delivery with its id says nothing new; without, it would be sent again.
    again = {**kept, "status": "delivered"}
    assert api.put_order(order, shipments=[again]).status_code == 200
    assert "more of 'CAM-P'" in refusal(api, order, shipment(CAM_P=2))
    assert len(api.get_order(order)["shipments"]) == 2


@pytest.mark.parametrize(
    "lines",
    [
        {},
        "CANECA",
        ["CANECA"],
        [{}],
        [{"sku": "CANECA"}],
        [{"quantity": 1}],
        [{"sku": "CANECA", "quantity": 0}],
        [{"sku": "CANECA", "quantity": -1}],
        [{"sku": "CANECA", "quantity": 0.5}],
        [{"sku": {"a": 1}, "quantity": 1}],
        [{"sku": "x" * 10_000, "quantity": 1}],
    ],
)
def test_what_is_in_a_delivery_is_checked(api: HubApi, lines: object) -> None:
    assert refusal(api, family_order(api), {"shipping_items": lines})


def test_what_was_sent_cannot_be_taken_out_of_the_order(api: HubApi) -> None:
    order = family_order(api)
    api.put_order(order, shipments=[shipment(CANECA=3)])
    for items in ([{"sku": "CANECA", "quantity": 2}], [{"sku": "OUTRO", "quantity": 3}]):
        assert api.put_order(order, items=items).status_code == 400
    assert len(api.get_order(order)["items"]) == 3


def test_an_order_does_not_have_deliveries_without_end(api: HubApi) -> None:
    order = family_order(api)
    assert "at most" in refusal(api, order, *([{"track_code": "x"}] * 1000))


def test_tags_follow_the_facts_whatever_is_claimed(api: HubApi) -> None:
    lie = {"has_invoice_key": True, "has_track": True, "has_label": True}
    order = api.post_order(status="approved", tags={**lie, "gift": "yes"})
    none = {"has_invoice_key": False, "has_track": False, "has_label": False}
    assert order["tags"] == {**none, "gift": "yes"}
    refused = api.put_order(order["id"], tags=lie)
    assert refused.json()["details"] == "Changes not found in the order"
    invoiced = api.put_order(order["id"], status="invoiced", shipments=[{"nfe_key": _KEY}])
    one = invoiced.json()["Order"]["shipments"][0]["id"]
    assert invoiced.json()["Order"]["tags"] == {**none, "has_invoice_key": True, "gift": "yes"}
    tracked = api.put_order(
        order["id"],
        shipments=[{"id": one, "track_code": "BR1", "nfe_key": None}],
        tags={"has_track": False, "has_invoice_key": True, "gift": None},
    )
    assert tracked.json()["Order"]["tags"] == {**none, "has_track": True, "gift": None}


def test_both_histories_note_every_change_and_nothing_else(api: HubApi) -> None:
    order = api.post_order(status="pending", sub_status="boleto", status_history=[{"status": "x"}])
    steps: tuple[dict[str, Any], ...] = (
        {"status": "approved"},
        {"sub_status": "paid"},
        {"external": "7"},
        {"status": "invoiced", "sub_status": "waiting"},
        {"status": "approved"},
        {"sub_status": None, "status_history": [], "substatus_history": [{}]},
    )
    for step in steps:
        assert api.put_order(order["id"], **step).status_code == 200
    for step in ({"status": "approved"}, {"sub_status": None}, {"substatus_history": []}):
        assert api.put_order(order["id"], **step).status_code == 400
    shown = api.get_order(order["id"])
    assert [one["status"] for one in shown["status_history"]] == [
        "pending", "approved", "invoiced", "approved",
    ]  # fmt: skip
    assert [one["sub_status"] for one in shown["substatus_history"]] == [
        "boleto", "paid", "waiting", None,
    ]  # fmt: skip
    for history in ("status_history", "substatus_history"):
        dates = [one["date"] for one in shown[history]]
        assert dates == sorted(set(dates))
        assert dates[0] == order["created"]


def test_nobody_rewrites_whose_order_it_is(api: HubApi) -> None:
    order = api.post_order()
    wish = {"user_client_id": 1, "user_id": 1, "id": "x", "order_id": 1, "created": ""}
    answer = api.call("PUT", f"/orders/{order['id']}", wish)
    assert answer.json()["details"] == "Changes not found in the order"


def test_an_order_costs_what_the_price_table_it_names_says(api: HubApi) -> None:
    api.put_sku(
        "TAB",
        price="100.00",
        price_table=[
            {"code": "ml", "action": "increase", "percentage": "10", "maximum_price": 105}
        ],
        variations=[{"sku": "TAB-P", "price": "10.00"}],
    )
    items = [
        {"sku": "TAB", "quantity": 2},
        {"sku": "TAB", "quantity": 1, "variation": {"sku": "TAB-P"}},
        {"sku": "TAB", "quantity": 1, "price": 99, "total": 99},
        {"sku": "TAB", "quantity": 1, "price_code": "none"},
    ]
    order = api.post_order(items=items, price_code="ml")
    shown = [(one.get("price"), one.get("total")) for one in order["items"]]
    assert shown == [(105.0, 210.0), (11.0, 11.0), (99, 99), (None, None)]
