"""The other side's words may be shown and kept: they hold no buyer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.http.wording import bounded


@pytest.mark.parametrize(
    "personal",
    [
        "390.533.447-05",
        "39053344705",
        "16.727.230/0001-97",
        "12ABC34501DE35",
        "12.ABC.345/01DE-35",
        "maria.silva+ml@example.com.br",
        "(11) 91234-5678",
        "+55 11 91234-5678",
        "01310-100",
    ],
)
def test_personal_numbers_and_addresses_are_masked(personal: str) -> None:
    assert bounded(f"O valor {personal} é inválido") == "O valor … é inválido"


@pytest.mark.parametrize(
    "words",
    [
        "No product has the SKU CAM-1.",
        "price must be at least 0.01",
        "key 35080599999090910270550010000000015180051273 has a wrong check digit",
        "order 606adfc2b2b8f8a5c0b1d2e3 is gone",
    ],
)
def test_other_words_stay(words: str) -> None:
    assert bounded(words) == words


@given(st.text())
def test_words_are_bounded_and_in_one_line(words: str) -> None:
    assert len(bounded(words)) <= 300
    assert "\n" not in bounded(words)


def test_a_long_text_is_cut() -> None:
    assert bounded("erro " * 10_000).endswith("…")
