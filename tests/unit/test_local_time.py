"""Times are shown where the installation's people are: São Paulo, unless it says otherwise."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from ponte.domain import local_time
from ponte.domain.audit_plan import Every, next_audit
from ponte.settings import Settings
from ponte_ui import formats

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
# Six hours behind UTC, without summer time.
RIO_BRANCO = ZoneInfo("America/Rio_Branco")


@pytest.fixture
def rio_branco() -> Iterator[None]:
    """An installation whose people are in Acre."""
    before = local_time.zone(), formats.zone()
    local_time.use_zone(RIO_BRANCO)
    formats.use_zone(RIO_BRANCO)
    yield
    local_time.use_zone(before[0])
    formats.use_zone(before[1])


def test_it_is_sao_paulo_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PONTE_TIME_ZONE", raising=False)
    assert Settings().time_zone == "America/Sao_Paulo"
    assert formats.when(NOON) == "26/11/2026 09:00:00"


@pytest.mark.usefixtures("rio_branco")
def test_another_zone_holds_for_pages_and_plans() -> None:
    assert formats.when(NOON) == "26/11/2026 07:00:00"
    assert formats.day(datetime(2026, 11, 26, 4, 0, tzinfo=UTC)) == "25/11/2026"
    planned = next_audit(Every.DAILY, 3, 0, 0, NOON)
    assert planned is not None
    local = planned.astimezone(RIO_BRANCO)
    assert (local.date(), local.hour) == (date(2026, 11, 27), 3)


@pytest.mark.parametrize("name", ["Marte/Olimpo", "", "../etc/passwd", "America/São Paulo"])
def test_a_zone_that_nobody_knows_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PONTE_TIME_ZONE", name)
    with pytest.raises(ValidationError, match="IANA"):
        Settings()
