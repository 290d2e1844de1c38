"""What keeps a command from starting is said in words with the next step, and never as a trace;
what a merchant decided once stays when the connection is made again."""

import socket
from pathlib import Path

import pytest
from hub_process import HubProcess
from ponte_process import Ponte, running_ponte
from store_process import StoreProcess


def assert_said(ponte: Ponte, words: str, code: int, *arguments: str, **settings: str) -> None:
    """The command ends with this code and these words on standard error, and nothing else."""
    ended = ponte.run(*arguments, **settings)
    said = " ".join(ended.stderr.split())
    assert ended.returncode == code, said
    assert words in said
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
        assert ponte.json("rules", str(number)) == kept
        assert ponte.connect(hub, store, "--order-tolerance", "0.10") == number
        assert ponte.json("rules", str(number)) == kept | {"order_tolerance": "0.10"}
