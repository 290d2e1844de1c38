"""Who calls: the token of a call, judged before anything of the call is read.

A call without a good token gets the same answer whatever it asked for. How often a token may call,
and how often an address may try tokens that are none, is counted in this process: a program in a
loop is slowed down before it is a load.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException, TooManyRequestsException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from ponte.services.actors import Actor
from ponte.services.tokens import Bearer, find_bearer
from ponte.web.limits import Limit
from ponte.web.parts import Parts
from ponte_ui.application import Call

# A program that reads a catalogue page by page, without haste: ten calls a second, for long.
_CALLS = (600, 0.1)
# Wrong tokens of one address, behind which many programs may be: each is a look at an index.
_STRANGERS = (600, 0.1)
# What `Limit` lets by is back within a second.
_RETRY_SECONDS = "1"
_SCHEME = "bearer "
_BEARER = "bearer"


def door(parts: Parts) -> Guard:
    """The guard of every route: remembers who calls; 401 without a good token, 429 too often."""
    calls, strangers = Limit(*_CALLS), Limit(*_STRANGERS)

    async def admit(call: ASGIConnection[Any, Any, Any, State], _handler: BaseRouteHandler) -> None:
        bearer = await _find(parts, call.headers.get("authorization", ""))
        if bearer is None:
            who = call.client.host if call.client is not None else ""
            if not strangers.take(who):
                raise _too_many()
            raise NotAuthorizedException
        if not calls.take(str(bearer.token_id)):
            raise _too_many()
        call.state[_BEARER] = bearer

    return admit


async def _find(parts: Parts, header: str) -> Bearer | None:
    if header[: len(_SCHEME)].lower() != _SCHEME:
        return None
    async with parts.pool.connection() as conn:
        return await find_bearer(conn, header[len(_SCHEME) :].strip())


async def bearer_of(request: Call) -> Bearer:
    """The dependency `bearer`: the token, as the guard found it."""
    bearer = request.state[_BEARER]
    if not isinstance(bearer, Bearer):
        raise NotAuthorizedException
    return bearer


async def caller_of(request: Call) -> Actor:
    """The dependency `caller`: with whose rights the call is made."""
    return (await bearer_of(request)).actor


def _too_many() -> TooManyRequestsException:
    return TooManyRequestsException(headers={"retry-after": _RETRY_SECONDS})
