"""The OAuth 2 endpoints: register an app, log the merchant in, give, renew and revoke tokens.

The one mistake an authorization server must not make is to send a browser, with or without a code,
to an address that the app did not register; so client and address are judged first, and a fault
in them is shown to the person. PKCE is mandatory: apps are public, a stolen code is worth nothing.
"""

import hmac
import re
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from msgspec import Meta, Struct

from ponte_sandbox.common.asgi import (
    MAX_QUERY_FIELDS,
    Answer,
    Refusal,
    Request,
    Router,
    json_answer,
)
from ponte_sandbox.store.access import SCOPES, AccessBook, Client, InvalidGrant, Tokens
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.pages import login_page, refusal_page
from ponte_sandbox.store.refusals import refuse
from ponte_sandbox.store.shops import Shops
from ponte_sandbox.store.web_address import is_web_address

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_NO_STORE = ((b"cache-control", b"no-store"),)
_FIELDS = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
    "code_challenge_method",
)  # fmt: skip
# What RFC 6749 §5.2 and RFC 7591 §3.2.2 call the refusals of these endpoints.
_OAUTH_ERRORS = frozenset({
    "invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type",
    "invalid_scope", "invalid_redirect_uri", "invalid_client_metadata",
})  # fmt: skip


class _Registration(Struct):
    client_name: Annotated[str, Meta(min_length=1, max_length=200)]
    redirect_uris: Annotated[
        list[Annotated[str, Meta(max_length=2000)]], Meta(min_length=1, max_length=10)
    ]


