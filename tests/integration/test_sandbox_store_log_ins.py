"""Nobody gets into a shop who has no business there: log-ins, links to new passwords, new shops."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from store_browser import StoreBrowser
from store_process import StoreProcess, store_process

from ponte_sandbox.store.log_ins import OPEN_RESETS


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "3") as process:
        yield process


@pytest.fixture
def owner(store: StoreProcess) -> dict[str, Any]:
    """The merchant of a new shop."""
    account: dict[str, Any] = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    return account


def logged_in(store: StoreProcess, account: dict[str, Any]) -> StoreBrowser:
    browser = StoreBrowser()
    browser.open(f"{store.base_url}/entrar")
    assert browser.log_in(account).status_code == 303 or browser.page.status_code == 200
    return browser


def is_in(store: StoreProcess, browser: StoreBrowser) -> bool:
    return urlsplit(browser.open(f"{store.base_url}/painel").url).path == "/painel"


def forget(store: StoreProcess, user: str) -> str:
    """Ask for a new password; the page that answers, without what differs for everybody."""
    browser = StoreBrowser()
    browser.open(f"{store.base_url}/esqueci-a-senha")
    answer = browser.send({"user": user})
    assert answer.status_code == 200
    return answer.text.partition("<main")[2].partition("</main")[0]


def links(store: StoreProcess, account: dict[str, Any]) -> list[str]:
    """The links in the outbox for this merchant, the newest first."""
    page = requests.get(f"{store.base_url}/caixa-de-saida", timeout=10).text
    mails = [part for part in page.split("<article")[1:] if f"{account['username']}@" in part]
    return [part.partition('href="')[2].partition('"')[0] for part in mails]


def choose(store: StoreProcess, link: str, password: str) -> requests.Response:
    browser = StoreBrowser()
    browser.open(f"{store.base_url}{link}")
    return browser.send({"password": password, "again": password})


def test_the_answer_is_the_same_whether_the_merchant_exists(
    store: StoreProcess, owner: dict[str, Any]
) -> None:
    known = forget(store, owner["username"])
    assert known == forget(store, "ninguem@empresa.com.br") == forget(store, "'; --")
    assert len(links(store, owner)) == 1


def test_a_link_sets_one_password_once_and_ends_that_shops_sessions_only(
    store: StoreProcess, owner: dict[str, Any]
) -> None:
    theirs, other = logged_in(store, owner), logged_in(store, store.account)
    forget(store, f"{owner['username']}@LOJA.example")
    forget(store, owner["username"])
    newest, older = links(store, owner)
    assert is_in(store, theirs)
    assert choose(store, newest, "a senha nova").url.endswith("/entrar")
    assert not is_in(store, theirs)
    assert is_in(store, other)
    # Also links that were asked for before are over.
    for link in (newest, older):
        assert requests.get(f"{store.base_url}{link}", timeout=10).status_code == 410
    fresh = StoreBrowser()
    fresh.open(f"{store.base_url}/entrar")
    assert fresh.log_in(owner).status_code == 401
    assert fresh.log_in({**owner, "password": "a senha nova"}).url.endswith("/painel")


def test_of_two_who_use_a_link_at_once_one_is_too_late(
    store: StoreProcess, owner: dict[str, Any]
) -> None:
    """The password is hashed in between: long enough for a second one to slip in."""
    forget(store, owner["username"])
    [link] = links(store, owner)
    browsers = [StoreBrowser(), StoreBrowser()]
    for browser in browsers:
        browser.open(f"{store.base_url}{link}")

    def use(number: int) -> int:
        password = f"senha numero {number}"
        return browsers[number].send({"password": password, "again": password}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, range(2))) == [200, 410]


def test_a_link_ends_after_half_an_hour(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "1") as process:
        forget(process, process.account["username"])
        [link] = links(process, process.account)
        assert requests.get(f"{process.base_url}{link}", timeout=10).status_code == 200
        process.stop()
        with sqlite3.connect(tmp_path / "store.sqlite") as db:
            [(expires_at,)] = db.execute("SELECT expires_at FROM resets").fetchall()
            assert 1700 < expires_at - time.time() <= 1800
            db.execute("UPDATE resets SET expires_at = expires_at - 1801")
        process.restart()
        assert requests.get(f"{process.base_url}{link}", timeout=10).status_code == 410


def test_nobody_fills_an_outbox(store: StoreProcess, owner: dict[str, Any]) -> None:
    for _ in range(OPEN_RESETS + 3):
        forget(store, owner["username"])
    assert len(links(store, owner)) == OPEN_RESETS


@pytest.mark.parametrize(
    "headers", [{"x-forwarded-for": "127.0.0.1"}, {"host": "loja.example"}], ids=["proxy", "name"]
)
def test_passwords_and_links_are_shown_to_this_machine_only(
    store: StoreProcess, headers: dict[str, str]
) -> None:
    assert store.account["password"] in requests.get(f"{store.base_url}/entrar", timeout=10).text
    far = requests.get(f"{store.base_url}/entrar", headers=headers, timeout=10)
    assert store.account["password"] not in far.text
    outbox = requests.get(f"{store.base_url}/caixa-de-saida", headers=headers, timeout=10)
    assert outbox.status_code == 404


def test_without_administration_nothing_is_shown_to_anybody(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "1") as process:
        account = process.account
    with store_process(tmp_path, "--families", "1", "--no-admin") as process:
        page = requests.get(f"{process.base_url}/entrar", timeout=10).text
        assert account["username"] not in page
        assert account["password"] not in page
        assert "caixa-de-saida" not in forget(process, account["username"])
        outbox = requests.get(f"{process.base_url}/caixa-de-saida", timeout=10)
        assert outbox.status_code == 404


def test_a_session_survives_a_killed_store_and_no_forgery(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "1") as process:
        browser = logged_in(process, process.account)
        process.kill()
        process.restart()
        assert is_in(process, browser)
        [cookie] = [c for c in browser.session.cookies if "session" in c.name]
        assert cookie.value is not None
        cookie.value = f"{cookie.value[:-8]}AAAAAAAA"
        assert not is_in(process, browser)


def test_shops_are_made_with_care(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "1") as process:
        browser = StoreBrowser()

        def make(**changes: str) -> requests.Response:
            browser.open(f"{process.base_url}/criar-loja")
            wish = {
                "name": "Loja",
                "email": f"{secrets.token_hex(6)}@a.example.com",
                "password": "12345678",
                "again": "12345678",
            }
            return browser.send({**wish, **changes})

        for changes in (
            {"name": "x"},
            {"name": "x" * 61},
            {"name": "a\u202eb"},
            {"email": "sem arroba"},
            {"email": "a@b"},
            {"email": "eu@loja.example"},
            {"email": f"{'a' * 60}@{'b' * 250}.com"},
            {"password": "1234567", "again": "1234567"},
            {"password": "x" * 201, "again": "x" * 201},
            {"again": "87654321"},
        ):
            assert make(**changes).status_code == 400, changes
        assert make(email="dona@empresa.com.br").url.endswith("/painel")
        assert make(email="DONA@empresa.com.br").status_code == 400
        made = [make().status_code for _ in range(10)]
        assert made == [200] * 9 + [429]
        shown = [each for each in process.admin("GET", "accounts").json() if each["shop"] > 1]
        assert [each["password"] for each in shown] == [None] * 10
        # And nobody's password is in the file.
        process.stop()
        assert b"12345678" not in (tmp_path / "store.sqlite").read_bytes()


def test_the_file_of_an_older_store_opens(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "20") as process:
        account = process.account
    with sqlite3.connect(tmp_path / "store.sqlite") as db:
        for table in ("shelf", "merchants", "resets", "mails"):
            db.execute(f"DROP TABLE {table}")
        for index in ("orders_listed", "orders_by_status", "grants_by_shop"):
            db.execute(f"DROP INDEX {index}")
        for column in ("created_at", "last_used_at"):
            db.execute(f"ALTER TABLE grants DROP COLUMN {column}")
    with store_process(tmp_path, "--families", "20") as process:
        browser = logged_in(process, account)
        page = browser.open(f"{process.base_url}/painel/produtos?filter=published").text
        sku = process.changes()[0]["sku"]
        assert sku in page
        assert browser.open(f"{process.base_url}/painel/aplicativos").status_code == 200
