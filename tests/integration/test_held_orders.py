"""Orders that cannot enter: a pendência with its reason, said once, holding nobody up.

They enter when a person asks after correcting the cause, and by themselves where Ponte can see that
the cause is gone.
"""

from typing import Any

import pytest
from agreement import assert_catalogue_agrees, assert_orders_agree
from bridge import Merchant
from hub_process import wait_until

# What is wrong with an order, and the pendência it becomes.
DEFECTS: dict[str, dict[str, Any]] = {
    "unknown_sku": {
        "items": [{"sku": "NOVO-1", "quantity": 1, "price": "100.00", "total": "100.00"}]
    },
    "invalid_document": {"payer_cpf": "11111111111"},
    "total_mismatch": {"total": "200.00"},
    # The shop does not sell what it does not have.
    "store_refused_order": {
        "items": [{"sku": "CAM-1", "quantity": 500, "price": "0.20", "total": "100.00"}]
    },
}


@pytest.fixture
def held(merchant: Merchant) -> dict[str, str]:
    """A held order of each defect, by its code; a good one of the same moment has entered."""
    merchant.add("CAM-1", stock=100)
    merchant.wish("PUT", "settings", {"backorders": False})
    merchant.wait_until_quiet()
    placed = {code: merchant.order("CAM-1", **defect) for code, defect in DEFECTS.items()}
    good = merchant.order("CAM-1")
    merchant.wait_until_quiet()
    assert [order["hub_order_id"] for order in merchant.store_orders()] == [good]
    return placed


def entered(merchant: Merchant) -> set[str]:
    """The hub's orders that are in the store."""
    return {order["hub_order_id"] for order in merchant.store_orders()}


def messages(merchant: Merchant, order_id: str) -> list[str]:
    """What the hub's panel shows as the order's corrections."""
    logged = merchant.api.get_order(order_id).get("log_history") or []
    return [entry["message"] for entry in logged]


def test_each_reason_is_said_once_in_the_hub_and_shown_with_advice(
    merchant: Merchant, held: dict[str, str]
) -> None:
    assert merchant.held() == set(held.values())
    listed = merchant.listed("--problems")
    for code, order_id in held.items():
        (problem,) = listed[order_id]["problems"]
        assert problem["code"] == code
        assert problem["advice"]
        (message,) = messages(merchant, order_id)
        # The store's own words follow in brackets, and change with its stock.
        assert problem["advice"].partition(" [")[0] in message
    assert "NOVO-1" in messages(merchant, held["unknown_sku"])[0]
    # However often it is tried again.
    for _ in range(2):
        retried = merchant.bridge.ponte.json("orders", "retry", str(merchant.connection), "--all")
        assert set(retried["orders"]) == set(held.values())
        merchant.wait_until_quiet()
    for order_id in held.values():
        assert len(messages(merchant, order_id)) == 1
    assert merchant.held() == set(held.values())


def test_no_buyer_is_named_in_what_is_said(merchant: Merchant, held: dict[str, str]) -> None:
    said = " ".join(messages(merchant, held["invalid_document"]))
    assert "11111111111" not in said
    assert "Comprador" not in said
    for _, _, _, detail, _ in merchant.troubles():
        assert "11111111111" not in detail


def test_a_corrected_order_enters_on_retry(merchant: Merchant, held: dict[str, str]) -> None:
    order_id = held["total_mismatch"]
    ponte, number = merchant.bridge.ponte, str(merchant.connection)
    ponte.json("orders", "retry", number, order_id)
    merchant.wait_until_quiet()
    assert order_id not in entered(merchant)
    # The merchant accepts what the channel charges too much.
    merchant.api.put_order(order_id, discount="-84.10", total="31.80")
    ponte.json("orders", "retry", number, order_id)
    wait_until(lambda: order_id in entered(merchant))
    assert merchant.store_order(order_id)["totals"]["total"] == "31.80"
    merchant.wait_until_quiet()
    assert_orders_agree(merchant, held=merchant.held())


def test_a_wider_tolerance_lets_an_order_in(merchant: Merchant, held: dict[str, str]) -> None:
    ponte, number = merchant.bridge.ponte, str(merchant.connection)
    ponte.json("rules", number, "--order-tolerance", "84.10")
    ponte.json("orders", "retry", number, held["total_mismatch"])
    wait_until(lambda: held["total_mismatch"] in entered(merchant))
    merchant.wait_until_quiet()
    assert_orders_agree(merchant, held=merchant.held())


def test_an_order_enters_by_itself_when_its_sku_appears(
    merchant: Merchant, held: dict[str, str]
) -> None:
    merchant.add("NOVO-1", stock=5)
    wait_until(lambda: held["unknown_sku"] in entered(merchant))
    merchant.wait_until_quiet()
    assert merchant.held() == set(held.values()) - {held["unknown_sku"]}
    assert merchant.api.get_sku("NOVO-1")["quantity"] == 4
    assert_orders_agree(merchant, held=merchant.held())
    assert_catalogue_agrees(merchant)


def test_an_order_enters_by_itself_when_the_hub_corrects_it(
    merchant: Merchant, held: dict[str, str]
) -> None:
    order_id = held["invalid_document"]
    merchant.api.put_order(order_id, payer_cpf="52998224725")
    wait_until(lambda: order_id in entered(merchant))
    merchant.wait_until_quiet()
    assert merchant.listed()[order_id]["problems"] == []
    assert_orders_agree(merchant, held=merchant.held())


def test_a_held_order_that_is_canceled_is_forgotten(
    merchant: Merchant, held: dict[str, str]
) -> None:
    for order_id in held.values():
        merchant.api.put_order(order_id, status="canceled")
    wait_until(lambda: merchant.troubles() == [])
    merchant.wait_until_quiet()
    assert_orders_agree(merchant)
