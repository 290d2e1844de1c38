"""The demo's judgement of orders and reports: lost, twice, unasked, wrong, untold are all seen."""

from typing import Any

import msgspec
import pytest

from ponte.cli.demo.compare_orders import (
    OrderVerdict,
    ReportVerdict,
    compare_orders,
    compare_reports,
)
from ponte.cli.demo.shapes import HubOrder, StoreOrder

KEY = "35261140000001000150550010000000691503483620"


def hub(order_id: str = "o1", *path: str, **changes: object) -> dict[str, Any]:
    """An order of the hub that went the given path; approved and confirmed as number 100001."""
    statuses = path or ("pending", "approved")
    return {
        "id": order_id, "status": statuses[-1], "external": "100001", "ack": True, "total": 59.9,
        "status_history": [{"status": status, "date": "2026-11-23"} for status in statuses],
        "shipments": [], "log_history": [], "items": [], **changes,
    }  # fmt: skip


def store(order_id: str | None = "o1", **changes: object) -> dict[str, Any]:
    """The same order in the store."""
    return {
        "hub_order_id": order_id, "number": "100001", "status": "approved",
        "totals": {"total": "59.90"}, "canceled_at": None, "invoice": None, "shipment": None,
        "delivered_at": None, **changes,
    }  # fmt: skip


def read(
    hub_orders: list[dict[str, Any]], store_orders: list[dict[str, Any]]
) -> tuple[list[HubOrder], list[StoreOrder]]:
    """Both lists from wire JSON."""
    return (
        msgspec.json.decode(msgspec.json.encode(hub_orders), type=list[HubOrder]),
        msgspec.json.decode(msgspec.json.encode(store_orders), type=list[StoreOrder]),
    )


def orders(
    hub_orders: list[dict[str, Any]],
    store_orders: list[dict[str, Any]],
    placed: set[str] | None = None,
    own_sales: int = 0,
) -> OrderVerdict:
    """The verdict on orders; unless told otherwise the marketplace placed all of the hub's."""
    ids = {order["id"] for order in hub_orders} if placed is None else placed
    return compare_orders(*read(hub_orders, store_orders), ids, own_sales)


def whats(verdict: OrderVerdict | ReportVerdict) -> list[str]:
    """What differs."""
    return [difference.what for difference in verdict.differences]


def test_an_approved_order_that_is_there_once_is_right() -> None:
    assert orders([hub()], [store()]) == OrderVerdict(1, 1, 0, 0, 0)


def test_an_order_that_went_on_after_its_approval_counts_as_approved() -> None:
    shipped = hub("o1", "approved", "invoiced", "shipped")
    assert orders([shipped], [store(status="dispatched")]) == OrderVerdict(1, 1, 0, 0, 0)


def test_an_approved_order_that_is_not_there_is_lost_and_says_why() -> None:
    log = [{"message": "Ponte: SKU sem cadastro"}]
    verdict = orders([hub(log_history=log)], [])
    assert (verdict.approved, verdict.imported, verdict.lost) == (1, 0, 1)
    assert verdict.differences[0].item == "order o1"
    assert "SKU sem cadastro" in verdict.differences[0].hub


def test_an_order_that_is_there_twice_is_seen() -> None:
    verdict = orders([hub()], [store(), store(number="100002")])
    assert verdict.duplicated == 1
    assert whats(verdict) == ["entries"]


def test_an_order_that_was_never_approved_must_not_be_there() -> None:
    pending = hub("o1", "pending", external=None, ack=False)
    assert orders([pending], []) == OrderVerdict(0, 0, 0, 0, 0)
    assert orders([pending], [store()]).not_approved_imported == 1


