"""`ponte connect` by every grant, against real systems; the password and the keys stay secret.

The merchant logs in at the store, and Ponte sees neither name nor password.
"""

import re
import subprocess
from pathlib import Path

import pytest
import requests
from command_answers import assert_said, status_of
from hub_process import HubProcess
from nursery import command_environment
from ponte_process import PONTE, Ponte, running_ponte
from store_browser import StoreBrowser
from store_process import StoreProcess


@pytest.fixture(scope="module")
def number(ponte: Ponte, hub: HubProcess, store: StoreProcess) -> int:
    """A connection made by password grant."""
    return ponte.connect(hub, store)


def hub_options(hub: HubProcess) -> tuple[str, ...]:
    """Which hub and app."""
    return ("--hub", hub.base_url, "--client-id", hub.accounts()[0]["client_id"])


def hub_secrets(hub: HubProcess, **changes: str) -> dict[str, str]:
    """The secrets of the password grant, as the environment hands them over."""
    account = hub.accounts()[0]
    return {
        "PONTE_HUB_CLIENT_SECRET": account["client_secret"],
        "PONTE_CONNECT_PASSWORD": account["password"],
        **changes,
    }


def test_connect_prints_the_number_and_again_the_same(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, number: int
) -> None:
    options = (*hub_options(hub), "--username", hub.accounts()[0]["username"])
    secrets = hub_secrets(hub, PONTE_STORE_TOKEN=store.token)
    again = ponte.run("connect", *options, "--store", store.base_url, **secrets)
    assert (again.returncode, again.stdout) == (0, f"{number}\n")
    shown = ponte.json("connect", *options, "--store", store.base_url, **secrets)
    assert shown == {"connection": number, "account": 5910, "store": "Loja Aurora", "hints": False}


def test_the_password_is_not_kept(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, number: int
) -> None:
    """And what is kept, tokens and the app's secret, cannot be read without the key."""
    account = hub.accounts()[0]
    with ponte.ledger() as conn:
        conn.execute("CHECKPOINT")
        assert conn.execute("SELECT count(*) FROM connection").fetchone() == (number,)
        files = [path for path in ponte.data.rglob("*") if path.is_file()]
        stored = b"".join(path.read_bytes() for path in files)
    assert account["client_id"].encode() in stored
    for secret in (account["password"], account["client_secret"], store.token):
        assert secret.encode() not in stored


def test_a_wrong_password_is_said_and_not_shown(
    ponte: Ponte, hub: HubProcess, store: StoreProcess
) -> None:
    options = (*hub_options(hub), "--username", hub.accounts()[0]["username"])
    secrets = hub_secrets(hub, PONTE_CONNECT_PASSWORD="wr0ng", PONTE_STORE_TOKEN=store.token)
    ended = ponte.run("connect", *options, "--store", store.base_url, **secrets)
    assert_said(ended, 1, "hub token", "invalid_grant")
    assert "wr0ng" not in ended.stderr
    assert secrets["PONTE_HUB_CLIENT_SECRET"] not in ended.stderr


def test_a_store_that_does_not_answer_is_said(ponte: Ponte, hub: HubProcess) -> None:
    options = (*hub_options(hub), "--username", hub.accounts()[0]["username"])
    secrets = hub_secrets(hub, PONTE_STORE_TOKEN="t")
    ended = ponte.run("connect", *options, "--store", "http://127.0.0.1:9", **secrets)
    assert_said(ended, 1, "store GET /store")


@pytest.mark.parametrize(("option", "address"), [("--hub", "foo"), ("--store", "ftp://x")])
def test_an_address_that_is_none_is_said(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, option: str, address: str
) -> None:
    options = {"--hub": hub.base_url, "--store": store.base_url, option: address}
    words = [word for pair in options.items() for word in pair]
    secrets = hub_secrets(hub, PONTE_STORE_TOKEN=store.token)
    ended = ponte.run("connect", *words, "--client-id", "x", "--username", "u", **secrets)
    assert_said(ended, 2, option, address)


def test_a_mistake_about_the_store_leaves_the_hubs_code_good(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    account = hub.accounts()[0]
    wish = {"account": account["account"], "client_id": account["client_id"]}
    code = hub.admin("POST", "codes", wish)["code"]
    options = (*hub_options(hub), "--code", code, "--store", store.base_url)
    with running_ponte(tmp_path) as ponte:
        wrong = ponte.run("connect", *options, **hub_secrets(hub, PONTE_STORE_TOKEN="wrong"))
        assert_said(wrong, 1, "store refuses")
        right = ponte.run("connect", *options, **hub_secrets(hub, PONTE_STORE_TOKEN=store.token))
        assert (right.returncode, right.stdout) == (0, "1\n")


def test_an_account_that_serves_another_store_is_said(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, number: int
) -> None:
    shops = store.admin("POST", "accounts", json={"count": 1}).json()
    options = (*hub_options(hub), "--username", hub.accounts()[0]["username"])
    secrets = hub_secrets(hub, PONTE_STORE_TOKEN=shops[-1]["access_token"])
    ended = ponte.run("connect", *options, "--store", store.base_url, **secrets)
    assert_said(ended, 1, "5910", f"connection {number}")


def log_in(store: StoreProcess, address: str, decision: str) -> requests.Response:
    """What a merchant does in the browser; the page they end on."""
    return StoreBrowser().decide(address, store.account, decision)


def start_log_in(
    ponte: Ponte, hub: HubProcess, store: StoreProcess
) -> tuple[subprocess.Popen[str], str]:
    """`ponte connect` by both code grants, waiting for the merchant at the address it prints."""
    account = hub.accounts()[0]
    wish = {"account": account["account"], "client_id": account["client_id"]}
    options = (
        *("connect", *hub_options(hub), "--code", hub.admin("POST", "codes", wish)["code"]),
        *("--store", store.base_url, "--store-login", "--report-mode", "at_once", "--json"),
    )
    settings = {**ponte.settings, **hub_secrets(hub)}
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*PONTE, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=command_environment(ponte.data, settings),
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith(f"open: {store.base_url}/oauth/authorize?"), line
    return process, line.removeprefix("open: ").strip()


def test_connect_by_code_grants_on_both_sides(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    """The merchant logs in at the store; Ponte sees neither name nor password."""
    with running_ponte(tmp_path, PONTE_POLL_SECONDS="900") as ponte:
        process, address = start_log_in(ponte, hub, store)
        callback = re.search(r"redirect_uri=http%3A%2F%2F127.0.0.1%3A(\d+)%2F", address)
        assert callback is not None
        # A stranger on this machine asks for something else; that must not end the wait.
        assert requests.get(f"http://127.0.0.1:{callback[1]}/x", timeout=10).status_code == 404
        page = log_in(store, address, "allow")
        assert "Volte ao terminal" in page.text
        printed, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert '"connection":1' in printed
        assert status_of(ponte, 1)["account"] == 5910
        assert ponte.json("rules", "1")["report_mode"] == "at_once"
        # The access works, and can be renewed: what was stored is a grant, not a password.
        assert ponte.json("export", "1", "--dry-run")["families"] > 0


def test_a_merchant_who_declines_is_heard(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    with running_ponte(tmp_path) as ponte:
        process, address = start_log_in(ponte, hub, store)
        log_in(store, address, "deny")
        printed, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert printed == ""
        assert "access_denied" in said
        assert "Traceback" not in said
        assert ponte.json("status")["connections"] == []
