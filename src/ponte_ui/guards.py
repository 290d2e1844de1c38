"""What surrounds every page: its language and colours, and headers a browser obeys.

The policy allows scripts and styles from this program only, none inline: a text that slipped
through unescaped can show itself, and not act. Cookies carry a mark of the installation in their
name, because browsers do not tell ports apart: two programs on one machine would otherwise take
each other's cookies for broken ones of their own, and refuse every form.
"""

import hashlib
from collections.abc import Container, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, cast
from urllib.parse import parse_qs

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ponte_ui.colours import COLOURS, paint
from ponte_ui.language import LANGUAGES, speak

LANGUAGE_COOKIE = "language"
_COLOURS_COOKIE = "colours"
# A year.
_CHOICE_SECONDS = 31_536_000
# The key in the scope under which a page names where else its form may lead.
FORM_TARGETS = "form_targets"

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def cookie_name(kind: str, secret: bytes) -> str:
    """`kind` with a mark of the installation's secret."""
    return f"{kind}_{hashlib.sha256(b'cookie name' + secret).hexdigest()[:8]}"


def allow_form_to(scope: Scope, origin: str) -> None:
    """Let this page's form end at another origin too: browsers hold the redirect after a form to
    the policy of the page it was on."""
    cast("dict[str, Any]", scope).setdefault(FORM_TARGETS, []).append(origin)


def _policy(form_targets: Sequence[str]) -> bytes:
    rules = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        # Photos are wherever shops keep theirs.
        "img-src 'self' data: http: https:",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        " ".join(("form-action 'self'", *form_targets)),
    )
    return "; ".join(rules).encode("ascii", "ignore")


def guarded(app: ASGIApp) -> ASGIApp:
    """The application, speaking the caller's language, with the headers of a page."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        language = _asked(scope, "lang", LANGUAGES)
        speak(language or _remembered(scope, LANGUAGE_COOKIE))
        colours = _asked(scope, "colours", COLOURS)
        paint(colours or _remembered(scope, _COLOURS_COOKIE))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                # A page may be stricter about one of them; two of a kind would contradict.
                own = {name for name, _ in headers}
                headers += [header for header in _HEADERS if header[0] not in own]
                if not any(name == b"content-security-policy" for name, _ in headers):
                    targets = cast("dict[str, Any]", scope).get(FORM_TARGETS, [])
                    headers.append((b"content-security-policy", _policy(targets)))
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                if language:
                    headers.append((b"set-cookie", _choice(LANGUAGE_COOKIE, language)))
                if colours:
                    headers.append((b"set-cookie", _choice(_COLOURS_COOKIE, colours)))
                message["headers"] = headers
            await send(message)

        await app(scope, receive, send_with_headers)

    return wrapped


def _asked(scope: Scope, name: str, choices: Container[str]) -> str:
    """What the address asks for (`?lang=en`); empty when it asks for nothing there is."""
    raw = scope.get("query_string", b"")
    if f"{name}=".encode() not in raw:
        return ""
    try:
        asked = parse_qs(raw.decode("latin-1"), max_num_fields=200).get(name, [""])[-1]
    except ValueError:
        return ""
    return asked if asked in choices else ""


def _remembered(scope: Scope, cookie: str) -> str:
    """What this browser chose before; empty when nothing."""
    for name, value in scope.get("headers", []):
        if name != b"cookie":
            continue
        try:
            cookies = SimpleCookie(value.decode("latin-1"))
        except CookieError:
            return ""
        if cookie in cookies:
            return cookies[cookie].value
    return ""


def _choice(cookie: str, value: str) -> bytes:
    return f"{cookie}={value}; Path=/; Max-Age={_CHOICE_SECONDS}; SameSite=Lax; HttpOnly".encode()
