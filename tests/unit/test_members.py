"""E-mails and names: one spelling each, and nothing that hides."""

import pytest

from ponte.domain.members import LONGEST_NAME, read_email, read_name, spelled_email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ana@loja.com.br", "ana@loja.com.br"),
        ("  Ana@LOJA.com.BR ", "ana@loja.com.br"),
        ("jose\u0301@loja.example", "josé@loja.example"),
        ("ana.souza+ponte@sub.loja.com.br", "ana.souza+ponte@sub.loja.com.br"),
    ],
)
def test_an_email_has_one_spelling(typed: str, kept: str) -> None:
    assert read_email(typed) == kept
    assert spelled_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "ana", "ana@loja", "ana@@loja.com", "ana souza@loja.com", "ana@loja.com\0",
        "ana@loja.com\n", "\u202eana@loja.com", "a" * 65 + "@loja.com", "a@" + "b" * 300 + ".com",
        '"ana"@loja.com', "<ana@loja.com>", "ana\ud800@loja.com",
    ],
)  # fmt: skip
def test_what_is_no_email_is_none(typed: str) -> None:
    # A line's end around it is a blank like others.
    if typed.strip() == "ana@loja.com":
        assert read_email(typed) == "ana@loja.com"
    else:
        assert read_email(typed) is None


def test_what_is_looked_for_can_be_asked_of_a_database() -> None:
    asked = spelled_email("ana\0@loja.com\ud800" + "x" * 5000)
    assert "\0" not in asked
    asked.encode()
    assert len(asked) < 1000


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ana   Souza ", "Ana Souza"),
        ("Ana\tSouza\nLima", "Ana Souza Lima"),
        ("Ana\0\x1b[31m", "Ana[31m"),
        ("\u202eanA\u200b", "anA"),
        ("Jose\u0301", "José"),
        ("a" * LONGEST_NAME, "a" * LONGEST_NAME),
    ],
)
def test_a_name_shows_all_that_it_is(typed: str, kept: str) -> None:
    assert read_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "\0\u200b", "a" * (LONGEST_NAME + 1)])
def test_what_is_no_name_is_none(typed: str) -> None:
    assert read_name(typed) is None
