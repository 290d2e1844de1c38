"""The rules while things go wrong: calls that fail or lose their answer, lost and repeated hints,
a worker that is killed. When it is over both sides agree, and nothing happened twice.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from agreement import (
    assert_catalogue_agrees,
    assert_orders_agree,
    assert_reports_agree,
    is_on_sale,
)
from bridge import Bridge, Merchant, running_bridge
from hub_process import wait_until
from wares import make_order, make_sizes

from ponte.domain.rules import MerchantRules, ReportMode
from ponte.ledger.differences import PARTS
from ponte.sync.push import ACK_FAMILIES, SENDERS

MakeMerchant = Callable[..., Merchant]
ORDERS = 8
# Families of the export that is interrupted: it lasts long enough to be hit in the middle.
FAMILIES = 500
# What a killed worker may have sent without having noted it: the widest window of calls under way,
# a batch of answers that waits to be written, and one that is being written.
IN_FLIGHT = PARTS * (SENDERS + 2 * ACK_FAMILIES)
# Jobs of a dead worker are given to others after eight seconds.
TAKEN_OVER_WITHIN_SECONDS = 60.0


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """With a worker of as many processes as usual."""
    folder = tmp_path_factory.mktemp("weather")
    with running_bridge(folder, PONTE_WORKER_PROCESSES="") as running:
        yield running


@pytest.fixture
def weather(bridge: Bridge) -> Iterator[Callable[[dict[str, Any], dict[str, Any]], None]]:
    """Sets faults of hub and store; they end with the test."""

    def change(hub: dict[str, Any], store: dict[str, Any]) -> None:
        bridge.hub.admin("PUT", "faults", hub)
        assert bridge.store.admin("PUT", "faults", json=store).ok

    yield change
    change({}, {})


Weather = Callable[[dict[str, Any], dict[str, Any]], None]


def place(merchant: Merchant, count: int) -> list[str]:
    """Approved orders of one piece each, placed where faults do not reach."""
    orders = [make_order("CAM-1") for _ in range(count)]
    wish = {"account": merchant.account["account"], "orders": orders}
    placed: list[str] = merchant.hub.admin("POST", "marketplace/file", wish)["orders"]
    return placed


@pytest.mark.parametrize("mode", ReportMode)
@pytest.mark.parametrize(
    ("hub", "store"),
    [
        ({"error_share": 0.15, "seed": 1}, {"error_share": 0.1, "seed": 1}),
        ({"drop_after_share": 0.15, "seed": 2}, {"drop_after_share": 0.1, "seed": 2}),
        ({"garbage_share": 0.1, "drop_before_share": 0.1, "seed": 3}, {"garbage_share": 0.1}),
    ],
    ids=["errors", "lost answers", "garbage"],
)
def test_reports_survive_faults_without_a_duplicated_delivery(
    connect: MakeMerchant,
    weather: Weather,
    mode: ReportMode,
    hub: dict[str, Any],
    store: dict[str, Any],
) -> None:
    merchant = connect(MerchantRules(report_mode=mode))
    merchant.add("CAM-1", stock=100)
    merchant.wait_until_quiet()
    weather(hub, store)
    placed = place(merchant, ORDERS)
    merchant.wait_until_quiet()
    for position, order_id in enumerate(placed):
        steps = ("invoice", "dispatch", "deliver") if position % 2 else ("inform-delivery",)
        for step in steps:
            merchant.wish("POST", f"orders/{order_id}/{step}")
    merchant.wait_until_quiet()
    weather({}, {})
    assert_orders_agree(merchant)
    assert_reports_agree(merchant)
    assert_catalogue_agrees(merchant)
    statuses = {order["status"] for order in merchant.hub_orders().values()}
    dispatched = "shipping_informed" if mode is ReportMode.AT_ONCE else "shipped"
    assert statuses == {dispatched, "delivered"}
    assert len([order for order in merchant.store_orders() if order["invoice"]]) == ORDERS


@pytest.mark.parametrize(
    "notifications",
    [{"lost_share": 1.0}, {"repeat_share": 1.0, "delay_ms_max": 300.0}],
    ids=["lost", "repeated and late"],
)
def test_hints_may_be_lost_repeated_and_late(
    connect: MakeMerchant, weather: Weather, notifications: dict[str, float]
) -> None:
    merchant = connect()
    weather({"notifications": notifications}, {"notifications": notifications})
    merchant.add("CAM-1", stock=100)
    merchant.wait_until_quiet(polls_only=True)
    placed = [merchant.order("CAM-1") for _ in range(5)]
    merchant.wait_until_quiet(polls_only=True)
    merchant.hub.admin("DELETE", "calls")
    merchant.api.put_order(placed[0], status="canceled")
    for order_id in placed[1:]:
        merchant.wish("POST", f"orders/{order_id}/inform-delivery")
    merchant.wait_until_quiet(polls_only=True)
    assert_orders_agree(merchant)
    assert_reports_agree(merchant)
    assert_catalogue_agrees(merchant)
    assert len(merchant.store_orders()) == 5
    # The cancellation, and an invoice and a dispatch of each of the others.
    assert merchant.calls("PUT")["/orders/{id}"] == 1 + 2 * 4


@pytest.mark.parametrize("how", ["deleted", "unpublished"])
def test_a_product_that_the_store_withdraws_is_off_sale_in_the_hub(
    merchant: Merchant, how: str
) -> None:
    products = [merchant.add("CAM-1"), merchant.add("TEN", **make_sizes("TEN", "P", "M"))]
    merchant.add("FICA")
    merchant.wait_until_quiet()
    for product in products:
        path = f"products/{product['id']}"
        if how == "deleted":
            merchant.wish("DELETE", path)
        else:
            merchant.wish("PATCH", path, {"published": False})
    merchant.wait_until_quiet()
    shown = merchant.hub_products()
    for sku in ("CAM-1", "TEN"):
        if sku in shown:
            assert not is_on_sale(shown[sku])
            assert shown[sku]["available"] == 0
    assert is_on_sale(shown["FICA"])
    assert_catalogue_agrees(merchant)
    if how == "unpublished":
        for product in products:
            merchant.wish("PATCH", f"products/{product['id']}", {"published": True})
        merchant.wait_until_quiet()
        assert_catalogue_agrees(merchant)
        assert all(is_on_sale(product) for product in merchant.hub_products().values())


def test_a_worker_killed_during_an_export_repeats_only_what_was_under_way(
    bridge: Bridge, connect: MakeMerchant, weather: Weather
) -> None:
    merchant = connect()
    bridge.hub.admin("DELETE", "calls")
    weather({"latency_ms": 30.0, "only_paths": ["/skus"]}, {})
    wish = {"families": FAMILIES, "seed": 7, "defects": False}
    merchant.wish("POST", "catalogue", wish)

    def sent() -> int:
        return sum(merchant.calls("PUT").values())

    wait_until(lambda: sent() >= FAMILIES / 4)
    bridge.worker.kill()
    at_its_death = sent()
    assert at_its_death < FAMILIES, "it was killed too late to tell anything"
    bridge.worker.start()
    wait_until(lambda: sent() > at_its_death, TAKEN_OVER_WITHIN_SECONDS)
    merchant.wait_until_quiet()
    weather({}, {})
    assert_catalogue_agrees(merchant)
    published = [change for change in merchant.feed() if change["product"]["published"]]
    assert len(merchant.hub_products()) == len(published)
    assert sent() <= FAMILIES + IN_FLIGHT


def test_a_worker_killed_among_orders_loses_and_doubles_none(
    bridge: Bridge, merchant: Merchant, weather: Weather
) -> None:
    merchant.add("CAM-1", stock=100)
    merchant.wait_until_quiet()
    weather({"latency_ms": 20.0, "only_paths": ["/orders"]}, {})
    placed = place(merchant, 60)
    wait_until(lambda: len(merchant.store_orders()) >= 10)
    bridge.worker.kill()
    entered = len(merchant.store_orders())
    assert entered < len(placed), "it was killed too late to tell anything"
    for order_id in placed[:5]:
        merchant.api.put_order(order_id, status="canceled")
    bridge.worker.start()
    wait_until(lambda: len(merchant.store_orders()) > entered, TAKEN_OVER_WITHIN_SECONDS)
    merchant.wait_until_quiet()
    weather({}, {})
    assert_orders_agree(merchant)
    assert_catalogue_agrees(merchant)
