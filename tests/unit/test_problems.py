"""What cannot be done is said, in both languages, with what to do about it."""

import re

import pytest

from ponte.domain.orders import LEFT_OUT, Ignored
from ponte.domain.problems import ADVICE, Advice, Problem, ProblemCode, explain


@pytest.mark.parametrize("code", ProblemCode)
def test_every_cause_has_its_own_advice_in_both_languages(code: ProblemCode) -> None:
    assert_readable(ADVICE[code])


@pytest.mark.parametrize("reason", Ignored)
def test_every_reason_to_leave_an_order_out_is_a_sentence(reason: Ignored) -> None:
    assert_readable(LEFT_OUT[reason])


def assert_readable(advice: Advice) -> None:
    """Sentences, in each language its own, on one line."""
    assert advice.pt != advice.en
    for text in (advice.pt, advice.en):
        assert re.fullmatch(r"[A-Z].*\.", text), text
        # The hub's log shows one line; what happened and what to do fit into it.
        assert "\n" not in text
        assert len(text) <= 120


def test_no_two_causes_say_the_same() -> None:
    for language in ("pt", "en"):
        texts = [getattr(advice, language) for advice in ADVICE.values()]
        assert len(set(texts)) == len(texts) == len(ProblemCode)
    assert len({reason.pt for reason in LEFT_OUT.values()}) == len(Ignored)


def test_what_a_person_has_to_do_is_said_with_the_place() -> None:
    """What Ponte reads again it reads from the store."""
    for code in (
        ProblemCode.NO_WEIGHT,
        ProblemCode.CANCEL_REFUSED,
        ProblemCode.HUB_REFUSED_REPORT,
        ProblemCode.EVENT_UNREADABLE,
    ):
        *_, to_do = ADVICE[code].pt.removesuffix(".").split(". ")
        assert "na loja" in f"{to_do} ", code


def test_the_fact_stands_in_brackets_behind_the_advice() -> None:
    text = explain(Problem(ProblemCode.UNKNOWN_SKU, "CAM-1"))
    assert text == f"{ADVICE[ProblemCode.UNKNOWN_SKU].pt} [CAM-1]"
    assert explain(Problem(ProblemCode.INVALID_DOCUMENT)).endswith(".")


def test_the_same_cause_on_the_same_thing_is_one_problem() -> None:
    same = [Problem(ProblemCode.NO_EAN), Problem(ProblemCode.NO_EAN, "")]
    assert len(set(same)) == 1
    assert len({*same, Problem(ProblemCode.NO_EAN, "CAM-1")}) == 2
