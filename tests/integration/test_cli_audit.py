"""`ponte audit` with real processes: what somebody did in the hub is told, repaired, and told to be
equal; a worker that is killed in the middle is replaced, and the audit goes on.
"""

import json
import time
from typing import Any

import pytest
from command_answers import assert_said
from hub_process import HubProcess, wait_until
from ponte_process import Ponte, PonteService
from store_process import StoreProcess


@pytest.fixture(scope="module")
def worker(ponte: Ponte) -> PonteService:
    return ponte.worker()


@pytest.fixture(scope="module")
def number(ponte: Ponte, hub: HubProcess, store: StoreProcess, worker: PonteService) -> int:
    """A connection with its whole catalogue exported, defects included."""
    connection = ponte.connect(hub, store)
    assert ponte.json("export", str(connection))["unsent"] == 0
    return connection


def audited(ponte: Ponte, number: int, *options: str, code: int = 0) -> dict[str, Any]:
    ended = ponte.run("audit", str(number), "--json", *options)
    assert ended.returncode == code, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_an_edit_in_the_hub_is_drift_until_it_is_repaired(
    ponte: Ponte, hub: HubProcess, number: int
) -> None:
    listed = hub.api().call("GET", "/products", limit="1").json()["result"]
    sku = listed[0]["Product"]["sku"]
    hub.api().put_sku(sku, name="Nome trocado no painel")
    told = ponte.run("audit", str(number))
    assert told.returncode == 1
    assert "Nome trocado no painel" in told.stdout
    assert "--repair" in told.stdout
    repaired = audited(ponte, number, "--repair")
    assert repaired["repairs"] == {"open": 0, "under_way": 0, "repaired": 1, "gone": 0}
    (difference,) = repaired["differences"]
    assert (difference["field"], difference["state"]) == ("name", "repaired")
    assert hub.api().get_sku(sku)["name"] == difference["store_value"]
    again = audited(ponte, number)
    assert again["figures"]["equal"] == again["figures"]["compared"] > 250
    assert again["differences"] == []


def test_a_killed_worker_is_replaced_and_the_audit_goes_on(
    ponte: Ponte, hub: HubProcess, number: int, worker: PonteService
) -> None:
    with ponte.ledger() as conn:
        hub.admin("PUT", "faults", {"latency_ms": 1500})
        try:
            conn.execute(
                "INSERT INTO audit (connection_id, asked_by, seen_at)"
                " VALUES (%s, 'test', '2000-01-01')",
                [number],
            )
            # The timer finds it as one whose job was lost.
            wait_until(lambda: read_so_far(conn, number) > 0, seconds=30)
            worker.kill()
            worker.start()
        finally:
            hub.admin("PUT", "faults", {})
        began = time.monotonic()
        wait_until(lambda: read_so_far(conn, number) == -1, seconds=60)
        assert time.monotonic() - began < 60
        row = conn.execute(
            "SELECT skus_compared, skus_equal, asked_by FROM audit ORDER BY audit_id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    assert row[0] == row[1] > 250
    assert row[2] == "test"


def read_so_far(conn: Any, number: int) -> int:
    """Products that the run under way has read; -1 where none is."""
    row = conn.execute(
        "SELECT products_read FROM audit WHERE connection_id = %s AND ended_at IS NULL", [number]
    ).fetchone()
    return -1 if row is None else int(row[0])


def test_what_cannot_be_is_said_in_words(ponte: Ponte) -> None:
    assert_said(ponte.run("audit", "99"), 1, "there is no connection 99")
