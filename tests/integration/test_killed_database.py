"""The embedded database dies by itself: a kill, the machine's last memory, an operator's mistake.

Nobody but its users can start it again, and whoever started it, nobody but its last user stops it.
"""

import os
import signal
from pathlib import Path

import psutil
import psycopg
import requests
from hub_process import HubProcess, wait_until
from ponte_process import Ponte, PonteService, running_ponte
from store_process import StoreProcess

from ponte.ledger.embedded import EmbeddedDatabase

# The services look every second, and the database reads its journal again.
BACK_WITHIN_SECONDS = 20.0


def test_a_killed_database_is_started_again_and_none_is_left_behind(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    with running_ponte(tmp_path, PONTE_POLL_SECONDS="900") as ponte:
        number = ponte.connect(hub, store)
        web = ponte.serve()
        worker = ponte.worker("--port", "0")
        wait_until(lambda: "ponte worker metrics: http://" in worker.said())
        metrics = worker.said().split("ponte worker metrics: ")[1].split()[0]
        _kill_database(ponte)
        # Its children answer for a moment longer, so being ready does not tell that it is back.
        wait_until(lambda: _starts_again(web) + _starts_again(worker) > 0, BACK_WITHIN_SECONDS)
        wait_until(lambda: _is_ready(web.address), BACK_WITHIN_SECONDS)
        wait_until(lambda: _is_ready(metrics), BACK_WITHIN_SECONDS)
        again = [_starts_again(service) for service in (web, worker)]
        assert sum(again) == 1, "each death is answered by one start"
        # The export is done by the worker; the command only waits for it.
        assert ponte.json("export", str(number))["unsent"] == 0
        assert _servers_of(ponte.data)
    assert _servers_of(ponte.data) == []
    assert "Traceback" not in web.said()


def test_a_restarted_database_is_stopped_by_whoever_is_last(tmp_path: Path) -> None:
    first = EmbeddedDatabase(tmp_path / "ponte")
    ponte = Ponte(tmp_path)
    try:
        _kill_database(ponte)
        # Another process starts it again; this one knows nothing of it.
        ponte.json("status")
        assert _servers_of(ponte.data)
        with psycopg.connect(first.url) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        first.close()
    assert _servers_of(ponte.data) == []


def test_a_dead_servers_id_does_not_keep_the_next_from_starting(tmp_path: Path) -> None:
    """The id may be a zombie's, or somebody else's by now."""
    database = EmbeddedDatabase(tmp_path / "ponte")
    ponte = Ponte(tmp_path)
    try:
        killed = _kill_database(ponte)
        pid_file = ponte.data / "postgres" / "postmaster.pid"
        lines = pid_file.read_text(encoding="utf-8")
        pid_file.write_text(lines.replace(str(killed), str(os.getppid()), 1), encoding="utf-8")
        assert database.ensure_running()
        assert not database.ensure_running()
        with psycopg.connect(database.url) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.close()
    assert _servers_of(ponte.data) == []


def _kill_database(ponte: Ponte) -> int:
    pid_file = ponte.data / "postgres" / "postmaster.pid"
    pid = int(pid_file.read_text(encoding="utf-8").split()[0])
    os.kill(pid, signal.SIGKILL)
    return pid


def _is_ready(address: str) -> bool:
    return requests.get(f"{address}/readyz", timeout=10).status_code == 200


def _starts_again(service: PonteService) -> int:
    return service.said().count("was started again")


def _servers_of(data: Path) -> list[int]:
    """Processes of the server of this folder, the server itself and those it left."""
    folder = str(data / "postgres")
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == folder:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
