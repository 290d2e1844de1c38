"""Asking an OAuth 2 token endpoint, and telling "log in again" from "try again".

A wrong verdict is expensive both ways: *unauthorised* stops a merchant's connection until a person
acts, *transient* on a dead refresh token would hammer for ever. So only an answer that speaks OAuth
ends a connection, never a proxy's HTML. The form carries secrets: nothing of it enters a message.
A refresh token dies when used, so an answer lost on the way loses the account: the caller must
store the new grant before anybody uses it.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from pyreqwest.client import Client

from ponte.domain.access import Grant
from ponte.domain.failures import Refused, Transient, Unauthorised, Unreadable
from ponte.domain.readings import mapping, text, whole
from ponte.http.exchange import Answer, NotJson, Observe, decode_json, measured
from ponte.http.wording import bounded

# What may stand in an Authorization header; anything else would break the request apart.
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")

# RFC 6749 4.1.2.1: errors that say the server is busy and nothing about the grant.
_BUSY = frozenset({"temporarily_unavailable", "server_error", "slow_down"})

# The hub's tokens last an hour [D]; assumed where an answer does not say it.
_USUAL_SECONDS = 3600
# Ten years: "for ever", and still a moment that a calendar can hold.
_LONGEST_SECONDS = 10 * 365 * 86_400


async def request_grant(
    http: Client, call: str, url: str, form: Mapping[str, str], observe: Observe | None = None
) -> Grant:
    """POST the form to the token endpoint. Raises `Unauthorised`, `Transient`, `Throttled`.

    `Refused` means that the address is no token endpoint (404, 405) or the form was wrong.
    """
    answer = await measured(
        http,
        observe,
        "token",
        call,
        "POST",
        url,
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode(form).encode(),
    )
    if answer.status >= 400:
        raise _refusal(call, answer)
    try:
        fields = mapping(decode_json(answer.body))
    except NotJson as error:
        raise Unreadable(f"{call}: the answer is not JSON") from error
    if fields.get("error"):
        raise _refusal(call, answer)
    return _read_grant(call, fields, form.get("refresh_token"))


def _read_grant(call: str, fields: dict[str, object], spent: str | None) -> Grant:
    access = text(fields.get("access_token"))
    refresh = text(fields.get("refresh_token")) or spent
    if access is None or not _TOKEN.fullmatch(access):
        raise Unreadable(f"{call}: the answer holds no usable access token")
    seconds = whole(fields.get("expires_in"))
    lasting = seconds if seconds and seconds > 0 else _USUAL_SECONDS
    return Grant(access, refresh, min(lasting, _LONGEST_SECONDS))


def _refusal(call: str, answer: Answer) -> Unauthorised | Transient | Refused:
    """Judge an answer that is no grant, in whatever of the assumed shapes it came."""
    try:
        fields = mapping(decode_json(answer.body))
    except NotJson:
        fields = {}
    error = fields.get("error")
    word = error if isinstance(error, str) else text(fields.get("type"))
    if word in _BUSY:
        return Transient(f"{call}: {word}")
    if answer.status == 401 or (error and answer.status in (200, 400, 403)):
        reason = bounded(word or "no reason")
        return Unauthorised(f"{call}: the grant is not accepted ({reason})", code=reason)
    if answer.status in (400, 403):
        return Transient(f"{call}: HTTP {answer.status} without a reason")
    return Refused(f"{call}: HTTP {answer.status}", code=f"http_{answer.status}")
