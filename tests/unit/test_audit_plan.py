"""Audits by plan begin at the hour that was chosen, São Paulo's, and not all in one second."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.audit_plan import Every, next_audit
from ponte.domain.readings import SAO_PAULO

# Any second of four years.
MOMENTS = st.integers(0, 4 * 366 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(MOMENTS, st.integers(0, 23), st.integers(0, 6), st.integers(1, 100_000))
def test_it_is_the_next_time_of_that_hour(
    now: datetime, hour: int, weekday: int, number: int
) -> None:
    daily = next_audit(Every.DAILY, hour, weekday, number, now)
    weekly = next_audit(Every.WEEKLY, hour, weekday, number, now)
    assert daily is not None
    assert weekly is not None
    assert daily.astimezone(SAO_PAULO).hour == weekly.astimezone(SAO_PAULO).hour == hour
    assert weekly.astimezone(SAO_PAULO).weekday() == weekday
    assert timedelta(0) < daily - now <= timedelta(days=1)
    assert timedelta(0) < weekly - now <= timedelta(days=7)
    assert next_audit(Every.NEVER, hour, weekday, number, now) is None


def test_ten_thousand_connections_do_not_begin_in_one_second() -> None:
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    begins = [next_audit(Every.DAILY, 3, 0, number, now) for number in range(1, 10_001)]
    most = max(begins.count(moment) for moment in set(begins[:50]))
    assert most <= 3
