"""The OAuth 2 endpoints that apps call: register, exchange, renew and revoke.

Where the merchant decides is a page, see `consent.py` and the panel.
"""

import re
from typing import Annotated
from urllib.parse import parse_qs

from msgspec import Meta, Struct

from ponte_sandbox.common.asgi import (
    MAX_QUERY_FIELDS,
    Answer,
    Refusal,
    Request,
    Router,
    json_answer,
)
from ponte_sandbox.store.access import SCOPES, AccessBook, InvalidGrant, Tokens
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.refusals import refuse
from ponte_sandbox.store.web_address import is_web_address

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_NO_STORE = ((b"cache-control", b"no-store"),)
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


def refuse_oauth(refusal: Refusal) -> Answer:
    """Refusals in RFC 6749's shape; what is no OAuth matter (404, 413) in the contract's."""
    kind = "invalid_request" if refusal.kind == "validation" else refusal.kind
    if kind not in _OAUTH_ERRORS:
        return refuse(refusal)
    content = {"error": kind, "error_description": refusal.reason}
    return json_answer(content, refusal.status, _NO_STORE)


class OAuth:
    """The handlers."""

    def __init__(self, book: AccessBook, address: Address) -> None:
        self._book = book
        self._address = address

    def router(self) -> Router:
        """Routes of the authorization server."""
        router = Router(refuse_oauth)
        router.add("GET", "/.well-known/oauth-authorization-server", self._metadata)
        router.add("POST", "/oauth/register", self._register)
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


def _is_redirect_address(uri: str) -> bool:
    return is_web_address(uri) and "#" not in uri


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
