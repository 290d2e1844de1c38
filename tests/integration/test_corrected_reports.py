"""The store corrects what it told of an order: the hub is told once, on the same delivery (R6, R7).

In the sandbox store each step happens once, so the corrected event is written into the ledger here
as the loop would write it when the feed brings it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from agreement import assert_reports_agree
from bridge import Merchant

from ponte.domain.rules import MerchantRules, ReportMode
from ponte.domain.store_order import Dispatch, EventType, Invoice, OrderEvent
from ponte.ledger import reports

STEPS = ["invoice", "dispatch", "deliver"]
LINK, TRACKING = "https://loja.example/nfe/nova.xml", "https://rastreio.example/nova"


def correct(merchant: Merchant, order_id: str, fact: str, change: dict[str, Any]) -> None:
    """The feed tells the order's facts again, one of them with other details."""
    ((number, invoice, dispatch),) = merchant.bridge.read(
        "SELECT store_number, invoice, dispatch FROM order_report"
        " WHERE connection_id = %s AND hub_order_id = %s",
        [merchant.connection, order_id],
    )
    told = {"invoice": invoice, "dispatch": dispatch}
    told[fact] = {**told[fact], **change}
    event = OrderEvent(
        sequence=0,
        hub_order_id=order_id,
        number=number,
        type=EventType.DISPATCHED,
        occurred_at=datetime.now(UTC),
        invoice=msgspec.convert(told["invoice"], Invoice),
        dispatch=msgspec.convert(told["dispatch"], Dispatch),
    )

    async def record() -> None:
        async with merchant.bridge.equipment.runtime.pool.connection() as conn:
            await reports.record_facts(conn, merchant.connection, [event], 0)

    merchant.bridge.runner.run(record())


def look_again(merchant: Merchant, order_id: str) -> None:
    """A person asks to send the report again."""

    async def reopen() -> None:
        async with merchant.bridge.equipment.runtime.pool.connection() as conn:
            assert await reports.reopen(conn, merchant.connection, order_id)

    merchant.bridge.runner.run(reopen())
    merchant.wait_until_quiet()


@pytest.mark.parametrize("mode", ReportMode)
@pytest.mark.parametrize("reached", [2, 3], ids=["dispatched", "delivered"])
def test_a_correction_reaches_the_hub_once(
    connect: Callable[..., Merchant], mode: ReportMode, reached: int
) -> None:
    merchant = connect(MerchantRules(report_mode=mode))
    merchant.add("CAM-1")
    merchant.wait_until_quiet()
    placed = merchant.order("CAM-1")
    merchant.wait_until_quiet()
    for step in STEPS[:reached]:
        merchant.wish("POST", f"orders/{placed}/{step}")
    merchant.wait_until_quiet()
    before = merchant.api.get_order(placed)
    (delivery,) = before["shipments"]

    merchant.hub.admin("DELETE", "calls")
    correct(merchant, placed, "invoice", {"xml_url": LINK})
    merchant.wait_until_quiet()
    correct(merchant, placed, "dispatch", {"tracking_url": TRACKING, "carrier": "Jadlog"})
    merchant.wait_until_quiet()
    told = merchant.api.get_order(placed)
    changed = {"nfe_link": LINK, "track_url": TRACKING, "shipping_company": "Jadlog"}
    # The same delivery with its id, its status and everything else.
    assert told["shipments"] == [delivery | changed]
    assert told["status_history"] == before["status_history"]
    assert merchant.calls("PUT") == {"/orders/{id}": 2}

    look_again(merchant, placed)
    assert merchant.calls("PUT") == {"/orders/{id}": 2}
    assert merchant.troubles() == []
    assert_reports_agree(merchant)


def test_nothing_new_is_nothing_to_tell(merchant: Merchant) -> None:
    merchant.add("CAM-1")
    merchant.wait_until_quiet()
    placed = merchant.order("CAM-1")
    merchant.wait_until_quiet()
    merchant.wish("POST", f"orders/{placed}/inform-delivery")
    merchant.wait_until_quiet()
    merchant.hub.admin("DELETE", "calls")
    correct(merchant, placed, "dispatch", {})
    look_again(merchant, placed)
    assert merchant.calls("PUT") == {}
