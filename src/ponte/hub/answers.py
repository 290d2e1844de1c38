"""What an answer of the hub means, whichever of the assumed shapes and statuses it comes in.

The dossier documents the shape of a failed write but not its HTTP status ([A]), so the words decide
before the status does: "Changes not found" is success even with 200, `{"error": true}` is none.
"""

import re

from ponte.domain.failures import AlreadySo, Missing, Refused, Throttled, Transient
from ponte.domain.readings import flag, mapping, members, text
from ponte.http.exchange import Answer, NotJson, decode_json
from ponte.http.wording import bounded

# pluggto-api.md [D]: the order already is as we ask.
_ALREADY_SO = re.compile(r"changes? not found", re.IGNORECASE)
_MISSING_TYPE = re.compile(r"not_?found|missing_resource", re.IGNORECASE)
_MISSING_WORDS = re.compile(
    r"\b(product|sku|order|user|resource|page)\b[^.]{0,40}\b(not found|does not exist)\b"
    r"|^\W*not found\W*$",
    re.IGNORECASE,
)
_THROTTLED_TYPE = re.compile(r"rate_?limit|too_?many|throttl", re.IGNORECASE)


def read_json(call: str, answer: Answer, *, write: bool) -> object:
    """The JSON of a good answer; raises the failure that a bad one means.

    A `write` may be answered with nothing: the call arrived, and the answer shows none of it.
    """
    good = answer.status < 400
    if good and write and not answer.body.strip():
        return {}
    try:
        value = decode_json(answer.body)
    except NotJson as error:
        raise _unreadable(call, answer, write=write) from error
    fields = mapping(value)
    failed = fields.get("error")
    # `error` may be true, 1 or "1" in the hub's own shape, or a word in the shape of OAuth.
    if not good or (failed is not None and flag(failed) is not False and failed != ""):
        raise _failure(call, answer.status, fields)
    if not isinstance(value, (dict, list)):
        raise Transient(f"{call}: the answer is neither an object nor a list")
    return value


def _unreadable(call: str, answer: Answer, *, write: bool) -> Transient | Refused:
    """A body that is no JSON: a proxy's page or a cut answer.

    A write refused so is this item's affair (a web server may dislike one address, and the others
    must go on); a read refused so must not make an order look as if it did not exist.
    """
    status = answer.status
    if status < 400 or (not write and answer.body.strip()):
        return Transient(f"{call}: HTTP {status}, and the answer is not JSON")
    if status == 404:
        return Missing(f"{call}: does not exist", code="missing")
    return Refused(f"{call}: refused with HTTP {status}", code=f"http_{status}")


def _failure(call: str, status: int, fields: dict[str, object]) -> Refused | Throttled:
    code = _word(fields.get("type")) or _word(fields.get("error")) or f"http_{status}"
    details = bounded(_spoken(fields))
    if _ALREADY_SO.search(details):
        return AlreadySo(f"{call}: already so", code=code, details=details)
    if _THROTTLED_TYPE.search(code):
        return Throttled(f"{call}: asked to slow down ({code})")
    if status == 404 or _MISSING_TYPE.search(code) or _MISSING_WORDS.search(details):
        return Missing(f"{call}: does not exist", code="missing", details=details)
    return Refused(f"{call}: refused ({code})", code=code, details=details)


def _word(value: object) -> str | None:
    """A machine word of the answer; anything longer or stranger is not repeated in messages."""
    word = text(value) if isinstance(value, str) else None
    return word if word is not None and re.fullmatch(r"[\w.\-]{1,60}", word, re.ASCII) else None


def _spoken(fields: dict[str, object]) -> str:
    """The hub's own words: `details`, which says more, before `message`."""
    for name in ("details", "message", "error_description"):
        words = [word for word in _texts(fields.get(name)) if word]
        if words:
            return "; ".join(words)
    return ""


def _texts(value: object, depth: int = 3) -> list[str]:
    """The texts within nested lists and objects, as validators like to answer."""
    own = text(value)
    if own is not None:
        return [own]
    if depth == 0:
        return []
    return [found for member in members(value)[:20] for found in _texts(member, depth - 1)]
