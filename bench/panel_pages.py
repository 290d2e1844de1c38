"""`make bench-panel`: what the panel costs with a million SKUs, 100,000 orders (all of them held,
too), half a million pendências and ten thousand connections.

First the questions, each as its service asks it; then whole pages, as `ponte serve` answers them.
Of each the median and the 95th percentile, and its longest SQL statement as PostgreSQL itself
measured it. Prints a table, writes `bench/results/panel.json`, and ends with 1 where anything takes
longer than it may.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import to_builtins
from rich.console import Console

from bench.panel_fill import Amounts, fill, is_filled
from bench.panel_questions import MEASUREMENTS, Panel
from bench.panel_server import measure_pages
from bench.panel_statements import PGOPTIONS, StatementLog
from bench.panel_times import Taken, table_of
from ponte.http.exchange import open_session
from ponte.ledger.database import open_pool
from ponte.ledger.embedded import EmbeddedDatabase
from ponte.ledger.vault import open_vault
from ponte.settings import Settings
from ponte.sync.runtime import Runtime

RESULT = Path(__file__).parent / "results" / "panel.json"
_PAGES = "pages"
console = Console(stderr=True)


class _Nobody:
    """Wakes nobody: there is no worker here."""

    async def wake(self, *_: Any) -> None:
        """Nothing happens."""


@asynccontextmanager
async def _panel(folder: Path, amounts: Amounts) -> Any:
    """The filled ledger of `folder`, with what services need."""
    database = EmbeddedDatabase(folder)
    try:
        async with open_pool(database.url, 4) as pool, open_session() as http:
            began = time.perf_counter()
            if await is_filled(pool):
                console.print("filled before")
            else:
                console.print(f"filling a ledger with {amounts.families:,} families and the rest …")
                await fill(pool, amounts)
            console.print(f"filled in {time.perf_counter() - began:.0f} s")
            runtime = Runtime(pool, http, open_vault("", folder), _Nobody(), 120.0)
            yield Panel(runtime, Settings(data=folder), amounts, StatementLog(folder), [])
    finally:
        database.close()


async def run(folder: Path, amounts: Amounts, only: Collection[str]) -> list[Taken]:
    """Fill, ask everything (or only these parts), and answer what it took."""
    async with _panel(folder, amounts) as panel:
        for name, measure in MEASUREMENTS.items():
            if name in only:
                console.print(f"{name} …")
                await measure(panel)
        if _PAGES in only:
            console.print(f"{_PAGES} …")
            panel.taken += await measure_pages(panel.runtime.pool, folder, panel.log)
        taken: list[Taken] = panel.taken
        return taken


def main() -> None:
    """Fill, ask, and print a table."""
    parts = (*MEASUREMENTS, _PAGES)
    parser = argparse.ArgumentParser(prog="python -m bench.panel_pages", description=__doc__)
    parser.add_argument("--only", choices=parts, nargs="+", default=parts, help="these parts")
    parser.add_argument("--data", type=Path, help="keep the ledger here, for the next run")
    wish = parser.parse_args()
    os.environ["PGOPTIONS"] = PGOPTIONS
    amounts = Amounts()
    began, load = time.perf_counter(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="ponte-bench-") as folder:
        Path(folder).chmod(0o755)
        taken = asyncio.run(run(wish.data or Path(folder), amounts, wish.only))
    late = [each for each in taken if each.is_late]
    Console(width=150).print(table_of(taken, f"the panel with {amounts.families:,} families"))
    RESULT.parent.mkdir(exist_ok=True)
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - began),
        # Of other programs at the beginning: what it is compared with should say the same.
        "load": load,
        "amounts": to_builtins(amounts),
        "taken": [{**to_builtins(each), "is_late": each.is_late} for each in taken],
    }
    RESULT.write_text(json.dumps(result, indent=2), encoding="utf-8")
    console.print(
        f"{len(taken)} measured in {result['seconds']} s, {len(late)} too slow;"
        f" written to {RESULT.relative_to(Path.cwd())}"
    )
    raise SystemExit(1 if late else 0)


if __name__ == "__main__":
    main()
