"""An order that the hub does not show any more stays in the ledger as it was known."""

from typing import Any

import pytest
from bridge import Merchant

from ponte.ledger import orders
from ponte.sync.runtime import Loop

GONE = "f" * 24
KEPT = ("number", "marketplace_id", "channel", "total", "store_number")


@pytest.fixture
def known(merchant: Merchant) -> dict[str, Any]:
    """An order that entered, and that the hub knows by no id of ours any more."""
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    placed = merchant.order("CAM-1", original_id="ML-2000003512")
    merchant.wait_until_quiet()
    order = merchant.listed()[placed]
    assert all(order[name] for name in KEPT)
    merchant.bridge.read(
        "UPDATE hub_order SET hub_order_id = %s WHERE connection_id = %s AND hub_order_id = %s",
        [GONE, merchant.connection, placed],
    )
    return order


def test_an_order_that_is_gone_keeps_its_number_and_total(
    merchant: Merchant, known: dict[str, Any]
) -> None:
    merchant.bridge.ponte.json("orders", "retry", str(merchant.connection), GONE)
    merchant.wait_until_quiet()
    gone = merchant.listed()[GONE]
    assert gone["status"] == "missing"
    assert not gone["waiting"]
    assert {name: gone[name] for name in KEPT} == {name: known[name] for name in KEPT}
    assert merchant.troubles() == []


def test_an_order_that_could_not_be_read_keeps_everything(
    merchant: Merchant, known: dict[str, Any]
) -> None:
    merchant.bridge.ponte.json("orders", "retry", str(merchant.connection), GONE)
    merchant.wait_until_quiet()

    async def look_in_vain() -> None:
        async with merchant.bridge.equipment.runtime.pool.connection() as conn:
            await orders.want(conn, merchant.connection, GONE)
            (wanted,) = await orders.wanted(conn, merchant.connection, 9, [])
            await orders.settle(conn, merchant.connection, wanted, None)

    before = merchant.listed()[GONE]
    with merchant.bridge.nobody_at_work():
        merchant.bridge.runner.run(look_in_vain())
    assert merchant.listed()[GONE] == before
    assert {name: before[name] for name in KEPT} == {name: known[name] for name in KEPT}


def test_an_order_that_never_was_leaves_no_trace(merchant: Merchant) -> None:
    forged = "a" * 24
    runtime = merchant.bridge.equipment.runtime

    async def hear_of_it() -> None:
        async with runtime.pool.connection() as conn, conn.transaction():
            await orders.want(conn, merchant.connection, forged)
            await runtime.waker.wake(conn, Loop.ORDERS, merchant.connection)

    with merchant.bridge.nobody_at_work():
        merchant.bridge.runner.run(hear_of_it())
        assert forged in merchant.listed()
    merchant.wait_until_quiet()
    assert forged not in merchant.listed()
