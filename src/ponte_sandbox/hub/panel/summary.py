"""The figures of the *Resumo* (R10): what was sold, when, and against which days it is held. Pure.

Two decisions stand here and nowhere else. **Which orders are sales:** those that are approved now,
or anything an order becomes after its approval (`SALES`); what waits for its payment, was canceled
or refunded is an order and no sale. **Which day an order belongs to:** the one it was created on in
São Paulo, whatever became of it later.

The danger is in the calendar. A month up to today is held against the month before up to the same
day; where that month has no such day (31 March), up to its last one. The last 30 days include
today. Orders created after today (a replay, a clock that leaps) count as ever, and in no window.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from ponte_sandbox.hub.orders.index import Channel, Day, Total
from ponte_sandbox.hub.stamps import SAO_PAULO

SALES = frozenset(
    (
        "approved", "in_separation", "waiting_invoice", "invoiced", "invoice_error",
        "shipping_informed", "shipping_error", "shipped", "delivered",
    )
)  # fmt: skip
WINDOW_DAYS = 30

_CENTS = Decimal(100)


class Figure(NamedTuple):
    """Some orders: how many, and what they come to together."""

    orders: int = 0
    cents: int = 0

    @property
    def amount(self) -> Decimal:
        """In reais."""
        return self.cents / _CENTS


class DayFigure(NamedTuple):
    """The sales of one day."""

    day: date
    sold: Figure


class Summary(NamedTuple):
    """The *Resumo* of an account at a moment. Amounts and numbers are of sales, unless said."""

    today: date
    # The day of the month before up to which it is compared.
    same_day_before: date
    ever: Figure
    month: Figure
    window: Figure
    # The month before, up to the same day.
    month_before: Figure
    # All orders, also those that are no sales; most first.
    by_status: Sequence[tuple[str, int]]
    by_channel: Sequence[Channel]
    # Orders of all channels that are not among these.
    other_channels: int
    # One for each of the last 30 days, oldest first.
    by_day: Sequence[DayFigure]

    @property
    def ticket(self) -> Decimal | None:
        """What a sale comes to on average, since ever; None without sales."""
        return self.ever.amount / self.ever.orders if self.ever.orders else None


def since(now: datetime) -> date:
    """The first day `summary` has to know."""
    today = today_of(now)
    return min(_month_before(today).replace(day=1), today - timedelta(days=WINDOW_DAYS - 1))


def summary(
    totals: Iterable[Total], channels: Sequence[Channel], days: Iterable[Day], now: datetime
) -> Summary:
    """The figures at `now` (aware): from all orders by status, from the channels with most orders,
    and from the orders of the days beginning with `since(now)`."""
    today = today_of(now)
    same_day = _month_before(today)
    statuses: Counter[str] = Counter()
    ever = Figure()
    for total in totals:
        statuses[total.status] += total.orders
        if total.status in SALES:
            ever = _plus(ever, total)
    sold: dict[str, Figure] = {}
    for figure in days:
        if figure.status in SALES:
            sold[figure.day] = _plus(sold.get(figure.day, Figure()), figure)
    first_of_window = today - timedelta(days=WINDOW_DAYS - 1)
    by_day = [
        DayFigure(day, sold.get(day.isoformat(), Figure())) for day in _days(first_of_window, today)
    ]
    return Summary(
        today=today,
        same_day_before=same_day,
        ever=ever,
        month=_sum(sold, today.replace(day=1), today),
        window=_sum(sold, first_of_window, today),
        month_before=_sum(sold, same_day.replace(day=1), same_day),
        by_status=_most_first(statuses),
        by_channel=channels,
        other_channels=sum(statuses.values()) - sum(channel.orders for channel in channels),
        by_day=by_day,
    )


def growth(now: int | Decimal, before: int | Decimal) -> Decimal | None:
    """By which share of `before` it is more or, negative, less; None where that was nothing."""
    return (Decimal(now) - before) / before if before else None


def today_of(now: datetime) -> date:
    """The day it is in São Paulo."""
    return now.astimezone(SAO_PAULO).date()


def _month_before(today: date) -> date:
    """The same day of the month before, or that month's last day."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(today.day, monthrange(last.year, last.month)[1]))


def _sum(sold: dict[str, Figure], first: date, last: date) -> Figure:
    total = Figure()
    for day in _days(first, last):
        total = _plus(total, sold.get(day.isoformat(), Figure()))
    return total


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _plus(figure: Figure, more: Figure | Total | Day) -> Figure:
    return Figure(figure.orders + more.orders, figure.cents + more.cents)


def _most_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
