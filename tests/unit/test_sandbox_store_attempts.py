"""Who guesses passwords waits, and who slips does not."""

import pytest

from ponte_sandbox.store import log_ins
from ponte_sandbox.store.log_ins import PAUSE_SECONDS, WRONG_SECONDS, WRONG_TRIES, Attempts


class Clock:
    """Time as the test wants it."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(log_ins, "time", clock)
    return clock


def test_ten_wrong_passwords_are_a_pause_and_then_one_more_try(clock: Clock) -> None:
    attempts = Attempts()
    for _ in range(WRONG_TRIES):
        assert attempts.wait("1") == 0
        attempts.begin("1")
    assert attempts.wait("1") == PAUSE_SECONDS
    assert attempts.wait("2") == 0
    clock.now += PAUSE_SECONDS
    assert attempts.wait("1") == 0
    attempts.begin("1")
    assert attempts.wait("1") == PAUSE_SECONDS


def test_a_right_password_or_time_forgets_the_wrong_ones(clock: Clock) -> None:
    attempts = Attempts()
    for _ in range(WRONG_TRIES - 1):
        attempts.begin("1")
    attempts.succeeded("1")
    attempts.begin("1")
    assert attempts.wait("1") == 0
    for _ in range(WRONG_TRIES - 1):
        clock.now += WRONG_SECONDS / WRONG_TRIES + 10
        attempts.begin("1")
    assert attempts.wait("1") == 0
