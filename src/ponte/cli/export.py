"""`ponte export`: bring the whole catalogue into the hub and watch it, or say what it would do."""

import asyncio
import time
from typing import Annotated

import typer
from msgspec import Struct
from rich.progress import Progress, TaskID, TextColumn

from ponte.cli.progress import STANDSTILL_SECONDS, progress, say_what_stands_still
from ponte.cli.running import (
    ConnectionArgument,
    DataOption,
    JsonOption,
    fail,
    fail_if_paused,
    find_connection,
    people,
    read_settings,
    show,
    with_installation,
)
from ponte.cli.tables import now_utc, table_text
from ponte.domain.failures import Unauthorised
from ponte.domain.problems import ADVICE
from ponte.jobs.installation import Equipment
from ponte.ledger import status
from ponte.ledger.status import ExportProgress
from ponte.sync.dry_run import Example, Preview, by_cause, preview
from ponte.sync.exporting import begin_export, is_complete

# How often the ledger is looked at. Where a look takes long, because a million rows are counted,
# it is done less often: never more than a tenth of the database's time.
_LOOK_SECONDS = 0.3
_LOOK_SHARE = 10


class Exported(Struct, frozen=True):
    """What an export came to; `waited` False when it goes on without us."""

    connection: int
    waited: bool
    families: int
    unsent: int
    refused: int
    seconds: float


class ProblemPreview(Struct, frozen=True):
    """Problems of one cause in a dry run."""

    code: str
    blocking: bool
    families: int
    advice: str
    examples: list[Example]


class DryRun(Struct, frozen=True):
    """What an export would do, as it is printed."""

    connection: int
    families: int
    new: int
    changed: int
    unchanged: int
    refused: int
    retired: int
    stock_changes: int
    price_changes: int
    content_changes: int
    problems: list[ProblemPreview]


