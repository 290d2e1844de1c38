"""A sale that others sent before Ponte read it stays out of the store, and the merchant is told.

Told once in the hub's panel, and as a warning in ours for as long as somebody can act on it.
"""

import pytest
from agreement import assert_orders_agree
from bridge import Bridge, Merchant

from ponte.domain.orders import FULFILLED_ELSEWHERE
from ponte.domain.problems import explain


@pytest.fixture
def sent(bridge: Bridge, merchant: Merchant) -> str:
    """An order that somebody dispatched while Ponte was away."""
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    with bridge.nobody_at_work():
        placed = merchant.order("CAM-1")
        assert merchant.api.put_order(placed, status="shipped").ok
    merchant.wait_until_quiet()
    return placed


def messages(merchant: Merchant, order_id: str) -> list[str]:
    """What the hub's panel shows as the order's corrections."""
    logged = merchant.api.get_order(order_id).get("log_history") or []
    return [entry["message"] for entry in logged]


def test_it_is_told_in_the_hub_and_shown_as_a_warning(merchant: Merchant, sent: str) -> None:
    assert merchant.store_orders() == []
    assert merchant.troubles() == [("order", sent, "fulfilled_elsewhere", "", False)]
    order = merchant.listed("--problems")[sent]
    (problem,) = order["problems"]
    assert (problem["code"], problem["advice"]) == (
        "fulfilled_elsewhere",
        explain(FULFILLED_ELSEWHERE),
    )
    assert (order["status"], order["ignored"]) == ("shipped", "fulfilled_elsewhere")
    # It is not waiting for anybody.
    assert not order["waiting"]
    (status,) = merchant.bridge.ponte.json("status", str(merchant.connection))["connections"]
    (cause,) = status["problems"]
    assert (cause["code"], cause["blocking"], cause["count"]) == ("fulfilled_elsewhere", False, 1)
    assert messages(merchant, sent) == [f"Ponte: {explain(FULFILLED_ELSEWHERE)}"]


def test_it_is_told_once_however_often_it_is_looked_at(merchant: Merchant, sent: str) -> None:
    (before,) = merchant.listed()[sent]["problems"]
    assert merchant.api.put_order(sent, delivery_type="express").ok
    merchant.wait_until_quiet()
    merchant.bridge.ponte.json("orders", "retry", str(merchant.connection), sent)
    merchant.wait_until_quiet()
    assert len(messages(merchant, sent)) == 1
    (after,) = merchant.listed()[sent]["problems"]
    assert after == before


@pytest.mark.parametrize("status", ["delivered", "canceled"])
def test_the_warning_goes_when_nothing_is_left_to_be_done(
    merchant: Merchant, sent: str, status: str
) -> None:
    assert merchant.api.put_order(sent, status=status).ok
    merchant.wait_until_quiet()
    assert merchant.troubles() == []
    assert merchant.store_orders() == []
    assert len(messages(merchant, sent)) == 1


def test_it_goes_when_the_order_enters_after_all(merchant: Merchant, sent: str) -> None:
    assert merchant.api.put_order(sent, status="approved").ok
    merchant.wait_until_quiet()
    assert merchant.troubles() == []
    assert_orders_agree(merchant)


def test_one_that_has_arrived_already_is_told_in_the_hub_only(
    bridge: Bridge, merchant: Merchant
) -> None:
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    with bridge.nobody_at_work():
        placed = merchant.order("CAM-1")
        for status in ("shipped", "delivered"):
            assert merchant.api.put_order(placed, status=status).ok
    merchant.wait_until_quiet()
    assert merchant.troubles() == []
    assert len(messages(merchant, placed)) == 1
    assert merchant.listed()[placed]["ignored"] == "fulfilled_elsewhere"


def test_a_hub_that_does_not_show_its_log_is_not_told_at_every_look(
    bridge: Bridge, merchant: Merchant
) -> None:
    with bridge.nobody_at_work():
        placed = merchant.order("CAM-1")
        assert merchant.api.put_order(placed, status="shipped").ok
        # As after an earlier look, but the hub shows nothing of what it was told then.
        bridge.read(
            "INSERT INTO hub_order (connection_id, hub_order_id, wanted_at, ignored)"
            " VALUES (%s, %s, now(), 'fulfilled_elsewhere')"
            " ON CONFLICT (connection_id, hub_order_id) DO UPDATE SET ignored = excluded.ignored",
            [merchant.connection, placed],
        )
    merchant.wait_until_quiet()
    assert merchant.listed()[placed]["status"] == "shipped"
    assert messages(merchant, placed) == []
