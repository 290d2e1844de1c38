"""Codes and tokens grow old; what is old opens nothing."""

import time
from pathlib import Path

import pytest

import ponte_sandbox.hub.serve as hub_serve
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.accounts import Accounts
from ponte_sandbox.hub.wire import OAuthRefusal

_NO_HEADERS: dict[str, list[tuple[bytes, bytes]]] = {"headers": []}


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    schema = Path(hub_serve.__file__).with_name("schema.sql").read_text("utf-8")
    accounts = Accounts(Storage(tmp_path / "hub.sqlite", schema), token_seconds=3600)
    accounts.ensure(1)
    return accounts


def exchange(accounts: Accounts, code: str) -> int:
    app = accounts.credentials()[0]
    fields = {"client_id": app.client_id, "client_secret": app.client_secret}
    account, _ = accounts.grant(
        _NO_HEADERS, {**fields, "grant_type": "authorization_code", "code": code}
    )
    return account


def test_a_code_is_good_for_five_minutes(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = accounts.credentials()[0]
    now = time.time()
    early, late = (accounts.issue_code(5910, app.client_id) for _ in range(2))
    monkeypatch.setattr(time, "time", lambda: now + 295)
    assert exchange(accounts, early) == 5910
    monkeypatch.setattr(time, "time", lambda: now + 301)
    with pytest.raises(OAuthRefusal, match="too old"):
        exchange(accounts, late)


def test_a_code_is_for_one_app_and_one_account(accounts: Accounts) -> None:
    with pytest.raises(OAuthRefusal):
        accounts.issue_code(1, accounts.credentials()[0].client_id)
    with pytest.raises(OAuthRefusal):
        accounts.issue_code(5910, "another app")
