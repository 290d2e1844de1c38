"""What an app asks of a merchant, judged before anybody is shown a page or sent anywhere.

The one mistake an authorization server must not make is to send a browser, with or without a code,
to an address that the app did not register; so client and address are judged first, and a fault
in them is shown to the person. PKCE is mandatory: apps are public, a stolen code is worth nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from ponte_sandbox.store.access import SCOPES, AccessBook, Client

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_FIELDS = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
    "code_challenge_method",
)  # fmt: skip
_MOST_STATE = 2000
# A host that can stand in a page's policy as it is.
_PLAIN_HOST = re.compile(r"[A-Za-z0-9.-]+")


class Untrusted(Exception):
    """The app is unknown, or asks to return to an address that it did not register."""


class Fault(Exception):
    """What the app is told through the browser (RFC 6749 §4.1.2.1); `address` leads there."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@dataclass(frozen=True)
class Question:
    """A request that may be put to a merchant."""

    client: Client
    scopes: list[str]
    # As they came, to be carried along by forms.
    fields: dict[str, str]

    @property
    def redirect_uri(self) -> str:
        """Where the answer goes; registered."""
        return self.fields["redirect_uri"]

    @property
    def scope(self) -> str:
        """What is asked for, as one text."""
        return " ".join(self.scopes)

    @property
    def query(self) -> str:
        """The question as a query."""
        return urlencode(self.fields, errors="replace")

    def answer(self, **answer: str) -> str:
        """The app's address with the answer and its state."""
        return _back(self.fields, answer)


def read_question(book: AccessBook, given: Iterable[tuple[str, str]]) -> Question:
    """The question in a query or a form; raises `Untrusted`, then `Fault`."""
    fields: dict[str, str] = {}
    for name, value in given:
        if name not in _FIELDS:
            continue
        # A field given twice is refused (RFC 6749 §3.1), and which of two addresses was meant is
        # no question to guess at.
        if name in fields:
            raise Untrusted
        fields[name] = value
    client = book.client(fields.get("client_id", ""))
    if client is None or fields.get("redirect_uri") not in client.redirect_uris:
        raise Untrusted
    return Question(client, _judge(fields), fields)


def form_target(uri: str) -> str:
    """What a page's policy has to allow so that its form may end at this address: the origin, or
    the scheme where the host is one that a policy cannot name (IPv6)."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    if not _PLAIN_HOST.fullmatch(host):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _judge(fields: dict[str, str]) -> list[str]:
    """The scopes asked for; raises `Fault` for what the app did wrong."""

    def fault(error: str, reason: str) -> Fault:
        return Fault(_back(fields, {"error": error, "error_description": reason}))

    if fields.get("response_type") != "code":
        raise fault("unsupported_response_type", "response_type must be code")
    if fields.get("code_challenge_method") != "S256":
        raise fault("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise fault("invalid_request", "code_challenge must be 43 base64url signs")
    if len(fields.get("state", "")) > _MOST_STATE:
        raise fault("invalid_request", f"state is longer than {_MOST_STATE} signs")
    scopes = list(dict.fromkeys(fields.get("scope", "").split())) or list(SCOPES)
    if not set(scopes) <= set(SCOPES):
        raise fault("invalid_scope", f"scope must be among: {' '.join(SCOPES)}")
    return scopes


def _back(fields: dict[str, str], answer: dict[str, str]) -> str:
    if "state" in fields and len(fields["state"]) <= _MOST_STATE:
        answer = {**answer, "state": fields["state"]}
    uri = fields["redirect_uri"]
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer, errors='replace')}"
