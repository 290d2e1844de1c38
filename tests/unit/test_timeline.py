"""An order's way is told as steps: what is done, what is waited for and by whom, what failed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ponte.domain.orders import Ignored
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.rules import ReportMode
from ponte.domain.timeline import (
    Awaited,
    Obstacle,
    OrderRecord,
    ReportRecord,
    Step,
    StepName,
    StepState,
    timeline,
)

STEPS, ONCE = ReportMode.IN_STEPS, ReportMode.AT_ONCE
T = [datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(12)]
INVOICE = {"key": "3" * 44, "number": "1518", "series": "1"}
DISPATCH = {"carrier": "Correios", "tracking_code": "BR123"}

NEW = OrderRecord(
    hub_order_id="606a",
    hub_number="77",
    marketplace_id=None,
    channel="Shopee",
    hub_status=None,
    hub_modified=None,
    state="waiting",
    total=None,
    seen_at=T[0],
    first_read_at=None,
    wanted_at=T[0],
    due_at=T[0],
    attempts=0,
    store_number=None,
    imported_at=None,
    confirmed_at=None,
    hub_canceled_at=None,
    canceled_at=None,
    ignored=None,
    store_status=None,
    store_status_at=None,
)
READ: dict[str, Any] = {"hub_status": "approved", "first_read_at": T[1], "hub_modified": T[0]}
IMPORTED = {**READ, "store_number": "1001", "imported_at": T[2], "state": "imported"}
CONFIRMED = {**IMPORTED, "confirmed_at": T[3], "state": "confirmed", "wanted_at": None}
UNTOLD = ReportRecord(
    store_number="1001",
    invoice=None,
    dispatch=None,
    delivered_at=None,
    acked_invoice=None,
    acked_dispatch=None,
    acked_delivered=False,
    invoice_told_at=None,
    invoice_acked_at=None,
    dispatch_told_at=None,
    dispatch_acked_at=None,
    delivered_told_at=None,
    delivered_acked_at=None,
    is_open=True,
    since=T[4],
    due_at=T[4],
    attempts=0,
)
INVOICED: dict[str, Any] = {"invoice": INVOICE, "invoice_told_at": T[4]}
INVOICED_THERE = {**INVOICED, "acked_invoice": INVOICE, "invoice_acked_at": T[5]}
SENT = {**INVOICED_THERE, "dispatch": DISPATCH, "dispatch_told_at": T[6]}
SENT_THERE = {**SENT, "acked_dispatch": DISPATCH, "dispatch_acked_at": T[7]}


def steps(
    order: dict[str, Any],
    report: dict[str, Any] | None = None,
    mode: ReportMode = STEPS,
    *obstacles: Obstacle,
) -> dict[StepName, Step]:
    """The timeline by the steps' names."""
    told = None if report is None else msgspec.structs.replace(UNTOLD, **report)
    found = timeline(msgspec.structs.replace(NEW, **order), told, mode, obstacles)
    assert len({step.name for step in found}) == len(found)
    return {step.name: step for step in found}


def states(found: dict[StepName, Step]) -> str:
    """Each step's state by its first letter, in their order."""
    return "".join(step.state[0] for step in found.values())


def held(code: ProblemCode, about: str = "order", *, is_ignored: bool = False) -> Obstacle:
    return Obstacle(about, Problem(code, "CAM-1"), True, T[8], is_ignored)


@pytest.mark.parametrize(
    ("order", "report", "expected"),
    [
        ({}, None, "dwllllllll"),
        (READ, None, "ddwlllllll"),
        (IMPORTED, None, "dddwwlllll"),
        (CONFIRMED, None, "ddddwlllll"),
        (CONFIRMED, INVOICED, "dddddwwlll"),
        (CONFIRMED, INVOICED_THERE, "ddddddwlll"),
        (CONFIRMED, SENT, "dddddddwwl"),
        (CONFIRMED, SENT_THERE, "ddddddddwl"),
        (CONFIRMED, {**SENT_THERE, "delivered_at": T[8]}, "dddddddddw"),
        (
            CONFIRMED,
            {**SENT_THERE, "delivered_at": T[8], "acked_delivered": True},
            "dddddddddd",
        ),
    ],
)
def test_the_steps_are_done_one_after_the_other(
    order: dict[str, Any], report: dict[str, Any] | None, expected: str
) -> None:
    assert states(steps(order, report)) == expected


def test_each_step_tells_its_time_and_number() -> None:
    found = steps(CONFIRMED, SENT_THERE)
    assert [step.at for step in found.values()][:8] == T[:8]
    assert found[StepName.IMPORTED].fact == "1001"
    assert found[StepName.INVOICE_TOLD].fact == "1518"
    assert found[StepName.DISPATCH_TOLD].fact == "Correios BR123"


