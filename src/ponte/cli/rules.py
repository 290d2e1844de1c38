"""`ponte rules`: what a merchant decides about a connection, shown or changed.

A change concerns what is under way as well: reports are looked at again under the new mode, and
orders whose amounts did not add up are judged again under the new tolerance.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
import typer

from ponte.cli.running import (
    ConnectionArgument,
    DataOption,
    JsonOption,
    fail,
    read_settings,
    show,
    with_installation,
)
from ponte.domain.families import CENTS
from ponte.domain.rules import MerchantRules, ReportMode
from ponte.jobs.installation import Equipment
from ponte.services import rules as rules_service
from ponte.services.actors import COMMAND

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
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show the merchant's rules of a connection, or change them.

    Example: ponte rules 1 --report-mode at_once --order-tolerance 0.10
    """
    changes = named_rules(report_mode, order_tolerance)

    async def work(equipment: Equipment) -> MerchantRules:
        return await change_rules(equipment, connection, changes)

    found = with_installation(read_settings(data), work)
    result = {"connection": connection, **msgspec.structs.asdict(found)}
    show(
        as_json,
        result,
        lambda: f"report mode      {found.report_mode}\norder tolerance  {found.order_tolerance}",
    )


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
    try:
        now = await rules_service.change(equipment.runtime, COMMAND, connection, changes)
    except rules_service.NoSuchConnection:
        fail(f"there is no connection {connection}. See all of them with: ponte status")
    return now.rules
