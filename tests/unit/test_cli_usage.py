"""What a person types wrong is said at once, before anything is opened; help shows how."""

import json

import pytest
from typer.testing import CliRunner, Result

from ponte.cli.main import app


def run(*arguments: str) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, list(arguments))


def assert_wrong_use(result: Result, *words: str) -> None:
    """Exit code 2, and the words that help."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for word in words:
        assert word in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "command",
    ["serve", "worker", "connect", "export", "status", "retry", "rules", "config", "orders list",
     "orders retry", "sandbox", "demo"],
)  # fmt: skip
def test_every_command_has_help(command: str) -> None:
    shown = run(*command.split(), "--help")
    assert shown.exit_code == 0
    assert command == "sandbox" or "Example:" in shown.stdout


def test_config_lists_every_setting_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PONTE_HUB_CLIENT_SECRET", "do-not-show-1")
    monkeypatch.setenv("PONTE_SECRET_KEYS", "do-not-show-2")
    monkeypatch.setenv("PONTE_DATABASE_URL", "postgresql://u:do-not-show-3@h/d")
    monkeypatch.setenv("PONTE_POLL_SECONDS", "60")
    for shown in (run("config"), run("config", "--json")):
        assert shown.exit_code == 0
        assert "do-not-show" not in shown.output
        for setting in ("DATA", "DATABASE_URL", "SECRET_KEYS", "PUBLIC_URL", "HUB_CLIENT_SECRET"):
            assert f"PONTE_{setting}" in shown.stdout
    listed = {each["name"]: each for each in json.loads(shown.stdout)["settings"]}
    assert listed["PONTE_POLL_SECONDS"]["value"] == 60
    assert listed["PONTE_POLL_SECONDS"]["default"] == 120
    assert listed["PONTE_SECRET_KEYS"]["value"] == "set"
    assert all(each["description"] for each in listed.values())


def test_a_poll_slower_than_the_manual_allows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PONTE_POLL_SECONDS", "901")
    assert_wrong_use(run("status"), "PONTE_POLL_SECONDS", "900")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--username", "u", "--password", "p"), "--store-token"),
        (("--store-token", "t"), "--username"),
        (("--store-token", "t", "--store-login", "--code", "c"), "--store-token or --store-login"),
        (("--store-token", "t", "--code", "c", "--order-tolerance", "much"), "much"),
        (("--store-token", "t", "--code", "c", "--order-tolerance", "0.055"), "0.055"),
        (("--store-token", "t", "--code", "c", "--order-tolerance=-1"), "-1"),
        (("--store-token", "t", "--code", "c", "--report-mode", "never"), "never"),
    ],
)
def test_a_wrong_use_of_connect_is_said(options: tuple[str, ...], words: str) -> None:
    hub = ("--hub", "http://127.0.0.1:9", "--client-id", "i", "--client-secret", "s")
    assert_wrong_use(run("connect", *hub, "--store", "http://127.0.0.1:9", *options), words)


def test_a_wrong_use_of_orders_retry_is_said() -> None:
    assert_wrong_use(run("orders", "retry", "1"), "--all")
    assert_wrong_use(run("orders", "retry", "1", "606adf", "--all"), "--all")


def test_a_tolerance_that_is_no_amount_is_said() -> None:
    assert_wrong_use(run("rules", "1", "--order-tolerance", "x"), "0.05")
