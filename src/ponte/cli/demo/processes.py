"""The demo's processes: started, waited for, killed, started again, and ended whatever happens.

Each writes into a log file of its own, which is where its readiness is read, and where the reason
is looked up when it dies or an item did not arrive. All are leaders of their own sessions (see
`watchdog`).
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ponte.cli.demo.family_tree import Member, end, kill, member, stop_database

# The embedded database is created at the first start; a busy machine takes its time for it.
READY_WITHIN_SECONDS = 60.0
_LOOK_SECONDS = 0.02
# Lines of a dead process's log that are shown.
_TAIL_LINES = 15
# Read from the end of a log when it is searched: some ten thousand lines.
_SEARCHED_BYTES = 2_000_000


class ProcessDied(Exception):
    """A process ended although nobody asked it to; the message has the end of its log."""

    def __init__(self, name: str, code: int | None, log: Path) -> None:
        how = "does not get ready" if code is None else f"ended by itself ({_how(code)})"
        super().__init__(f"{name} {how}. The end of its log {log}:\n{_tail(log)}")
        self.name = name


class Child:
    """One program; it may be started again after it ended."""

    def __init__(
        self,
        name: str,
        command: list[str],
        ready: str,
        folder: Path,
        on_start: Callable[[Member], None],
        env: Mapping[str, str] | None = None,
    ) -> None:
        """`ready` is a pattern that its log shows once it works; the first group is its address."""
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self._ready = re.compile(ready)
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
        self._on_start = on_start
        self._process: subprocess.Popen[bytes] | None = None
        self._member: Member | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 while it does not run."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> str:
        """Start it and wait until it is ready; what the pattern's group found.

        Raises `ProcessDied`.
        """
        begin = self._spawn()
        for _ in range(int(READY_WITHIN_SECONDS / _LOOK_SECONDS)):
            found = self._ready.search(_read_from(self.log, begin))
            if found is not None:
                return found[1] if self._ready.groups else found[0]
            self.check()
            await asyncio.sleep(_LOOK_SECONDS)
        raise ProcessDied(self.name, None, self.log)

    def _spawn(self) -> int:
        """Start it; where its log goes on."""
        with self.log.open("ab") as log:
            begin = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                start_new_session=True,
            )
        self._member = member(self._process.pid)
        self._on_start(self._member)
        return begin

    def check(self) -> None:
        """Raises `ProcessDied` when it ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            code = self._process.returncode
            self._process = self._member = None
            raise ProcessDied(self.name, code, self.log)

    def kill(self) -> None:
        """Signal 9, as a power cut; reaped at once."""
        process, self._process = self._process, None
        if process is not None and self._member is not None:
            kill(self._member)
            process.wait()
        self._member = None

    def stop(self) -> None:
        """Ask it to end, and kill it when it does not."""
        if self._process is not None and self._member is not None:
            end([self._member])
            self._process.wait()
        self._process = self._member = None

    def mentions(self, names: tuple[str, ...], most: int) -> list[str]:
        """The last `most` lines of its log that mention one of `names`."""
        if not self.log.exists():
            return []
        size = self.log.stat().st_size
        lines = _read_from(self.log, max(0, size - _SEARCHED_BYTES)).splitlines()
        found = [line for line in lines if any(name in line for name in names)]
        return [f"{self.name}: {line.strip()}" for line in found[-most:]]


class Troupe:
    """All processes of one demo, and the watchdog that ends them when the demo cannot."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._logs = data / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self.children: list[Child] = []
        self._watchdog = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "ponte.cli.demo.watchdog", str(data / "ponte")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def add(
        self, name: str, command: list[str], ready: str, env: Mapping[str, str] | None = None
    ) -> Child:
        """A program, not started yet."""
        child = Child(name, command, ready, self._logs, self._tell_watchdog, env)
        self.children.append(child)
        return child

    def check(self) -> None:
        """Raises `ProcessDied` when one ended by itself."""
        for child in self.children:
            child.check()

    def close(self) -> None:
        """End all, the last first: Ponte works with living neighbours to its end."""
        for child in reversed(self.children):
            child.stop()
        stop_database(self._data / "ponte")
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def _tell_watchdog(self, one: Member) -> None:
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.write(f"{one.pid} {one.created!r}\n".encode())
            self._watchdog.stdin.flush()


def _read_from(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


def _tail(log: Path) -> str:
    return "\n".join(_read_from(log, 0).splitlines()[-_TAIL_LINES:]) or "(empty)"


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
