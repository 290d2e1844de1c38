"""`make bench`: export, latency and memory, with what they are compared to, in one run.

Absolute figures mean nothing on shared machines; the ratios are what to look at. Writes
`bench/results/latest.json` and prints a table.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.measures import (
    IDLE_CHANGES,
    LOOP_CALLS,
    export,
    memory_watched,
    parallel_yield,
    requests_loop,
    spread,
    stock_latencies,
)
from bench.systems import Systems, running

RESULTS = Path(__file__).parent / "results"
console = Console(stderr=True)


def main() -> None:
    """Measure everything and report."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--families", type=int, default=20_000, help="of the timed export")
    parser.add_argument("--repeat", type=int, default=3, help="timed exports; the median counts")
    parser.add_argument("--large", type=int, default=100_000, help="of the memory measure; 0: none")
    wish = parser.parse_args()
    result: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
    }
    console.print("what two busy processes do on this machine …")
    result["machine"]["parallel_yield"] = parallel_yield()
    runs = []
    for number in range(1, wish.repeat + 1):
        console.print(f"run {number} of {wish.repeat} …")
        with tempfile.TemporaryDirectory(prefix="ponte-bench-") as folder:
            Path(folder).chmod(0o755)
            runs.append(measure_speed(Path(folder), wish.families, with_idle=number == 1))
    result |= {"runs": runs, "stock_change_idle_seconds": runs[0]["stock_change_idle_seconds"]}
    if wish.large:
        with tempfile.TemporaryDirectory(prefix="ponte-bench-") as folder:
            Path(folder).chmod(0o755)
            result["large"] = measure_large(Path(folder), wish.large)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "latest.json"
    path.write_text(json.dumps(result, indent=2), encoding="utf-8")
    print_table(result)
    console.print(f"written to {path.relative_to(Path.cwd())}")


def measure_speed(folder: Path, families: int, *, with_idle: bool) -> dict[str, Any]:
    """Export against the loop, and the way of a stock change when nothing else runs.

    The loop sends one half before the export and one after it: the machine may have changed its
    pace meanwhile.
    """
    with running(folder, families) as systems:
        bodies = systems.export_bodies(LOOP_CALLS)
        half = len(bodies) // 2
        console.print(f"a plain loop of requests sends {half} of the same …")
        loop_seconds = requests_loop(systems, bodies[:half])
        exported = timed_export(systems)
        console.print(f"a plain loop of requests sends {len(bodies) - half} more …")
        loop_seconds += requests_loop(systems, bodies[half:])
        loop = len(bodies) / loop_seconds
        measured = {
            "export": exported,
            "requests_loop": {"calls_per_second": loop},
            "export_to_loop": exported["calls_per_second"] / loop,
        }
        if with_idle:
            console.print(f"{IDLE_CHANGES} stock changes, one at a time …")
            latencies = stock_latencies(systems, IDLE_CHANGES, simple_skus(systems))
            measured["stock_change_idle_seconds"] = spread(latencies)
    return measured


def measure_large(folder: Path, families: int) -> dict[str, Any]:
    """Memory of Ponte's processes with many families, and stock changes during their export."""
    latencies: list[float] = []
    with running(folder, families) as systems, memory_watched(systems.ponte_pids) as memory:
        skus = simple_skus(systems)
        over = threading.Event()

        def change_meanwhile() -> None:
            # Once the first families are in the hub, while the rest is on its way.
            session = requests.Session()
            session.headers["Authorization"] = f"Bearer {systems.hub_token(systems.account)}"
            while not over.is_set() and systems.shown_stock(session, skus[-1]) == 0:
                over.wait(0.5)
            while not over.is_set():
                latencies.extend(stock_latencies(systems, 1, [skus[len(latencies) % len(skus)]]))
                over.wait(0.2)

        changer = threading.Thread(target=change_meanwhile)
        systems.reset_calls()
        changer.start()
        exported = timed_export(systems)
        over.set()
        changer.join()
        return {
            "export": exported,
            "memory_mb": dict(memory),
            "stock_change_during_export_seconds": spread(latencies),
        }


def timed_export(systems: Systems) -> dict[str, Any]:
    """The export with a progress bar."""
    families = systems.sellable_families()
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(f"export of {families:,} families", total=families)
        return export(systems, families, lambda done: progress.update(bar, completed=done))


def simple_skus(systems: Systems) -> list[str]:
    """SKUs of published products without variations that come first in the feed."""
    return [
        product["sku"]
        for product in systems.catalogue(400)
        if product["published"] and not product["variations"] and "/" not in product["sku"]
    ][:50]


_CPU = "cpu_microseconds_per_call"
_RATIO = "export_to_loop"


def _median_of(figures: Iterable[float], places: int = 0) -> str:
    """The median for people, and from where to where the runs went."""
    runs = sorted(figures)
    median, least, most = (
        f"{each:,.{places}f}" for each in (statistics.median(runs), runs[0], runs[-1])
    )
    return f"{median} ({least} to {most})" if len(runs) > 1 else median


def print_table(result: dict[str, Any]) -> None:
    """The figures for people, with the goals of the issue."""
    table = Table(title="ponte bench")
    for heading in ("what", "measured", "goal"):
        table.add_column(heading)
    runs = result["runs"]
    families = runs[0]["export"]["families"]
    table.add_row(
        f"export of {families:,} families",
        f"{_median_of(run['export']['calls_per_second'] for run in runs)} calls/s",
        "",
    )
    cpu = ", ".join(
        f"{name} {statistics.median(run['export'][_CPU][name] for run in runs):.0f}"
        for name in runs[0]["export"][_CPU]
    )
    table.add_row("CPU per exported family, µs", cpu, "")
    table.add_row(
        "plain `requests` loop, same bodies",
        f"{_median_of(run['requests_loop']['calls_per_second'] for run in runs)} calls/s",
        "",
    )
    table.add_row(
        "two busy processes, of one",
        f"{result['machine']['parallel_yield']:.2f} ×",
        "2 on two whole cores",
    )
    table.add_row("export : loop", f"{_median_of((run[_RATIO] for run in runs), 1)} ×", "≥ 4 ×")
    worst = max(run["export"]["calls_per_family"] for run in runs)
    table.add_row("calls per family", f"{worst:.4f}", "1")
    idle = result["stock_change_idle_seconds"]
    table.add_row(
        "stock change, nothing else runs",
        f"p50 {idle['p50']:.3f} s, p99 {idle['p99']:.3f} s",
        "p99 < 1 s",
    )
    large = result.get("large")
    if large:
        during = large["stock_change_during_export_seconds"]
        table.add_row(
            f"stock change during an export ({during['count']:.0f})",
            f"p50 {during['p50']:.3f} s, p99 {during['p99']:.3f} s",
            "p99 < 3 s",
        )
        families = large["export"]["families"]
        for name, megabytes in large["memory_mb"].items():
            table.add_row(
                f"memory of `{name}`, {families:,} families", f"{megabytes:.0f} MB", "< 250 MB"
            )
        table.add_row(
            f"export of {families:,} families",
            f"{large['export']['calls_per_second']:,.0f} calls/s",
            "",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
