"""`ponte orders list|retry`: what became of the hub's orders, and looking at one again on request.

An order that could not enter is looked at again by itself every fifteen minutes; a person who has
just corrected the cause need not wait for that.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer
from msgspec import Struct

from ponte.cli.running import (
    ConnectionArgument,
    DataOption,
    JsonOption,
    fail,
    fail_if_paused,
    find_connection,
    read_settings,
    show,
    with_installation,
)
from ponte.cli.tables import counted, local_time, table_text
from ponte.domain.orders import LEFT_OUT, Ignored
from ponte.domain.problems import Problem, ProblemCode, explain
from ponte.jobs.installation import Equipment
from ponte.ledger import order_lists
from ponte.ledger.order_lists import Chosen, OrderRow
from ponte.services import orders as order_services
from ponte.services.actors import COMMAND
from ponte.services.buyers import UnknownOrder
from ponte.services.orders import problems_of

# A screen or two; more when asked for.
_LISTED = 50
_MOST_LISTED = 10_000

orders = typer.Typer(
    no_args_is_help=True,
    help="The hub's orders: what became of them.\n\nExample: ponte orders list 1 --problems",
)


class HeldBy(Struct, frozen=True):
    """Why an order or its report is held back."""

    about: str
    code: str
    detail: str
    since: datetime
    advice: str


class OrderView(Struct, frozen=True):
    """An order as it is printed."""

    id: str
    number: str | None
    marketplace_id: str | None
    channel: str | None
    status: str | None
    total: Decimal | None
    store_number: str | None
    seen_at: datetime
    imported_at: datetime | None
    confirmed_at: datetime | None
    canceled_at: datetime | None
    ignored: str | None
    waiting: bool
    # A person ignored what holds it back: it is not tried again until somebody says so.
    set_aside: bool
    problems: list[HeldBy]


class Retried(Struct, frozen=True):
    """Orders that are read again, and those whose reports are sent again."""

    connection: int
    orders: list[str]
    reports: list[str]


@orders.command("list")
def list_orders(
    connection: ConnectionArgument,
    with_problems: Annotated[
        bool, typer.Option("--problems", help="Only orders that a pendência holds back.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=_MOST_LISTED, help="How many, newest first.")
    ] = _LISTED,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """List the orders that the hub has shown, newest first.

    Example: ponte orders list 1 --problems
    """

    async def work(equipment: Equipment) -> list[OrderView]:
        await find_connection(equipment, connection)
        return await _list(equipment, connection, limit, with_problems)

    listed = with_installation(read_settings(data), work)
    show(as_json, {"connection": connection, "orders": listed}, lambda: _text(listed))


@orders.command("retry")
def retry_orders(
    connection: ConnectionArgument,
    order_id: Annotated[str | None, typer.Argument(help="The hub's order id.")] = None,
    all_held: Annotated[
        bool, typer.Option("--all", help="Every order that a pendência holds back.")
    ] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Look at an order again now, and send its report again if it was refused.

    Example: ponte orders retry 1 606adfc2b2b8f8a5c0b1d2e3
    """
    if (order_id is None) == (not all_held):
        fail("give either an order's id or --all", code=2)

    async def work(equipment: Equipment) -> Retried:
        row = await find_connection(equipment, connection)
        fail_if_paused(
            connection,
            hub_ended=row.hub_access_ended_at is not None,
            store_ended=row.store_access_ended_at is not None,
        )
        return await _retry(equipment, connection, order_id)

    retried = with_installation(read_settings(data), work)
    show(as_json, retried, lambda: _retried_text(retried))


async def _list(
    equipment: Equipment, connection: int, limit: int, with_problems: bool
) -> list[OrderView]:
    async with equipment.runtime.pool.connection() as conn:
        chosen = Chosen(with_problem=with_problems)
        rows = await order_lists.page(conn, connection, chosen, limit)
        found = await problems_of(conn, connection, [row.hub_order_id for row in rows])
    held = {
        order_id: [
            HeldBy(
                each.about,
                each.code,
                each.detail,
                each.since,
                explain(Problem(ProblemCode(each.code), each.detail)),
            )
            for each in standing
            if each.ignored_at is None
        ]
        for order_id, standing in found.items()
    }
    return [_view(row, held.get(row.hub_order_id, [])) for row in rows]


def _view(row: OrderRow, held: list[HeldBy]) -> OrderView:
    return OrderView(
        id=row.hub_order_id,
        number=row.hub_number,
        marketplace_id=row.marketplace_id,
        channel=row.channel,
        status=row.hub_status,
        total=row.total,
        store_number=row.store_number,
        seen_at=row.seen_at,
        imported_at=row.imported_at,
        confirmed_at=row.confirmed_at,
        canceled_at=row.canceled_at,
        ignored=row.ignored,
        waiting=row.waiting,
        set_aside=row.set_aside,
        problems=held,
    )


async def _retry(equipment: Equipment, connection: int, order_id: str | None) -> Retried:
    runtime = equipment.runtime
    if order_id is None:
        done = await order_services.retry_all(runtime, COMMAND, connection)
        return Retried(connection, done.orders, done.reports)
    try:
        done = await order_services.retry(runtime, COMMAND, connection, order_id)
    except UnknownOrder:
        fail(
            f"connection {connection} has seen no order {order_id}."
            f" See those it has with: ponte orders list {connection}"
        )
    return Retried(connection, done.orders, done.reports)


def _text(listed: list[OrderView]) -> str:
    if not listed:
        return "No orders."
    return table_text(
        ("order", "channel", "hub status", "total", "store number", "seen", "what is the matter"),
        [
            (
                order.id,
                order.channel,
                order.status,
                order.total,
                order.store_number,
                local_time(order.seen_at),
                _matter(order),
            )
            for order in listed
        ],
    )


def _matter(order: OrderView) -> str | None:
    """What a person should know of it: what holds it back, or why it was left out."""
    if order.problems:
        return "; ".join(problem.advice for problem in order.problems)
    if order.set_aside:
        return "set aside, until somebody tries it again"
    return None if order.ignored is None else LEFT_OUT[Ignored(order.ignored)].pt


def _retried_text(retried: Retried) -> str:
    orders = counted(len(retried.orders), "order")
    return f"{orders} and {counted(len(retried.reports), 'report')} are tried again."
