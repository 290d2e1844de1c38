"""The journal of deliveries: each account's newest attempts, and no more."""

import time
from pathlib import Path

import pytest

import ponte_sandbox.hub.serve as hub_serve
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.notifications import journal as journal_module
from ponte_sandbox.hub.notifications.journal import Attempt, Journal, Outcome
from ponte_sandbox.hub.notifications.outbox import Letter


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    schema = Path(hub_serve.__file__).with_name("schema.sql").read_text("utf-8")
    return Journal(Storage(tmp_path / "hub.sqlite", schema))


def note(journal: Journal, number: int, account: int = 5910, type_: str = "orders") -> None:
    letter = Letter(number, "http://a.example/", b"{}", 0, account, "app", type_, f"r{number}")
    journal.note(letter, Attempt(time.time(), 1.5, 200), Outcome.TAKEN)


def test_the_newest_of_each_account_are_kept_and_shown_first(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "KEPT", 50)
    for number in range(400):
        note(journal, number)
    note(journal, 400, account=5911)
    assert 50 <= journal.count(5910) <= 50 + journal_module._PORTION + 1
    assert journal.count(5911) == 1
    newest = journal.page(5910, "", "", 0, 10)
    assert [entry.resource for entry in newest] == [f"r{number}" for number in range(399, 389, -1)]


def test_a_restart_does_not_make_it_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "KEPT", 5)
    schema = Path(hub_serve.__file__).with_name("schema.sql").read_text("utf-8")
    storage = Storage(tmp_path / "hub.sqlite", schema)
    for number in range(30):
        # Each with nothing remembered of the others.
        note(Journal(storage), number)
    assert Journal(storage).count(5910) <= 7


def test_types_and_outcomes_filter_and_others_accounts_stay_theirs(journal: Journal) -> None:
    note(journal, 1)
    note(journal, 2, type_="products")
    letter = Letter(3, "http://a.example/", b"{}", 19, 5910, "app", "orders", "r3")
    journal.note(letter, Attempt(time.time(), 9.0, None, "x" * 9000), Outcome.GIVEN_UP)
    assert [each.resource for each in journal.page(5910, "products", "", 0, 9)] == ["r2"]
    (given_up,) = journal.page(5910, "", "given_up", 0, 9)
    assert (given_up.tries, given_up.status, len(given_up.problem)) == (20, None, 500)
    assert journal.count(5910, "orders", "taken") == 1
    assert journal.client_and_entry(5910, given_up.number) == ("app", given_up)
    assert journal.client_and_entry(5911, given_up.number) is None
