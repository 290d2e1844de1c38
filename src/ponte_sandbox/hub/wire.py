"""The hub's manners: its JSON, its error shape, its envelope.

Everything a client parses besides the resources themselves is made here and in `lists.py`, so that
the shapes of pluggto-api.md ("Envelopes, lists, errors") exist once.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from ponte_sandbox.common.asgi import Answer, Refusal, json_answer
from ponte_sandbox.hub.assumptions import Assumptions


def _decimal(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation as error:
        raise ValueError("a number whose exponent nobody can hold") from error


# Amounts stay what they were written as: decimals in, the same digits out.
decode_json = msgspec.json.Decoder(float_hook=_decimal).decode
encode_json = msgspec.json.Encoder(decimal_format="number").encode

NOT_FOUND_CHANGES = "Changes not found in the order"
# Kinds of errors whose status nobody documents; each has a switch of its name.
_ASSUMED = frozenset(("validation", "invalid_grant", "invalid_client"))
_MESSAGE = "An error occurred, see details for more information."


class OAuthRefusal(Refusal):
    """A refusal in OAuth 2's own shape (RFC 6749, 5.2)."""


def refuse(refusal: Refusal) -> Answer:
    """An error of the hub's: `{"error": true, "type", "message", "details"}` [D]."""
    if isinstance(refusal, OAuthRefusal):
        body = {"error": refusal.kind, "error_description": refusal.reason}
        return json_answer(body, refusal.status, [(b"cache-control", b"no-store")])
    return json_answer(
        {
            "error": True,
            "type": refusal.kind,
            "message": _MESSAGE,
            "details": refusal.reason,
        },
        refusal.status,
    )


def refuse_as_assumed(assumptions: Assumptions, refusal: Refusal) -> Answer:
    """`refuse`, with the status that is assumed for this kind of error [A]."""
    if refusal.kind in _ASSUMED:
        refusal.status = int(assumptions[f"{refusal.kind}_status"])
    return refuse(refusal)


def failure(assumptions: Assumptions, status: int, wait_seconds: int) -> Answer:
    """The answer to a call the hub did not even look at: 404, 429, 500, 503."""
    if status == 429:
        return _throttled(assumptions["rate_limit_answer"], wait_seconds)
    kinds = {404: "not_found", 500: "internal_error", 503: "unavailable"}
    reason = "There is nothing at this path" if status == 404 else "Try again later"
    return refuse(Refusal(status, kinds[status], reason))


def _throttled(way: str, wait_seconds: int) -> Answer:
    refusal = Refusal(503 if way == "503" else 429, "too_many_requests", "Rate limit exceeded")
    answer = refuse(refusal)
    if way == "429_retry_after":
        answer.headers = [(b"retry-after", b"%d" % wait_seconds)]
    return answer


def invalid(reason: str) -> Refusal:
    """400 `validation`, or what is assumed instead [A]."""
    return Refusal(400, "validation", reason)


def missing(assumptions: Assumptions, what: str) -> Refusal:
    """404 for a resource that does not exist [A]."""
    return Refusal(int(assumptions["missing_status"]), "not_found", f"{what} not found")


def not_updated(assumptions: Assumptions, details: str) -> Refusal:
    """The unsuccessful write [D]; its status is assumed [A]."""
    return Refusal(int(assumptions["not_updated_status"]), "not_updated", details)


def json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; raises `Refusal` 400 for anything else."""
    try:
        content = decode_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(f"The body is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise invalid("The body is not a JSON object")
    return content


def enveloped(name: str, body: bytes) -> Answer:
    """One resource: `{"Product": {…}}` [D]."""
    return Answer(b'{"%s":%s}' % (name.encode(), body))
