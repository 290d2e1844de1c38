"""A page of a list is a range of an index, read from its place on, whichever way it is turned over:
nothing that the page does not show is read, sorted or counted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bare_ledger import BareLedger, bare_ledger

from ponte.ledger import queries
from ponte.ledger.order_lists import Chosen, Place, _values
from ponte.ledger.trail import NEWEST

# Enough that a sort or a table's whole length would be dearer than the range.
FILL = (
    """INSERT INTO problem (connection_id, subject_kind, subject, code, blocking)
    SELECT 1, 'order', n::text, 'unknown_sku', true FROM generate_series(1, 3000) AS n""",
    """INSERT INTO hub_order (connection_id, hub_order_id, seen_at)
    SELECT 1, n::text, now() - n * interval '1 minute' FROM generate_series(1, 3000) AS n""",
    """INSERT INTO trail (user_id, actor, role, via, acts_as_merchant, connection_id, action,
        detail)
    SELECT n %% 37, 'Maria', CASE WHEN n %% 5 = 0 THEN 'operator' ELSE 'merchant' END, 'panel',
        false, n %% 23, 'x', '{}' FROM generate_series(1, 20000) AS n""",
    """INSERT INTO alert (kind, connection_id, subject, figures, noticed_at, raised_at, over_at)
    SELECT 'lag', n, '', '{}', now(), now(), CASE WHEN n > 10 THEN now() END
    FROM generate_series(1, 3000) AS n""",
    "ANALYZE",
)
_PLACE = Place(datetime(2026, 1, 1, tzinfo=UTC), "1500")
_ORDERS = {"place_at": _PLACE.at, "place_id": _PLACE.hub_order_id, "connection_id": 1, "count": 51}
_DEEDS = {"before": NEWEST, "connection_id": None, "user_id": None, "by_others": False, "count": 50}
_CAUSE = {"kind": "order", "code": "unknown_sku", "blocking": True, "ignored": False}
_SUBJECTS = {**_CAUSE, "connection_id": 1, "since": _PLACE.at, "subject": "1500", "count": 51}
LISTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "orders": ("list_orders", _ORDERS | _values(Chosen()), "hub_order_seen"),
    "orders with pendência": (
        "list_orders",
        _ORDERS | _values(Chosen(with_problem=True)),
        "hub_order_problem",
    ),
    "orders in a state": (
        "list_orders",
        _ORDERS | _values(Chosen(state="imported")),
        "hub_order_state",
    ),
    "subjects of a cause": ("subjects_of_cause", _SUBJECTS, "problem_cause"),
    "all deeds": ("latest_trail_entries", _DEEDS, "trail_pkey"),
    "interventions": (
        "latest_trail_entries",
        _DEEDS | {"connection_id": 3, "by_others": True},
        "trail_by_others",
    ),
    "alerts": ("latest_alerts", {"before": None, "count": 51}, "alert_listed"),
    "past alerts": ("latest_alerts", {"before": 1500, "count": 51}, "alert_listed"),
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    with bare_ledger(tmp_path_factory.mktemp("plans")) as made:
        made.connect()
        for statement in FILL:
            made.sql(statement, {})
        yield made


def plan(
    ledger: BareLedger, name: str, values: dict[str, Any], *, turned: bool
) -> Iterator[dict[str, Any]]:
    """The steps of a statement's plan, for these values."""

    async def explain() -> Any:
        async with ledger.pool.connection() as conn:
            await queries.plan_for_this(conn)
            statement = "EXPLAIN (FORMAT JSON) " + queries.sql(name, turned=turned)
            cursor = await conn.execute(statement.encode(), values)
            ((found,),) = await cursor.fetchall()
            return json.loads(found) if isinstance(found, str) else found

    waiting = [ledger.run(explain())[0]["Plan"]]
    while waiting:
        step = waiting.pop()
        waiting += step.get("Plans", [])
        yield step


def must_be_a_range(
    ledger: BareLedger, name: str, values: dict[str, Any], index: str, *, turned: bool
) -> None:
    steps = list(plan(ledger, name, values, turned=turned))
    assert not {step["Node Type"] for step in steps} & {"Sort", "Incremental Sort", "Seq Scan"}
    assert index in {step.get("Index Name") for step in steps}


@pytest.mark.parametrize(("name", "values", "index"), LISTS.values(), ids=list(LISTS))
def test_a_page_is_a_range(
    ledger: BareLedger, name: str, values: dict[str, Any], index: str
) -> None:
    must_be_a_range(ledger, name, values, index, turned=False)


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [case for case in LISTS.values() if "-- turns" in queries.sql(case[0])],
)
def test_the_page_before_is_one_too(
    ledger: BareLedger, name: str, values: dict[str, Any], index: str
) -> None:
    must_be_a_range(ledger, name, values, index, turned=True)
