"""The contract's one error shape, and the limits every answer of the API shares."""

import re

from ponte_sandbox.common.asgi import Answer, Refusal, json_answer

# What the shared HTTP layer calls its refusals, in the contract's words.
_CODES = {"validation": "invalid_request", "too_large": "payload_too_large"}
# msgspec ends its messages with the place: "… - at `$.items[0].sku`".
_PLACE = re.compile(r" - at `\$\.?([^`]*)`\Z")


def refuse(refusal: Refusal) -> Answer:
    """`{"error": {"code", "message", "field"?}}` with the refusal's status."""
    message, field = refusal.reason, refusal.field
    place = _PLACE.search(message)
    if place is not None:
        message, field = message[: place.start()], place[1] or field
    error = {"code": _CODES.get(refusal.kind, refusal.kind), "message": message}
    if field:
        error["field"] = field
    headers = ((b"www-authenticate", b"Bearer"),) if refusal.status == 401 else ()
    return json_answer({"error": error}, refusal.status, headers)


def failure(status: int, wait: int) -> Answer:
    """The answer to a call that was not served: throttled (429), 404, or failed (500, 503)."""
    code = {404: "not_found", 429: "too_many_requests", 503: "unavailable"}.get(status, "internal")
    message = f"Wait {wait} s" if wait else "Nothing is here" if status == 404 else "Try again"
    headers = ((b"retry-after", b"%d" % wait),) if wait else ()
    return json_answer({"error": {"code": code, "message": message}}, status, headers)
