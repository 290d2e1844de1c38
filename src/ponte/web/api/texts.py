"""Texts that come in from outside: what the database cannot keep is refused at the door.

PostgreSQL keeps no NUL in a text, and would fail in the middle of a deed. No text of a store, a hub
or a person has one, so a call with one anywhere is refused as a whole, before a route sees it.
Halves of characters (`"\\ud800"`) are no JSON to the decoder, and no UTF-8 in an address.
"""

import re
from typing import Any, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler

from ponte.web.api.answers import refused

# In JSON; not where the backslash is itself a text's.
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


async def refuse_nul(call: ASGIConnection[Any, Any, Any, State], handler: BaseRouteHandler) -> None:
    """The guard of every route: 404 for a path with a NUL, 400 for a query or a body."""
    if "\0" in call.scope["path"]:
        raise refused(404, "not_found", "There is nothing here.")
    if b"%00" in call.scope["query_string"]:
        raise _no_text()
    # Without `data` nobody reads the body; a guard of an HTTP route is called with a request.
    if handler.parsed_data_field is not None:
        body = await cast("Request[Any, Any, State]", call).body()
        if _NUL_IN_JSON.search(body):
            raise _no_text()


def _no_text() -> Exception:
    return refused(400, "nul_in_text", "A text holds a NUL, which no text of ours can.")
