"""Looks at how every connection stands, and writes it down for pages and alerts.

Done by one process at a time, every few seconds. Whoever is at rest is looked at once a minute;
what would cost much (a mountain of differences, the size of a catalogue) is counted seldom, and
within a budget of time, so that ten thousand idle merchants and one of a million SKUs cost next to
nothing.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from ponte.domain.health import Ages, Judgement, SideCalls, Signs, judge
from ponte.ledger import health
from ponte.ledger.health import MOST_COUNTED, Differences, HealthRow, Measured
from ponte.ledger.queries import Connection

# Whoever is at rest is looked at this often; their state does not change without a reason that is
# seen sooner.
REST_SECONDS = 60.0
# In one look; a sixth of ten thousand at rest, and a thousand lively ones beside them.
CONNECTIONS_PER_LOOK = 3_000
# A mountain of differences is counted one by one this often, and is a second's work if it is large.
_MOUNTAIN_EVERY = timedelta(seconds=60)
# What counting may take of each look, all mountains and catalogues together.
_COUNTING_SECONDS = 1.0
# A catalogue is counted again once its feed moved, but not sooner than this; and of a large one not
# sooner than a millisecond for each family, which is a thousandth of the time.
_COUNT_EVERY = timedelta(seconds=30)
_COUNT_EVERY_FAMILY = timedelta(milliseconds=1)
# What the feed does not tell: a retired family that the hub has forgotten by now.
_COUNT_AGAIN_AFTER = timedelta(days=1)


async def refresh(conn: Connection, clock: Callable[[], float] = time.monotonic) -> int:
    """One look; how many connections were looked at."""
    deadline = clock() + _COUNTING_SECONDS
    due = await health.to_measure(conn, REST_SECONDS, CONNECTIONS_PER_LOOK)
    if not due:
        return 0
    now = datetime.now(UTC)
    found: list[HealthRow] = []
    to_sample: list[int] = []
    for measured in await health.measure(conn, due):
        has_time = clock() < deadline
        row = await _stand(conn, measured, now, may_count=has_time)
        found.append(row)
        if is_open(row) or measured.was_lively:
            to_sample.append(row.connection_id)
    await health.save(conn, found)
    if to_sample:
        await health.sample(conn, to_sample)
    return len(found)


def is_open(row: HealthRow) -> bool:
    """Whether something waits to be sent, read or taken in."""
    return bool(
        row.stock_unsent
        or row.price_unsent
        or row.content_unsent
        or row.orders_waiting
        or row.reports_open
    )


async def _stand(
    conn: Connection, measured: Measured, now: datetime, *, may_count: bool
) -> HealthRow:
    measured = await _with_mountain(conn, measured, now, may_count=may_count)
    measured = await _with_size(conn, measured, now, may_count=may_count)
    exported_at = measured.exported_at
    if exported_at is None and measured.product_checked_at is not None and not measured.never_sent:
        exported_at = now
    judgement = judge(signs_of(measured, exported_at is not None, now))
    row = _row(measured, judgement, exported_at, now)
    is_lively = is_open(row) or row.hub_failed > 0 or row.store_failed > 0 or not exported_at
    return msgspec.structs.replace(
        row, is_lively=is_lively and not row.is_held and not measured.is_off
    )


async def _with_mountain(
    conn: Connection, measured: Measured, now: datetime, *, may_count: bool
) -> Measured:
    """Of more differences than are counted each time, those of the last full count."""
    if measured.differing <= MOST_COUNTED:
        return msgspec.structs.replace(measured, mountain_at=None)
    is_fresh = measured.mountain_at is not None and now - measured.mountain_at < _MOUNTAIN_EVERY
    if may_count and not is_fresh:
        counted = await health.measure_mountain(conn, measured.connection_id)
        if counted is not None:
            return msgspec.structs.replace(
                measured, mountain_at=now, **msgspec.structs.asdict(counted)
            )
    before = _before(measured)
    if measured.mountain_at is None or before is None:
        return measured
    return msgspec.structs.replace(measured, **msgspec.structs.asdict(before))


def _before(measured: Measured) -> Differences | None:
    counts = measured.stock_before, measured.price_before, measured.content_before
    if None in counts:
        return None
    return Differences(
        measured.stock_before or 0,
        measured.price_before or 0,
        measured.content_before or 0,
        measured.stock_oldest_before,
        measured.price_oldest_before,
        measured.content_oldest_before,
    )


async def _with_size(
    conn: Connection, measured: Measured, now: datetime, *, may_count: bool
) -> Measured:
    if not may_count or not _is_size_due(measured, now):
        return measured
    size = await health.count_catalogue(conn, measured.connection_id)
    if size is None:
        return measured
    return msgspec.structs.replace(
        measured,
        families=size.families,
        skus=size.skus,
        counted_at=now,
        counted_cursor=measured.product_cursor,
    )


def _is_size_due(measured: Measured, now: datetime) -> bool:
    if measured.counted_at is None:
        return True
    age = now - measured.counted_at
    if measured.counted_cursor == measured.product_cursor:
        return age > _COUNT_AGAIN_AFTER
    return age > max(_COUNT_EVERY, _COUNT_EVERY_FAMILY * measured.families)


def signs_of(standing: Measured | health.Standing, is_exported: bool, now: datetime) -> Signs:
    """What the domain judges by."""
    if isinstance(standing, Measured):
        is_held, began = standing.is_held, standing.began_at
        is_off = standing.is_off
        hub_ended, store_ended = standing.hub_ended, standing.store_ended
    else:
        is_held = standing.released_at is None
        is_off = standing.switched_off_at is not None
        began = standing.released_at or standing.created_at
        hub_ended = standing.hub_access_ended_at is not None
        store_ended = standing.store_access_ended_at is not None
    return Signs(
        is_held=is_held,
        is_off=is_off,
        hub_ended=hub_ended,
        store_ended=store_ended,
        is_stopped=standing.is_stopped,
        is_paused=any(
            (standing.catalogue_paused_at, standing.orders_paused_at, standing.reports_paused_at)
        ),
        is_exported=is_exported,
        hub=SideCalls(standing.hub_calls, standing.hub_failed),
        store=SideCalls(standing.store_calls, standing.store_failed),
        ages=_ages(standing, began, is_exported, now),
    )


def _ages(
    standing: Measured | health.Standing, began: datetime, is_exported: bool, now: datetime
) -> Ages:
    """Of what goes; what the merchant paused is as old as they want it."""
    catalogue = standing.catalogue_paused_at is None
    orders = standing.orders_paused_at is None
    reports = standing.reports_paused_at is None
    # The first reading of a large feed takes as long as it takes.
    is_read = catalogue and is_exported
    return Ages(
        stock=_age(standing.stock_oldest, now) if catalogue else 0.0,
        price=_age(standing.price_oldest, now) if catalogue else 0.0,
        content=_age(standing.content_oldest, now) if catalogue else 0.0,
        orders=_age(standing.orders_oldest, now) if orders else 0.0,
        reports=_age(standing.reports_oldest, now) if reports else 0.0,
        checked=max(
            _age(standing.product_checked_at or began, now) if is_read else 0.0,
            _age(standing.orders_checked_at or began, now) if orders else 0.0,
        ),
    )


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())


def _row(
    measured: Measured, judgement: Judgement, exported_at: datetime | None, now: datetime
) -> HealthRow:
    same = (measured.state_before, measured.reason_before) == (judgement.state, judgement.reason)
    taken = {name: getattr(measured, name) for name in _TAKEN_OVER}
    return HealthRow(
        measured_at=now,
        state=judgement.state,
        reason=judgement.reason,
        state_since=measured.state_since if same and measured.state_since else now,
        lag_seconds=judgement.lag_seconds,
        is_lively=False,
        exported_at=exported_at,
        **taken,
    )


# What a row has as it was measured.
_TAKEN_OVER = tuple(
    name
    for name in HealthRow.__struct_fields__
    if name in Measured.__struct_fields__ and name not in ("state_since", "exported_at")
)
