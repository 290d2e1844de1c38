"""An order's way in words and times: what is done, what is waited for and by whom, what failed.

The ledger keeps facts for the loops; a person asks one question, "what became of it?". Here the
facts become steps in the order in which they happen, by the merchant's report mode. A time that was
not noted (rows of before) is None on a step that is done.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from ponte.domain.orders import APPROVED, CANCELED, Ignored
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.rules import ReportMode

# Not paid, or not judged, yet: the store may not have the order (R5).
_BEFORE_APPROVAL = frozenset({"pending", "partial_payment", "under_review"})


class OrderRecord(Struct, frozen=True):
    """An order as the ledger has it. `state` is where it is on its way, in one word."""

    hub_order_id: str
    hub_number: str | None
    marketplace_id: str | None
    channel: str | None
    hub_status: str | None
    hub_modified: datetime | None
    state: str
    total: Decimal | None
    seen_at: datetime
    first_read_at: datetime | None
    wanted_at: datetime | None
    due_at: datetime
    attempts: int
    store_number: str | None
    imported_at: datetime | None
    confirmed_at: datetime | None
    hub_canceled_at: datetime | None
    canceled_at: datetime | None
    ignored: str | None
    store_status: str | None
    store_status_at: datetime | None


class ReportRecord(Struct, frozen=True):
    """What the store told of an order and what the hub has of it, as the ledger has it."""

    store_number: str
    invoice: dict[str, Any] | None
    dispatch: dict[str, Any] | None
    delivered_at: datetime | None
    acked_invoice: dict[str, Any] | None
    acked_dispatch: dict[str, Any] | None
    acked_delivered: bool
    invoice_told_at: datetime | None
    invoice_acked_at: datetime | None
    dispatch_told_at: datetime | None
    dispatch_acked_at: datetime | None
    delivered_told_at: datetime | None
    delivered_acked_at: datetime | None
    is_open: bool
    since: datetime
    due_at: datetime
    attempts: int


class Obstacle(Struct, frozen=True):
    """A pendência that stands on the order, or on its report."""

    about: str
    problem: Problem
    blocking: bool
    since: datetime
    # Somebody decided to leave it as it is.
    is_ignored: bool


class StepName(StrEnum):
    """The steps, each once at most."""

    SEEN = "seen"
    READ = "read"
    IMPORTED = "imported"
    CONFIRMED = "confirmed"
    INVOICE_TOLD = "invoice_told"
    INVOICED = "invoiced"
    DISPATCH_TOLD = "dispatch_told"
    DISPATCHED = "dispatched"
    # R8: invoice and dispatch in one.
    INFORMED = "informed"
    DELIVERY_TOLD = "delivery_told"
    DELIVERED = "delivered"
    CANCELED_IN_HUB = "canceled_in_hub"
    CANCELED_IN_STORE = "canceled_in_store"


class StepState(StrEnum):
    """How a step stands."""

    DONE = "done"
    WAITING = "waiting"
    # Its turn comes after one that is waited for.
    LATER = "later"
    FAILED = "failed"
    # Failed, and somebody decided to leave it so.
    SET_ASIDE = "set_aside"
    NOT_NEEDED = "not_needed"


class Awaited(StrEnum):
    """Whose turn it is."""

    APPROVAL = "approval"
    PONTE = "ponte"
    STORE = "store"


class Step(Struct, frozen=True):
    """One step. `at` is when it was done, `since` since when it waits or fails."""

    name: StepName
    state: StepState
    at: datetime | None = None
    since: datetime | None = None
    awaited: Awaited | None = None
    # The number, the carrier: what the step is about.
    fact: str | None = None
    problem: Problem | None = None
    # Why the order stays out of the store.
    left_out: Ignored | None = None


def timeline(
    order: OrderRecord,
    report: ReportRecord | None,
    mode: ReportMode,
    obstacles: Sequence[Obstacle] = (),
) -> tuple[Step, ...]:
    """The steps of an order, in the order in which they happen."""
    blocking = [each for each in obstacles if each.blocking]
    on_order = next((each for each in blocking if each.about == "order"), None)
    on_report = next((each for each in blocking if each.about == "report"), None)
    imported = _imported(order, on_order)
    # An order that never enters, or is canceled, has nothing more to come.
    is_over = imported.state is StepState.NOT_NEEDED or _is_canceled(order)
    return (
        Step(StepName.SEEN, StepState.DONE, order.seen_at),
        _read(order, on_order),
        imported,
        _confirmed(order, is_over=is_over),
        *_reported(order, report, mode, on_report, is_over=is_over),
        *_canceled(order, on_order),
    )


def _is_canceled(order: OrderRecord) -> bool:
    return order.state == "canceled" or order.hub_status in CANCELED


def _read(order: OrderRecord, obstacle: Obstacle | None) -> Step:
    if order.hub_status is not None:
        return Step(StepName.READ, StepState.DONE, order.first_read_at)
    if obstacle is not None:
        return _stopped(StepName.READ, obstacle)
    since = order.wanted_at or order.seen_at
    return Step(StepName.READ, StepState.WAITING, since=since, awaited=Awaited.PONTE)


def _imported(order: OrderRecord, obstacle: Obstacle | None) -> Step:
    name = StepName.IMPORTED
    if order.store_number is not None:
        return Step(name, StepState.DONE, order.imported_at, fact=order.store_number)
    if order.ignored is not None:
        return Step(name, StepState.NOT_NEEDED, left_out=_left_out(order.ignored))
    if _is_canceled(order):
        return Step(name, StepState.NOT_NEEDED)
    if order.hub_status is None:
        return Step(name, StepState.LATER)
    if obstacle is not None:
        return _stopped(name, obstacle)
    awaited = Awaited.APPROVAL if order.hub_status in _BEFORE_APPROVAL else Awaited.PONTE
    if order.wanted_at is None and order.hub_status != APPROVED:
        awaited = Awaited.APPROVAL
    since = order.hub_modified or order.seen_at
    return Step(name, StepState.WAITING, since=since, awaited=awaited)


def _left_out(word: str) -> Ignored | None:
    return Ignored(word) if word in set(Ignored) else None


def _confirmed(order: OrderRecord, *, is_over: bool) -> Step:
    name = StepName.CONFIRMED
    if order.confirmed_at is not None:
        return Step(name, StepState.DONE, order.confirmed_at, fact=order.store_number)
    if is_over:
        return Step(name, StepState.NOT_NEEDED)
    if order.store_number is None:
        return Step(name, StepState.LATER)
    return Step(name, StepState.WAITING, since=order.imported_at, awaited=Awaited.PONTE)


class _Fact(Struct, frozen=True):
    """A fact of the store on its way to the hub."""

    told: StepName
    acked: StepName
    is_told: bool = False
    told_at: datetime | None = None
    is_acked: bool = False
    acked_at: datetime | None = None
    fact: str | None = None
    # The manual asks for it, so the hub's refusal is a pendência.
    is_needed: bool = True


def _facts(report: ReportRecord | None) -> tuple[_Fact, _Fact, _Fact]:
    if report is None:
        return (
            _Fact(StepName.INVOICE_TOLD, StepName.INVOICED),
            _Fact(StepName.DISPATCH_TOLD, StepName.DISPATCHED),
            _Fact(StepName.DELIVERY_TOLD, StepName.DELIVERED, is_needed=False),
        )
    invoice, dispatch = report.invoice or {}, report.dispatch or {}
    parcel = (dispatch.get("carrier"), dispatch.get("tracking_code"))
    return (
        _Fact(
            StepName.INVOICE_TOLD,
            StepName.INVOICED,
            report.invoice is not None,
            report.invoice_told_at,
            report.invoice is not None and report.acked_invoice == report.invoice,
            report.invoice_acked_at,
            invoice.get("number"),
        ),
        _Fact(
            StepName.DISPATCH_TOLD,
            StepName.DISPATCHED,
            report.dispatch is not None,
            report.dispatch_told_at,
            report.dispatch is not None and report.acked_dispatch == report.dispatch,
            report.dispatch_acked_at,
            " ".join(filter(None, parcel)) or None,
        ),
        _Fact(
            StepName.DELIVERY_TOLD,
            StepName.DELIVERED,
            report.delivered_at is not None,
            report.delivered_told_at,
            report.acked_delivered,
            report.delivered_acked_at,
            is_needed=False,
        ),
    )


def _reported(
    order: OrderRecord,
    report: ReportRecord | None,
    mode: ReportMode,
    obstacle: Obstacle | None,
    *,
    is_over: bool,
) -> list[Step]:
    invoice, dispatch, delivery = facts = _facts(report)
    is_open = report is not None and report.is_open
    told = []
    # The store has its turn with a fact once it has the order, and has told the fact before.
    has_turn, turn_at = order.store_number is not None, order.confirmed_at or order.imported_at
    for fact in facts:
        told.append(_told(fact, turn_at, has_turn=has_turn, is_over=is_over))
        has_turn, turn_at = has_turn and fact.is_told, fact.told_at
    if mode is ReportMode.AT_ONCE:
        both = _both(invoice, dispatch)
        informed = _acked(both, obstacle, is_open=is_open, is_over=is_over)
        steps, is_acked = [told[0], told[1], informed], both.is_acked
    else:
        first = _acked(invoice, obstacle, is_open=is_open, is_over=is_over)
        # One refusal stops the report, at the first of its steps.
        stops = first.state in (StepState.FAILED, StepState.SET_ASIDE)
        second = _acked(dispatch, None if stops else obstacle, is_open=is_open, is_over=is_over)
        if stops and second.state is StepState.WAITING:
            second = Step(second.name, StepState.LATER)
        steps, is_acked = [told[0], first, told[1], second], dispatch.is_acked
    last = _acked(delivery, None, is_open=is_open, is_over=is_over)
    if last.state is StepState.WAITING and not is_acked:
        last = Step(last.name, StepState.LATER)
    return [*steps, told[2], last]


def _both(invoice: _Fact, dispatch: _Fact) -> _Fact:
    """R8: told when both are, and acknowledged with the later of them."""
    times = [at for at in (invoice.told_at, dispatch.told_at) if at is not None]
    acked = [at for at in (invoice.acked_at, dispatch.acked_at) if at is not None]
    return _Fact(
        StepName.INFORMED,
        StepName.INFORMED,
        invoice.is_told and dispatch.is_told,
        max(times, default=None),
        invoice.is_acked and dispatch.is_acked,
        max(acked, default=None),
        None,
    )


def _told(fact: _Fact, turn_at: datetime | None, *, has_turn: bool, is_over: bool) -> Step:
    """Whether the store has told a fact; where it has its turn, then since `turn_at`."""
    if fact.is_told:
        return Step(fact.told, StepState.DONE, fact.told_at, fact=fact.fact)
    if is_over:
        return Step(fact.told, StepState.NOT_NEEDED)
    if not has_turn:
        return Step(fact.told, StepState.LATER)
    return Step(fact.told, StepState.WAITING, since=turn_at, awaited=Awaited.STORE)


def _acked(fact: _Fact, obstacle: Obstacle | None, *, is_open: bool, is_over: bool) -> Step:
    """Whether the hub has a fact."""
    if fact.is_acked:
        return Step(fact.acked, StepState.DONE, fact.acked_at)
    if is_over:
        return Step(fact.acked, StepState.NOT_NEEDED)
    if obstacle is not None and (fact.is_told or _is_of_the_store(obstacle)):
        return _stopped(fact.acked, obstacle)
    if not fact.is_told:
        return Step(fact.acked, StepState.LATER)
    if not is_open and not fact.is_needed:
        # The hub would not take it, and nobody asks for it.
        return Step(fact.acked, StepState.NOT_NEEDED)
    return Step(fact.acked, StepState.WAITING, since=fact.told_at, awaited=Awaited.PONTE)


def _is_of_the_store(obstacle: Obstacle) -> bool:
    """The store told something that cannot be read: so nothing was told, and it fails all the
    same."""
    return obstacle.problem.code is ProblemCode.EVENT_UNREADABLE


def _canceled(order: OrderRecord, obstacle: Obstacle | None) -> list[Step]:
    steps = []
    in_hub = order.hub_canceled_at is not None or order.hub_status in CANCELED
    if in_hub:
        steps.append(Step(StepName.CANCELED_IN_HUB, StepState.DONE, order.hub_canceled_at))
    name = StepName.CANCELED_IN_STORE
    if order.state == "canceled":
        at = order.canceled_at or order.store_status_at
        steps.append(Step(name, StepState.DONE, at))
    elif in_hub and obstacle is not None and obstacle.problem.code is ProblemCode.CANCEL_REFUSED:
        steps.append(_stopped(name, obstacle))
    elif in_hub and order.store_number is not None:
        since = order.hub_canceled_at
        steps.append(Step(name, StepState.WAITING, since=since, awaited=Awaited.PONTE))
    return steps


def _stopped(name: StepName, obstacle: Obstacle) -> Step:
    state = StepState.SET_ASIDE if obstacle.is_ignored else StepState.FAILED
    return Step(name, state, since=obstacle.since, problem=obstacle.problem)
