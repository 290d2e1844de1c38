"""Only approved orders enter the store (R5), none is lost, and a cancellation follows its order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.hub_order import HubOrder, StatusChange
from ponte.domain.orders import (
    FULFILLED_ELSEWHERE,
    Decision,
    Ignored,
    KnownOrder,
    OrderAction,
    approval,
    decide,
    is_confirmed,
    warning,
)

CONNECTED = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE, AFTER = CONNECTED - timedelta(days=2), CONNECTED + timedelta(days=2)
NEW = KnownOrder(None, confirmed=False, canceled=False)
IMPORTED = KnownOrder("1001", confirmed=False, canceled=False)
CONFIRMED = KnownOrder("1001", confirmed=True, canceled=False)
GONE = KnownOrder("1001", confirmed=True, canceled=True)

WAITING = ["in_separation", "waiting_invoice", "invoice_error", "shipping_error"]
SENT = ["shipping_informed", "shipped", "delivered"]
UNPAID = ["pending", "partial_payment", "under_review", "paid", "", "something_new"]
CANCELED = ["canceled", "cancelled", "refunded"]
STATUSES = [*UNPAID, "approved", *WAITING, "invoiced", *SENT, *CANCELED]


def an_order(status: str, *passed: str, at: datetime = AFTER, **more: Any) -> HubOrder:
    """An order whose history shows `passed` and its status, all at one time."""
    history = tuple(StatusChange(each, at) for each in (*passed, status))
    return HubOrder("60a1", status, history=history, created=at, **more)


def settled(reason: Ignored | None = None) -> Decision:
    return Decision(OrderAction.SETTLED, reason)


IMPORT, WAIT = Decision(OrderAction.IMPORT), Decision(OrderAction.WAIT)


@pytest.mark.parametrize("at", [BEFORE, AFTER])
def test_an_approved_order_enters(at: datetime) -> None:
    assert decide(an_order("approved", at=at), NEW, CONNECTED) == IMPORT
    assert decide(HubOrder("60a1", "approved"), NEW, CONNECTED) == IMPORT


@pytest.mark.parametrize("status", UNPAID)
def test_an_order_that_is_not_paid_waits(status: str) -> None:
    assert decide(an_order(status), NEW, CONNECTED) == WAIT
    assert decide(HubOrder("60a1", status, created=AFTER), NEW, CONNECTED) == WAIT


@pytest.mark.parametrize("status", [*WAITING, "invoiced"])
def test_an_order_that_left_approved_before_it_was_read_enters(status: str) -> None:
    assert decide(an_order(status, "pending", "approved"), NEW, CONNECTED) == IMPORT


@pytest.mark.parametrize("status", [*WAITING, "invoiced"])
@pytest.mark.parametrize("created", [AFTER, None])
def test_it_enters_also_where_the_hub_shows_no_history(
    status: str, created: datetime | None
) -> None:
    assert decide(HubOrder("60a1", status, created=created), NEW, CONNECTED) == IMPORT


@pytest.mark.parametrize("status", [*WAITING, "invoiced", *SENT])
def test_an_order_that_was_never_approved_waits(status: str) -> None:
    assert decide(an_order(status, "pending"), NEW, CONNECTED) == WAIT


@pytest.mark.parametrize("status", SENT)
@pytest.mark.parametrize(
    ("at", "reason"),
    [(AFTER, Ignored.FULFILLED_ELSEWHERE), (BEFORE, Ignored.OLDER_THAN_CONNECTION)],
)
def test_a_parcel_that_somebody_sent_is_not_sent_again(
    status: str, at: datetime, reason: Ignored
) -> None:
    assert decide(an_order(status, "approved", at=at), NEW, CONNECTED) == settled(reason)


@pytest.mark.parametrize(
    ("status", "at", "warned"),
    [
        ("shipping_informed", AFTER, True),
        ("shipped", AFTER, True),
        # It has arrived: nothing is left to be done about it.
        ("delivered", AFTER, False),
        # A sale of before is nobody's concern here.
        ("shipped", BEFORE, False),
        ("canceled", AFTER, False),
        ("invoiced", AFTER, False),
        ("approved", AFTER, False),
    ],
)
def test_a_sale_that_others_sent_is_a_warning_while_it_is_on_its_way(
    status: str, at: datetime, warned: bool
) -> None:
    order = an_order(status, "approved", at=at)
    found = warning(order, decide(order, NEW, CONNECTED))
    assert found == (FULFILLED_ELSEWHERE if warned else None)


@pytest.mark.parametrize("status", SENT)
def test_a_parcel_of_our_own_store_is_no_warning(status: str) -> None:
    order = an_order(status, "approved")
    assert warning(order, decide(order, CONFIRMED, CONNECTED)) is None


def test_an_order_invoiced_before_the_connection_is_left_alone() -> None:
    order = an_order("invoiced", "approved", at=BEFORE)
    assert decide(order, NEW, CONNECTED) == settled(Ignored.OLDER_THAN_CONNECTION)


@pytest.mark.parametrize("status", CANCELED)
@pytest.mark.parametrize("passed", [(), ("approved",), ("pending",)])
def test_a_cancellation_before_import_keeps_it_out(status: str, passed: tuple[str, ...]) -> None:
    decision = decide(an_order(status, *passed), NEW, CONNECTED)
    assert decision == settled(Ignored.CANCELED_BEFORE_IMPORT)


def test_an_order_approved_again_after_a_cancellation_enters() -> None:
    order = an_order("approved", "approved", "canceled")
    assert decide(order, NEW, CONNECTED) == IMPORT


@pytest.mark.parametrize("status", CANCELED)
@pytest.mark.parametrize("known", [IMPORTED, CONFIRMED])
def test_a_cancellation_after_import_reaches_the_store_once(status: str, known: KnownOrder) -> None:
    order = an_order(status, "approved")
    assert decide(order, known, CONNECTED) == Decision(OrderAction.CANCEL)
    assert decide(order, GONE, CONNECTED) == settled()


def test_an_order_canceled_in_the_store_does_not_enter_twice() -> None:
    order = an_order("approved", "approved", "canceled")
    assert decide(order, GONE, CONNECTED) == settled(Ignored.CANCELED_IN_STORE)


@pytest.mark.parametrize("status", [each for each in STATUSES if each not in CANCELED])
def test_an_imported_order_is_confirmed_until_the_hub_shows_it(status: str) -> None:
    order = an_order(status, "approved")
    assert decide(order, IMPORTED, CONNECTED) == Decision(OrderAction.CONFIRM)
    assert decide(order, CONFIRMED, CONNECTED) == settled()
    shown = an_order(status, "approved", ack=True, external=("1001",))
    assert decide(shown, IMPORTED, CONNECTED) == settled()


@pytest.mark.parametrize(
    ("ack", "external", "confirmed"),
    [
        (True, ("1001",), True),
        (True, ("9", "1001"), True),
        (False, ("1001",), False),
        (True, ("1002",), False),
        (True, (), False),
    ],
)
def test_only_our_own_number_and_the_receipt_confirm(
    ack: bool, external: tuple[str, ...], confirmed: bool
) -> None:
    assert is_confirmed(an_order("approved", ack=ack, external=external), "1001") is confirmed


def test_an_approval_without_a_readable_time_counts_from_the_orders_creation() -> None:
    history = (StatusChange("approved", None), StatusChange("shipped", AFTER))
    assert approval(HubOrder("60a1", "shipped", created=BEFORE, history=history)) == BEFORE
    assert approval(HubOrder("60a1", "shipped", created=BEFORE)) is None


TIMES = st.sampled_from([BEFORE, AFTER, None])
HISTORIES = st.lists(st.builds(StatusChange, st.sampled_from(STATUSES), TIMES))


@given(st.sampled_from(STATUSES), HISTORIES, st.sampled_from([NEW, IMPORTED, CONFIRMED, GONE]))
def test_no_order_enters_twice_and_no_approved_one_is_lost(
    status: str, history: list[StatusChange], known: KnownOrder
) -> None:
    decision = decide(HubOrder("60a1", status, history=tuple(history)), known, CONNECTED)
    if known.store_number is not None:
        assert decision.action is not OrderAction.IMPORT
    elif status == "approved":
        assert decision.action is OrderAction.IMPORT
    if decision.action is OrderAction.IMPORT:
        assert status not in {*CANCELED, *SENT, *UNPAID}
    if decision.action is OrderAction.CANCEL:
        assert status in CANCELED
    if decision.ignored is not None:
        assert decision.action is OrderAction.SETTLED
