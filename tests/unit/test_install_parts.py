"""The small decisions of the installation's pages: limits, contacts, speed, and the sealed key."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from ponte.ledger.status import ExportProgress, Speed
from ponte.ledger.vault import Vault
from ponte.settings import Settings
from ponte.sync.exporting import is_complete, is_first_under_way, watched
from ponte.sync.installing import HubApp, store_mark
from ponte.web.install.words import spoken_time
from ponte.web.limits import Limit
from ponte.web.look import contacts

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Clock:
    """Time by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_has_a_burst_and_then_one_at_a_time() -> None:
    clock = Clock()
    limit = Limit(3, 2.0, clock)
    assert [limit.take("a") for _ in range(5)] == [True, True, True, False, False]
    assert limit.take("b")
    clock.now += 2.0
    assert [limit.take("a") for _ in range(2)] == [True, False]
    clock.now += 100.0
    assert [limit.take("a") for _ in range(4)] == [True, True, True, False]


def test_many_callers_together_are_bounded_too() -> None:
    clock = Clock()
    limit = Limit(2, 1.0, clock)
    taken = [limit.take(f"caller {number}") for number in range(100)]
    assert sum(taken) == 10
    clock.now += 1.0
    assert sum(limit.take(f"later {number}") for number in range(100)) == 5


def test_callers_long_gone_are_forgotten() -> None:
    clock = Clock()
    limit = Limit(1, 0.001, clock)
    for number in range(20_000):
        clock.now += 1.0
        assert limit.take(str(number))
    assert len(limit._full_at) <= 5000


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("ajuda@integra.example", "mailto:ajuda@integra.example"),
        ("https://integra.example/ajuda", "https://integra.example/ajuda"),
        ("(11) 5555-0100", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("https://", ""),
        ("https://a b", ""),
        ("https://[", ""),
        ("a@b?cc=c@d", ""),
    ],
)
def test_only_an_address_becomes_a_link(text: str, href: str) -> None:
    (contact,) = contacts(Settings(contact_support=text))
    assert (contact.label, contact.text, contact.href) == ("Atendimento", text, href)


def test_contacts_that_nobody_named_are_not_shown() -> None:
    assert contacts(Settings(contact_sales="  ")) == []


def progress(**changes: object) -> ExportProgress:
    """An export a minute after its release, half done."""
    fields: dict[str, object] = {
        "product_checked_at": NOW - timedelta(seconds=30),
        "product_cursor": 1,
        "hub_access_ended": False,
        "store_access_ended": False,
        "catalogue_paused_at": None,
        "released_at": NOW - timedelta(seconds=60),
        "families": 1000,
        "unsent": 400,
        "counted_at": None,
        "has_never_sent": True,
        "refused": 0,
        "acked_at": NOW,
        **changes,
    }
    return ExportProgress(**fields)  # type: ignore[arg-type]


def test_speed_is_what_was_acknowledged_of_late() -> None:
    found = watched(progress(), Speed(600, 60.0), NOW)
    assert (found.sent, found.speed, found.remaining) == (600, 10.0, 40.0)


def test_a_young_export_is_measured_by_its_age() -> None:
    found = watched(progress(released_at=NOW - timedelta(seconds=5)), Speed(100, 5.0), NOW)
    assert (found.speed, found.remaining) == (20.0, 20.0)


def test_a_fast_export_is_measured_by_its_last_families() -> None:
    found = watched(progress(), Speed(2000, 4.0), NOW)
    assert (found.speed, found.remaining) == (500.0, 0.8)


def test_what_was_counted_a_while_ago_is_carried_on_by_the_speed() -> None:
    counted = progress(families=90_000, unsent=60_000, counted_at=NOW - timedelta(seconds=20))
    found = watched(counted, Speed(2000, 2.0), NOW)
    assert (found.sent, found.remaining) == (50_000, 40.0)


@pytest.mark.parametrize(("unsent", "acknowledged"), [(400, 0), (0, 600)])
def test_where_nothing_moves_or_is_left_no_time_is_told(unsent: int, acknowledged: int) -> None:
    assert watched(progress(unsent=unsent), Speed(acknowledged, 60.0), NOW).remaining is None


@pytest.mark.parametrize(
    ("changes", "under_way"),
    [
        ({}, True),
        ({"released_at": None}, False),
        ({"has_never_sent": False, "unsent": 0}, False),
        # A change of a product that the hub has is no first export.
        ({"has_never_sent": False, "unsent": 3}, False),
        ({"has_never_sent": False, "unsent": 0, "product_checked_at": None}, True),
        ({"has_never_sent": False, "product_checked_at": NOW - timedelta(days=1)}, True),
    ],
)
def test_the_first_export_has_an_end(changes: dict[str, object], under_way: bool) -> None:
    assert is_first_under_way(progress(**changes)) is under_way


def test_an_export_is_complete_when_the_store_was_read_since_and_all_is_sent() -> None:
    began = NOW - timedelta(seconds=60)
    assert is_complete(progress(unsent=0), began)
    assert not is_complete(progress(unsent=0), NOW)
    assert not is_complete(progress(unsent=0, product_checked_at=None), began)
    assert not is_complete(progress(unsent=1), began)


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [(5, "menos de um minuto"), (150, "cerca de 2 min"), (8000, "cerca de 2 h")],
)
def test_a_time_is_told_roughly(seconds: float, spoken: str) -> None:
    assert spoken_time(seconds) == spoken


def test_the_pages_key_follows_the_vaults_newest() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    derived = Vault([new, old]).derive("pages")
    assert len(derived) == 32
    assert derived == Vault([new]).derive("pages")
    assert derived != Vault([old]).derive("pages")
    assert derived != Vault([new]).derive("something else")
    assert derived.hex() not in new


def test_each_store_has_a_return_address_of_its_own() -> None:
    app = HubApp("https://hub.example", "id", "s3cret", "https://ponte.example/")
    first, second = (app.return_address(f"https://{name}.example") for name in "ab")
    assert first == f"https://ponte.example/instalar/retorno?loja={store_mark('https://a.example')}"
    assert first != second
    assert "s3cret" not in repr(app)
