"""How a connection stands is measured by one at a time, kept ready, and never counted by a page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bare_ledger import BareLedger, bare_ledger

from ponte.domain.health import Reason, State
from ponte.http.counting import CallSum
from ponte.jobs import watch
from ponte.jobs.health import refresh
from ponte.ledger import calls, health
from ponte.services import health as service
from ponte.services.actors import Actor, Forbidden, Role, Via
from ponte.services.health import ConnectionHealth
from ponte.settings import Settings
from ponte.web.metrics import Metrics

OPERATOR = Actor(Role.OPERATOR, "op", Via.PANEL)
_FAMILIES = """
    INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, desired_stock,
        acked_stock, desired_price, acked_price, desired_content, acked_content, stock_since)
    SELECT %s, 'k' || number, 's' || number, 's' || number, number, '2', %s, '1', '1', 'a', 'a',
        now() - make_interval(secs => %s)
    FROM generate_series(1, %s) AS number"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    with bare_ledger(tmp_path_factory.mktemp("health")) as running:
        yield running


@pytest.fixture
def ledger(database: BareLedger) -> Iterator[BareLedger]:
    yield database
    database.forget_all()


def look(ledger: BareLedger) -> int:
    """A worker's timer looks; how many connections it looked at."""

    async def run() -> int:
        async with ledger.pool.connection() as conn, conn.transaction():
            return await refresh(conn)

    return ledger.run(run())


def shown(ledger: BareLedger, connection: int) -> ConnectionHealth:
    """What a page shows."""
    found = ledger.run(service.of_connection(ledger.pool, OPERATOR, connection))
    assert found is not None
    return found


def add_families(
    ledger: BareLedger, connection: int, count: int, *, acked: str | None = "1", age: int = 5
) -> None:
    """Families whose stock differs, unless it is acknowledged as 2."""
    ledger.sql(_FAMILIES, [connection, acked, age, count])


def count_calls(ledger: BareLedger, *sums: CallSum) -> None:
    """What processes hand over."""

    async def run() -> None:
        async with ledger.pool.connection() as conn:
            await calls.add(conn, sums)

    ledger.run(run())


def test_a_connection_at_rest_is_active_and_shows_its_size(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 7, acked="2")
    ledger.sql("UPDATE connection SET product_cursor = 7")
    assert look(ledger) == 1
    found = shown(ledger, number)
    assert (found.state, found.reason) == (State.ACTIVE, Reason.NOTHING)
    assert (found.families, found.stock.unsent) == (7, 0)
    assert found.exported_at is not None
    assert not found.is_stale


def test_what_differs_is_counted_with_its_age(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 3, age=1000)
    look(ledger)
    found = shown(ledger, number)
    assert (found.state, found.reason) == (State.LAGGING, Reason.STOCK)
    assert found.stock.unsent == 3
    assert 1000 <= found.lag_seconds < 1100
    assert (found.price.unsent, found.content.unsent) == (0, 0)


def test_a_first_export_is_told_as_such_until_all_was_sent_once(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 2)
    ledger.sql("UPDATE family SET acked_content = NULL")
    look(ledger)
    assert shown(ledger, number).state is State.EXPORTING
    ledger.sql("UPDATE family SET acked_content = 'a'")
    look(ledger)
    found = shown(ledger, number)
    assert (found.state, found.stock.unsent) == (State.ACTIVE, 2)


def test_what_fails_again_and_again_does_not_make_an_export_last_for_ever(
    ledger: BareLedger,
) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 1, age=5000)
    ledger.sql("UPDATE family SET acked_content = NULL, failures = 5")
    look(ledger)
    assert shown(ledger, number).state is State.LAGGING


