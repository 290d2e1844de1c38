"""What an alert says; a store's name can do no harm in it."""

from datetime import UTC, datetime

import pytest

from ponte.domain.alert_texts import one_line, over, raised
from ponte.domain.alerts import AlertKind, Figures
from ponte.services.alerts import AlertView
from ponte.web.panel.alerts import fact

EVIL = "Loja\r\nBcc: vitima@example.com\r\n\r\nolá\x00\u202e\u2028" + "x" * 300


def test_an_outage_in_one_sentence() -> None:
    figures = Figures(
        side="hub",
        status=503,
        accounts=100,
        failing=92,
        since=datetime(2026, 3, 2, 13, 4, tzinfo=UTC),
    )
    said = raised(AlertKind.OUTAGE, "https://api.plugg.to", figures)
    assert said.subject == (
        "[Ponte] O Plugg.to (https://api.plugg.to) responde 503 para 92 % das contas"
        " desde 02/03 10:04"
    )


def test_a_name_is_one_short_line() -> None:
    assert one_line(EVIL).startswith("Loja Bcc: vitima@example.com olá x")
    assert len(one_line(EVIL)) == 60
    assert one_line("Café & Cia. Ltda – São Paulo") == "Café & Cia. Ltda – São Paulo"


@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("say", [raised, over])
def test_every_kind_has_its_words_and_none_breaks_a_header(kind: AlertKind, say: object) -> None:
    figures = Figures(EVIL, 5910, "stock", 1000, 20_000, "hub", 503, 10, 5)
    subject = "lag" if kind is AlertKind.MANY else EVIL
    assert callable(say)
    said = say(kind, subject, figures)
    assert "\n" not in said.subject
    assert "\r" not in said.subject
    assert said.subject.startswith("[Ponte] ")
    assert len(said.subject) <= 200
    assert "\x00" not in said.text


@pytest.mark.parametrize("kind", [AlertKind.LAG, AlertKind.FAILING, AlertKind.DISCONNECTED])
@pytest.mark.parametrize("reason", ["", "a_word_of_another_version", "stock"])
def test_a_page_tells_an_alert_whatever_its_reason(kind: AlertKind, reason: str) -> None:
    figures = Figures(reason=reason, lag_seconds=1200)
    said = fact(AlertView(1, kind, 7, "", figures, datetime(2026, 3, 2, tzinfo=UTC), None, []))
    assert reason != "stock" or said
    assert kind is not AlertKind.LAG or "20 minutos" in said
