"""Addresses that hold a secret: the links that let somebody in.

Whoever reads such an address may follow it. So no browser tells it to another page, and no log
holds it: whatever is as long as one of our tokens is left out of every path that is logged, also of
paths that lead nowhere because a letter was mistyped.
"""

import re

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ponte.services.links import LINK_PATHS

# `token_urlsafe(32)` has 43 characters; a part of one that could be completed by trying, nearly as
# many. The longest ids of hubs and stores that stand in paths have 32.
_SECRET = re.compile(r"[^/]{36,}")
_PLACES = tuple(f"{path}/" for path in LINK_PATHS.values())
_NO_REFERRER = (b"referrer-policy", b"no-referrer")


def path_to_log(path: str) -> str:
    """The path without what may be a secret."""
    return _SECRET.sub("…", path)


def without_referrer(app: ASGIApp) -> ASGIApp:
    """The application, whose pages at secret addresses tell nobody where they are; also those that
    refuse something."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        is_secret = scope.get("path", "").startswith(_PLACES)

        async def send_with_header(message: Message) -> None:
            if is_secret and message["type"] == "http.response.start":
                others = [each for each in message.get("headers", []) if each[0] != _NO_REFERRER[0]]
                message["headers"] = [*others, _NO_REFERRER]
            await send(message)

        await app(scope, receive, send_with_header)

    return wrapped
