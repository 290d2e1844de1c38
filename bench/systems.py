"""The processes under the bench: hub, store, `ponte serve`, `ponte worker`, as users run them."""

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
        """Ponte's own processes."""
        return {name: self._children[name].pid for name in ("serve", "worker")}

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time spent so far by each program, the database with all its processes."""
        spent = {name: _cpu(psutil.Process(child.pid)) for name, child in self._children.items()}
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
        counted = requests.get(f"{self.hub_url}/_sandbox/calls", timeout=30).json()["calls"]
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
            page = requests.get(
                f"{self.store_url}/api/v1/products/changes",
                params={"after": after, "limit": 500},
                headers={"Authorization": f"Bearer {self.shop['access_token']}"},
                timeout=30,
            ).json()
            families += [item["product"] for item in page["items"] if item["product"]]
            after = page["next_after"]
            if not page["has_more"]:
                break
        return families[:most]

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

    def hub_bodies(self, most: int) -> list[tuple[str, Any]]:
        """What the export sent: bodies as the hub shows them, for a loop to send again."""
        token = self.hub_token(self.account)
        bodies: list[tuple[str, Any]] = []
        page = 1
        while len(bodies) < most:
            answer = requests.get(
                f"{self.hub_url}/products",
                params={"limit": 100, "page": page},
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            ).json()
            if not answer["result"]:
                break
            for entry in answer["result"]:
                product = _without_ids(entry["Product"])
                bodies.append((product["sku"], product))
            page += 1
        return bodies[:most]

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


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _without_ids(value: Any) -> Any:
    """A product as a client would send it: without what only the hub knows."""
    if isinstance(value, dict):
        hidden = {"id", "inspected_fields", "created", "modified", "user_id"}
        return {name: _without_ids(inner) for name, inner in value.items() if name not in hidden}
    return [_without_ids(inner) for inner in value] if isinstance(value, list) else value


@contextmanager
def running(folder: Path, families: int) -> Iterator[Systems]:
    """All processes, ended whatever happens."""
    systems = Systems(folder, families)
    try:
        yield systems
    finally:
        systems.close()
