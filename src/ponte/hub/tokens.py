"""The hub's three token grants (pluggto-api.md, *Authentication*), as plain HTTP functions.

They keep nothing and lock nothing: a refresh token dies when used, so whoever calls `refresh` must
hold the connection's row lock and store the new grant before using it.
"""

from pyreqwest.client import Client

from ponte.domain.access import Grant
from ponte.http.exchange import Observe
from ponte.http.grants import request_grant


async def grant_password(
    http: Client,
    base_url: str,
    client_id: str,
    client_secret: str,
    username: str,
    password: str,
) -> Grant:
    """The grant for a plugin without a screen: API user and API secret [D]."""
    return await _grant(
        http,
        base_url,
        grant_type="password",
        client_id=client_id,
        client_secret=client_secret,
        username=username,
        password=password,
    )


async def grant_code(
    http: Client, base_url: str, client_id: str, client_secret: str, code: str
) -> Grant:
    """The grant for an app opened in the hub: `code` is its `pluggtocode`, good once [D]."""
    return await _grant(
        http,
        base_url,
        grant_type="authorization_code",
        client_id=client_id,
        client_secret=client_secret,
        code=code,
    )


async def refresh(
    http: Client,
    base_url: str,
    client_id: str,
    client_secret: str,
    refresh_token: str,
    observe: Observe | None = None,
) -> Grant:
    """A new grant for an old one, whose refresh token is dead from now on [D]."""
    return await _grant(
        http,
        base_url,
        observe,
        grant_type="refresh_token",
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
    )


async def _grant(http: Client, base_url: str, observe: Observe | None = None, **form: str) -> Grant:
    url = base_url.rstrip("/") + "/oauth/token"
    return await request_grant(http, f"hub token ({form['grant_type']})", url, form, observe)