def test_what_is_stopped_shows_at_the_next_look(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    look(ledger)
    ledger.sql("INSERT INTO pause (reason, began_by) VALUES ('x', 'y')")
    assert look(ledger) == 1
    assert ledger.sql("SELECT state FROM connection_health") == [("stopped",)]
    assert shown(ledger, number).reason is Reason.OPERATOR


def test_a_mountain_is_counted_to_its_end_and_not_at_every_look(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, health.MOST_COUNTED + 2000)
    look(ledger)
    assert shown(ledger, number).stock.unsent == health.MOST_COUNTED + 2000
    ledger.sql("UPDATE family SET acked_stock = '2' WHERE family_key LIKE 'k1111%%'", {})
    look(ledger)
    assert shown(ledger, number).stock.unsent == health.MOST_COUNTED + 2000
    ledger.sql("UPDATE connection_health SET mountain_at = now() - interval '2 minutes'")
    look(ledger)
    assert shown(ledger, number).stock.unsent == health.MOST_COUNTED + 2000 - 11


def test_a_catalogue_is_counted_again_only_when_its_feed_moved(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 5, acked="2")
    look(ledger)
    ledger.sql("DELETE FROM family WHERE family_key = 'k1'")
    later = "UPDATE connection_health SET counted_at = now() - interval '1 hour',"
    later += " measured_at = now() - interval '2 minutes'"
    ledger.sql(later)
    look(ledger)
    assert shown(ledger, number).families == 5
    ledger.sql("UPDATE connection SET product_cursor = 99")
    ledger.sql(later)
    look(ledger)
    assert shown(ledger, number).families == 4


def test_whoever_is_at_rest_waits_for_a_minute_and_whoever_is_not_does_not(
    ledger: BareLedger,
) -> None:
    at_rest, lively = ledger.connect(2)
    assert look(ledger) == 2
    assert look(ledger) == 0
    add_families(ledger, lively, 1)
    assert look(ledger) == 1
    ledger.sql(
        "INSERT INTO hub_order (connection_id, hub_order_id, wanted_at) VALUES (%s, 'o', now())",
        [at_rest],
    )
    assert look(ledger) == 2
    assert shown(ledger, at_rest).orders.waiting == 1


def test_an_order_that_waits_for_a_person_does_not_wait_for_us(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    ledger.sql(
        "INSERT INTO hub_order (connection_id, hub_order_id, wanted_at)"
        " VALUES (%(id)s, 'o1', now() - interval '1 hour'), (%(id)s, 'o2', now())",
        {"id": number},
    )
    ledger.sql("INSERT INTO problem VALUES (%s, 'order', 'o1', 'unknown_sku', '', true)", [number])
    look(ledger)
    found = shown(ledger, number)
    assert (found.orders.waiting, found.orders.with_problem, found.problems_blocking) == (1, 1, 1)
    assert found.state is State.ACTIVE


def test_calls_of_the_last_minutes_tell_a_failing_side(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    count_calls(ledger, CallSum(number, "hub", 1, 0, 0, 2, 0, 0, None))
    count_calls(ledger, CallSum(number, "hub", 0, 0, 0, 0, 4, 1, 503))
    look(ledger)
    found = shown(ledger, number)
    assert (found.hub.calls, found.hub.failed, found.hub.throttled) == (8, 5, 2)
    assert (found.state, found.reason) == (State.FAILING, Reason.HUB)


def test_an_access_that_ended_shows_before_anybody_measures(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    look(ledger)
    ledger.sql("UPDATE connection SET store_access_ended_at = now()")
    assert shown(ledger, number).state is State.DISCONNECTED
    assert look(ledger) == 1
    ((state,),) = ledger.sql("SELECT state FROM connection_health")
    assert state == State.DISCONNECTED


def test_the_last_hours_are_charted_minute_by_minute_where_anything_was_open(
    ledger: BareLedger,
) -> None:
    (number,) = ledger.connect()
    look(ledger)
    assert ledger.run(service.charts(ledger.pool, OPERATOR, number)).lag == []
    add_families(ledger, number, 3, age=60)
    look(ledger)
    ledger.sql("UPDATE lag_sample SET minute = minute - interval '1 minute'")
    ledger.sql("UPDATE family SET acked_stock = '2', stock_since = NULL")
    look(ledger)
    look(ledger)
    ledger.sql(
        "INSERT INTO hub_order (connection_id, hub_order_id, imported_at)"
        " VALUES (%(id)s, 'a', now()), (%(id)s, 'b', now())",
        {"id": number},
    )
    count_calls(ledger, CallSum(number, "store", 9, 0, 0, 0, 0, 0, None))
    ledger.sql(
        "INSERT INTO call_minute SELECT minute - interval '2 hours', connection_id, side, ok,"
        " refused, unauthorised, throttled, failed, unanswered, NULL FROM call_minute"
    )
    ledger.run(condense(ledger))
    charts = ledger.run(service.charts(ledger.pool, OPERATOR, number))
    assert [sample.stock_unsent for sample in charts.lag] == [3, 0]
    assert 60 <= charts.lag[0].stock_seconds < 90
    assert [hour.orders for hour in charts.imported] == [2]
    assert [hour.ok for hour in charts.calls] == [9, 9]


async def condense(ledger: BareLedger) -> None:
    async with ledger.pool.connection() as conn:
        await calls.condense(conn)


def test_what_the_merchant_paused_is_no_lag(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 3, age=5000)
    ledger.sql("UPDATE connection SET catalogue_paused_at = now()")
    look(ledger)
    found = shown(ledger, number)
    assert (found.state, found.reason) == (State.PAUSED, Reason.MERCHANT)
    assert (found.lag_seconds, found.stock.unsent) == (0, 3)
    ledger.sql("UPDATE connection SET catalogue_paused_at = NULL, orders_paused_at = now()")
    look(ledger)
    assert shown(ledger, number).state is State.LAGGING


def test_what_somebody_decided_to_leave_is_not_counted(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    ledger.sql(
        "INSERT INTO problem (connection_id, subject_kind, subject, code, blocking, ignored_at,"
        " ignored_by, ignore_reason)"
        " VALUES (%(id)s, 'family', 'a', 'no_sku', true, now(), 'x', 'y'),"
        " (%(id)s, 'family', 'b', 'no_sku', true, NULL, NULL, NULL)",
        {"id": number},
    )
    look(ledger)
    assert shown(ledger, number).problems_blocking == 1


def test_a_merchant_sees_their_own_only(ledger: BareLedger) -> None:
    mine, other = ledger.connect(2)
    merchant = Actor(Role.MERCHANT, "loja", Via.HUB, connection_id=mine)
    assert ledger.run(service.of_connection(ledger.pool, merchant, mine)) is not None
    with pytest.raises(Forbidden):
        ledger.run(service.of_connection(ledger.pool, merchant, other))
    with pytest.raises(Forbidden):
        ledger.run(service.charts(ledger.pool, merchant, other))


def test_of_a_deleted_connection_nothing_stays(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    add_families(ledger, number, 1)
    look(ledger)
    ledger.sql("DELETE FROM connection")
    assert look(ledger) == 0
    assert ledger.sql("SELECT FROM connection_health UNION ALL SELECT FROM lag_sample") == []


def test_one_process_looks_at_a_time(ledger: BareLedger) -> None:
    ledger.connect()
    runtime: Any = type("Pooled", (), {"pool": ledger.pool})()

    def look_once(every: float) -> bool:
        return ledger.run(watch.look_once(runtime, Settings(), [], every))

    assert look_once(60.0)
    assert not look_once(60.0)

    async def while_somebody_looks() -> bool:
        async with ledger.pool.connection() as conn, conn.transaction():
            assert await health.take_watch(conn, 0.0)
            return await watch.look_once(runtime, Settings(), [], 0.0)

    assert not ledger.run(while_somebody_looks())
    assert look_once(0.0)
    ledger.sql("UPDATE watch SET looked_at = now() + interval '1 hour'")
    assert look_once(60.0)


def test_monitoring_sees_states_and_what_stands(ledger: BareLedger) -> None:
    ledger.connect(2)
    ledger.sql("UPDATE connection SET hub_access_ended_at = now() WHERE mod(connection_id, 2) = 0")
    ledger.sql(
        "INSERT INTO outage (side, place, began_at, seen_at, status, accounts, failing)"
        " VALUES ('hub', 'x', now(), now(), 503, 2, 2)"
    )
    look(ledger)
    text = ledger.run(Metrics().render(ledger.pool)).decode()
    for line in (
        'ponte_connections{state="active"} 1.0',
        'ponte_connections{state="disconnected"} 1.0',
        'ponte_outages{side="hub"} 1.0',
    ):
        assert line in text


def test_figures_of_long_ago_are_told_as_such(ledger: BareLedger) -> None:
    (number,) = ledger.connect()
    look(ledger)
    ledger.sql("UPDATE connection_health SET measured_at = now() - %s", [timedelta(minutes=4)])
    assert shown(ledger, number).is_stale
