"""A real sandbox store as a process of its own, for tests: start, stop, kill -9, start again."""

import contextlib
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nursery
import requests
from direct import direct_session

# A store with a small catalogue answers within a second; the rest is for a busy machine.
START_SECONDS = 60.0


class StoreProcess:
    """One sandbox store. `base_url`, and the `account` of shop 1, are known once it is started."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.base_url = ""
        self.accounts: list[dict[str, Any]] = []
        self._process: nursery.Process | None = None
        self._session = direct_session()

    def start(self, port: int = 0) -> "StoreProcess":
        """Start it and wait until it listens; raises AssertionError when it does not."""
        command = ["store", "--data", str(self.folder), "--port", str(port), *self.options]
        self._process = nursery.start(nursery.SANDBOX, command, stdout=subprocess.PIPE)
        self.base_url = self._listening_line().removeprefix("store listening on ").strip()
        if "--no-admin" not in self.options:
            self.accounts = self.admin("GET", "accounts").json()
        return self

    def _listening_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._process.stdout], [], [], 0.1)
            if ready:
                line = self._process.stdout.readline()
                assert line.startswith("store listening on "), f"the store said {line!r}"
                return line
            assert self._process.poll() is None, "the store ended before it listened"
        raise AssertionError("the store did not listen in time")

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    @property
    def account(self) -> dict[str, Any]:
        """Shop 1: domain, log-in, access token."""
        return self.accounts[0]

    @property
    def token(self) -> str:
        """Shop 1's access token, which does not expire."""
        token: str = self.account["access_token"]
        return token

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: nothing can be put in order."""
        self._end(signal.SIGKILL)

    def restart(self) -> "StoreProcess":
        """Start again on the same folder and, unless it was taken meanwhile, the same port."""
        return self.start(int(self.base_url.rpartition(":")[2]))

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        process.send_signal(number)
        code = process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
        self._process = None
        return code

    def api(
        self, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> requests.Response:
        """A call of the contract, `path` below /api/v1/, as shop 1 unless a token is given."""
        headers = {"authorization": f"Bearer {token or self.token}", **options.pop("headers", {})}
        return self._session.request(
            method, f"{self.base_url}/api/v1/{path}", headers=headers, timeout=30, **options
        )

    def admin(self, method: str, path: str, **options: Any) -> requests.Response:
        """A call of the administration API, `path` below /_sandbox/."""
        return self._session.request(
            method, f"{self.base_url}/_sandbox/{path}", timeout=120, **options
        )

    def merchant(self, method: str, path: str, shop: int = 1, **options: Any) -> requests.Response:
        """A merchant's action, `path` below /_sandbox/shops/{shop}/; must succeed."""
        answer = self.admin(method, f"shops/{shop}/{path}", **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def changes(self, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
        """All entries of shop 1's change feed from `after` on."""
        return self._feed("products/changes", "items", after, limit)

    def events(self, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
        """All entries of shop 1's order-event feed from `after` on."""
        return self._feed("order-events", "events", after, limit)

    def orders(self) -> list[dict[str, Any]]:
        """All entries of shop 1's order list."""
        return self._feed("orders", "orders", 0, 500)

    def _feed(self, path: str, member: str, after: int, limit: int) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        while True:
            answer = self.api("GET", path, params={"after": after, "limit": limit})
            assert answer.status_code == 200, answer.text[:500]
            page = answer.json()
            entries += page[member]
            after = page["next_after"]
            if not page["has_more"]:
                return entries


@contextlib.contextmanager
def store_process(folder: Path, *options: str) -> Iterator[StoreProcess]:
    """A started store, stopped at the end."""
    process = StoreProcess(folder, *options).start()
    try:
        yield process
    finally:
        process.stop()
