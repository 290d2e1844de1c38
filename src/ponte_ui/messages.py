"""A word about what was just done, shown once on the next page.

Own, because Litestar's flashes need a session where there is none: on the page that says that an
address leads nowhere, which is answered before any session is read.
"""

from typing import Any, Literal

from litestar import Request

Kind = Literal["success", "info", "warning", "danger"]
_KEY = "messages"


def tell(request: Request[Any, Any, Any], text: str, kind: Kind = "success") -> None:
    """Show a text on the next page this person sees."""
    if not isinstance(request.scope.get("session"), dict):
        request.set_session({})
    request.session.setdefault(_KEY, []).append({"text": text, "kind": kind})


def pending_messages(request: Request[Any, Any, Any]) -> list[dict[str, str]]:
    """What is to be shown; asked for once, then gone."""
    session = request.scope.get("session")
    if not isinstance(session, dict):
        return []
    messages: list[dict[str, str]] = session.pop(_KEY, [])
    return messages
