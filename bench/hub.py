"""`make bench-hub`: how many `PUT /skus` a second the sandbox hub takes, a million SKUs stored.

The hub runs pinned to one core, the caller to another, so that "on one core" is what is measured.
Beside the calls a second stand the calls per second of the hub's own CPU time: on a shared machine
the first tells of the neighbours, the second of the hub. Then the hub is killed and started again.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import requests
import uvloop
from rich.console import Console
from rich.table import Table

from bench.measures import quantile

# Each family: a parent and three variations, four SKUs.
VARIATIONS = 3
SKUS_PER_FAMILY = VARIATIONS + 1
# Calls under way at once, as a connector sends them.
AT_ONCE = 32
GOAL_CALLS, GOAL_START_SECONDS = 3000, 3.0
_START_WITHIN_SECONDS = 60.0
RESULTS = Path(__file__).parent / "results"
console = Console(stderr=True)


class Hub:
    """The hub under the bench, on a core of its own."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = 0
        self.start()

    def start(self) -> float:
        """Start it; seconds until it answered a call."""
        began = time.perf_counter()
        command = [sys.executable, "-m", "ponte_sandbox", "hub", "--data", str(self._data)]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--port", str(self._port)], stdout=subprocess.PIPE, text=True
        )
        pin(self.process.pid, first_core())
        assert self.process.stdout is not None  # noqa: S101 - it was asked for
        self.url = self.process.stdout.readline().split()[-1]
        self._port = int(self.url.rsplit(":", 1)[1])
        accounts = requests.get(f"{self.url}/_sandbox/accounts", timeout=_START_WITHIN_SECONDS)
        took = time.perf_counter() - began
        self.credentials: dict[str, Any] = accounts.json()[0]
        return took

    def token(self) -> str:
        """An access token of the account."""
        form = {"grant_type": "password", **self.credentials}
        answer = requests.post(f"{self.url}/oauth/token", data=form, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """What it holds in memory."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


def first_core() -> set[int]:
    """The hub's core."""
    return {min(os.sched_getaffinity(0))}


def other_cores() -> set[int]:
    """The caller's; the same one where the machine has no other."""
    return os.sched_getaffinity(0) - first_core() or first_core()


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process to these cores."""
    os.sched_setaffinity(pid, cores)


def family(number: int, price: float) -> tuple[str, bytes]:
    """A family's SKU and a full body for it, 1.3 KB as an export sends it."""
    sku = f"FAM-{number:07d}"
    variations = [
        {
            "sku": f"{sku}-{size}",
            "name": f"Camiseta de algodão {number} {size}",
            "quantity": (number + position) % 50,
            "price": price,
            "attributes": [
                {"code": "size", "label": "Tamanho", "value": {"code": size, "label": size}}
            ],
        }
        for position, size in enumerate(("P", "M", "G")[:VARIATIONS])
    ]
    body = {
        "sku": sku,
        "name": f"Camiseta de algodão {number}",
        "description": "<p>Malha penteada, gola redonda, costura dupla.</p>" * 6,
        "brand": "Ipê",
        "price": price,
        "quantity": 0,
        "dimension": {"length": 20, "width": 15, "height": 3, "weight": 0.2},
        "variations": variations,
    }
    return sku, json.dumps(body, ensure_ascii=False).encode()


class Caller(asyncio.Protocol):
    """One connection that sends request after request, each when the one before is answered.

    By hand, because the caller shares the machine: an HTTP client in Python takes as long for a
    call as the hub does, and where two virtual cores are one real one, that is the hub's loss.
    """

    def __init__(self, requests: Iterator[bytes], latencies: list[float]) -> None:
        self._requests = requests
        self._latencies = latencies
        self._answer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """A part of an answer, or the whole of it."""
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._latencies.append(time.perf_counter() - self._began)
        if not head.startswith(b"HTTP/1.1 200 "):
            self._end(RuntimeError(self._answer[:300].decode(errors="replace")))
            return
        self._answer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """The hub has hung up, or this was the last answer."""
        self._end(exc or ConnectionError("the hub hung up"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end(None)
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def _end(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None) if error is None else self.done.set_exception(error)
        self._transport.close()


async def put_all(hub: Hub, token: str, families: Iterator[tuple[str, bytes]]) -> list[float]:
    """PUT every family, `AT_ONCE` at a time; the seconds each call took."""
    latencies: list[float] = []
    host, port = hub.url.removeprefix("http://").split(":")
    head = f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json"
    requests = (
        f"PUT /skus/{sku} HTTP/1.1\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for sku, body in families
    )
    loop = asyncio.get_running_loop()
    callers = [
        (await loop.create_connection(lambda: Caller(requests, latencies), host, int(port)))[1]
        for _ in range(AT_ONCE)
    ]
    await asyncio.gather(*(caller.done for caller in callers))
    return latencies


def measured(hub: Hub, token: str, families: Iterator[tuple[str, bytes]]) -> dict[str, float]:
    """Calls a second, by the clock and by the hub's own CPU time, and how long they took."""
    cpu, began = hub.cpu_seconds(), time.perf_counter()
    latencies = uvloop.run(put_all(hub, token, families))
    seconds, cpu = time.perf_counter() - began, hub.cpu_seconds() - cpu
    return {
        "calls": len(latencies),
        "calls_per_second": len(latencies) / seconds,
        "calls_per_cpu_second": len(latencies) / cpu,
        "p99_seconds": quantile(latencies, 0.99),
        "megabytes": hub.megabytes(),
    }


def main() -> None:
    """Fill, measure, kill, start again, and report."""
    parser = argparse.ArgumentParser(prog="python -m bench.hub", description=__doc__)
    parser.add_argument("--skus", type=int, default=1_000_000, help="stored before the measure")
    parser.add_argument("--calls", type=int, default=60_000, help="measured")
    wish = parser.parse_args()
    pin(0, other_cores())
    result: dict[str, Any] = {"skus": wish.skus}
    with tempfile.TemporaryDirectory(prefix="ponte-bench-") as folder:
        hub = Hub(Path(folder))
        try:
            result |= measure(hub, wish.skus // SKUS_PER_FAMILY, wish.calls)
            result["disk_megabytes"] = (
                sum(each.stat().st_size for each in Path(folder).iterdir()) / 1e6
            )
        finally:
            hub.kill()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "hub.json").write_text(json.dumps(result, indent=2), encoding="utf-8")
    print_table(result)


def measure(hub: Hub, families: int, calls: int) -> dict[str, Any]:
    """The creations, the updates among all of them, and the start after a kill."""
    token = hub.token()
    console.print(f"creating {families:,} families …")
    created = measured(hub, token, (family(number, 39.9) for number in range(families)))
    console.print(f"updating {calls:,} of them …")
    chance = random.Random(1)
    wanted = (chance.randrange(families) for _ in range(calls))
    updated = measured(
        hub, token, (family(number, 40 + position % 1000) for position, number in enumerate(wanted))
    )
    hub.kill()
    return {"created": created, "updated": updated, "start_seconds": hub.start()}


def print_table(result: dict[str, Any]) -> None:
    """The figures for people, each with its goal."""
    table = Table(title=f"The sandbox hub on one core, {result['skus']:,} SKUs stored")
    for column in ("what", "measured", "goal"):
        table.add_column(column)
    for name, label in (("created", "new families"), ("updated", "families changed")):
        figures = result[name]
        table.add_row(
            f"PUT /skus, {label}",
            f"{figures['calls_per_second']:,.0f} a second,"
            f" {figures['calls_per_cpu_second']:,.0f} a CPU second,"
            f" p99 {figures['p99_seconds'] * 1000:.0f} ms",
            f"≥ {GOAL_CALLS:,}",
        )
    table.add_row("memory", f"{result['updated']['megabytes']:,.0f} MB", "bounded")
    table.add_row("on disk", f"{result['disk_megabytes']:,.0f} MB", "")
    table.add_row(
        "start after a kill", f"{result['start_seconds']:.2f} s", f"< {GOAL_START_SECONDS:.0f} s"
    )
    console.print(table)


if __name__ == "__main__":
    main()
