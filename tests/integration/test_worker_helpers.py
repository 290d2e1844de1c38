"""`ponte worker` in several processes: one worker for whoever starts, stops or kills it."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from bridge import Bridge, Merchant, running_bridge
from hub_process import wait_until
from ponte_process import Ponte, PonteService, running_ponte

HELPERS = 1
# On any machine, also of one core.
PROCESSES = {"PONTE_WORKER_PROCESSES": str(1 + HELPERS)}
FAMILIES = 60
# What has nothing to do ends within a moment, and jobs within ten seconds.
SOON_SECONDS = 8.0


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """All four systems, the worker in two processes."""
    with running_bridge(tmp_path_factory.mktemp("bridge"), **PROCESSES) as running:
        yield running


@pytest.fixture(scope="module")
def ponte(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ponte]:
    """An installation whose workers are of two processes."""
    folder: Path = tmp_path_factory.mktemp("ponte")
    with running_ponte(folder, **PROCESSES) as installation:
        yield installation


def helpers_of(worker: PonteService) -> list[psutil.Process]:
    """Its further processes that live."""
    return [child for child in psutil.Process(worker.pid).children() if _is_helper(child)]


def _is_helper(process: psutil.Process) -> bool:
    try:
        return "--helper" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        # It ended between two looks.
        return False


def two_free_ports() -> int:
    """The first of two neighbouring ports that are free."""
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return port
            except OSError:
                continue
    raise AssertionError("no two neighbouring ports are free")


def test_each_process_has_its_figures_and_all_end_together(ponte: Ponte) -> None:
    port = two_free_ports()
    worker = ponte.worker("--port", str(port))
    helpers = helpers_of(worker)
    assert len(helpers) == HELPERS
    for number in range(1 + HELPERS):
        answer = requests.get(f"http://127.0.0.1:{port + number}/metrics", timeout=10)
        assert "ponte_ledger_readable 1.0" in answer.text
    assert worker.stop() == 0
    assert not any(helper.is_running() for helper in helpers)
    assert worker.said().count("ponte: stopped") == 1


def test_a_helper_whose_port_is_taken_works_without_figures(ponte: Ponte) -> None:
    port = two_free_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        worker = ponte.worker("--port", str(port))
        assert len(helpers_of(worker)) == HELPERS
        assert "no figures of this helper" in worker.said()
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10).ok
        worker.stop()


def test_a_killed_worker_leaves_no_process_behind(ponte: Ponte) -> None:
    worker = ponte.worker()
    helpers = helpers_of(worker)
    worker.kill()
    _, alive = psutil.wait_procs(helpers, timeout=10)
    assert not alive


def test_one_process_is_enough_where_one_is_asked_for(tmp_path: Path) -> None:
    with running_ponte(tmp_path, PONTE_WORKER_PROCESSES="1") as ponte:
        assert helpers_of(ponte.worker()) == []


def test_a_worker_that_is_stopped_at_its_start_ends(tmp_path: Path) -> None:
    """One in five went on for ever: before Python 3.12 `wait_for` may lose a cancellation."""
    with running_ponte(tmp_path, PONTE_WORKER_PROCESSES="1") as ponte:
        worker = ponte.worker()
        for _ in range(5):
            began = time.monotonic()
            assert worker.stop() == 0
            assert time.monotonic() - began < SOON_SECONDS
            worker.start()


def test_a_killed_helper_is_replaced_and_its_share_arrives(
    bridge: Bridge, merchant: Merchant
) -> None:
    helpers = helpers_of(bridge.worker)
    products = [merchant.add(f"CAM-{number}", stock=1) for number in range(FAMILIES)]
    merchant.wait_until_quiet()
    for number, product in enumerate(products):
        merchant.wish("PATCH", f"products/{product['id']}", {"stock": 100 + number})
        if number == FAMILIES // 2:
            os.kill(helpers[0].pid, signal.SIGKILL)
    wait_until(
        lambda: [each.pid for each in helpers_of(bridge.worker)] not in ([], [helpers[0].pid])
    )
    merchant.wait_until_quiet()
    shown = {sku: product["quantity"] for sku, product in merchant.hub_products().items()}
    assert shown == {f"CAM-{number}": 100 + number for number in range(FAMILIES)}
    assert "a helper ended and is started again" in bridge.worker.said()
