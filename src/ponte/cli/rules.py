"""`ponte rules`: what a merchant decides about a connection, shown or changed.

A change concerns what is under way as well: reports are looked at again under the new mode, and
orders whose amounts did not add up are judged again under the new tolerance.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
import typer

from ponte.cli.price_tables import (
    NoPriceTablesOption,
    PriceTableOption,
    named_price_tables,
    price_tables_in_words,
)
from ponte.cli.running import (
    ConnectionArgument,
    DataOption,
    JsonOption,
    fail,
    find_connection,
    read_settings,
    show,
    with_installation,
)
from ponte.domain.families import CENTS
from ponte.domain.problems import ProblemCode
from ponte.domain.rules import MerchantRules, ReportMode
from ponte.jobs.installation import Equipment
from ponte.ledger import catalogue, connections, orders
from ponte.sync.runtime import Loop

ReportModeOption = Annotated[
    ReportMode | None,
    typer.Option(help="Faturado and Despachado in steps (as a new connection does), or at once."),
]
OrderToleranceOption = Annotated[
    str | None,
    typer.Option(help="Reais by which an order's parts may miss its total; 0.05 when new."),
]


def rules(
    connection: ConnectionArgument,
    report_mode: ReportModeOption = None,
    order_tolerance: OrderToleranceOption = None,
    price_table: PriceTableOption = None,
    no_price_tables: NoPriceTablesOption = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show the merchant's rules of a connection, or change them.

    Example: ponte rules 1 --report-mode at_once --order-tolerance 0.10
    """
    changes = named_rules(report_mode, order_tolerance)
    changes |= named_price_tables(price_table, clear=no_price_tables)

    async def work(equipment: Equipment) -> MerchantRules:
        return await change_rules(equipment, connection, changes)

    found = with_installation(read_settings(data), work)
    result = {"connection": connection, **msgspec.structs.asdict(found)}
    # What to take away is Ponte's to remember, and no wish of anybody.
    del result["dropped_tables"]
    show(as_json, result, lambda: _in_words(found))


def _in_words(found: MerchantRules) -> str:
    lines = [
        f"report mode      {found.report_mode}",
        f"order tolerance  {found.order_tolerance}",
        *price_tables_in_words(found),
    ]
    return "\n".join(lines)


def named_rules(report_mode: ReportMode | None, order_tolerance: str | None) -> dict[str, object]:
    """The rules that were given as options; ends the command when one is wrong."""
    named: dict[str, object] = {}
    if report_mode is not None:
        named["report_mode"] = report_mode
    if order_tolerance is not None:
        named["order_tolerance"] = _tolerance_of(order_tolerance)
    return named


def _tolerance_of(text: str) -> Decimal:
    """The reais of an --order-tolerance, two places; ends the command when it is no such amount."""
    try:
        given = Decimal(text)
        amount = given.quantize(CENTS)
    except ArithmeticError:
        given = amount = Decimal("NaN")
    if amount != given or amount < 0:
        fail(f"--order-tolerance {text}: an amount such as 0.05 is wanted", code=2)
    return amount


async def change_rules(
    equipment: Equipment, connection: int, changes: dict[str, object]
) -> MerchantRules:
    """Change these rules of a connection; all of them afterwards. No change wakes nobody."""
    runtime = equipment.runtime
    before = (await find_connection(equipment, connection)).merchant_rules()
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return before
    async with runtime.pool.connection() as conn, conn.transaction():
        after = await connections.set_rules(conn, connection, after)
        await runtime.waker.wake(conn, Loop.REPORTS, connection)
        if after.order_tolerance != before.order_tolerance:
            await orders.want_with_problem(conn, connection, [ProblemCode.TOTAL_MISMATCH])
            await runtime.waker.wake(conn, Loop.ORDERS, connection)
        if after.price_tables != before.price_tables:
            await catalogue.read_again(conn, connection)
            await runtime.waker.wake(conn, Loop.PULL, connection)
    return after
