"""The figures of the Resumo are right on every day of the calendar, by São Paulo's clock."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte_sandbox.hub.orders.fields import STATUSES
from ponte_sandbox.hub.orders.index import Channel, Day, Total
from ponte_sandbox.hub.panel.summary import SALES, Figure, Summary, growth, since, summary, today_of
from ponte_sandbox.hub.stamps import SAO_PAULO, iso, local_day

# An order: when it was created, its status, its channel, its cents.
Order = tuple[datetime, str, str, int]


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00-03:00")


def figures(orders: list[Order], now: datetime) -> Summary:
    """The summary of orders, summed up as the index does it."""
    totals: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    days: Counter[tuple[str, str]] = Counter()
    cents_of: Counter[str] = Counter()
    day_cents: Counter[tuple[str, str]] = Counter()
    for created, status, channel, cents in orders:
        day = local_day(iso(created.astimezone(UTC)))
        totals[status] += 1
        cents_of[status] += cents
        channels[channel] += 1
        days[day, status] += 1
        day_cents[day, status] += cents
    return summary(
        [Total(status, count, cents_of[status]) for status, count in totals.items()],
        [Channel(*each) for each in channels.most_common(2)],
        [
            Day(*key, count, day_cents[key])
            for key, count in days.items()
            if key[0] >= since(now).isoformat()
        ],
        now,
    )


def sold(*days: str) -> list[Order]:
    return [(noon(day), "approved", "Shopee", 100) for day in days]


@pytest.mark.parametrize(
    ("today", "same_day"),
    [
        ("2026-11-25", "2026-10-25"),
        ("2026-03-31", "2026-02-28"),
        ("2028-03-31", "2028-02-29"),
        ("2028-03-29", "2028-02-29"),
        ("2026-03-29", "2026-02-28"),
        ("2028-02-29", "2028-01-29"),
        ("2026-02-28", "2026-01-28"),
        ("2026-05-31", "2026-04-30"),
        ("2026-01-01", "2025-12-01"),
        ("2026-01-31", "2025-12-31"),
        ("2025-12-31", "2025-11-30"),
    ],
)
def test_the_same_day_of_the_month_before(today: str, same_day: str) -> None:
    found = summary([], [], [], noon(today))
    assert found.same_day_before == date.fromisoformat(same_day)


def test_a_month_is_compared_up_to_the_same_day_only() -> None:
    orders = sold("2026-10-01", "2026-10-25", "2026-10-26", "2026-11-01", "2026-11-25")
    found = figures(orders, noon("2026-11-25"))
    assert found.month == Figure(2, 200)
    assert found.month_before == Figure(2, 200)


def test_the_end_of_march_is_compared_with_all_of_february() -> None:
    orders = sold("2028-01-31", "2028-02-01", "2028-02-29", "2028-03-31")
    found = figures(orders, noon("2028-03-31"))
    assert found.month_before == Figure(2, 200)
    assert found.month == Figure(1, 100)


def test_january_is_compared_with_last_years_december() -> None:
    orders = sold("2024-12-05", "2025-12-05", "2025-12-20", "2026-01-05")
    found = figures(orders, noon("2026-01-10"))
    assert found.month_before == Figure(1, 100)
    assert found.ever == Figure(4, 400)


def test_a_day_ends_at_midnight_in_sao_paulo() -> None:
    before = datetime(2026, 12, 1, 2, 59, 59, 999_000, tzinfo=UTC)
    after = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    orders: list[Order] = [(before, "approved", "", 1), (after, "approved", "", 10)]
    assert figures(orders, before).month == Figure(1, 1)
    found = figures(orders, after)
    assert found.month == Figure(1, 10)
    assert found.by_day[-1] == (date(2026, 12, 1), Figure(1, 10))
    assert found.by_day[-2] == (date(2026, 11, 30), Figure(1, 1))


def test_thirty_days_include_today_and_leap_over_february() -> None:
    orders = sold("2026-01-30", "2026-01-31", "2026-03-01")
    found = figures(orders, noon("2026-03-01"))
    assert len(found.by_day) == 30
    assert found.by_day[0].day == date(2026, 1, 31)
    assert found.window == Figure(2, 200)


def test_only_what_was_approved_is_a_sale() -> None:
    now = noon("2026-11-25")
    found = figures([(now, status, "B2W", 1000) for status in STATUSES], now)
    no_sales = {
        "pending", "partial_payment", "under_review", "paid", "canceled", "refunded",
    }  # fmt: skip
    assert set(STATUSES) - SALES == no_sales
    assert found.ever == Figure(len(SALES), 1000 * len(SALES))
    assert dict(found.by_status) == dict.fromkeys(STATUSES, 1)
    assert found.by_channel == [("B2W", len(STATUSES))]
    assert found.ticket == Decimal(10)


def test_without_sales_there_is_no_average_and_no_growth() -> None:
    found = summary([], [], [], noon("2026-11-25"))
    assert found.ticket is None
    assert growth(5, 0) is None
    assert growth(15, 10) == Decimal("0.5")
    assert growth(5, 10) == Decimal("-0.5")


def test_an_order_from_the_future_counts_as_ever_only() -> None:
    found = figures(sold("2026-11-26", "2026-11-24"), noon("2026-11-25"))
    assert found.ever.orders == 2
    assert found.month.orders == found.window.orders == 1


_MOMENTS = st.datetimes(
    min_value=datetime(2023, 12, 1),  # noqa: DTZ001
    max_value=datetime(2024, 4, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(
    orders=st.lists(
        st.tuples(
            _MOMENTS,
            st.sampled_from(STATUSES),
            st.sampled_from(("", "Shopee", "Amazon")),
            st.integers(0, 10**6),
        ),
        max_size=40,
    ),
    now=_MOMENTS,
)
def test_every_figure_is_what_counting_each_order_gives(orders: list[Order], now: datetime) -> None:
    found = figures(orders, now)
    today = now.astimezone(SAO_PAULO).date()
    sales = [(created, cents) for created, status, _, cents in orders if status in SALES]

    def counted(first: date, last: date) -> Figure:
        inside = [c for created, c in sales if first <= today_of(created) <= last]
        return Figure(len(inside), sum(inside))

    assert found.ever == Figure(len(sales), sum(cents for _, cents in sales))
    assert found.month == counted(today.replace(day=1), today)
    assert found.window == counted(today - timedelta(days=29), today)
    assert found.month_before == counted(
        found.same_day_before.replace(day=1), found.same_day_before
    )
    assert (found.same_day_before.month % 12) + 1 == today.month
    assert found.same_day_before.day <= today.day
    assert sum(one.sold.orders for one in found.by_day) == found.window.orders
    assert sum(count for _, count in found.by_status) == len(orders)
    shown = sum(count for _, count in found.by_channel)
    assert shown + found.other_channels == len(orders)
