"""`ponte rules`: what a merchant decides about a connection, shown, tried, changed or paused.

The same as the panel's *Configurações*, through the same service. A change concerns what is under
way as well: the whole catalogue is read again under it, reports are looked at again under another
mode, and orders whose amounts did not add up are judged again under another tolerance.
"""

import typing
from decimal import Decimal
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from msgspec import Struct

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
    people,
    read_settings,
    show,
    with_installation,
)
from ponte.domain.families import CENTS
from ponte.domain.rule_effects import Effect
from ponte.domain.rules import Fault, MerchantRules, Pausable, ReportMode, faults_of
from ponte.jobs.installation import Equipment
from ponte.services import rules as service
from ponte.services.actors import COMMAND
from ponte.services.rules import FaultyRules, NoSuchConnection, RulesNow
from ponte.sync.rules_preview import preview_rules

ReportModeOption = Annotated[
    ReportMode | None,
    typer.Option(help="Faturado and Despachado in steps (as a new connection does), or at once."),
]
OrderToleranceOption = Annotated[
    str | None,
    typer.Option(help="Reais by which an order's parts may miss its total; 0.05 when new."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any rule by its name, as `ponte rules` shows it; repeatable. Lists by commas or as"
        " JSON; nothing behind the = empties a list or a limit.",
    ),
]
PauseOption = Annotated[
    list[Pausable] | None, typer.Option("--pause", help="Let this loop rest; repeatable.")
]
ResumeOption = Annotated[
    list[Pausable] | None, typer.Option("--resume", help="Let it work again; repeatable.")
]
PreviewOption = Annotated[
    bool, typer.Option("--preview", help="Only say what would change; save nothing.")
]

# Price tables have options of their own.
_TYPES = {
    name: kind
    for name, kind in typing.get_type_hints(MerchantRules).items()
    if name not in ("price_tables", "dropped_tables")
}


class Shown(Struct, frozen=True):
    """A preview as it is printed."""

    connection: int
    effect: Effect


def rules(
    connection: ConnectionArgument,
    report_mode: ReportModeOption = None,
    order_tolerance: OrderToleranceOption = None,
    price_table: PriceTableOption = None,
    no_price_tables: NoPriceTablesOption = False,
    settings: SetOption = None,
    pause: PauseOption = None,
    resume: ResumeOption = None,
    preview: PreviewOption = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show the merchant's rules of a connection, change them, or say what a change would do.

    Example: ponte rules 1 --set price_percent=12.5 --set price_rounding=ninety --preview
    """
    changes = named_rules(report_mode, order_tolerance) | _set_rules(settings or [])
    changes |= named_price_tables(price_table, clear=no_price_tables)
    if preview and (pause or resume):
        fail("--preview saves nothing, and goes without --pause and --resume", code=2)

    async def work(equipment: Equipment) -> RulesNow:
        found = await _change(equipment, connection, changes)
        turns = [(loop, True) for loop in pause or []] + [(loop, False) for loop in resume or []]
        for loop, on in turns:
            await service.pause(equipment.runtime, COMMAND, connection, loop, on=on)
        return await _read(equipment, connection) if turns else found

    async def look(equipment: Equipment) -> Effect:
        return await _preview(equipment, connection, changes)

    if preview:
        effect = with_installation(read_settings(data), look)
        show(as_json, Shown(connection, effect), lambda: _effect_text(effect))
        return
    now = with_installation(read_settings(data), work)
    result = {
        "connection": connection,
        **msgspec.structs.asdict(now.rules),
        "paused": [loop for loop in Pausable if getattr(now.pauses, loop) is not None],
    }
    del result["dropped_tables"]
    show(as_json, result, lambda: _rules_text(result))


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


def _set_rules(given: list[str]) -> dict[str, object]:
    """The rules of --set; ends the command when one does not exist or is not written so."""
    named: dict[str, object] = {}
    for each in given:
        name, sign, text = each.partition("=")
        if not sign or name not in _TYPES:
            fail(f"--set {each}: no such rule. There are: {', '.join(_TYPES)}", code=2)
        try:
            named[name] = _value_of(_TYPES[name], text.strip())
        except (msgspec.MsgspecError, ValueError) as error:
            fail(f"--set {each}: {error}", code=2)
    faults = faults_of(MerchantRules(**named))  # type: ignore[arg-type] # typed by _value_of
    if faults:
        _fail_for(faults)
    return named


def _value_of(kind: Any, text: str) -> object:
    if typing.get_origin(kind) is tuple:
        if text.startswith("[") or typing.get_args(kind)[0] is not str:
            return msgspec.convert(msgspec.json.decode(text), kind)
        return tuple(entry for each in text.split(",") if (entry := each.strip()))
    if not text and type(None) in typing.get_args(kind):
        return None
    return msgspec.convert(text, kind, strict=False)


def _fail_for(faults: tuple[Fault, ...]) -> NoReturn:
    wrong = []
    for fault in faults:
        bounds = "" if fault.most is None else f" (at most {fault.most})"
        if fault.least is not None:
            bounds = f" ({fault.least} to {fault.most})"
        named = f": {fault.named}" if fault.named else ""
        wrong.append(f"{fault.field} is {fault.code.replace('_', ' ')}{bounds}{named}")
    fail("; ".join(wrong), code=2)


async def change_rules(
    equipment: Equipment, connection: int, changes: dict[str, object]
) -> MerchantRules:
    """Change these rules of a connection; all of them afterwards. No change wakes nobody."""
    return (await _change(equipment, connection, changes)).rules


async def _change(equipment: Equipment, connection: int, changes: dict[str, object]) -> RulesNow:
    try:
        return await service.change(equipment.runtime, COMMAND, connection, changes)
    except FaultyRules as error:
        _fail_for(error.faults)
    except NoSuchConnection:
        _fail_unknown(connection)


async def _read(equipment: Equipment, connection: int) -> RulesNow:
    return await service.read(equipment.runtime, COMMAND, connection)


async def _preview(equipment: Equipment, connection: int, changes: dict[str, object]) -> Effect:
    link = await equipment.runtime.link(connection)
    if link is None:
        _fail_unknown(connection)
    candidate = msgspec.structs.replace(link.rules, **changes)
    faults = faults_of(candidate)
    if faults:
        _fail_for(faults)

    async def seen(so_far: Effect) -> bool:
        people.print(f"ponte: {so_far.families} products read", highlight=False)
        return True

    return await preview_rules(link, equipment.runtime, candidate, seen)


def _fail_unknown(connection: int) -> NoReturn:
    fail(f"there is no connection {connection}. See all of them with: ponte status")


def _rules_text(result: dict[str, Any]) -> str:
    plain = msgspec.to_builtins(result)
    del plain["connection"]
    plain["price_tables"] = price_tables_in_words(result["price_tables"])
    return "\n".join(f"{name:26}{_value_text(value)}" for name, value in plain.items())


def _value_text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)


def _effect_text(effect: Effect) -> str:
    counts = msgspec.structs.asdict(effect)
    examples, unmet = counts.pop("examples"), counts.pop("unmet")
    lines = [f"{name:18}{count}" for name, count in counts.items()]
    lines += [f"no product has     {each.rule}: {each.entry}" for each in unmet]
    lines += [
        f"{each.sku}  {each.field}: {_value_text(each.before)} -> {_value_text(each.after)}"
        for each in examples
    ]
    return "\n".join(lines)