def export(
    connection: ConnectionArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent, and what is wrong.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until the hub has everything.")
    ] = True,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Send the store's whole catalogue to the hub; a worker has to run. Releases a held connection.

    Example: ponte export 1 --dry-run
    """
    settings = read_settings(data)
    if dry_run:

        async def look(equipment: Equipment) -> Preview:
            return await _preview(equipment, connection)

        found = _as_printed(connection, with_installation(settings, look))
        show(as_json, found, lambda: _dry_run_text(found))
        return

    async def work(equipment: Equipment) -> Exported:
        return await _export(equipment, connection, wait)

    exported = with_installation(settings, work)
    show(as_json, exported, lambda: _exported_text(exported))


async def _export(equipment: Equipment, connection: int, wait: bool) -> Exported:
    row = await find_connection(equipment, connection)
    if row.catalogue_paused_at is not None:
        fail(
            f"the catalogue of connection {connection} is paused."
            f" Let it work again with: ponte rules {connection} --resume catalogue"
        )
    began, start = now_utc(), time.monotonic()
    if await begin_export(equipment.runtime, connection):
        people.print(
            f"ponte: connection {connection} was held, and works from now on", highlight=False
        )
    with _bar("families acknowledged") as bar:
        task = bar.add_task("", total=None, speed="")
        standstill = _Standstill()
        while True:
            looked = time.monotonic()
            so_far = await _look(equipment, connection)
            _show_progress(bar, task, so_far)
            if not wait or is_complete(so_far, began):
                break
            if standstill.seen_in(so_far):
                await say_what_stands_still(
                    equipment,
                    f"nothing has moved for {STANDSTILL_SECONDS:.0f} s",
                    "The worker waits for the store or the hub, and its log says for which",
                )
            took = time.monotonic() - looked
            await asyncio.sleep(max(_LOOK_SECONDS, took * _LOOK_SHARE))
    return Exported(
        connection,
        wait,
        so_far.families,
        so_far.unsent,
        so_far.refused,
        round(time.monotonic() - start, 1),
    )


async def _look(equipment: Equipment, connection: int) -> ExportProgress:
    async with equipment.runtime.pool.connection() as conn:
        so_far = await status.export_progress(conn, connection)
    if so_far is None:
        fail(f"connection {connection} was removed meanwhile")
    fail_if_paused(
        connection,
        hub_ended=so_far.hub_access_ended,
        store_ended=so_far.store_access_ended,
    )
    return so_far


class _Standstill:
    """Notices, once, that nothing moves."""

    def __init__(self) -> None:
        self._last: ExportProgress | None = None
        self._since = time.monotonic()
        self._seen = False

    def seen_in(self, so_far: ExportProgress) -> bool:
        """Whether this look shows it for the first time."""
        if so_far != self._last:
            self._last, self._since = so_far, time.monotonic()
            return False
        if self._seen or time.monotonic() - self._since < STANDSTILL_SECONDS:
            return False
        self._seen = True
        return True


def _bar(what: str) -> Progress:
    """With the speed."""
    return progress(what, TextColumn("{task.fields[speed]}"))


def _show_progress(bar: Progress, task: TaskID, so_far: ExportProgress) -> None:
    bar.update(task, total=so_far.families or None, completed=so_far.families - so_far.unsent)
    _show_speed(bar, task)


def _show_speed(bar: Progress, task: TaskID) -> None:
    speed = bar.tasks[task].speed
    bar.update(task, speed="" if speed is None else f"{speed:.0f}/s")


async def _preview(equipment: Equipment, connection: int) -> Preview:
    await find_connection(equipment, connection)
    link = await equipment.runtime.link(connection)
    if link is None:
        fail(f"connection {connection} was removed meanwhile")
    with _bar("families read") as bar:
        task = bar.add_task("", total=None, speed="")

        async def seen(so_far: Preview) -> None:
            bar.update(task, completed=so_far.families)
            _show_speed(bar, task)

        try:
            bar.update(task, total=(await link.store.facts()).product_count)
            return await preview(link, equipment.runtime, seen)
        except Unauthorised as failure:
            fail(f"{failure}. Connect again with: ponte connect")


def _as_printed(connection: int, found: Preview) -> DryRun:
    return DryRun(
        connection=connection,
        families=found.families,
        new=found.new,
        changed=found.changed,
        unchanged=found.unchanged,
        refused=found.refused,
        retired=found.retired,
        stock_changes=found.stock_changes,
        price_changes=found.price_changes,
        content_changes=found.content_changes,
        problems=[
            ProblemPreview(code, each.blocking, each.families, ADVICE[code].pt, each.examples)
            for code, each in by_cause(found)
        ],
    )


def _dry_run_text(found: DryRun) -> str:
    sums = (
        f"{found.families} families in the store: {found.new} new, {found.changed} changed"
        f" (stock {found.stock_changes}, price {found.price_changes},"
        f" content {found.content_changes}), {found.unchanged} unchanged,"
        f" {found.refused} cannot be sent"
    )
    lines = [sums, f"{found.retired} families would be taken off sale"]
    if found.problems:
        lines.append(_problem_table(found.problems))
    return "\n".join(lines)


def _problem_table(causes: list[ProblemPreview]) -> str:
    return table_text(
        ("pendências", "", "examples", "what to do"),
        [
            (
                f"{cause.families} x {cause.code}",
                "blocks" if cause.blocking else "warning",
                ", ".join(f"{each.family} {each.detail}".strip() for each in cause.examples),
                cause.advice,
            )
            for cause in causes
        ],
    )


def _exported_text(exported: Exported) -> str:
    if not exported.waited:
        return (
            f"The export is under way: {exported.unsent} of {exported.families} known families"
            f" wait. Watch it with: ponte status {exported.connection}"
        )
    refused = f", {exported.refused} of them refused" if exported.refused else ""
    return f"The hub has all {exported.families} families{refused}, after {exported.seconds} s."
