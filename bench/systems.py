"""The processes under the bench: hub, store, `ponte serve`, `ponte worker`, as users run them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil
import requests

from ponte.domain.families import FamilyDraft, content_hash, encode_content
from ponte.domain.hub_body import Members
from ponte.domain.planner import FamilyState, HubCall, plan_call
from ponte.domain.rules import MerchantRules
from ponte.stores.webstore.wire import KILOGRAMS, read_change_page
from ponte.sync.pull import sort_changes

# Far beyond what a start takes; a machine that needs longer is not worth measuring on.
READY_SECONDS = 180.0
# No further call for this long means that an export is over.
QUIET_SECONDS = 1.5


class Systems:
    """All four processes on a folder."""

    def __init__(self, folder: Path, families: int) -> None:
        self.folder = folder
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []
        hub = ["-m", "ponte_sandbox", "hub", "--accounts", "2", "--data", str(folder / "hub")]
        self.hub_url = self._start("hub", [sys.executable, *hub, "--port", "0"], "http://")
        store = ["-m", "ponte_sandbox", "store", "--families", str(families)]
        store += ["--data", str(folder / "store"), "--port", "0"]
        self.store_url = self._start("store", [sys.executable, *store], "http://")
        ponte = [sys.executable, "-m", "ponte.cli"]
        data = ["--data", str(folder / "ponte")]
        self.web_url = self._start("serve", [*ponte, "serve", "--port", "0", *data], "http://")
        self._start("worker", [*ponte, "worker", *data], "ready")
        self.account, self.loop_account = requests.get(
            f"{self.hub_url}/_sandbox/accounts", timeout=30
        ).json()[:2]
        self.shop = requests.get(f"{self.store_url}/_sandbox/accounts", timeout=30).json()[0]
        self._ponte = ponte
        self._seen_calls = -1
        # One connection: a new one for each look would cost the machine a tenth of a core.
        self._counter = requests.Session()
        self._last_call = 0.0

    def _start(self, name: str, command: list[str], ready: str) -> str:
        log_path = self.folder / f"{name}.log"
        log = log_path.open("wb")
        self._logs.append(log)
        env = {**os.environ, "PYTHONUNBUFFERED": "1", "PONTE_LOG_LEVEL": "warning"}
        child = subprocess.Popen(command, stdout=log, stderr=log, env=env)  # noqa: S603 - ours
        self._children[name] = child
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for line in log_path.read_text(errors="replace").splitlines():
                if ready in line:
                    return line.split()[-1]
            if child.poll() is not None:
                raise RuntimeError(f"{name} ended: {log_path.read_text(errors='replace')[-800:]}")
            time.sleep(0.05)
        raise RuntimeError(f"{name} is not ready after {READY_SECONDS:.0f} s")

    @property
    def ponte_pids(self) -> dict[str, int]:
        """Ponte's own processes; those of one worker are numbered."""
        helpers = with_helpers(self._children["worker"].pid)
        workers = {f"worker {number}": each.pid for number, each in enumerate(helpers, start=1)}
        return {"serve": self._children["serve"].pid, **workers}

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time spent so far by each program, the database with all its processes."""
        spent = {
            name: sum(_cpu(process) for process in with_helpers(child.pid))
            for name, child in self._children.items()
        }
        folder = str((self.folder / "ponte" / "postgres").resolve())
        spent["postgres"] = sum(
            _cpu(process)
            for master in psutil.process_iter(["name", "cmdline"])
            if master.info["name"] == "postgres" and folder in (master.info["cmdline"] or [])
            for process in [master, *master.children()]
        )
        return spent

    def connect(self) -> None:
        """Join the account and the shop by the fixed points' command."""
        command = [*self._ponte, "connect", "--hub", self.hub_url, "--store", self.store_url]
        for option in ("client_id", "client_secret", "username", "password"):
            command += [f"--{option.replace('_', '-')}", self.account[option]]
        command += ["--store-token", self.shop["access_token"]]
        command += ["--data", str(self.folder / "ponte"), "--json"]
        env = {**os.environ, "PONTE_PUBLIC_URL": self.web_url}
        subprocess.run(command, check=True, capture_output=True, env=env)  # noqa: S603 - ours

    def hub_token(self, account: dict[str, Any]) -> str:
        """An access token of a hub account."""
        credentials = {name: value for name, value in account.items() if name != "account"}
        answer = requests.post(
            f"{self.hub_url}/oauth/token",
            data={"grant_type": "password", **credentials},
            timeout=30,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def reset_calls(self) -> None:
        """Count the hub's calls from nothing."""
        requests.delete(f"{self.hub_url}/_sandbox/calls", timeout=30).raise_for_status()

    def calls(self, method: str, route: str) -> int:
        """Calls of the measured account so far."""
        counted = self._counter.get(f"{self.hub_url}/_sandbox/calls", timeout=30).json()["calls"]
        total: int = sum(
            entry["count"]
            for entry in counted
            if entry["method"] == method
            and entry["route"] == route
            and entry["account"] == str(self.account["account"])
        )
        if total != self._seen_calls:
            self._seen_calls = total
            self._last_call = time.perf_counter()
        return total

    def last_call_at(self) -> float:
        """When `calls` last saw a new one."""
        return self._last_call

    def is_quiet(self) -> bool:
        """Whether no call came for a while."""
        return time.perf_counter() - self._last_call > QUIET_SECONDS

    def catalogue(self, most: int) -> list[dict[str, Any]]:
        """The first families of the shop's feed."""
        families: list[dict[str, Any]] = []
        after = 0
        while len(families) < most:
            page = json.loads(self._changes(after))
            families += [item["product"] for item in page["items"] if item["product"]]
            after = page["next_after"]
            if not page["has_more"]:
                break
        return families[:most]

    def _changes(self, after: int) -> bytes:
        """A page of the shop's feed."""
        answer = requests.get(
            f"{self.store_url}/api/v1/products/changes",
            params={"after": after, "limit": 500},
            headers={"Authorization": f"Bearer {self.shop['access_token']}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.content

    def sellable_families(self) -> int:
        """How many families of the shop have to be in the hub: published, each SKU once."""
        return len(
            {
                product["sku"].strip().replace("/", "-")
                for product in self.catalogue(10**9)
                if product["published"]
            }
        )

    def set_stock(self, sku: str, quantity: int) -> None:
        """The merchant changes a stock; returns once the store has committed it."""
        requests.put(
            f"{self.store_url}/_sandbox/shops/{self.shop['shop']}/stock",
            json={"sku": sku, "stock": quantity},
            timeout=30,
        ).raise_for_status()

    def shown_stock(self, session: requests.Session, sku: str) -> int:
        """What the hub shows for a simple product."""
        answer = session.get(f"{self.hub_url}/skus/{quote(sku, safe='')}", timeout=30)
        return int(answer.json().get("Product", {}).get("quantity") or 0)

    def export_bodies(self, most: int) -> list[tuple[str, Any]]:
        """What the export sends for the first families: SKU and body, for a loop to send again."""
        bodies: dict[str, Any] = {}
        after, has_more = 0, True
        while has_more and len(bodies) < most:
            page = read_change_page("bench", self._changes(after), after, KILOGRAMS["kg"])
            after, has_more = page.next_after, page.has_more
            for _, draft in sort_changes(page.changes, MerchantRules()).drafts:
                call = plan_call(never_sent(draft.unpacked()))
                if isinstance(call, HubCall):
                    bodies.setdefault(call.sku, json.loads(call.body))
        return list(bodies.items())[:most]

    def close(self) -> None:
        """Ask all to stop, Ponte first."""
        for name in ("worker", "serve", "store", "hub"):
            child = self._children.get(name)
            if child is not None and child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        for log in self._logs:
            log.close()


def with_helpers(pid: int) -> list[psutil.Process]:
    """A program and the further processes that it runs in; not a database that it started."""
    program = psutil.Process(pid)
    return [program, *(each for each in program.children() if each.name() == program.name())]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def never_sent(draft: FamilyDraft) -> FamilyState:
    """The ledger's row of a family before its export."""
    return FamilyState(
        key=draft.key,
        sku=draft.sku,
        store_sku=draft.store_skus[draft.sku],
        retired=False,
        stock=draft.stock,
        price=draft.price,
        content_hash=content_hash(encode_content(draft.content)),
        content=encode_content(draft.content),
        acked_stock=None,
        acked_price=None,
        acked_content=None,
        members=Members(),
    )


@contextmanager
def running(folder: Path, families: int) -> Iterator[Systems]:
    """All processes, ended whatever happens."""
    systems = Systems(folder, families)
    try:
        yield systems
    finally:
        systems.close()
