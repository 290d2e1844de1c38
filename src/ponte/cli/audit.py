"""`ponte audit`: compare hub and store, product by product, and have the difference repaired."""

import asyncio
import time
from typing import Annotated

import typer
from msgspec import Struct

from ponte.cli.progress import STANDSTILL_SECONDS, progress, say_what_stands_still
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
from ponte.jobs.installation import Equipment
from ponte.ledger.repairs import DriftRow
from ponte.services import audits
from ponte.services.actors import COMMAND
from ponte.services.audits import Figures, NotDone, Overview, Refusal, Repairs

# How often the ledger is looked at.
_LOOK_SECONDS = 0.5
# Differences that are printed; the rest is in the panel's sheet.
_SHOWN = 20


class Audited(Struct, frozen=True):
    """What a run came to, as it is printed."""

    connection: int
    figures: Figures
    repairs: Repairs
    # The first ones.
    differences: list[DriftRow]

    @property
    def drift_remains(self) -> bool:
        """Whether anything differs that nobody has repaired."""
        return self.repairs.open + self.repairs.under_way > 0


def audit(
    connection: ConnectionArgument,
    repair: Annotated[
        bool, typer.Option("--repair", help="Have everything that differs sent to the hub anew.")
    ] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Compare what the hub shows with what the store has, product by product; a worker has to run.
    Ends with exit code 1 when a difference remains. A run that is under way is joined.

    Example: ponte audit 1 --repair
    """

    async def work(equipment: Equipment) -> Audited:
        return await _audit(equipment, connection, repair)

    audited = with_installation(read_settings(data), work)
    show(as_json, audited, lambda: _text(audited))
    if audited.drift_remains:
        raise typer.Exit(1)


async def _audit(equipment: Equipment, connection: int, repair: bool) -> Audited:
    row = await find_connection(equipment, connection)
    fail_if_paused(
        connection,
        hub_ended=row.hub_access_ended_at is not None,
        store_ended=row.store_access_ended_at is not None,
    )
    try:
        await audits.start(equipment, COMMAND, connection)
    except NotDone as refusal:
        if refusal.reason is not Refusal.UNDER_WAY:
            fail(f"connection {connection} is held. Release it with: ponte export {connection}")
    found = await _wait_for_end(equipment, connection)
    if repair:
        found = await _repair(equipment, connection, found)
    page = await audits.drift(equipment.runtime, COMMAND, connection, count=_SHOWN)
    if found.last is None:
        fail(f"connection {connection} was removed meanwhile")
    return Audited(connection, found.last, found.repairs, page.rows)


async def _look(equipment: Equipment, connection: int) -> Overview:
    found = await audits.overview(equipment.runtime, COMMAND, connection)
    if found is None:
        fail(f"connection {connection} was removed meanwhile")
    return found


async def _wait_for_end(equipment: Equipment, connection: int) -> Overview:
    with progress("products read") as bar:
        task = bar.add_task("", total=None)
        since, warned = time.monotonic(), False
        while True:
            found = await _look(equipment, connection)
            run = found.progress
            if run is None:
                break
            bar.update(task, total=run.total, completed=run.read)
            if run.paused:
                fail(f"the audit of connection {connection} was paused; it goes on in the panel")
            if not run.waiting:
                warned = True
            elif not warned and time.monotonic() - since > STANDSTILL_SECONDS:
                warned = True
                await say_what_stands_still(
                    equipment,
                    "no worker has begun yet",
                    "The workers are busy with other audits",
                )
            await asyncio.sleep(_LOOK_SECONDS)
    ended = found.history[0] if found.history else None
    if ended is None or ended.outcome != "complete":
        reason = "" if ended is None or ended.failure is None else f" ({ended.failure})"
        fail(f"the audit of connection {connection} did not come to its end{reason}")
    return found


async def _repair(equipment: Equipment, connection: int, found: Overview) -> Overview:
    try:
        await audits.repair(equipment, COMMAND, connection)
    except NotDone as refusal:
        if refusal.reason is not Refusal.NOTHING_TO_REPAIR:
            raise
    with progress("differences repaired") as bar:
        task = bar.add_task("", total=None)
        while True:
            found = await _look(equipment, connection)
            done = found.repairs.repaired + found.repairs.gone
            bar.update(task, total=done + found.repairs.under_way, completed=done)
            if not found.repairs.under_way:
                return found
            await asyncio.sleep(_LOOK_SECONDS)


def _text(audited: Audited) -> str:
    figures, repairs = audited.figures, audited.repairs
    lines = [
        f"At {local_time(figures.ended_at)}, {figures.equal} of {figures.compared} SKUs were equal."
    ]
    found = {
        "different": figures.different,
        "missing in the hub": figures.missing,
        "still changing": figures.moving,
    }
    said = [f"{number} {what}" for what, number in found.items() if number]
    if said:
        lines.append(", ".join(said))
    if figures.only_in_hub:
        lines.append(f"only in the hub, and left alone: {counted(figures.only_in_hub, 'product')}")
    if repairs.repaired + repairs.gone:
        lines.append(f"repaired: {counted(repairs.repaired + repairs.gone, 'difference')}")
    if audited.differences:
        lines.append(
            table_text(
                ("SKU", "field", "store", "hub", ""),
                [
                    (each.sku, each.field, each.store_value, each.hub_value, each.state)
                    for each in audited.differences
                ],
            )
        )
    if repairs.open:
        lines.append(f"Repair all of it with: ponte audit {audited.connection} --repair")
    return "\n".join(lines)
