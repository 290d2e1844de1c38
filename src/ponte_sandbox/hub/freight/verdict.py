"""Whether what an app answered about freight can be shown to a buyer; pure.

The hub "wants the answer within 0.2 s" [D]. The answer's shape is not documented; ours [A] has the
words of a shipment: `{"quotes": [{"shipping_company", "shipping_method", "price",
"delivery_time"}]}`, price in reais, delivery_time in days. No quotes at all is an answer, too:
nobody delivers there.
"""

from typing import Any, NamedTuple

import msgspec

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub import fields
from ponte_sandbox.hub.wire import decode_json, invalid

Body = dict[str, Any]

ANSWER_WITHIN_SECONDS = 0.2
# A quote has about 120 bytes, and no buyer reads through more than a page of them.
MAX_ANSWER_BYTES = 64 * 1024
_MAX_QUOTES = 100


class Heard(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    seconds: float


class Verdict(NamedTuple):
    """The quotes, or why there are none: a code for programs, a reason for people."""

    quotes: list[Body]
    code: str | None = None
    reason: str | None = None


def judge(heard: Heard) -> Verdict:
    """What the hub makes of an answer."""
    milliseconds = round(heard.seconds * 1000)
    if heard.status != 200:
        return Verdict([], "wrong_status", f"It was answered {heard.status}, not 200")
    if len(heard.body) > MAX_ANSWER_BYTES:
        return Verdict([], "too_large", f"The answer is larger than {MAX_ANSWER_BYTES} bytes")
    try:
        quotes = _quotes(decode_json(heard.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Verdict([], "not_json", f"The answer is not JSON: {error}")
    except Refusal as refusal:
        return Verdict([], "wrong_shape", refusal.reason)
    if heard.seconds > ANSWER_WITHIN_SECONDS:
        limit = round(ANSWER_WITHIN_SECONDS * 1000)
        return Verdict([], "too_late", f"It took {milliseconds} ms, the hub waits {limit} ms")
    return Verdict(quotes)


def _quotes(answer: Any) -> list[Body]:
    if not isinstance(answer, dict) or "quotes" not in answer:
        raise invalid("The answer is not an object with quotes")
    sent = fields.members(answer["quotes"], "quotes")
    if len(sent) > _MAX_QUOTES:
        raise invalid(f"quotes has more than {_MAX_QUOTES} members")
    return [_quote(quote, f"quotes[{position}].") for position, quote in enumerate(sent)]


def _quote(sent: Body, place: str) -> Body:
    quote: Body = {
        "shipping_company": fields.text(sent.get("shipping_company"), place + "shipping_company"),
        "shipping_method": fields.text(sent.get("shipping_method"), place + "shipping_method"),
        "price": fields.money(sent.get("price"), place + "price"),
        "delivery_time": fields.whole(sent.get("delivery_time"), place + "delivery_time"),
    }
    for name in ("shipping_method", "price", "delivery_time"):
        if quote[name] in (None, ""):
            raise invalid(f"{place}{name} is missing")
    return quote
