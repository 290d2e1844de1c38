"""Decisions about thousands of pendências, on tables that nobody has counted yet: PostgreSQL plans
without figures then, and what it guesses must not make a person wait for minutes."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from bare_ledger import BareLedger, bare_ledger

from ponte.domain.problems import ProblemCode
from ponte.ledger import orders, problem_lists, reports
from ponte.ledger.problem_lists import CauseKey
from ponte.ledger.problems import FAMILY, ORDER, REPORT
from ponte.ledger.queries import Connection
from ponte.sync.pull import FOUND_BY_PUSH

MANY = 20_000
# Each takes about a second where nothing else runs. Joined row by row it would take minutes.
LONGEST_SECONDS = 30
NO_EAN = CauseKey(FAMILY, ProblemCode.NO_EAN, blocking=False)
UNKNOWN_SKU = CauseKey(ORDER, ProblemCode.UNKNOWN_SKU, blocking=True)
REFUSED_REPORT = CauseKey(REPORT, ProblemCode.HUB_REFUSED_REPORT, blocking=True)
# Everything that a cause of each kind stands on.
FILL = (
    """INSERT INTO hub_order (connection_id, hub_order_id)
    SELECT 1, 'order-' || n FROM generate_series(1, %(many)s) AS n""",
    """INSERT INTO order_report (connection_id, hub_order_id, store_number, is_open)
    SELECT 1, 'order-' || n, n::text, false FROM generate_series(1, %(many)s) AS n""",
    """INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, desired_stock,
        desired_price, desired_content, content_blocked)
    SELECT 1, 'key-' || n, 'S' || n, 'S' || n, n, '{}', '{}', '', true
    FROM generate_series(1, %(many)s) AS n""",
    """INSERT INTO problem (connection_id, subject_kind, subject, code, blocking)
    SELECT 1, kind, name || n, code, blocking FROM generate_series(1, %(many)s) AS n,
        (VALUES ('family', 'key-', 'no_ean', false),
            ('family', 'key-', 'hub_refused_product', true),
            ('order', 'order-', 'unknown_sku', true),
            ('report', 'order-', 'hub_refused_report', true))
        AS cause (kind, name, code, blocking)""",
)

Decision = Callable[[Connection], Awaitable[Any]]
DECISIONS: dict[str, Decision] = {
    "read orders again": lambda conn: orders.retry_cause(conn, 1, UNKNOWN_SKU.code, MANY),
    "read every held order again": lambda conn: orders.want_with_problem(
        conn, 1, list(ProblemCode)
    ),
    "send reports again": lambda conn: reports.reopen_with_problem(
        conn, 1, MANY, REFUSED_REPORT.code
    ),
    "send products again": lambda conn: problem_lists.retry_sending(
        conn, 1, ProblemCode.HUB_REFUSED_PRODUCT, None, MANY, FOUND_BY_PUSH
    ),
    "read products again": lambda conn: problem_lists.ask_to_reread(
        conn, 1, NO_EAN.code, None, MANY
    ),
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    """Connection 1 has thousands of each kind, in tables that were never counted."""
    with bare_ledger(tmp_path_factory.mktemp("fresh")) as made:
        for table in ("hub_order", "order_report", "family", "problem"):
            made.sql(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        assert made.connect() == [1]
        for statement in FILL:
            made.sql(statement, {"many": MANY})
        assert not made.sql("SELECT 1 FROM pg_stats WHERE tablename IN ('problem', 'hub_order')")
        yield made


def decide(ledger: BareLedger, *decisions: Decision) -> list[int]:
    """How many each reached, one after the other, each within the time; nothing of it stays."""

    async def within() -> list[Any]:
        async with ledger.pool.connection() as conn, conn.transaction(force_rollback=True):
            await conn.execute(f"SET LOCAL statement_timeout = '{LONGEST_SECONDS}s'".encode())
            return [await decision(conn) for decision in decisions]

    return [
        reached if isinstance(reached, int) else len(reached) for reached in ledger.run(within())
    ]


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=list(DECISIONS))
def test_a_cause_of_thousands_is_tried_again_at_once(
    ledger: BareLedger, decision: Decision
) -> None:
    assert decide(ledger, decision) == [MANY]


@pytest.mark.parametrize(
    "cause", [NO_EAN, UNKNOWN_SKU, REFUSED_REPORT], ids=lambda cause: cause.code
)
def test_a_cause_of_thousands_is_ignored_and_heeded_at_once(
    ledger: BareLedger, cause: CauseKey
) -> None:
    assert decide(
        ledger,
        lambda conn: problem_lists.ignore(
            conn, 1, cause, None, MANY, by="Maria", reason="não se vende"
        ),
        lambda conn: problem_lists.heed(conn, 1, cause, None, MANY),
    ) == [MANY, MANY]