def test_what_is_waited_for_tells_by_whom_and_since_when() -> None:
    unpaid = steps({**READ, "hub_status": "pending", "wanted_at": None})[StepName.IMPORTED]
    assert (unpaid.awaited, unpaid.since) == (Awaited.APPROVAL, T[0])
    assert steps(READ)[StepName.IMPORTED].awaited is Awaited.PONTE
    invoice = steps(CONFIRMED)[StepName.INVOICE_TOLD]
    assert (invoice.awaited, invoice.since) == (Awaited.STORE, T[3])
    told = steps(CONFIRMED, INVOICED)[StepName.INVOICED]
    assert (told.awaited, told.since) == (Awaited.PONTE, T[4])


def test_a_time_of_before_it_was_noted_is_left_open() -> None:
    old = steps({**CONFIRMED, "first_read_at": None}, {**SENT_THERE, "invoice_told_at": None})
    for name in (StepName.READ, StepName.INVOICE_TOLD):
        assert (old[name].state, old[name].at) == (StepState.DONE, None)


def test_in_one_step_the_hub_is_told_once_both_are_there() -> None:
    assert StepName.INVOICED not in steps(CONFIRMED, INVOICED, ONCE)
    assert steps(CONFIRMED, INVOICED, ONCE)[StepName.INFORMED].state is StepState.LATER
    both = {**SENT, "acked_invoice": None, "invoice_acked_at": None}
    waiting = steps(CONFIRMED, both, ONCE)[StepName.INFORMED]
    assert (waiting.state, waiting.since) == (StepState.WAITING, T[6])
    done = steps(CONFIRMED, SENT_THERE, ONCE)[StepName.INFORMED]
    assert (done.state, done.at) == (StepState.DONE, T[7])


def test_a_correction_is_on_its_way_again() -> None:
    corrected = {
        **INVOICED_THERE,
        "invoice": {**INVOICE, "number": "1519"},
        "invoice_told_at": T[9],
    }
    again = steps(CONFIRMED, corrected)[StepName.INVOICED]
    assert (again.state, again.since) == (StepState.WAITING, T[9])


def test_an_order_held_back_fails_with_its_reason_or_was_set_aside() -> None:
    failed = steps(READ, None, STEPS, held(ProblemCode.UNKNOWN_SKU))
    step = failed[StepName.IMPORTED]
    assert (step.state, step.since) == (StepState.FAILED, T[8])
    assert step.problem == Problem(ProblemCode.UNKNOWN_SKU, "CAM-1")
    assert failed[StepName.CONFIRMED].state is StepState.LATER
    aside = steps(READ, None, STEPS, held(ProblemCode.UNKNOWN_SKU, is_ignored=True))
    assert aside[StepName.IMPORTED].state is StepState.SET_ASIDE
    unread = steps({}, None, STEPS, held(ProblemCode.ORDER_UNREADABLE))
    assert unread[StepName.READ].state is StepState.FAILED


def test_a_refused_report_fails_at_its_first_step_and_stops_the_next() -> None:
    both = {**SENT, "acked_invoice": None, "invoice_acked_at": None}
    refused = held(ProblemCode.INVALID_INVOICE_KEY, "report")
    found = steps(CONFIRMED, both, STEPS, refused)
    assert found[StepName.INVOICED].state is StepState.FAILED
    assert found[StepName.DISPATCHED].state is StepState.LATER
    assert steps(CONFIRMED, both, ONCE, refused)[StepName.INFORMED].state is StepState.FAILED
    later = steps(CONFIRMED, SENT, STEPS, held(ProblemCode.HUB_REFUSED_REPORT, "report"))
    assert later[StepName.INVOICED].state is StepState.DONE
    assert later[StepName.DISPATCHED].state is StepState.FAILED


@pytest.mark.parametrize("reason", Ignored)
def test_an_order_left_out_needs_nothing_more(reason: Ignored) -> None:
    found = steps({**READ, "hub_status": "shipped", "ignored": reason, "state": "ignored"})
    assert found[StepName.IMPORTED].left_out is reason
    assert states(found) == "ddnnnnnnnn"


def test_a_cancellation_ends_the_way_in_both_systems() -> None:
    in_hub = {**CONFIRMED, "hub_status": "canceled", "hub_canceled_at": T[9]}
    waiting = steps(in_hub)
    assert states(waiting) == "ddddnnnnnndw"
    done = steps({**in_hub, "canceled_at": T[10], "state": "canceled"})
    assert done[StepName.CANCELED_IN_STORE].at == T[10]
    refused = steps(in_hub, None, STEPS, held(ProblemCode.CANCEL_REFUSED))
    assert refused[StepName.CANCELED_IN_STORE].state is StepState.FAILED
    never_entered = steps({**READ, "hub_status": "canceled"})
    assert states(never_entered) == "ddnnnnnnnnd"
    by_the_store = steps(
        {**CONFIRMED, "store_status": "canceled", "store_status_at": T[9], "state": "canceled"}
    )
    assert StepName.CANCELED_IN_HUB not in by_the_store
    assert by_the_store[StepName.CANCELED_IN_STORE].at == T[9]
