"""`ponte demo` when something is wrong: what it says, how it ends, and that nothing stays."""

import signal
from pathlib import Path

import pytest
from demo_process import (
    SMALL,
    finish,
    helpers_of,
    left_behind,
    running,
    said,
    wait_for,
    wait_until_alone,
    worker_of,
)


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
