"""Tokens, and what an app may ask about its account and other apps."""

from urllib.parse import parse_qsl

import msgspec

from ponte_sandbox.common.asgi import Answer, Request, Router, Scope, json_answer
from ponte_sandbox.hub.accounts import Caller
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.wire import OAuthRefusal, decode_json, missing

_OPEN_PATHS = ("/oauth/token", "/openapi.yaml", "/openapi.json")
# Token calls are small: ids, secrets and a code.
_MAX_FIELDS = 50


def add_oauth_routes(router: Router, hub: Hub) -> None:
    """`POST /oauth/token`, `GET /users`, `GET /clientInfo/{id}`."""

    async def post_token(request: Request) -> Answer:
        account, token = hub.accounts.grant(request.scope, _fields(request))
        request.scope["account"] = str(account)
        return json_answer(token, headers=[(b"cache-control", b"no-store")])

    async def get_users(request: Request) -> Answer:
        if hub.assumptions["users_resource"] == "missing":
            raise missing(hub.assumptions, "Resource")
        caller: Caller = request.scope["caller"]
        profile = hub.accounts.profile(caller.account)
        is_bare = hub.assumptions["users_shape"] == "bare"
        return json_answer(profile if is_bare else {"User": profile})

    async def get_client_info(request: Request) -> Answer:
        identifier = request.params["id"]
        name = hub.apps.name(identifier)
        if name is None:
            raise missing(hub.assumptions, "Client")
        return json_answer({"id": identifier, "name": name})

    router.add("POST", "/oauth/token", post_token)
    router.add("GET", "/users", get_users)
    router.add("GET", "/clientInfo/{id}", get_client_info)


def guard_api(hub: Hub, scope: Scope) -> None:
    """Raises `OAuthRefusal` unless the call carries a living access token, or needs none."""
    if scope["path"].rstrip("/") in _OPEN_PATHS:
        return
    if scope["caller"] is None:
        status = int(hub.assumptions["expired_token_status"])
        raise OAuthRefusal(status, "invalid_token", "The access token is missing, wrong or expired")


def _fields(request: Request) -> dict[str, str]:
    """The token call's fields, form encoded [D] or as a JSON object [A]."""
    body = request.body.lstrip()
    if body.startswith(b"{"):
        try:
            return msgspec.convert(decode_json(body), dict[str, str])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise OAuthRefusal(400, "invalid_request", "The body cannot be read") from error
    try:
        return dict(
            parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
        )
    except ValueError as error:
        raise OAuthRefusal(400, "invalid_request", "The body cannot be read") from error
