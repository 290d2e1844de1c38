"""`ponte demo` as a stranger runs it: a real command, judged by what it prints and leaves."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

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


def assert_all_held(report: dict[str, Any]) -> None:
    """Every number of the report says what a working bridge has to reach."""
    products, orders, reports = report["products"], report["orders"], report["reports"]
    assert report["ok"] is True, report["failures"]
    assert products["store"] == products["hub_equal"] > 100
    assert (products["hub_different"], products["hub_missing"]) == (0, 0)
    assert orders["approved"] == orders["imported"] > 20
    assert (orders["duplicated"], orders["lost"], orders["not_approved_imported"]) == (0, 0, 0)
    assert reports["expected"] == reports["delivered"] > 10
    calls = report["hub_calls"]
    assert calls["total"] == sum(calls["by_kind"].values())
    # One call a family at the least; the demo's own reading is not among them.
    assert calls["by_kind"]["PUT /skus/{sku}"] >= products["store"]
    assert "GET /products" not in calls["by_kind"]
    assert report["failures"] == []
    assert 0 < report["seconds"] < LONGEST_SECONDS


def test_a_working_day_ends_with_both_sides_equal(tmp_path: Path) -> None:
    with running(tmp_path, "--once", "--json", *SMALL) as demo:
        code, report = finish(demo)
    assert code == 0, said(tmp_path)
    assert_all_held(report)
    assert report["kills"] == 0
    assert left_behind(tmp_path) == []


def test_a_day_of_power_cuts_ends_with_both_sides_equal(tmp_path: Path) -> None:
    with running(tmp_path, "--once", "--json", "--kill", *SMALL) as demo:
        code, report = finish(demo)
    assert code == 0, said(tmp_path)
    assert_all_held(report)
    assert report["kills"] >= 5
    assert report["done"]["killed serve"] == 1
    assert left_behind(tmp_path) == []


def test_what_did_not_arrive_is_named_with_both_values(tmp_path: Path) -> None:
    with running(tmp_path, "--once", "--json", "--patience", "3", *SMALL) as demo:
        wait_for(tmp_path, "A working day", demo)
        worker = worker_of(demo)
        for process in (worker, *helpers_of(worker)):
            process.suspend()
        code, report = finish(demo)
    assert code == 1
    assert report["ok"] is False
    assert report["orders"]["lost"] > 0
    assert report["products"]["hub_different"] > 0
    assert report["failed_checks"] >= len(report["failures"]) > 0
    lost = next(each for each in report["failures"] if each["store"] == "missing")
    assert lost["item"].startswith("order ")
    assert lost["hub"] in ("approved", "invoiced")
    assert "placed" in lost["last"][0]
    assert lost["item"] in said(tmp_path)
    assert str(tmp_path / "demo") in said(tmp_path)
    assert left_behind(tmp_path) == []


def test_a_process_that_dies_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    with running(tmp_path, "--once", "--json", *SMALL) as demo:
        wait_for(tmp_path, "A working day", demo)
        worker_of(demo).kill()
        code, report = finish(demo)
    assert code == 1
    assert report["ok"] is False
    assert "worker ended by itself (signal SIGKILL)" in report["why"]
    assert "ponte worker: ready" in report["why"]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_every_process(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, *SMALL) as demo:
        wait_for(tmp_path, "Exported", demo)
        assert left_behind(tmp_path) != []
        demo.send_signal(number)
        assert demo.wait(60) == 130
    assert left_behind(tmp_path) == []


def test_a_killed_demo_takes_everything_with_it(tmp_path: Path) -> None:
    with running(tmp_path, *SMALL) as demo:
        wait_for(tmp_path, "Exported", demo)
        demo.kill()
        demo.wait(60)
        wait_until_alone(tmp_path)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine")
    with running(tmp_path, "--once", "--json", *SMALL) as demo:
        assert demo.wait(60) == 2
    assert "is not empty" in said(tmp_path)
    assert [entry.name for entry in (tmp_path / "demo").iterdir()] == ["mine.txt"]
