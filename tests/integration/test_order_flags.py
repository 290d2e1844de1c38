"""Whether an order has a pendência is kept with the order, for lists; it must be so whatever opens,
changes, ignores, heeds or closes pendências, in whatever order, and by however many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bare_ledger import BareLedger, bare_ledger
from hypothesis import given, settings
from hypothesis import strategies as st

from ponte.domain.hub_order import OrderListing
from ponte.domain.problems import Problem, ProblemCode
from ponte.ledger import order_lists, orders, problem_lists, problems, reports
from ponte.ledger.order_lists import Chosen
from ponte.ledger.problem_lists import CauseKey
from ponte.ledger.problems import FAMILY, ORDER, REPORT, Standing
from ponte.ledger.queries import Connection

# A few of each, so that they meet.
ORDERS = ("a", "b")
BLOCKING, WARNING = ProblemCode.UNKNOWN_SKU, ProblemCode.FULFILLED_ELSEWHERE
CODES = (BLOCKING, WARNING)
KINDS = (ORDER, REPORT, FAMILY)
WRONG = """SELECT hub_order_id, has_problem FROM hub_order
    WHERE connection_id = %s AND has_problem IS DISTINCT FROM EXISTS (SELECT FROM problem
        WHERE problem.connection_id = hub_order.connection_id
            AND problem.subject_kind IN ('order', 'report')
            AND problem.subject = hub_order.hub_order_id AND problem.ignored_at IS NULL)"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    """With connection 1."""
    with bare_ledger(tmp_path_factory.mktemp("flags")) as made:
        assert made.connect() == [1]
        yield made


Deed = Callable[[Connection, int], Awaitable[Any]]


def _listing(order: str) -> OrderListing:
    return OrderListing(order, "approved", datetime.now(UTC))


async def _settle(conn: Connection, number: int) -> None:
    for wanted in await orders.wanted(conn, number, 10, []):
        await orders.settle(conn, number, wanted, None)


async def _forget(conn: Connection, number: int) -> None:
    for wanted in await orders.wanted(conn, number, 10, []):
        await orders.forget_unread(conn, number, wanted)


def _one(
    deed: Callable[[Connection, int, str], Awaitable[Any]],
) -> st.SearchStrategy[Deed]:
    """A deed about one order."""
    return st.sampled_from(ORDERS).map(lambda order: lambda conn, number: deed(conn, number, order))


def _of_cause(
    deed: Callable[[Connection, int, CauseKey, str | None], Awaitable[Any]],
) -> st.SearchStrategy[Deed]:
    """A deed about one subject of a cause, or all."""
    causes = [CauseKey(kind, code, code is BLOCKING) for kind in KINDS for code in CODES]
    return st.tuples(st.sampled_from(causes), st.sampled_from((None, *ORDERS))).map(
        lambda chosen: lambda conn, number: deed(conn, number, *chosen)
    )


@st.composite
def _look(draw: st.DrawFn) -> Deed:
    """What a look at some subjects found: exactly these pendências stand on them now."""
    kind = draw(st.sampled_from(KINDS))
    looked_at = draw(st.lists(st.sampled_from(ORDERS), unique=True))
    found = [
        Standing(subject, Problem(code, draw(st.sampled_from(("", "detail")))), code is BLOCKING)
        for subject in looked_at
        for code in draw(st.lists(st.sampled_from(CODES), unique=True))
    ]
    return lambda conn, number: problems.set_all(conn, number, kind, looked_at, found, CODES)


DEEDS = st.one_of(
    _look(),
    _one(orders.want),
    _one(lambda conn, number, order: orders.want_listed(conn, number, [_listing(order)])),
    _one(lambda conn, number, order: problems.add(conn, number, ORDER, order, Problem(BLOCKING))),
    _one(lambda conn, number, order: problems.clear(conn, number, ORDER, [order], CODES)),
    _one(lambda conn, number, order: problems.clear(conn, number, REPORT, ORDERS, CODES)),
    _one(orders.retry),
    _one(reports.reopen),
    st.sampled_from((_settle, _forget)),
    _of_cause(
        lambda conn, number, cause, subject: problem_lists.ignore(
            conn, number, cause, subject, 10, by="Maria", reason="feito à mão"
        )
    ),
    _of_cause(
        lambda conn, number, cause, subject: problem_lists.heed(conn, number, cause, subject, 10)
    ),
    _of_cause(lambda conn, number, cause, _: orders.retry_cause(conn, number, cause.code, 10)),
)


@given(st.lists(DEEDS, max_size=12))
@settings(deadline=None, max_examples=100)
def test_order_and_pendencias_agree_after_every_deed(ledger: BareLedger, deeds: list[Deed]) -> None:
    async def story() -> None:
        async with ledger.pool.connection() as conn, conn.transaction(force_rollback=True):
            for deed in (lambda conn, number: orders.want(conn, number, "a"), *deeds):
                await deed(conn, 1)
                cursor = await conn.execute(WRONG.encode(), [1])
                assert not await cursor.fetchall()
            shown = await order_lists.page(conn, 1, Chosen(), 10)
            held = await order_lists.page(conn, 1, Chosen(with_problem=True), 10)
            assert [each for each in shown if each.has_problem] == held

    ledger.run(story())


@pytest.mark.parametrize(
    "cause",
    [
        CauseKey(ORDER, WARNING, blocking=False),
        CauseKey(ORDER, BLOCKING, blocking=True),
        CauseKey(REPORT, BLOCKING, blocking=True),
    ],
    ids=["warning", "blocking", "report"],
)
def test_what_is_ignored_counts_not_until_it_is_heeded(ledger: BareLedger, cause: CauseKey) -> None:
    """Also where ignoring writes nothing else to the order."""
    (number,) = ledger.connect()
    found = Standing("a", Problem(ProblemCode(cause.code)), cause.blocking)

    async def story() -> list[int]:
        held = []
        async with ledger.pool.connection() as conn:
            await orders.want(conn, number, "a")
            await problems.set_all(conn, number, cause.kind, ["a"], [found], CODES)
            held.append(await order_lists.count(conn, number, Chosen(with_problem=True)))
            await problem_lists.ignore(
                conn, number, cause, "a", 1, by="Maria", reason="feito à mão"
            )
            held.append(await order_lists.count(conn, number, Chosen(with_problem=True)))
            await problem_lists.heed(conn, number, cause, None, 1)
            held.append(await order_lists.count(conn, number, Chosen(with_problem=True)))
        return held

    assert ledger.run(story()) == [1, 0, 1]


def open_problem(code: ProblemCode) -> Deed:
    return lambda conn, number: problems.add(conn, number, ORDER, "a", Problem(code))


def close_problem(code: ProblemCode) -> Deed:
    return lambda conn, number: problems.clear(conn, number, ORDER, ["a"], [code])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (close_problem(BLOCKING), open_problem(WARNING)),
        (open_problem(WARNING), close_problem(BLOCKING)),
    ],
    ids=["closed first", "opened first"],
)
def test_two_at_once_leave_what_both_did(ledger: BareLedger, first: Deed, second: Deed) -> None:
    """The second waits for the order, and looks again once the first is done."""
    (number,) = ledger.connect()

    async def both() -> None:
        async with ledger.pool.connection() as conn:
            await orders.want(conn, number, "a")
            await open_problem(BLOCKING)(conn, number)
        async with ledger.pool.connection() as one, ledger.pool.connection() as other:
            await first(one, number)
            waiting = asyncio.create_task(_commit(other, second, number))
            await _wait_for_a_waiting(ledger)
            await one.commit()
            await waiting

    ledger.run(both())
    assert ledger.sql("SELECT has_problem FROM hub_order WHERE connection_id = %s", [number]) == [
        (True,)
    ]


async def _commit(conn: Connection, deed: Deed, number: int) -> None:
    await deed(conn, number)
    await conn.commit()


async def _wait_for_a_waiting(ledger: BareLedger) -> None:
    """Until a statement waits for what another transaction has locked."""
    async with ledger.pool.connection() as conn, asyncio.timeout(30):
        waiting = 0
        while not waiting:
            cursor = await conn.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
            ((waiting,),) = await cursor.fetchall()


def test_an_order_that_is_made_while_a_pendencia_is_sees_it_at_its_first_look(
    ledger: BareLedger,
) -> None:
    """Neither transaction sees the other's row, so nobody could have told it."""
    (number,) = ledger.connect()

    async def both() -> None:
        async with ledger.pool.connection() as one, ledger.pool.connection() as other:
            await problems.add(one, number, REPORT, "a", Problem(BLOCKING))
            await orders.want(other, number, "a")
            await one.commit()
            await other.commit()
            await _settle(one, number)

    ledger.run(both())
    assert not ledger.sql(WRONG, [number])
    assert ledger.sql("SELECT has_problem FROM hub_order WHERE connection_id = %s", [number]) == [
        (True,)
    ]


def test_a_connection_goes_with_its_orders_and_their_pendencias(ledger: BareLedger) -> None:
    (number,) = ledger.connect()

    async def hold() -> None:
        async with ledger.pool.connection() as conn:
            await orders.want(conn, number, "a")
            await open_problem(BLOCKING)(conn, number)

    ledger.run(hold())
    ledger.sql("DELETE FROM connection WHERE connection_id = %s", [number])
    assert not ledger.sql("SELECT 1 FROM hub_order WHERE connection_id = %s", [number])
