"""What comes in from outside, judged once for all routes before one of them sees it.

PostgreSQL keeps no NUL in a text, and would fail in the middle of a deed; no text of a store, a hub
or a person has one. The framework reads a body leniently (0 as false, "7" as 7) and whatever it is
called; a program that sends the wrong thing should hear of it, and of where it is wrong. Halves of
characters (`"\\ud800"`) are no JSON to the decoder, and no UTF-8 in an address.
"""

import re
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler

from ponte.web.api.answers import CODES, refused

_JSON = "application/json"
# In JSON; not where the backslash is itself a text's.
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# What was wrong, and where; not the whole of a text that should have been a word of ours.
_LONGEST_COMPLAINT = 200


async def judge_input(
    call: ASGIConnection[Any, Any, Any, State], handler: BaseRouteHandler
) -> None:
    """The guard of every route: 404 for a path, 400 for a query with a NUL, and for a body 400, 413
    or 415 unless it is what the document says."""
    if "\0" in call.scope["path"]:
        raise refused(404, *CODES[404])
    if b"%00" in call.scope["query_string"]:
        raise _no_text()
    wanted = handler.parsed_data_field
    # Without one nobody reads the body; the guard of an HTTP route is called with its request.
    if wanted is not None:
        await _judge_body(cast("Request[Any, Any, State]", call), wanted.annotation)


async def _judge_body(request: Request[Any, Any, State], shape: Any) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise refused(415, *CODES[415])
    body = await request.body()
    if _NUL_IN_JSON.search(body):
        raise _no_text()
    try:
        msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        complaint = str(error)[:_LONGEST_COMPLAINT]
        raise refused(400, CODES[400][0], f"The body is not as documented: {complaint}") from error
    except RecursionError as error:
        raise refused(400, CODES[400][0], "The body is nested too deeply.") from error


def _no_text() -> Exception:
    return refused(400, "nul_in_text", "A text holds a NUL, which no text of ours can.")