def test_an_order_canceled_after_approval_is_canceled_in_the_store_or_absent() -> None:
    canceled = hub("o1", "approved", "canceled")
    assert orders([canceled], []) == OrderVerdict(0, 0, 0, 0, 0)
    there = store(status="canceled", canceled_at="2026-11-23T10:00:00-03:00")
    assert orders([canceled], [there]) == OrderVerdict(1, 1, 0, 0, 0)
    assert whats(orders([canceled], [store()])) == ["status"]
    assert whats(orders([hub()], [there])) == ["status"]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"total": 59.91}, "total"),
        ({"external": "100002"}, "number"),
        ({"external": None}, "number"),
        ({"ack": False}, "receipt"),
    ],
)
def test_an_order_that_differs_is_seen(changes: dict[str, Any], what: str) -> None:
    verdict = orders([hub(**changes)], [store()])
    assert whats(verdict) == [what]
    assert verdict.imported == 1


def test_amounts_as_texts_are_the_same_amounts() -> None:
    assert orders([hub(total="59.90")], [store()]).differences == ()


def test_nothing_leaves_its_lane() -> None:
    own = store(None, number="100002")
    assert orders([hub()], [store(), own], own_sales=1).differences == ()
    assert whats(orders([hub()], [store(), own], own_sales=0)) == ["count"]
    assert whats(orders([hub()], [store()], own_sales=1)) == ["count"]
    assert whats(orders([hub()], [store()], placed=set())) == ["origin"]
    assert whats(orders([], [], placed={"o1"})) == ["presence in the hub"]
    assert whats(orders([], [store()])) == ["origin"]


INVOICED = store(status="invoiced", invoice={"key": KEY})
DISPATCHED = store(status="dispatched", invoice={"key": KEY}, shipment={"tracking_code": "BR1BR"})
TOLD = {"id": "s", "nfe_key": KEY, "track_code": "BR1BR"}


def reports(hub_order: dict[str, Any], store_order: dict[str, Any]) -> ReportVerdict:
    """The verdict on the reports of one order."""
    return compare_reports(*read([hub_order], [store_order]))


def test_what_was_told_is_delivered() -> None:
    invoiced = hub("o1", "approved", "invoiced", shipments=[TOLD | {"track_code": None}])
    assert reports(invoiced, INVOICED) == ReportVerdict(1, 1)
    for status in ("shipped", "shipping_informed", "delivered"):
        shipped = hub("o1", "approved", status, shipments=[TOLD])
        assert reports(shipped, DISPATCHED) == ReportVerdict(2, 2)


@pytest.mark.parametrize(
    ("hub_order", "delivered", "what"),
    [
        (hub(), 0, ["invoice", "dispatch"]),
        (hub("o1", "approved", "invoiced", shipments=[TOLD]), 1, ["dispatch"]),
        (hub("o1", "approved", "shipped", shipments=[]), 0, ["invoice", "dispatch"]),
        (hub("o1", "shipped", shipments=[TOLD | {"nfe_key": "1" * 44}]), 1, ["invoice"]),
        (hub("o1", "shipped", shipments=[TOLD | {"track_code": "BR2BR"}]), 1, ["dispatch"]),
        (hub("o1", "shipped", shipments=[TOLD, TOLD]), 0, ["deliveries"]),
    ],
)
def test_what_was_not_told_rightly_is_seen(
    hub_order: dict[str, Any], delivered: int, what: list[str]
) -> None:
    verdict = reports(hub_order, DISPATCHED)
    assert (verdict.expected, verdict.delivered) == (2, delivered)
    assert whats(verdict) == what


def test_an_untold_delivery_to_the_buyer_is_seen_but_is_no_report_of_the_manual() -> None:
    done = DISPATCHED | {"delivered_at": "2026-11-23T10:00:00-03:00"}
    verdict = reports(hub("o1", "approved", "shipped", shipments=[TOLD]), done)
    assert (verdict.expected, verdict.delivered) == (2, 2)
    assert whats(verdict) == ["delivery"]


def test_canceled_orders_own_sales_and_unknown_ones_expect_no_report() -> None:
    assert reports(hub("o1", "approved", "canceled"), INVOICED) == ReportVerdict(0, 0)
    assert reports(hub(), store(None, invoice={"key": KEY})) == ReportVerdict(0, 0)
    assert reports(hub("o2"), INVOICED) == ReportVerdict(0, 0)
