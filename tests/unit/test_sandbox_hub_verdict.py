"""Which freight answers a hub could show to a buyer."""

import json
from typing import Any

import pytest

from ponte_sandbox.hub.freight.verdict import Heard, Verdict, judge

_QUOTE = {"shipping_method": "PAC", "price": "19.90", "delivery_time": "5"}


def verdict_on(content: Any, *, status: int = 200, seconds: float = 0.1) -> Verdict:
    return judge(Heard(status, json.dumps(content).encode(), seconds))


def test_numbers_may_be_texts_and_no_quote_is_an_answer() -> None:
    verdict = verdict_on({"quotes": [_QUOTE]})
    assert verdict.code is None
    (quote,) = verdict.quotes
    assert (str(quote["price"]), quote["delivery_time"]) == ("19.90", 5)
    assert verdict_on({"quotes": []}) == Verdict([])


def test_an_answer_in_time_is_one_within_a_fifth_of_a_second() -> None:
    assert verdict_on({"quotes": []}, seconds=0.2).code is None
    late = verdict_on({"quotes": []}, seconds=0.35)
    assert late.code == "too_late"
    assert "350 ms" in str(late.reason)


@pytest.mark.parametrize("status", [201, 204, 301, 404, 500])
def test_only_200_is_an_answer(status: int) -> None:
    assert verdict_on({"quotes": []}, status=status).code == "wrong_status"


@pytest.mark.parametrize(
    "content",
    [
        [], None, 1, {}, {"quotes": None}, {"quotes": {}}, {"quotes": [1]}, {"quotes": [{}]},
        {"quotes": [{**_QUOTE, "price": -0.01}]},
        {"quotes": [{**_QUOTE, "price": None}]},
        {"quotes": [{**_QUOTE, "delivery_time": 1.5}]},
        {"quotes": [{**_QUOTE, "delivery_time": -1}]},
        {"quotes": [{**_QUOTE, "shipping_method": ""}]},
        {"quotes": [{**_QUOTE, "shipping_company": []}]},
        {"quotes": [_QUOTE] * 101},
    ],
)  # fmt: skip
def test_a_wrong_shape_is_told_with_its_place(content: Any) -> None:
    verdict = verdict_on(content)
    assert (verdict.code, verdict.quotes) == ("wrong_shape", [])
    assert verdict.reason


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"{", b"[" * 5000, b'{"price": 1e9999}'])
def test_what_is_no_json_is_said(body: bytes) -> None:
    assert judge(Heard(200, body, 0.1)).code in ("not_json", "wrong_shape")
