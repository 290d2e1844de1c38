"""`ponte demo` as a stranger runs it: a real command, and what it prints and leaves.

It starts half a dozen processes of its own, so a test must notice every one that is left behind.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

# Enough of everything to happen, in a few seconds.
SMALL = ("--products", "150", "--orders", "40")
# Busy machines included; the demo itself takes a fifth of it.
LONGEST_SECONDS = 240.0
COMMAND = [sys.executable, "-m", "ponte", "demo"]


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A demo with its data in `folder`; nothing of it is left after the block."""
    with (folder / "err.txt").open("w") as err:
        demo = subprocess.Popen(  # noqa: S603 - our own program
            [*COMMAND, "--data", str(folder / "demo"), *options],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
    try:
        yield demo
    finally:
        if demo.poll() is None:
            demo.terminate()
            demo.wait(60)
        assert demo.stdout is not None
        demo.stdout.close()


def said(folder: Path) -> str:
    """What the demo told people."""
    return (folder / "err.txt").read_text()


def left_behind(folder: Path) -> list[str]:
    """The living processes that work on the demo's data."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder / "demo") in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(line)
    return found


def wait_for(folder: Path, words: str, demo: "subprocess.Popen[str]") -> None:
    """Until the demo has said so; fails when it ends before."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while words not in said(folder):
        assert demo.poll() is None, said(folder)
        assert time.monotonic() < deadline, said(folder)
        time.sleep(0.05)


def wait_until_alone(folder: Path) -> None:
    """Until nothing of the demo lives any more."""
    deadline = time.monotonic() + 30
    while left_behind(folder):
        assert time.monotonic() < deadline, left_behind(folder)
        time.sleep(0.1)


def finish(demo: "subprocess.Popen[str]") -> tuple[int, dict[str, Any]]:
    """The exit code, and the one JSON object."""
    printed, _ = demo.communicate(timeout=LONGEST_SECONDS)
    assert printed.count("\n") == 1
    report: dict[str, Any] = json.loads(printed)
    return demo.returncode, report


def worker_of(demo: "subprocess.Popen[str]") -> psutil.Process:
    """The worker that runs now."""
    for child in psutil.Process(demo.pid).children():
        if child.cmdline()[-1:] == ["worker"]:
            return child
    raise AssertionError("the demo has no worker")


def helpers_of(worker: psutil.Process) -> list[psutil.Process]:
    """The further processes of a worker."""
    return [child for child in worker.children() if "--helper" in child.cmdline()]
