"""What a person types wrong is said at once, before anything is opened; help shows how."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from ponte.cli.main import app
from ponte.settings import Settings


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
     "orders retry", "orders", "users list", "users invite", "users link", "users first-link",
     "users disable", "users enable", "users remove-second-factor", "users", "sandbox", "demo", ""],
)  # fmt: skip
def test_every_command_has_help(command: str) -> None:
    shown = run(*command.split(), "--help")
    assert shown.exit_code == 0
    assert "Example: " in shown.stdout


@pytest.mark.parametrize(
    "command",
    ["serve", "worker", "connect", "export", "status", "retry", "rules", "config", "orders list",
     "orders retry", "demo"],
)  # fmt: skip
def test_every_command_that_does_something_speaks_json(command: str) -> None:
    assert "--json" in run(*command.split(), "--help").stdout


def test_a_short_command_waits_for_no_web_server() -> None:
    """Half of its time went into loading what it does not use."""
    loaded = "import sys, ponte.cli.status; sys.exit('litestar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0  # noqa: S603


def test_a_mistyped_command_is_guessed() -> None:
    assert_wrong_use(run("statos"), "Did you mean 'status'?")


@pytest.mark.parametrize("which", ["hub", "store"])
@pytest.mark.parametrize("program", ["ponte sandbox", "python -m ponte_sandbox"])
def test_a_sandboxs_help_names_the_command_that_was_typed(program: str, which: str) -> None:
    module = "ponte.cli sandbox" if program == "ponte sandbox" else "ponte_sandbox"
    shown = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", *module.split(), which, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"Usage: {program} {which}" in shown
    assert f"Example: {program} {which}" in shown


def test_config_lists_every_setting_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PONTE_HUB_CLIENT_SECRET", "do-not-show-1")
    monkeypatch.setenv("PONTE_SECRET_KEYS", "do-not-show-2")
    monkeypatch.setenv("PONTE_DATABASE_URL", "postgresql://u:do-not-show-3@h/d")
    monkeypatch.setenv("PONTE_STORE_TOKEN", "do-not-show-4")
    monkeypatch.delenv("PONTE_CONNECT_PASSWORD", raising=False)
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
    assert listed["PONTE_STORE_TOKEN"]["value"] == "set"
    assert listed["PONTE_CONNECT_PASSWORD"]["value"] == "not set"
    assert all(each["description"] for each in listed.values())


def test_config_lists_the_settings_even_when_one_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting sends people to it."""
    monkeypatch.setenv("PONTE_POLL_SECONDS", "often")
    monkeypatch.setenv("PONTE_LOG_FORMAT", "json")
    shown = run("config", "--json")
    assert shown.exit_code == 2
    assert "PONTE_POLL_SECONDS" in shown.stderr
    listed = {each["name"]: each for each in json.loads(shown.stdout)["settings"]}
    assert listed["PONTE_POLL_SECONDS"]["value"] == "wrong"
    assert listed["PONTE_LOG_FORMAT"]["value"] == "json"


def test_a_poll_slower_than_the_manual_allows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PONTE_POLL_SECONDS", "901")
    refused = run("status")
    assert_wrong_use(refused, "PONTE_POLL_SECONDS", "900", "See: ponte config")
    assert "--help" not in refused.stderr


@pytest.mark.parametrize(
    "address",
    ["foo", "", "ponte.example", "ftp://ponte.example", "https://", "https:///x", "http://h:port"],
)
def test_a_public_address_that_nobody_could_call_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PONTE_PUBLIC_URL", address)
    assert_wrong_use(run("status"), "PONTE_PUBLIC_URL: an address", "https://ponte.example")


@pytest.mark.parametrize(
    "address", ["https://ponte.example", "http://127.0.0.1:8080/", "https://a.example/ponte"]
)
def test_a_public_address_is_kept_as_it_was_given(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PONTE_PUBLIC_URL", address)
    assert Settings().public_url == address


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--price-table", "ml"), "ml=+12.5"),
        (("--price-table", "ml=much"), "ml=+12.5"),
        (("--price-table", "ml=-95"), "between -90 and 900"),
        (("--price-table", "=5"), "code"),
        (("--price-table", "ml=5", "--price-table", "ml=6"), "twice"),
        (("--price-table", "ml=5", "--no-price-tables"), "not together"),
    ],
)
def test_a_price_table_that_cannot_be_is_said(options: tuple[str, ...], words: str) -> None:
    assert_wrong_use(run("rules", "1", *options), words)


def test_a_rule_that_cannot_be_is_said() -> None:
    assert_wrong_use(run("rules", "1", "--set", "no_such=1"), "price_percent")
    assert_wrong_use(run("rules", "1", "--set", "price_percent=1,5"), "price_percent")
    assert_wrong_use(run("rules", "1", "--set", "price_percent=901"), "-90 to 900")
    assert_wrong_use(run("rules", "1", "--preview", "--pause", "orders"), "--pause")
