"""Ponte's own processes, for tests: `ponte serve`, `ponte worker` and the short commands.

Services log into files of their own, where their readiness is read and where a failing test finds
the reason. They are stopped as an operator would, or killed as a power cut would.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nursery
import psycopg
import requests
from nursery import command_environment
from ready_ledger import lay_ledger

from ponte.ledger.embedded import DATABASE_FOLDER, EmbeddedDatabase

# The first process of a data folder creates the database; the rest is for a busy machine.
READY_SECONDS = 60.0
COMMAND_SECONDS = 120.0
PONTE = [sys.executable, "-m", "ponte.cli"]
_LOOK_SECONDS = 0.02


class PonteService:
    """One `ponte serve` or `ponte worker`."""

    def __init__(self, data: Path, ready: str, *arguments: str, **settings: str) -> None:
        """`ready` is a pattern its log shows once it works; its group, if any, is its address."""
        self.log = data.parent / f"{data.name}-{arguments[0]}-{id(self):x}.log"
        self.address = ""
        self._ready = re.compile(ready)
        self._arguments = arguments
        self._env = command_environment(data, settings)
        self._process: nursery.Process | None = None

    def start(self) -> "PonteService":
        """Start it and wait until it is ready; fails with its log when it does not get there."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = nursery.start(
                nursery.PONTE,
                self._arguments,
                environment=self._env,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            found = self._ready.search(self.said()[begin:])
            if found is not None:
                self.address = found[1] if self._ready.groups else ""
                return self
            assert self._process.poll() is None, f"it ended before it was ready:\n{self.said()}"
            time.sleep(_LOOK_SECONDS)
        raise AssertionError(f"it did not get ready in time:\n{self.said()}")

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: nothing can be put in order."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(timeout=30)


class Ponte:
    """One installation: its data folder, its services, and its commands."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "ponte"
        self.settings = {"PONTE_POLL_SECONDS": "2", **settings}
        self._services: list[PonteService] = []

    def serve(self, port: int = 0) -> PonteService:
        """A started `ponte serve`; `address` is where it listens."""
        ready = r"ponte serve: (http://\S+)"
        return self._start(ready, "serve", "--port", str(port))

    def worker(self, *arguments: str) -> PonteService:
        """A started `ponte worker`."""
        return self._start("ponte worker: ready", "worker", *arguments)

    def _start(self, ready: str, *arguments: str) -> PonteService:
        service = PonteService(self.data, ready, *arguments, **self.settings)
        self._services.append(service)
        return service.start()

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command to its end; the result as it is."""
        environment = command_environment(self.data, {**self.settings, **settings})
        return nursery.run(nursery.PONTE, arguments, environment, COMMAND_SECONDS)

    def json(self, *arguments: str, **settings: str) -> Any:
        """A command with `--json` that must succeed; its one object."""
        result = self.run(*arguments, "--json", **settings)
        assert result.returncode == 0, f"{arguments}: {result.stderr}"
        return json.loads(result.stdout)

    def connect(self, hub: Any, store: Any, *further: str) -> int:
        """Connect account 5910 and shop 1 by password grant and fixed token; the number."""
        account = hub.accounts()[0]
        connected = self.json(
            "connect",
            *("--hub", hub.base_url, "--client-id", account["client_id"]),
            *("--username", account["username"], "--account", str(account["account"])),
            *("--store", store.base_url),
            *further,
            PONTE_HUB_CLIENT_SECRET=account["client_secret"],
            PONTE_CONNECT_PASSWORD=account["password"],
            PONTE_STORE_TOKEN=store.token,
        )
        number: int = connected["connection"]
        return number

    @contextmanager
    def ledger(self) -> Iterator[psycopg.Connection[Any]]:
        """The database, to look at what is stored."""
        database = EmbeddedDatabase(self.data)
        try:
            with psycopg.connect(database.url, autocommit=True) as conn:
                yield conn
        finally:
            database.close()

    def close(self) -> None:
        """Stop all services, the last first, and the database where its last user was killed."""
        for service in reversed(self._services):
            service.stop()
        if (self.data / DATABASE_FOLDER / "postmaster.pid").exists():
            EmbeddedDatabase(self.data).close()


@contextmanager
def running_ponte(folder: Path, **settings: str) -> Iterator[Ponte]:
    """An installation with an empty ledger, whose services are stopped at the end."""
    ponte = Ponte(folder, **settings)
    if "PONTE_DATABASE_URL" not in settings:
        lay_ledger(ponte.data)
    try:
        yield ponte
    finally:
        ponte.close()


def figures(address: str) -> dict[str, float]:
    """What `/metrics` shows, by name with labels."""
    text = requests.get(f"{address}/metrics", timeout=10).text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
