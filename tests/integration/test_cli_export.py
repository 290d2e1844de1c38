"""`ponte status` and `ponte export`: what differs, and what an export would send and sends.

Results are one JSON object or a few lines on standard output; what went wrong is said in words.
"""

import subprocess
from pathlib import Path

import pytest
from command_answers import assert_said, status_of
from cryptography.fernet import Fernet
from hub_process import HubProcess
from nursery import command_environment
from ponte_process import PONTE, Ponte, running_ponte
from store_process import StoreProcess

PROBLEM_FIELDS = {"about", "code", "blocking", "count", "oldest", "example", "detail", "advice"}


@pytest.fixture(scope="module")
def number(ponte: Ponte, hub: HubProcess, store: StoreProcess) -> int:
    """A connection with its whole catalogue exported, and a worker running."""
    connection = ponte.connect(hub, store)
    ponte.worker()
    assert ponte.json("export", str(connection))["unsent"] == 0
    return connection


def test_status_counts_what_differs_and_names_causes(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, number: int
) -> None:
    found = status_of(ponte, number)
    assert (found["connection"], found["account"], found["store"]) == (number, 5910, "Loja Aurora")
    assert found["access_ended"] == found["late"] == []
    alive = [entry for entry in store.changes() if entry["product"] is not None]
    assert 0 < found["catalogue"]["families"] <= len(alive)
    for facet in ("product", "price", "stock"):
        assert found["catalogue"][facet]["unsent"] == 0
        assert found["catalogue"][facet]["oldest_unsent_seconds"] is None
        assert found["catalogue"][facet]["checked_seconds_ago"] < 900
    assert {"seen", "waiting", "imported", "with_problem"} <= found["orders"].keys()
    assert {"open", "invoiced", "dispatched", "delivered"} <= found["reports"].keys()
    causes = {cause["code"]: cause for cause in found["problems"]}
    assert causes["no_ean"].keys() == PROBLEM_FIELDS
    assert not causes["no_ean"]["blocking"]
    assert causes["duplicate_sku"]["blocking"]
    text = ponte.run("status", str(number)).stdout
    assert "Loja Aurora" in text
    assert causes["no_ean"]["advice"] in text


def test_a_dry_run_says_what_an_export_would_do_and_does_nothing(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    with running_ponte(tmp_path, PONTE_POLL_SECONDS="900") as ponte:
        number = ponte.connect(hub, store)
        first = ponte.json("export", str(number), "--dry-run")
        assert first["families"] == first["new"] + first["refused"]
        assert first["new"] > 250
        (duplicate,) = [each for each in first["problems"] if each["code"] == "duplicate_sku"]
        assert (duplicate["blocking"], duplicate["families"]) == (True, first["refused"])
        assert duplicate["examples"][0]["detail"]
        with ponte.ledger() as conn:
            assert conn.execute("SELECT count(*) FROM family").fetchone() == (0,)
            assert conn.execute("SELECT count(*) FROM problem").fetchone() == (0,)

        ponte.worker()
        exported = ponte.json("export", str(number))
        assert (exported["waited"], exported["unsent"]) == (True, 0)
        assert exported["families"] - exported["refused"] == first["new"]

        hub.admin("DELETE", "calls")
        again = ponte.json("export", str(number), "--dry-run")
        assert (again["new"], again["changed"]) == (0, 0)
        assert again["unchanged"] == first["new"]
        assert hub.admin("GET", "calls")["total"] == 0


def test_a_dry_run_tells_stock_from_price_from_content(
    ponte: Ponte, store: StoreProcess, number: int
) -> None:
    before = ponte.json("export", str(number), "--dry-run")
    for sku in ("DRY-1", "DRY-2", "DRY-3", "DRY-4"):
        product = {"sku": sku, "name": sku, "price": "10.00", "stock": 5}
        store.merchant("POST", "products", json=product)
    assert ponte.json("export", str(number), "--dry-run")["new"] == before["new"] + 4
    ponte.json("export", str(number))
    ids = {
        entry["product"]["sku"]: entry["id"]
        for entry in store.changes()
        if entry["product"] is not None
    }
    store.merchant("PUT", "stock", json={"sku": "DRY-1", "stock": 6})
    store.merchant("PUT", "price", json={"sku": "DRY-2", "price": "11.00", "special_price": None})
    store.merchant("PATCH", f"products/{ids['DRY-3']}", json={"name": "Outro nome"})
    store.merchant("DELETE", f"products/{ids['DRY-4']}")
    found = ponte.json("export", str(number), "--dry-run")
    changes = [found[f"{facet}_changes"] for facet in ("stock", "price", "content")]
    assert (found["changed"], changes, found["retired"]) == (3, [1, 1, 1], 1)
    assert (
        "3 changed (stock 1, price 1, content 1)"
        in ponte.run("export", str(number), "--dry-run").stdout
    )
    assert ponte.json("export", str(number))["unsent"] == 0
    left = ponte.json("export", str(number), "--dry-run")
    assert (left["new"], left["changed"], left["retired"]) == (0, 0, 0)


def test_an_export_without_a_worker_says_so_and_need_not_be_waited_for(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    with running_ponte(tmp_path) as ponte:
        number = ponte.connect(hub, store)
        at_once = ponte.json("export", str(number), "--no-wait")
        assert (at_once["waited"], at_once["families"]) == (False, 0)
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*PONTE, "export", str(number)],
            stderr=subprocess.PIPE,
            text=True,
            env=command_environment(ponte.data, ponte.settings),
        )
        assert process.stderr is not None
        try:
            assert "ponte worker" in process.stderr.readline()
        finally:
            process.kill()
            process.wait()
            process.stderr.close()


@pytest.mark.parametrize(
    "command",
    [
        ("status", "7"),
        ("export", "7"),
        ("export", "7", "--dry-run"),
        ("orders", "list", "7"),
        ("orders", "retry", "7", "--all"),
        ("retry", "7"),
        ("rules", "7"),
    ],
    ids=" ".join,
)
def test_an_unknown_connection_is_said(ponte: Ponte, command: tuple[str, ...]) -> None:
    assert_said(ponte.run(*command), 1, "no connection 7", "ponte status")


def test_other_keys_than_the_stored_secrets_were_sealed_with_are_said(
    ponte: Ponte, number: int
) -> None:
    other = Fernet.generate_key().decode()
    ended = ponte.run("export", str(number), "--dry-run", PONTE_SECRET_KEYS=other)
    assert_said(ended, 1, "keys", "PONTE_SECRET_KEYS")
    assert other not in ended.stderr


def test_a_database_that_is_not_there_is_said(ponte: Ponte) -> None:
    url = "postgresql://somebody:s3cret@127.0.0.1:9/none"
    ended = ponte.run("status", PONTE_DATABASE_URL=url)
    assert_said(ended, 1, "database", "PONTE_DATABASE_URL")
    assert "s3cret" not in ended.stderr
