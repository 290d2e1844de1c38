"""The Olist sample replayed: a real hub's products, orders, payments and statuses.

Its products are exported and its orders placed with their real courses: all of them by
`make replay`, hundreds by the usual run. 775 of its orders have no items and never entered a
marketplace; they are placed all the same, and those that are approved have to be held. What the
sample calls invoiced, shipped or delivered is what the store does later.
"""

import random
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agreement import assert_catalogue_agrees, assert_orders_agree, assert_reports_agree
from bridge import Bridge, Merchant, running_bridge
from hub_process import wait_until
from olist import FOLDER, Sample, orders, products

pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason=f"the Olist sample is not in {'/'.join(FOLDER.parts[-3:])}"
)

# The store's and the hub's bodies are limited.
BATCH = 500
# Orders of the usual run, drawn by this seed: some of every course, held and canceled ones among
# them. What they sell is exported, and one of so many products besides.
SAMPLED = 400
ONE_OF = 5
SEED = 20
# Orders that the store invoices, dispatches and delivers, and those whose details are compared.
FULFILLED = 150
COMPARED = 400
# What the store does to an order that ends so in the sample.
STEPS = {
    "invoiced": ["invoice"],
    "shipped": ["invoice", "dispatch"],
    "delivered": ["inform-delivery", "deliver"],
}
# Many orders are listed again by every poll, so that polls are kept apart; hints do the work.
POLL_SECONDS = "5"
# A worker of as many processes as usual.
AS_INSTALLED = {"PONTE_WORKER_PROCESSES": ""}
EXPORT_SECONDS = 120.0
# Of all 8,135 orders on two slow cores.
IMPORT_SECONDS = 600.0


@pytest.mark.parametrize(
    "count",
    [
        SAMPLED,
        pytest.param(None, marks=[pytest.mark.slow, pytest.mark.timeout(1_500)], id="all"),
    ],
)
def test_every_approved_order_enters_once_and_right_to_the_cent(
    tmp_path: Path, count: int | None
) -> None:
    sample, catalogue = orders(), products()
    assert len(sample) == 8_135
    assert sum(not each.has_items for each in sample) == 775
    assert len(catalogue) == 5_460
    if count is not None:
        sample = random.Random(SEED).sample(sample, count)
        sold = {item["sku"] for each in sample for item in each.order["items"]}
        catalogue = [
            each for at, each in enumerate(catalogue) if at % ONE_OF == 0 or each["sku"] in sold
        ]
    with running_bridge(tmp_path, PONTE_POLL_SECONDS=POLL_SECONDS, **AS_INSTALLED) as bridge:
        merchant = export_all(bridge, catalogue)
        placed = place_all(merchant, sample)
        wait_until_settled(merchant, placed)
        assert_all_entered(merchant, placed)
        fulfil_some(merchant, placed)
        merchant.wait_until_quiet(IMPORT_SECONDS)
        assert_catalogue_agrees(merchant)
        assert_reports_agree(merchant)
        told = merchant.hub_orders()
        statuses = {told[each["hub_order_id"]]["status"] for each in merchant.store_orders()}
        assert statuses == {"approved", "canceled", "invoiced", "shipped", "delivered"}


def export_all(bridge: Bridge, catalogue: list[dict[str, Any]]) -> Merchant:
    """A merchant with these products, exported."""
    merchant = Merchant(bridge)
    for begin in range(0, len(catalogue), BATCH):
        batch = {"products": catalogue[begin : begin + BATCH]}
        merchant.wish("POST", "products/batch", batch)
    began = time.monotonic()
    bridge.ponte.json("export", str(merchant.connection))
    assert time.monotonic() - began < EXPORT_SECONDS
    assert_catalogue_agrees(merchant)
    assert len(merchant.hub_products()) == len(catalogue)
    # Each product once; its creation is the only call.
    assert sum(merchant.calls("PUT").values()) == len(catalogue)
    return merchant


def place_all(merchant: Merchant, sample: list[Sample]) -> dict[str, Sample]:
    """The marketplace sends them all; by their id in the hub."""
    placed: dict[str, Sample] = {}
    for begin in range(0, len(sample), BATCH):
        batch = sample[begin : begin + BATCH]
        wish = {
            "account": merchant.account["account"],
            "orders": [each.order for each in batch],
        }
        answer = merchant.hub.admin("POST", "marketplace/file", wish)
        placed |= dict(zip(answer["orders"], batch, strict=True))
    run = answer["run"]
    wait_until(lambda: merchant.hub.admin("GET", f"marketplace/{run}")["done"], IMPORT_SECONDS)
    return placed


def wait_until_settled(merchant: Merchant, placed: dict[str, Sample]) -> None:
    """Until everything that can enter has, and what cannot is held."""
    merchant.wait_until_quiet(IMPORT_SECONDS)
    held = {
        order_id
        for order_id, each in placed.items()
        if each.was_approved and not each.has_items and not each.is_canceled
    }
    assert merchant.held() == held
    assert {code for _, _, code, _, blocking in merchant.troubles() if blocking} == {"no_items"}
    assert_orders_agree(merchant, held=held)


def assert_all_entered(merchant: Merchant, placed: dict[str, Sample]) -> None:
    """Exactly the approved ones with items, each once, with the amounts of the sample."""
    entered = [order["hub_order_id"] for order in merchant.store_orders()]
    assert len(entered) == len(set(entered))
    due = {order_id for order_id, each in placed.items() if each.was_approved and each.has_items}
    living = {order_id for order_id in due if not placed[order_id].is_canceled}
    # One that was canceled after its approval may have entered before, and is canceled there then.
    assert living <= set(entered) <= due
    for order in merchant.store_orders():
        sample = placed[order["hub_order_id"]]
        assert Decimal(order["totals"]["total"]) == sample.total
        assert bool(order["canceled_at"]) == sample.is_canceled
    for order_id in random.Random(SEED).sample(sorted(living), min(COMPARED, len(living))):
        taken, sample = merchant.store_order(order_id), placed[order_id]
        assert taken["marketplace_order_id"] == sample.order["original_id"]
        paid = sorted((each["installments"], each["total"]) for each in taken["payments"])
        assert paid == sample.payments, order_id
        sold = sorted((item["sku"], Decimal(item["unit_price"])) for item in taken["items"])
        items = sorted((item["sku"], Decimal(item["price"])) for item in sample.order["items"])
        assert sold == items
        assert Decimal(taken["totals"]["shipping"]) == Decimal(sample.order["shipping"])
        assert taken["buyer"]["document"] == sample.order["payer_cpf"]
        assert taken["delivery"]["city"] == sample.order["receiver_city"]
        assert taken["delivery"]["postal_code"] == sample.order["receiver_zipcode"]


def fulfil_some(merchant: Merchant, placed: dict[str, Sample]) -> None:
    """The store goes on with some of its orders, as far as the sample says they got."""
    taken = [order["hub_order_id"] for order in merchant.store_orders()]
    later = [order_id for order_id in taken if placed[order_id].status in STEPS]
    for order_id in random.Random(SEED).sample(later, min(FULFILLED, len(later))):
        for step in STEPS[placed[order_id].status]:
            merchant.wish("POST", f"orders/{order_id}/{step}")
