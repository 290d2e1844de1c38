"""Calls with an access token: paced, measured, and renewed once when the token is refused.

Hub and store differ in what their answers mean, not in how a call is made; here is the how. The
answer is read *inside* the turn, so that rubbish with status 200 counts as a failing server too.
"""

from collections.abc import Callable
from typing import TypeVar

from pyreqwest.client import Client

from ponte.domain.access import AccessToken
from ponte.domain.failures import Failure, Unauthorised
from ponte.domain.readings import mapping, text
from ponte.http.exchange import Answer, NotJson, Observe, decode_json, measured
from ponte.http.pacing import Pace

_T = TypeVar("_T")

# RFC 6750 names the first; the others are what servers were seen or are assumed to say ([A]).
_TOKEN_ERRORS = frozenset({"invalid_token", "expired_token", "token_expired"})


class _TokenRefused(Failure):
    """The access token is expired or revoked; says nothing of the call itself."""


class Caller:
    """Makes calls for one account at one server."""

    def __init__(
        self,
        http: Client,
        base_url: str,
        access: AccessToken,
        pace: Pace,
        observe: Observe | None = None,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._access = access
        self._pace = pace
        self._observe = observe

    async def call(
        self,
        kind: str,
        name: str,
        method: str,
        path: str,
        read: Callable[[Answer], _T],
        body: bytes | None = None,
    ) -> _T:
        """Send and `read` the answer (2xx or 4xx); `path` is already percent-encoded.

        `kind` is for metrics, `name` for messages. Raises the failures of the domain.
        """
        url = self._base_url + path
        token = await self._access.token()
        try:
            return await self._once(kind, name, method, url, read, body, token)
        except _TokenRefused:
            token = await self._access.renewed(token)
        try:
            return await self._once(kind, name, method, url, read, body, token)
        except _TokenRefused as error:
            raise Unauthorised(f"{name}: a renewed token is refused too") from error

    async def _once(
        self,
        kind: str,
        name: str,
        method: str,
        url: str,
        read: Callable[[Answer], _T],
        body: bytes | None,
        token: str,
    ) -> _T:
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        async with self._pace.turn(name):
            answer = await measured(
                self._http, self._observe, kind, name, method, url, headers, body
            )
            if answer.status in (400, 401, 403) and _is_token_refusal(answer):
                raise _TokenRefused(f"{name}: the access token is refused")
            try:
                return read(answer)
            except Failure as failure:
                failure.status = answer.status
                raise


def _is_token_refusal(answer: Answer) -> bool:
    if answer.status == 401:
        return True
    try:
        fields = mapping(decode_json(answer.body))
    except NotJson:
        return False
    return any(text(fields.get(name)) in _TOKEN_ERRORS for name in ("error", "type"))
