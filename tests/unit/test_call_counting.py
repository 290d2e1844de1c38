"""How calls end is counted, handed over once, and costs next to nothing."""

import time

import pytest

from ponte.http.counting import CallCounter, CallSum, Outcome, outcome_of


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK),
        (204, Outcome.OK),
        (404, Outcome.REFUSED),
        (422, Outcome.REFUSED),
        (401, Outcome.UNAUTHORISED),
        (429, Outcome.THROTTLED),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
        (302, Outcome.FAILED),
        (408, Outcome.FAILED),
        (0, Outcome.UNANSWERED),
    ],
)
def test_each_status_counts_as_what_it_is(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


def test_a_sum_is_handed_over_once() -> None:
    counter = CallCounter()
    observe = counter.observer(7, "hub", None)
    for status in (200, 200, 404, 503, 0, 429, 401):
        observe("put_sku", status, 0.1)
    assert counter.take() == [CallSum(7, "hub", 2, 1, 1, 1, 1, 1, 0)]
    assert counter.take() == []


def test_what_could_not_be_written_comes_with_the_next() -> None:
    counter = CallCounter()
    observe = counter.observer(7, "hub", None)
    observe("put_sku", 503, 0.1)
    counter.give_back(counter.take())
    observe("put_sku", 200, 0.1)
    assert counter.take() == [CallSum(7, "hub", 1, 0, 0, 0, 1, 0, 503)]


def test_the_metrics_hear_of_every_call() -> None:
    heard: list[int] = []
    counter = CallCounter()
    counter.observer(7, "hub", lambda _kind, status, _seconds: heard.append(status))("x", 200, 0.1)
    assert heard == [200]


def test_counting_a_call_takes_no_two_microseconds() -> None:
    observe = CallCounter().observer(7, "hub", None)
    fastest = float("inf")
    # The fastest of some runs: other programs may take the processor at any time.
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(1000):
            observe("put_sku", 200, 0.1)
        fastest = min(fastest, time.perf_counter() - began)
    assert fastest / 1000 < 2e-6
