"""The circuit opens on a dead server, tries it ever more rarely, and closes when it lives."""

import math

from ponte.http.circuit import FAILURES_TO_OPEN, FIRST_WAIT, LONGEST_WAIT, Circuit


def test_the_circuit_opens_waits_longer_and_closes() -> None:
    circuit = Circuit(jitter=lambda: 1.0)
    now, waits = 0.0, []
    for _ in range(FAILURES_TO_OPEN - 1):
        circuit.failed(now, now)
    assert circuit.ready_in(now) == 0
    circuit.failed(now, now)
    for _ in range(10):
        wait = circuit.ready_in(now)
        waits.append(wait)
        now += wait
        assert circuit.ready_in(now) == 0
        circuit.started()
        assert circuit.ready_in(now) == math.inf, "one probe at a time"
        circuit.failed(now, now)
    assert waits[0] == FIRST_WAIT
    assert waits[-1] == LONGEST_WAIT
    assert waits == sorted(waits)
    circuit.succeeded()
    assert circuit.ready_in(now) == 0
    assert circuit.open_until is None


def test_failures_from_before_the_opening_do_not_lengthen_it() -> None:
    circuit = Circuit(jitter=lambda: 1.0)
    for _ in range(FAILURES_TO_OPEN):
        circuit.failed(0.0, 1.0)
    opened = circuit.open_until
    for _ in range(50):
        circuit.failed(0.5, 1.2)
    assert circuit.open_until == opened


def test_a_probe_that_was_given_up_lets_another_try() -> None:
    circuit = Circuit(jitter=lambda: 0.0)
    for _ in range(FAILURES_TO_OPEN):
        circuit.failed(0.0, 1.0)
    circuit.started()
    circuit.abandoned(2.0)
    assert circuit.ready_in(2.0) == 0