class _Redirect(Exception):
    """A fault that the app is told through the browser (RFC 6749 §4.1.2.1)."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(reason)
        self.error = error
        self.reason = reason


def refuse_oauth(refusal: Refusal) -> Answer:
    """Refusals in RFC 6749's shape; what is no OAuth matter (404, 413) in the contract's."""
    kind = "invalid_request" if refusal.kind == "validation" else refusal.kind
    if kind not in _OAUTH_ERRORS:
        return refuse(refusal)
    content = {"error": kind, "error_description": refusal.reason}
    return json_answer(content, refusal.status, _NO_STORE)


class OAuth:
    """The handlers."""

    def __init__(self, book: AccessBook, shops: Shops, address: Address) -> None:
        self._book = book
        self._shops = shops
        self._address = address

    def router(self) -> Router:
        """Routes of the authorization server."""
        router = Router(refuse_oauth)
        router.add("GET", "/.well-known/oauth-authorization-server", self._metadata)
        router.add("POST", "/oauth/register", self._register)
        router.add("GET", "/oauth/authorize", self._show)
        router.add("POST", "/oauth/authorize", self._decide)
        router.add("POST", "/oauth/token", self._token)
        router.add("POST", "/oauth/revoke", self._revoke)
        return router

    async def _metadata(self, _: Request) -> Answer:
        base = self._address.base
        return json_answer(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/oauth/authorize",
                "token_endpoint": f"{base}/oauth/token",
                "registration_endpoint": f"{base}/oauth/register",
                "revocation_endpoint": f"{base}/oauth/revoke",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": list(SCOPES),
            }
        )

    async def _register(self, request: Request) -> Answer:
        wish = request.json(_Registration)
        for uri in wish.redirect_uris:
            if not _is_redirect_address(uri):
                reason = "A redirect_uri must be an absolute http or https address without fragment"
                raise Refusal(400, "invalid_redirect_uri", reason)
        client = self._book.register(wish.client_name, wish.redirect_uris)
        content = {
            "client_id": client.client_id,
            "client_name": client.client_name,
            "redirect_uris": client.redirect_uris,
            "token_endpoint_auth_method": "none",
        }
        return json_answer(content, 201, _NO_STORE)

    async def _show(self, request: Request) -> Answer:
        try:
            fields = _chosen(request.query)
        except Refusal:
            return refusal_page(_UNREADABLE)
        client = self._client_of(fields)
        if client is None:
            return refusal_page(_UNTRUSTED)
        try:
            scopes = _judge(fields)
        except _Redirect as fault:
            return _back(fields, {"error": fault.error, "error_description": fault.reason})
        return login_page(client.client_name, scopes, fields)

    async def _decide(self, request: Request) -> Answer:
        try:
            form = _form(request)
        except Refusal:
            # A browser sent it, so a person reads what comes back.
            return refusal_page(_UNREADABLE)
        fields = _chosen(form)
        client = self._client_of(fields)
        if client is None:
            return refusal_page(_UNTRUSTED)
        try:
            scopes = _judge(fields)
        except _Redirect as fault:
            return _back(fields, {"error": fault.error, "error_description": fault.reason})
        if form.get("decision") == "deny":
            return _back(fields, {"error": "access_denied"})
        if form.get("decision") != "allow":
            return refusal_page("O formulário chegou incompleto.")
        shop = self._shops.by_username(form.get("username", ""))
        given = form.get("password", "").encode(errors="replace")
        if shop is None or not hmac.compare_digest(given, shop.password.encode()):
            return login_page(client.client_name, scopes, fields, "Usuário ou senha incorretos.")
        code = self._book.issue_code(
            shop.shop, client, fields["redirect_uri"], " ".join(scopes), fields["code_challenge"]
        )
        return _back(fields, {"code": code})

    async def _token(self, request: Request) -> Answer:
        form = _form(request)
        client_id = _required(form, "client_id")
        if self._book.client(client_id) is None:
            raise Refusal(401, "invalid_client", "There is no app with this client_id")
        grant_type = _required(form, "grant_type")
        try:
            if grant_type == "authorization_code":
                code, uri = _required(form, "code"), _required(form, "redirect_uri")
                verifier = _required(form, "code_verifier")
                if not _VERIFIER.fullmatch(verifier):
                    raise Refusal(400, "invalid_request", "code_verifier must have 43 to 128 signs")
                return self._answer(self._book.exchange_code(client_id, code, uri, verifier))
            if grant_type == "refresh_token":
                return self._answer(self._book.refresh(client_id, _required(form, "refresh_token")))
        except InvalidGrant as fault:
            raise Refusal(400, "invalid_grant", str(fault)) from fault
        reason = "grant_type must be authorization_code or refresh_token"
        raise Refusal(400, "unsupported_grant_type", reason)

    async def _revoke(self, request: Request) -> Answer:
        self._book.revoke(_required(_form(request), "token"))
        return Answer(b"", 200)

    def _answer(self, tokens: Tokens) -> Answer:
        content = {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "expires_in": self._book.token_seconds,
            "token_type": "Bearer",
            "scope": tokens.scope,
        }
        return json_answer(content, 200, _NO_STORE)

    def _client_of(self, fields: dict[str, str]) -> Client | None:
        """The app, if it registered exactly this address; else nobody may be redirected."""
        client = self._book.client(fields.get("client_id", ""))
        known = client is not None and fields.get("redirect_uri") in client.redirect_uris
        return client if known else None


_UNREADABLE = "O pedido chegou incompleto ou com um campo repetido."
_UNTRUSTED = (
    "O aplicativo não está registrado nesta loja, ou pediu para voltar a um endereço que não"
    " registrou (client_id, redirect_uri)."
)


def _judge(fields: dict[str, str]) -> list[str]:
    """The scopes asked for; raises `_Redirect` for what the app did wrong."""
    if fields.get("response_type") != "code":
        raise _Redirect("unsupported_response_type", "response_type must be code")
    if fields.get("code_challenge_method") != "S256":
        raise _Redirect("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise _Redirect("invalid_request", "code_challenge must be 43 base64url signs")
    if len(fields.get("state", "")) > 2000:
        raise _Redirect("invalid_request", "state is longer than 2000 signs")
    scopes = list(dict.fromkeys(fields.get("scope", "").split())) or list(SCOPES)
    if not set(scopes) <= set(SCOPES):
        raise _Redirect("invalid_scope", f"scope must be among: {' '.join(SCOPES)}")
    return scopes


def _is_redirect_address(uri: str) -> bool:
    return is_web_address(uri) and "#" not in uri


def _back(fields: dict[str, str], answer: dict[str, str]) -> Answer:
    """303 to the app's registered address with the answer and its state."""
    if "state" in fields and len(fields["state"]) <= 2000:
        answer = {**answer, "state": fields["state"]}
    uri = fields["redirect_uri"]
    location = f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer, errors='replace')}"
    headers = ((b"location", location.encode("ascii")), (b"referrer-policy", b"no-referrer"))
    return Answer(b"", 303, b"text/plain", (*headers, *_NO_STORE))


def _chosen(given: dict[str, str]) -> dict[str, str]:
    return {name: given[name] for name in _FIELDS if name in given}


def _form(request: Request) -> dict[str, str]:
    """The form's fields; a field given twice is refused (RFC 6749 §3.1)."""
    try:
        fields = parse_qs(
            request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS
        )
    except ValueError as error:
        raise Refusal(400, "invalid_request", f"The form cannot be read: {error}") from error
    for name, values in fields.items():
        if len(values) > 1:
            raise Refusal(400, "invalid_request", f"{name[:100]} is given twice")
    return {name: values[0] for name, values in fields.items()}


def _required(form: dict[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise Refusal(400, "invalid_request", f"{name} is missing")
    return value
