"""The one word for how a connection stands: the worst that holds, and why."""

import pytest

from ponte.domain.health import (
    LONGEST_LAG_SECONDS,
    Ages,
    Judgement,
    Reason,
    SideCalls,
    Signs,
    State,
    judge,
)

LATE = LONGEST_LAG_SECONDS + 1.0


def test_nothing_open_is_active() -> None:
    assert judge(Signs()) == Judgement(State.ACTIVE, Reason.NOTHING, 0)


@pytest.mark.parametrize(
    ("signs", "state", "reason"),
    [
        (Signs(hub_ended=True), State.DISCONNECTED, Reason.HUB_ACCESS),
        (Signs(store_ended=True), State.DISCONNECTED, Reason.STORE_ACCESS),
        (Signs(is_held=True), State.HELD, Reason.NOTHING),
        (Signs(is_stopped=True), State.STOPPED, Reason.OPERATOR),
        (Signs(hub=SideCalls(10, 5)), State.FAILING, Reason.HUB),
        (Signs(store=SideCalls(2, 2)), State.FAILING, Reason.STORE),
        (Signs(is_exported=False), State.EXPORTING, Reason.NOTHING),
        (Signs(is_paused=True), State.PAUSED, Reason.MERCHANT),
        (Signs(ages=Ages(stock=LATE)), State.LAGGING, Reason.STOCK),
        (Signs(ages=Ages(stock=5, orders=LATE)), State.LAGGING, Reason.ORDERS),
        (Signs(ages=Ages(checked=LATE)), State.LAGGING, Reason.NOT_CHECKED),
    ],
)
def test_each_sign_has_its_word(signs: Signs, state: State, reason: Reason) -> None:
    found = judge(signs)
    assert (found.state, found.reason) == (state, reason)


def test_fifteen_minutes_are_allowed() -> None:
    assert judge(Signs(ages=Ages(stock=LONGEST_LAG_SECONDS))).state is State.ACTIVE


def test_what_must_be_done_first_hides_what_follows_from_it() -> None:
    signs = Signs(hub_ended=True, hub=SideCalls(9, 9), ages=Ages(stock=LATE))
    assert judge(signs) == Judgement(State.DISCONNECTED, Reason.HUB_ACCESS, int(LATE))


def test_whoever_stopped_it_knows_that_it_lags() -> None:
    assert judge(Signs(is_stopped=True, ages=Ages(stock=LATE))).state is State.STOPPED


def test_a_first_export_of_a_mountain_is_not_late() -> None:
    signs = Signs(is_exported=False, ages=Ages(content=LATE))
    assert judge(signs).state is State.EXPORTING


def test_one_dropped_call_is_no_failing_side() -> None:
    assert judge(Signs(hub=SideCalls(1, 1))).state is State.ACTIVE
    assert judge(Signs(hub=SideCalls(100, 49))).state is State.ACTIVE


def test_between_two_polls_nothing_lags() -> None:
    assert judge(Signs(ages=Ages(checked=LONGEST_LAG_SECONDS))).lag_seconds == 0


def test_what_is_held_lags_behind_nothing() -> None:
    assert judge(Signs(is_held=True, ages=Ages(checked=LATE))).lag_seconds == 0
