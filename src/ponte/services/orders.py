"""Orders as people see them: lists with filters, what became of one, and trying again.

Who bought is another module's (`buyers`): nothing here knows a person.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from msgspec import Struct

from ponte.domain import local_time
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.timeline import Obstacle, OrderRecord, Step, timeline
from ponte.ledger import connections, order_lists, orders, problems, reports
from ponte.ledger.order_lists import MOST_COUNTED, Chosen, OrderRow, Place
from ponte.ledger.problems import ORDER, REPORT
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, must_change, must_see, record
from ponte.services.buyers import LONGEST_NUMBER, UnknownOrder, hashes_of
from ponte.services.deadlocks import outlives_deadlocks
from ponte.services.paging import cut
from ponte.services.waiting import Waits, waits_for
from ponte.sync.runtime import Loop, Runtime

# Tried again at once: as many as one transaction writes within a second.
MOST_RETRIED = 20_000
# No order is older, and every calendar knows these.
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
# The list is turned over by this many.
PAGE_ORDERS = 50


class State(StrEnum):
    """Where an order is on its way; the ledger tells it."""

    WAITING = "waiting"
    IMPORTED = "imported"
    CONFIRMED = "confirmed"
    INVOICED = "invoiced"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELED = "canceled"
    IGNORED = "ignored"


class OrderFilter(Struct, frozen=True):
    """What somebody looks for; what is empty does not matter. The days are Brazil's, both included.

    `number` is the beginning of any number of the order: the hub's id and number, the
    marketplace's, the store's. `buyer` stands for a CPF or CNPJ, as `buyer_mark` tells it: a page's
    address is kept in histories and logs, so no document is ever part of one.
    """

    hub_status: str = ""
    state: State | None = None
    channel: str = ""
    first_day: date | None = None
    last_day: date | None = None
    number: str = ""
    buyer: str = ""
    with_problem: bool = False


class OrderPage(Struct, frozen=True):
    """A page of the list, newest first; where the pages on both sides begin, None at an end."""

    orders: list[OrderRow]
    newer_than: Place | None
    older_than: Place | None


class Count(Struct, frozen=True):
    """How many; `is_more` where counting stopped there."""

    count: int
    is_more: bool


class OrderProblem(Struct, frozen=True):
    """A pendência of an order or of its report."""

    about: str
    code: str
    detail: str
    blocking: bool
    since: datetime
    ignored_at: datetime | None
    ignored_by: str | None
    ignore_reason: str | None


class OrderDetail(Struct, frozen=True):
    """One order: what the ledger knows, its steps, and what stands in its way."""

    order: OrderRecord
    steps: tuple[Step, ...]
    problems: list[OrderProblem]
    # Somebody ignored what holds it back: it is not tried again until somebody says so.
    set_aside: bool


class Retried(Struct, frozen=True):
    """Orders that are read again, and those whose reports are sent again; what that has to wait
    for."""

    orders: list[str]
    reports: list[str]
    waits: list[Waits]


async def list_orders(
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    wanted: OrderFilter,
    *,
    older_than: Place | None = None,
    newer_than: Place | None = None,
    count: int = PAGE_ORDERS,
) -> OrderPage:
    """A page of `count` orders: the newest, or those on one side of a place."""
    must_see(actor, connection_id)
    chosen = _chosen(wanted)
    async with runtime.pool.connection() as conn:
        found = await order_lists.page(
            conn,
            connection_id,
            chosen,
            count + 1,
            newer_than or older_than,
            backwards=newer_than is not None,
        )
    page = cut(found, count, goes_on=older_than is not None, backwards=newer_than is not None)
    return OrderPage(
        page.rows,
        _place(page.rows[0]) if page.has_before else None,
        _place(page.rows[-1]) if page.has_behind else None,
    )


def _place(order: OrderRow) -> Place:
    return Place(order.seen_at, order.hub_order_id)


async def count_orders(
    runtime: Runtime, actor: Actor, connection_id: int, wanted: OrderFilter
) -> Count:
    """How many there are, up to a bound."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        found = await order_lists.count(conn, connection_id, _chosen(wanted))
    return Count(min(found, MOST_COUNTED), found > MOST_COUNTED)


