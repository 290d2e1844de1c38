"""Getting access to a shop: discovery, registration, and the code grant with PKCE.

The merchant logs in at the store, never here. Three dangers: a metadata document that sends secrets
elsewhere (its issuer must be the address it was read from, RFC 8414 §3.3, and its endpoints must
live there), a stolen code (PKCE, RFC 7636), and a refresh token used twice (it dies when used:
`refresh` is called under the connection's row lock only).
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from pyreqwest.client import Client
from pyreqwest.http import Url

from ponte.domain.access import Grant
from ponte.domain.failures import Failure, Refused, Unreadable
from ponte.domain.readings import mapping, members, text
from ponte.http.exchange import Answer, NotJson, Observe, decode_json, exchange, screen
from ponte.http.grants import request_grant
from ponte.http.wording import bounded

# What the contract offers, and all that the rules R1 to R8 need.
SCOPES = ("products:read", "orders:write")


class AuthorizationServer(Struct, frozen=True):
    """Where a store registers apps, lets merchants decide, and gives tokens (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str
    revocation_endpoint: str | None


class Pkce(Struct, frozen=True):
    """A proof key: `challenge` goes with the browser, `verifier` stays here. No `repr`."""

    verifier: str
    challenge: str

    def __repr__(self) -> str:
        return "Pkce(…)"


def new_pkce() -> Pkce:
    """A fresh key with 256 bits, method S256 (RFC 7636 §4)."""
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Pkce(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


async def discover(http: Client, base_url: str) -> AuthorizationServer:
    """Read the store's metadata. `Refused` where the address is no such store."""
    call = "store GET /.well-known/oauth-authorization-server"
    base = base_url.rstrip("/")
    answer = await exchange(
        http, call, "GET", base + "/.well-known/oauth-authorization-server", headers={}
    )
    if 300 <= answer.status < 400:
        raise Unreadable(f"{call}: the address leads elsewhere (HTTP {answer.status})")
    fields = _fields(call, answer)
    issuer = text(fields.get("issuer")) or ""
    if issuer.rstrip("/") != base:
        raise Refused(f"{call}: the issuer is not {base}", code="wrong_issuer")
    if "S256" not in members(fields.get("code_challenge_methods_supported")):
        raise Refused(f"{call}: the store offers no PKCE with S256", code="no_pkce")
    revocation = "revocation_endpoint"
    return AuthorizationServer(
        issuer,
        _endpoint(call, fields, "authorization_endpoint", base),
        _endpoint(call, fields, "token_endpoint", base),
        _endpoint(call, fields, "registration_endpoint", base),
        _endpoint(call, fields, revocation, base) if fields.get(revocation) else None,
    )


def _endpoint(call: str, fields: dict[str, object], name: str, base: str) -> str:
    # Read by the parser that the call will be made with: two could differ on what is the host.
    try:
        url = Url(text(fields.get(name)) or "")
        same = url.has_host and url.origin_ascii == Url(base).origin_ascii
    except ValueError:
        same = False
    if not same:
        raise Refused(f"{call}: {name} is not at the store's address", code="wrong_endpoint")
    return str(url)


async def register(
    http: Client,
    server: AuthorizationServer,
    client_name: str,
    redirect_uris: Sequence[str],
) -> str:
    """Register as a public client (RFC 7591); the client id."""
    call = "store POST registration"
    body = msgspec.json.encode({"client_name": client_name, "redirect_uris": list(redirect_uris)})
    answer = await exchange(
        http,
        call,
        "POST",
        server.registration_endpoint,
        headers={"Content-Type": "application/json"},
        body=body,
    )
    client_id = text(_fields(call, answer).get("client_id"))
    if client_id is None:
        raise Unreadable(f"{call}: the answer holds no client id")
    return client_id


async def knows_client(http: Client, address: str) -> bool:
    """Whether the store would show its log-in at this authorization address: one that does not know
    our app, or not this return address, tells it to the person only (RFC 6749 §4.1.2.1)."""
    answer = await exchange(http, "store GET authorization", "GET", address, headers={})
    # A store that is busy or fails says nothing about the app.
    return answer.status < 400 or answer.status == 429 or answer.status >= 500


def authorization_url(
    server: AuthorizationServer,
    client_id: str,
    redirect_uri: str,
    state: str,
    pkce: Pkce,
    scopes: Sequence[str] = SCOPES,
) -> str:
    """The address to send the merchant's browser to."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
    }
    separator = "&" if "?" in server.authorization_endpoint else "?"
    return f"{server.authorization_endpoint}{separator}{urlencode(query)}"


async def exchange_code(
    http: Client,
    server: AuthorizationServer,
    client_id: str,
    code: str,
    redirect_uri: str,
    verifier: str,
) -> Grant:
    """The grant for the code that came back with the merchant, good once."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    return await request_grant(http, "store token (code)", server.token_endpoint, form)


async def refresh(
    http: Client,
    token_endpoint: str,
    client_id: str,
    refresh_token: str,
    observe: Observe | None = None,
) -> Grant:
    """A new grant for an old one, whose refresh token is dead from now on."""
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "refresh_token": refresh_token,
    }
    return await request_grant(http, "store token (refresh)", token_endpoint, form, observe)


async def revoke(http: Client, server: AuthorizationServer, client_id: str, token: str) -> None:
    """End an access with all its tokens (RFC 7009), when a connection is given up."""
    if server.revocation_endpoint is None:
        return
    call = "store POST revocation"
    answer = await exchange(
        http,
        call,
        "POST",
        server.revocation_endpoint,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"token": token, "client_id": client_id}).encode(),
    )
    screen(call, answer)
    if answer.status >= 400:
        raise _refusal(call, answer.status, {})


def _fields(call: str, answer: Answer) -> dict[str, object]:
    screen(call, answer)
    try:
        fields = mapping(decode_json(answer.body))
    except NotJson as error:
        if answer.status < 400:
            raise Unreadable(f"{call}: the answer is not JSON") from error
        fields = {}
    if answer.status >= 400:
        raise _refusal(call, answer.status, fields)
    return fields


def _refusal(call: str, status: int, fields: dict[str, object]) -> Failure:
    error = text(fields.get("error"))
    code = bounded(error) if error else f"http_{status}"
    details = bounded(text(fields.get("error_description")) or "")
    return Refused(f"{call}: refused ({code})", code=code, details=details)
