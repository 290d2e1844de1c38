"""What keeps a command from starting is said in words with the next step, and never as a trace;
what a merchant decided once stays when the connection is made again."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from command_answers import status_of
from hub_process import HubProcess
from nursery import command_environment
from ponte_process import PONTE, Ponte, running_ponte
from psycopg import sql
from store_process import StoreProcess


def assert_said(ponte: Ponte, words: str, code: int, *arguments: str, **settings: str) -> None:
    """The command ends with this code and these words on standard error, and nothing else."""
    ended = ponte.run(*arguments, **settings)
    said = " ".join(ended.stderr.split())
    assert ended.returncode == code, said
    assert words in said
    # Sentences that end twice, and a service that says it works before it does.
    assert "?." not in said
    assert ": ready" not in said
    assert "Traceback" not in said
    assert ended.stdout == ""


@pytest.fixture
def fresh(tmp_path: Path) -> Ponte:
    """An installation that was never opened."""
    return Ponte(tmp_path)


@pytest.mark.parametrize("command", ["status", "serve", "worker"])
def test_a_database_that_does_not_answer(fresh: Ponte, command: str) -> None:
    url = "postgresql://ponte:S3CR3T@127.0.0.1:9/ponte"
    assert_said(fresh, "Check PONTE_DATABASE_URL", 1, command, PONTE_DATABASE_URL=url)
    assert "S3CR3T" not in fresh.run(command, PONTE_DATABASE_URL=url).stderr


def test_a_database_address_that_is_none(fresh: Ponte) -> None:
    assert_said(
        fresh,
        "PONTE_DATABASE_URL is not the address of a PostgreSQL",
        2,
        "status",
        PONTE_DATABASE_URL="S3CR3T at home",
    )


@pytest.mark.parametrize("below", ["", "below"])
def test_a_data_folder_that_cannot_be_one(fresh: Ponte, tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    assert_said(
        fresh, "Choose another folder with --data", 1, "status", "--data", str(file / below)
    )


def test_a_key_that_is_none(fresh: Ponte) -> None:
    assert_said(fresh, "check PONTE_SECRET_KEYS", 1, "status", PONTE_SECRET_KEYS="S3CR3T")


def test_a_setting_beyond_what_the_manual_allows(fresh: Ponte) -> None:
    """R3: each update at least every fifteen minutes."""
    assert_said(fresh, "PONTE_POLL_SECONDS", 2, "status", PONTE_POLL_SECONDS="901")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_taken_port_ends_a_service_instead_of_leaving_it_half_there(
    fresh: Ponte, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_said(fresh, "Choose another one with --port", 1, command, "--port", port)


def test_another_installations_key_is_told_from_a_lost_access(
    ponte: Ponte, hub: HubProcess, store: StoreProcess
) -> None:
    number = ponte.connect(hub, store)
    other = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
    for command in ("status", "serve", "worker"):
        said = "does not open with this installation's keys"
        assert_said(ponte, said, 1, command, PONTE_SECRET_KEYS=other)
    assert ponte.json("status", str(number))["connections"][0]["access_ended"] == []


def test_to_connect_again_keeps_the_rules_unless_it_names_others(
    tmp_path: Path, hub: HubProcess, store: StoreProcess
) -> None:
    with running_ponte(tmp_path) as ponte:
        number = ponte.connect(hub, store, "--report-mode", "at_once", "--order-tolerance", "1.00")
        assert ponte.connect(hub, store) == number
        kept = {"connection": number, "report_mode": "at_once", "order_tolerance": "1.00"}
        assert kept.items() <= ponte.json("rules", str(number)).items()
        assert ponte.connect(hub, store, "--order-tolerance", "0.10") == number
        kept["order_tolerance"] = "0.10"
        assert kept.items() <= ponte.json("rules", str(number)).items()


@contextmanager
def speaking_json(ponte: Ponte, *arguments: str) -> Iterator[dict[str, Any]]:
    """A service started with --json: the one object it says on standard output when it works."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*PONTE, *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=command_environment(ponte.data, ponte.settings),
    )
    assert process.stdout is not None
    with process:
        try:
            yield json.loads(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            assert process.stdout.read() == ""
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def test_services_say_in_json_that_they_are_ready(ponte: Ponte) -> None:
    with speaking_json(ponte, "serve", "--port", "0") as said:
        assert said.keys() == {"ready", "url"}
        assert said["ready"] is True
        figures = requests.get(f"{said['url']}/metrics", timeout=10)
        assert figures.headers["content-type"].count("charset") == 1
        assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
    with speaking_json(ponte, "worker") as said:
        assert said == {"ready": True}
    with speaking_json(ponte, "worker", "--port", "0") as said:
        assert requests.get(f"{said['url']}/healthz", timeout=10).ok


@pytest.fixture
def resting(ponte: Ponte, hub: HubProcess, store: StoreProcess) -> int:
    """A connection for which no worker runs: it stays as a test makes it."""
    number = ponte.connect(hub, store)
    with ponte.ledger() as conn:
        conn.execute(
            "UPDATE connection SET created_at = now(), product_checked_at = now(),"
            " price_checked_at = now(), stock_checked_at = now(), orders_checked_at = now(),"
            " reports_checked_at = now()"
        )
        conn.execute("DELETE FROM hub_order")
    return number


def test_an_update_that_was_not_looked_at_for_fifteen_minutes_is_late(
    ponte: Ponte, resting: int
) -> None:
    """R3, when nothing is known to wait, because nobody looked; a minute is left for the look."""
    assert status_of(ponte, resting)["late"] == []
    with ponte.ledger() as conn:
        conn.execute("UPDATE connection SET price_checked_at = now() - interval '961 s'")
        assert status_of(ponte, resting)["late"] == ["price"]
        assert "LATE (over 15 minutes): price\n" in ponte.run("status", str(resting)).stdout
        # Never looked at is no better, but for a connection that was released just now.
        conn.execute("UPDATE connection SET price_checked_at = NULL, orders_checked_at = NULL")
        assert status_of(ponte, resting)["late"] == []
        conn.execute("UPDATE connection SET released_at = now() - interval '961 s'")
        assert status_of(ponte, resting)["late"] == ["price", "orders"]


def test_orders_seen_at_once_are_listed_newest_first_with_the_reason_in_words(
    ponte: Ponte, resting: int
) -> None:
    ids = [f"606adfc2b2b8f8a5c0b1d2{last}" for last in ("0f", "10", "1a")]
    with ponte.ledger() as conn:
        conn.execute(
            "INSERT INTO hub_order (connection_id, hub_order_id, ignored)"
            " SELECT %s, unnest(%s::text[]), 'canceled_before_import'",
            (resting, ids),
        )
    listed = ponte.json("orders", "list", str(resting))["orders"]
    assert [order["id"] for order in listed] == ids[::-1]
    assert {order["ignored"] for order in listed} == {"canceled_before_import"}
    text = " ".join(ponte.run("orders", "list", str(resting)).stdout.split())
    assert "canceled_before_import" not in text
    assert "cancelado" in text
    again = ponte.run("orders", "retry", str(resting), ids[0])
    assert again.stdout == "1 order and 0 reports are tried again.\n"


@pytest.mark.parametrize("side", ["hub", "store"])
def test_what_waits_for_an_ended_access_is_not_said_to_be_tried_again(
    ponte: Ponte, resting: int, side: str
) -> None:
    with ponte.ledger() as conn:
        ended = sql.Identifier(f"{side}_access_ended_at")
        conn.execute(sql.SQL("UPDATE connection SET {} = now()").format(ended))
    said = f"connection {resting} is paused: the access to the {side} ended. Connect again with:"
    assert_said(ponte, said, 1, "orders", "retry", str(resting), "--all")
    assert_said(ponte, said, 1, "export", str(resting))
    if side == "hub":
        assert_said(ponte, said, 1, "retry", str(resting))
    else:
        # Products are sent without the store.
        assert ponte.json("retry", str(resting))["families"] == []