async def channels(runtime: Runtime, actor: Actor, connection_id: int) -> list[str]:
    """Where the connection's orders came from."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        return await order_lists.channels(conn, connection_id)


def _chosen(wanted: OrderFilter) -> Chosen:
    """The filter as the ledger takes it."""
    number = wanted.number.strip().lstrip("#").replace("\0", "")[:LONGEST_NUMBER]
    return Chosen(
        hub_status=_text(wanted.hub_status),
        state=wanted.state,
        channel=_text(wanted.channel),
        since=None if wanted.first_day is None else _midnight(wanted.first_day),
        until=None if wanted.last_day is None else _midnight(wanted.last_day, after=True),
        number=number or None,
        documents=hashes_of(wanted.buyer) if wanted.buyer else None,
        with_problem=wanted.with_problem,
    )


def _text(given: str) -> str | None:
    return given.replace("\0", "") or None


def _midnight(day: date, *, after: bool = False) -> datetime:
    """When a day begins where the merchants are, or ends. Years that no order has become such that
    every calendar knows."""
    day = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime.combine(day + timedelta(days=after), time(), local_time.zone())


async def read_order(
    runtime: Runtime, actor: Actor, connection_id: int, order_id: str
) -> OrderDetail:
    """What became of one order. Raises `UnknownOrder`."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        connection = await connections.read(conn, connection_id)
        order = await order_lists.read(conn, connection_id, _id(order_id))
        if connection is None or order is None:
            raise UnknownOrder(order_id)
        report = await order_lists.read_report(conn, connection_id, order.hub_order_id)
        found = (await problems_of(conn, connection_id, [order.hub_order_id])).get(
            order.hub_order_id, []
        )
    steps = timeline(
        order, report, connection.merchant_rules().report_mode, [_obstacle(each) for each in found]
    )
    aside = any(each.about == ORDER and each.blocking and each.ignored_at for each in found)
    return OrderDetail(order, steps, found, set_aside=aside)


def _id(order_id: str) -> str:
    return order_id.replace("\0", "")[:LONGEST_NUMBER]


def _obstacle(found: OrderProblem) -> Obstacle:
    return Obstacle(
        found.about,
        Problem(ProblemCode(found.code), found.detail),
        found.blocking,
        found.since,
        is_ignored=found.ignored_at is not None,
    )


async def problems_of(
    conn: Connection, connection_id: int, order_ids: Sequence[str]
) -> dict[str, list[OrderProblem]]:
    """The pendências of orders and of their reports, ignored ones included, by order."""
    found: dict[str, list[OrderProblem]] = {}
    for about in (ORDER, REPORT):
        for row in await problems.of_subjects(conn, connection_id, about, order_ids):
            found.setdefault(row.subject, []).append(
                OrderProblem(
                    about,
                    row.code,
                    row.detail,
                    row.blocking,
                    row.since,
                    row.ignored_at,
                    row.ignored_by,
                    row.ignore_reason,
                )
            )
    return found


@outlives_deadlocks
async def retry(runtime: Runtime, actor: Actor, connection_id: int, order_id: str) -> Retried:
    """Read an order again now, set aside or not, and send its report again where that was held
    back. Raises `UnknownOrder`."""
    must_change(actor, connection_id)
    wanted = _id(order_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        connection = await connections.read(conn, connection_id)
        if connection is None or not await orders.retry(conn, connection_id, wanted):
            raise UnknownOrder(order_id)
        retold = []
        held = await problems.of_subjects(conn, connection_id, REPORT, [wanted])
        if held and await reports.reopen(conn, connection_id, wanted):
            retold.append(wanted)
        await wake_for(runtime, conn, connection_id, [wanted], retold)
        await record(conn, actor, "order.retried", connection_id, order=wanted)
    return Retried([wanted], retold, waits_for(connection, Loop.ORDERS))


@outlives_deadlocks
async def retry_all(runtime: Runtime, actor: Actor, connection_id: int) -> Retried:
    """Read again every order that a pendência holds back, and send the reports again; without those
    that somebody set aside."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        connection = await connections.read(conn, connection_id)
        again = await orders.want_with_problem(conn, connection_id, list(ProblemCode))
        retold = await reports.reopen_with_problem(conn, connection_id, MOST_RETRIED)
        await wake_for(runtime, conn, connection_id, again, retold)
        await record(
            conn,
            actor,
            "orders.retried",
            connection_id,
            orders=len(set(again)),
            reports=len(retold),
        )
    waits = [] if connection is None else waits_for(connection, Loop.ORDERS)
    return Retried(sorted(set(again)), sorted(retold), waits)


async def wake_for(
    runtime: Runtime,
    conn: Connection,
    connection_id: int,
    again: Sequence[str],
    retold: Sequence[str],
) -> None:
    """Wake who reads the orders `again` and who sends the reports of `retold`, where there are
    any."""
    if again:
        await runtime.waker.wake(conn, Loop.ORDERS, connection_id)
    if retold:
        await runtime.waker.wake(conn, Loop.REPORTS, connection_id)
