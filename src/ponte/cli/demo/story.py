"""The demo from beginning to end: start, connect, export, a working day, quiet, comparison.

Everything it starts is a process of its own and spoken to by HTTP and command line only. The
judgement comes from the public APIs of the two sandboxes, never from Ponte's ledger, so that Ponte
cannot be wrong and agree with itself.
"""

import asyncio
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from msgspec import Struct

from ponte.cli.demo.compare_orders import compare_orders, compare_reports
from ponte.cli.demo.compare_products import compare_products, expected_skus
from ponte.cli.demo.day import WorkingDay
from ponte.cli.demo.journal import Journal
from ponte.cli.demo.kills import PowerCuts
from ponte.cli.demo.login import connect
from ponte.cli.demo.narration import Narrator
from ponte.cli.demo.neighbours import Hub, Store, open_session
from ponte.cli.demo.processes import Child, Troupe
from ponte.cli.demo.report import MOST_TOLD, Failure, Report, Verdict, make_report

# A lost notification is found again by the next poll; the manual allows fifteen minutes (R3), a
# demo has seconds.
POLL_SECONDS = 2
# The export may stand still this long (a killed worker is missed after eight seconds) before the
# demo goes on; the comparison at the end tells what is missing.
_STANDSTILL_SECONDS = 30.0
_LOOK_SECONDS = 0.25
# Equal once is not yet quiet: a late notification or a repeated call may still come.
_STILL_SECONDS = 1.5
# Lines told of what happened last to a failed item.
_LAST_NOTES = 3
_LAST_LINES = 2

_SANDBOX = [sys.executable, "-m", "ponte_sandbox"]
_PONTE = [sys.executable, "-m", "ponte"]


class Wish(Struct, frozen=True):
    """What was asked for on the command line."""

    products: int
    orders: int
    seed: int
    kill: bool
    # How long the two sides have to become equal once everything is calm.
    patience: float


class Stage(Struct):
    """The running systems."""

    troupe: Troupe
    hub: Hub
    store: Store
    serve: Child
    worker: Child
    serve_url: str
    connection: int
    # Ponte's data folder.
    data: Path


