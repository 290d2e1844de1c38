"""What `make bench` measures, each against what it is compared with in the same run."""

import itertools
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psutil
import requests

from bench.systems import Systems

# Fewer would let one hiccup of a shared machine decide the ratio; more only costs time.
LOOP_CALLS = 4000
# Stock changes whose way is timed, one at a time.
IDLE_CHANGES = 150
# How long a change may take before the bench gives up on it.
LOST_AFTER_SECONDS = 60.0
_LOOK_SECONDS = 0.002
# How often the calls of an export are counted: each look costs hub and bench some milliseconds.
_COUNT_SECONDS = 0.25


# What one process does of it takes about a second.
_YIELD_ROUNDS = 600


def parallel_yield() -> float:
    """How much two busy processes do, measured in what one does: 2 on two whole cores.

    Virtual cores are often halves of one, and slow each other down. A sequential loop keeps one of
    them busy at a time, an export both; so the ratio of the two depends on this figure.
    """
    alone = _busy_seconds(1)
    return 2 * alone / _busy_seconds(2)


def _busy_seconds(processes: int) -> float:
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        # Once for the start of the processes.
        pool.map(_work, [1] * processes)
        began = time.perf_counter()
        pool.map(_work, [_YIELD_ROUNDS] * processes, chunksize=1)
        return time.perf_counter() - began


def _work(rounds: int) -> None:
    """The common mix of this program: JSON, dictionaries, texts."""
    family = [{"sku": f"CAM-{n}", "price": n / 100, "photos": ["x" * 60] * 3} for n in range(500)]
    for _ in range(rounds):
        by_sku = {each["sku"]: each for each in json.loads(json.dumps(family))}
        assert len(by_sku) == len(family)  # noqa: S101 - keeps the work from being left out


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def requests_loop(systems: Systems, bodies: list[tuple[str, Any]]) -> float:
    """Seconds of a plain sequential loop that PUTs the same products to an account of its own.

    As the public clients of this hub do it: one `requests.put` with `json=` after the other, and
    the answer read.
    """
    token = systems.hub_token(systems.loop_account)
    headers = {"Authorization": f"Bearer {token}"}
    began = time.perf_counter()
    for sku, body in bodies:
        answer = requests.put(
            f"{systems.hub_url}/skus/{quote(sku, safe='')}",
            json=body,
            headers=headers,
            timeout=30,
        )
        answer.raise_for_status()
        answer.json()
    return time.perf_counter() - began


def export(systems: Systems, families: int, progress: Callable[[int], None]) -> dict[str, Any]:
    """Connect, and time the export from the first call of the hub to the last."""
    systems.reset_calls()
    cpu_before = systems.cpu_seconds()
    systems.connect()
    began = 0.0
    while True:
        done = systems.calls("PUT", "/skus/{sku}")
        now = time.perf_counter()
        if done and not began:
            began, first = now, done
        progress(done)
        if done >= families and systems.is_quiet():
            break
        time.sleep(_COUNT_SECONDS)
    seconds = systems.last_call_at() - began
    calls = systems.calls("PUT", "/skus/{sku}")
    return {
        "families": families,
        "calls": calls,
        "calls_per_family": calls / families,
        "seconds": seconds,
        "calls_per_second": (calls - first) / seconds,
        "cpu_microseconds_per_call": {
            name: round((spent - cpu_before[name]) / calls * 1e6)
            for name, spent in systems.cpu_seconds().items()
        },
    }


# Every change sets another quantity, or the hub would show it before it was made.
_quantities = itertools.count(1000)


def stock_latencies(systems: Systems, changes: int, skus: list[str]) -> list[float]:
    """Seconds from the store's commit of a stock change until the hub shows it, one by one."""
    session = requests.Session()
    token = systems.hub_token(systems.account)
    session.headers["Authorization"] = f"Bearer {token}"
    latencies = []
    for number in range(changes):
        sku = skus[number % len(skus)]
        quantity = next(_quantities)
        systems.set_stock(sku, quantity)
        committed = time.perf_counter()
        while systems.shown_stock(session, sku) != quantity:
            if time.perf_counter() - committed > LOST_AFTER_SECONDS:
                raise TimeoutError(f"the stock of {sku} did not arrive in a minute")
            time.sleep(_LOOK_SECONDS)
        latencies.append(time.perf_counter() - committed)
    return latencies


@contextmanager
def memory_watched(pids: dict[str, int]) -> Iterator[dict[str, float]]:
    """The largest resident memory of each process meanwhile, in megabytes (1,000,000 bytes)."""
    largest = dict.fromkeys(pids, 0.0)
    stop = threading.Event()

    def watch() -> None:
        processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        while not stop.wait(0.25):
            for name, process in processes.items():
                largest[name] = max(largest[name], process.memory_info().rss / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield largest
    finally:
        stop.set()
        watcher.join()


def spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and worst, in seconds."""
    return {
        "p50": statistics.median(values),
        "p99": quantile(values, 0.99),
        "worst": max(values),
        "count": float(len(values)),
    }