class Story:
    """One demo. `tell` does it; `report` is there when it got as far as a comparison."""

    def __init__(self, wish: Wish, data: Path, journal: Journal, narrator: Narrator) -> None:
        self._wish = wish
        self._data = data
        self._journal = journal
        self._narrator = narrator
        self.report: Report | None = None

    @asynccontextmanager
    async def told(self) -> AsyncIterator[Stage]:
        """Everything up to the report; the systems run on within the block and end after it.

        Raises `ProcessDied` and `CallFailed`.
        """
        troupe = Troupe(self._data)
        try:
            async with open_session() as http:
                stage = await self._start(troupe, http)
                cuts = PowerCuts(
                    stage.worker, stage.serve, self._wish.seed, self._journal, self._narrator
                )
                await self._export(stage, cuts)
                day = await self._live_a_day(stage, cuts)
                verdict = await self._wait_for_quiet(stage, day)
                self.report = await self._make_report(stage, verdict, cuts.kills)
                yield stage
        except Exception:
            # A call that failed because its process died is told as that.
            troupe.check()
            raise
        finally:
            # Blocks the event loop, which has nothing else to do any more.
            troupe.close()

    async def _start(self, troupe: Troupe, http: aiohttp.ClientSession) -> Stage:
        wish, data = self._wish, self._data
        self._narrator.say(f"Starting a hub, a store and Ponte; data and logs in {data}")
        hub_program = troupe.add(
            "hub", [*_SANDBOX, "hub", "--data", str(data / "hub")], r"listening on (http://\S+)"
        )
        generated = ("--families", str(wish.products), "--seed", str(wish.seed), "--defects")
        store_program = troupe.add(
            "store",
            [*_SANDBOX, "store", "--data", str(data / "store"), *generated],
            r"listening on (http://\S+)",
        )
        hub_url, store_url = await _all_started(hub_program, store_program)
        hub, store = Hub(http, hub_url), Store(http, store_url)
        await hub.log_in()
        await store.log_in()
        port = _free_port()
        env = {
            "PONTE_DATA": str(data / "ponte"),
            "PONTE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PONTE_POLL_SECONDS": str(POLL_SECONDS),
            # For whoever walks through /instalar by hand.
            "PONTE_HUB_URL": hub_url,
            "PONTE_HUB_CLIENT_ID": hub.account["client_id"],
            "PONTE_HUB_CLIENT_SECRET": hub.account["client_secret"],
            "PONTE_ALLOW_INTERNAL_STORES": "true",
        }
        serve = troupe.add(
            "serve", [*_PONTE, "serve", "--port", str(port)], r"ponte serve: (http://\S+)", env
        )
        worker = troupe.add("worker", [*_PONTE, "worker"], r"ponte worker: ready", env)
        serve_url, _ = await _all_started(serve, worker)
        notify = {
            "client_id": hub.account["client_id"],
            "url": f"{serve_url}/notifications/pluggto",
        }
        await hub.admin("PUT", "notifications", notify)
        self._narrator.say(f"Running: hub {hub_url}, store {store_url}, Ponte {serve_url}")
        connected = await connect(_PONTE, env, hub, store)
        self._narrator.say(
            f"Connected account {hub.account['account']} and {store.account['name']} through"
            f" the code grants: connection {connected['connection']}"
        )
        number, folder = connected["connection"], data / "ponte"
        return Stage(troupe, hub, store, serve, worker, serve_url, number, folder)

    async def _export(self, stage: Stage, cuts: PowerCuts) -> None:
        wanted = len(expected_skus(await stage.store.feed()))
        began = moved = time.monotonic()
        there = 0
        with self._narrator.bar("Exporting the catalogue") as bar:
            while there < wanted and time.monotonic() - moved < _STANDSTILL_SECONDS:
                stage.troupe.check()
                now_there = await stage.hub.product_count()
                if now_there > there:
                    there, moved = now_there, time.monotonic()
                bar.show(there, wanted)
                if self._wish.kill:
                    await cuts.during_export(there / wanted)
                await asyncio.sleep(_LOOK_SECONDS)
        seconds = time.monotonic() - began
        self._narrator.say(
            f"Exported {there:,} of {wanted:,} published families in {seconds:.1f} s"
        )

    async def _live_a_day(self, stage: Stage, cuts: PowerCuts) -> WorkingDay:
        wish = self._wish
        day = WorkingDay(
            stage.hub, stage.store, self._journal, wish.seed, wish.products, wish.orders
        )
        self._narrator.say(
            f"A working day: {wish.orders} orders, and everything that changes in a shop;"
            " calls fail, notifications are lost, repeated and late"
        )
        cuts_done = asyncio.Event()
        with self._narrator.bar("Living a working day"):
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(_watch(stage.troupe))
                living = group.create_task(day.live(cuts_done))
                if self._wish.kill:
                    await cuts.during_day()
                cuts_done.set()
                await living
                watch.cancel()
        done = ", ".join(f"{count} {kind}" for kind, count in sorted(self._journal.done.items()))
        self._narrator.say(f"The day is over: {done}")
        return day

    async def _wait_for_quiet(self, stage: Stage, day: WorkingDay) -> Verdict:
        self._narrator.say("No more changes and faults; waiting for quiet")
        deadline = time.monotonic() + self._wish.patience
        calls, since = await _writes(stage), time.monotonic()
        with self._narrator.bar("Waiting until both sides are equal and still"):
            while True:
                verdict = await self._compare(stage, day)
                now_calls = await _writes(stage)
                if now_calls != calls:
                    calls, since = now_calls, time.monotonic()
                still = time.monotonic() - since >= _STILL_SECONDS
                over = time.monotonic() > deadline
                if over or (still and not verdict.differences):
                    return verdict
                stage.troupe.check()
                await asyncio.sleep(_LOOK_SECONDS)

    async def _compare(self, stage: Stage, day: WorkingDay) -> Verdict:
        """Both sides read item by item; the store before the hub, which only follows."""
        feed, store_orders = await stage.store.feed(), await stage.store.orders()
        hub_orders = await stage.hub.orders()
        products = compare_products(feed, await stage.hub.products())
        orders = compare_orders(hub_orders, store_orders, day.placed, day.own_sales)
        return Verdict(products, orders, compare_reports(hub_orders, store_orders))

    async def _make_report(self, stage: Stage, verdict: Verdict, kills: int) -> Report:
        failures = [
            Failure(
                difference.item,
                difference.what,
                difference.store,
                difference.hub,
                self._last_of(stage.troupe, difference.names),
            )
            for difference in verdict.differences[:MOST_TOLD]
        ]
        return make_report(
            verdict,
            self._journal.seconds,
            await stage.hub.ponte_calls(),
            self._journal.done,
            kills,
            failures,
        )

    def _last_of(self, troupe: Troupe, names: tuple[str, ...]) -> list[str]:
        notes = self._journal.last(names, _LAST_NOTES)
        for child in troupe.children:
            notes += child.mentions(names, _LAST_LINES)
        return notes or ["the demo did nothing to it, and no log mentions it"]


async def _all_started(*children: Child) -> list[str]:
    """Start all at once; what their readiness lines said."""
    return list(await asyncio.gather(*(child.start() for child in children)))


async def _watch(troupe: Troupe) -> None:
    """Notice a process that ended by itself."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        troupe.check()


async def _writes(stage: Stage) -> tuple[Counter[str], int]:
    """How often Ponte has written to either side so far."""
    calls = await stage.hub.ponte_calls()
    writes = Counter({kind: n for kind, n in calls.items() if not kind.startswith("GET")})
    return writes, await stage.store.order_calls()


def _free_port() -> int:
    """A port nobody uses: Ponte's own address must be known before it starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
