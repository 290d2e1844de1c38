"""Token endpoints: only an answer that speaks OAuth ends a connection, and no secret is told."""

import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from pyreqwest.client import Client
from raw_server import RawServer, http, raw_server

from ponte.domain.access import Grant
from ponte.domain.failures import Failure, Refused, Throttled, Transient, Unauthorised
from ponte.http.exchange import open_session
from ponte.hub import tokens
from ponte.stores.webstore import oauth

Ask = Callable[[Client, str], Awaitable[Grant]]

SECRETS = ("s3cr3t-client", "s3cr3t-password", "s3cr3t-refresh", "s3cr3t-code", "s3cr3t-verifier")


def server_at(url: str) -> oauth.AuthorizationServer:
    """A store's metadata as discovery gives it."""
    return oauth.AuthorizationServer(
        url, f"{url}/oauth/authorize", f"{url}/oauth/token", f"{url}/oauth/register", None
    )


ASKS: dict[str, Ask] = {
    "hub password": lambda session, url: tokens.grant_password(
        session, url, "app", "s3cr3t-client", "user", "s3cr3t-password"
    ),
    "hub code": lambda session, url: tokens.grant_code(
        session, url, "app", "s3cr3t-client", "s3cr3t-code"
    ),
    "hub refresh": lambda session, url: tokens.refresh(
        session, url, "app", "s3cr3t-client", "s3cr3t-refresh"
    ),
    "store code": lambda session, url: oauth.exchange_code(
        session, server_at(url), "app", "s3cr3t-code", "https://p.example/back", "s3cr3t-verifier"
    ),
    "store refresh": lambda session, url: oauth.refresh(
        session, f"{url}/oauth/token", "app", "s3cr3t-refresh"
    ),
}
EVERY_GRANT = pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)


async def outcome(ask: Ask, answer: bytes) -> tuple[Grant | Failure, RawServer]:
    """What asking gives or raises when the endpoint answers so."""
    async with raw_server(lambda _: answer) as server, open_session() as session:
        try:
            return await ask(session, server.url), server
        except Failure as failure:
            return failure, server


@EVERY_GRANT
async def test_a_grant_is_asked_for_with_a_form_and_read_leniently(ask: Ask) -> None:
    body = {
        "access_token": "a1",
        "refresh_token": "r1",
        "expires_in": "3600",
        "token_type": "bearer",
    }
    grant, server = await outcome(ask, http(200, body))
    assert grant == Grant("a1", "r1", 3600)
    assert "a1" not in repr(grant)
    assert "r1" not in repr(grant)
    (request,) = server.requests
    assert request.target == "/oauth/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qs(request.body.decode())
    assert form["client_id"] == ["app"]
    assert form["grant_type"][0] in {"password", "authorization_code", "refresh_token"}


async def test_a_grant_for_ever_lasts_as_long_as_a_calendar_can_say() -> None:
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 9_999_999_999_999}
    grant, _ = await outcome(ASKS["hub refresh"], http(200, body))
    assert isinstance(grant, Grant)
    assert datetime.now(UTC) + timedelta(seconds=grant.expires_in) > datetime(
        2030, 1, 1, tzinfo=UTC
    )


async def test_a_refresh_that_names_no_new_token_keeps_the_old() -> None:
    grant, _ = await outcome(ASKS["hub refresh"], http(200, {"access_token": "a1"}))
    assert grant == Grant("a1", "s3cr3t-refresh", 3600)


@EVERY_GRANT
@pytest.mark.parametrize(
    "answer",
    [
        http(400, {"error": "invalid_grant", "error_description": "used before"}),
        http(401, {"error": "invalid_grant"}),
        http(401, {"error": "invalid_client"}),
        http(401, "<html>Unauthorized</html>"),
        http(400, {"error": True, "type": "invalid_grant", "message": "no"}),
        http(200, {"error": "invalid_grant"}),
    ],
)
async def test_a_refused_grant_needs_a_person(ask: Ask, answer: bytes) -> None:
    failure, _ = await outcome(ask, answer)
    assert type(failure) is Unauthorised


@EVERY_GRANT
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        http(200, "<html>Bem-vindo</html>"),
        http(200, "{}"),
        http(200, "[1]"),
        http(200, {"access_token": None}),
        http(200, {"access_token": "a\r\nHost: elsewhere"}),
        http(200, {"access_token": {"x": 1}}),
        http(400, "<html>Bad Request</html>"),
        http(403, "<html>blocked by a firewall</html>"),
        http(400, {"error": "temporarily_unavailable"}),
        http(302, "", Location="http://127.0.0.1:9/"),
        http(500, {"error": "invalid_grant"}),
        http(503, ""),
    ],
)
async def test_a_confused_endpoint_ends_no_connection(ask: Ask, answer: bytes) -> None:
    failure, _ = await outcome(ask, answer)
    assert isinstance(failure, Transient)


@EVERY_GRANT
async def test_a_wrong_address_is_refused(ask: Ask) -> None:
    failure, _ = await outcome(ask, http(404, "<html>not here</html>"))
    assert type(failure) is Refused


@EVERY_GRANT
async def test_a_throttled_endpoint_says_how_long(ask: Ask) -> None:
    failure, _ = await outcome(ask, http(429, "", Retry_After="5"))
    assert isinstance(failure, Throttled)
    assert failure.retry_after == 5.0


@EVERY_GRANT
async def test_no_failure_tells_a_secret(ask: Ask) -> None:
    words = "you sent " + " ".join(SECRETS)
    for answer in (
        http(400, {"error": "invalid_grant", "error_description": words}),
        http(400, {"error": True, "message": words}),
        http(500, words),
        b"rubbish\r\n\r\n",
    ):
        failure, _ = await outcome(ask, answer)
        assert isinstance(failure, Failure)
        told = "".join(traceback.format_exception(failure)) + repr(failure) + str(vars(failure))
        assert not [secret for secret in SECRETS if secret in told]


def metadata(url: str, **changes: object) -> dict[str, object]:
    """What a store's discovery document says."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "registration_endpoint": f"{url}/oauth/register",
        "revocation_endpoint": f"{url}/oauth/revoke",
        "code_challenge_methods_supported": ["plain", "S256"],
        **changes,
    }


async def discovered(**changes: object) -> oauth.AuthorizationServer | Failure:
    """What discovery gives or raises for a document with these changes."""
    document: list[bytes] = []
    async with raw_server(lambda _: document[0]) as server, open_session() as session:
        document.append(http(200, metadata(server.url, **changes)))
        try:
            return await oauth.discover(session, server.url + "/")
        except Failure as failure:
            return failure


async def test_a_store_tells_where_to_log_in() -> None:
    server = await discovered()
    assert isinstance(server, oauth.AuthorizationServer)
    assert server.token_endpoint == f"{server.issuer}/oauth/token"
    assert server.revocation_endpoint == f"{server.issuer}/oauth/revoke"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "https://elsewhere.example"}, "wrong_issuer"),
        ({"issuer": None}, "wrong_issuer"),
        ({"token_endpoint": "https://elsewhere.example/token"}, "wrong_endpoint"),
        ({"token_endpoint": None}, "wrong_endpoint"),
        ({"token_endpoint": "/oauth/token"}, "wrong_endpoint"),
        ({"registration_endpoint": 7}, "wrong_endpoint"),
        ({"code_challenge_methods_supported": ["plain"]}, "no_pkce"),
        ({"code_challenge_methods_supported": "S256"}, "no_pkce"),
    ],
)
async def test_a_document_that_leads_elsewhere_is_refused(
    changes: dict[str, object], code: str
) -> None:
    failure = await discovered(**changes)
    assert isinstance(failure, Refused)
    assert failure.code == code


async def test_an_app_registers_itself() -> None:
    answer = http(201, {"client_id": "app_x1", "token_endpoint_auth_method": "none"})
    async with raw_server(lambda _: answer) as server, open_session() as session:
        client_id = await oauth.register(
            session, server_at(server.url), "Ponte", ["https://p.example/back"]
        )
    assert client_id == "app_x1"
    assert server.requests[0].body == (
        b'{"client_name":"Ponte","redirect_uris":["https://p.example/back"]}'
    )


async def test_a_refused_registration_says_why() -> None:
    answer = http(400, {"error": "invalid_redirect_uri", "error_description": "no fragment"})
    async with raw_server(lambda _: answer) as server, open_session() as session:
        with pytest.raises(Refused) as refused:
            await oauth.register(session, server_at(server.url), "Ponte", ["x"])
    assert refused.value.code == "invalid_redirect_uri"
    assert refused.value.details == "no fragment"


def test_the_proof_key_follows_rfc_7636() -> None:
    first, second = oauth.new_pkce(), oauth.new_pkce()
    assert first.verifier != second.verifier
    assert 43 <= len(first.verifier) <= 128
    assert len(first.challenge) == 43
    assert first.verifier not in repr(first)
    url = oauth.authorization_url(
        server_at("https://s.example"), "app", "https://p.example/back?x=1", "st/ate", first
    )
    query = parse_qs(url.partition("?")[2])
    assert query["code_challenge"] == [first.challenge]
    assert query["redirect_uri"] == ["https://p.example/back?x=1"]
    assert query["scope"] == ["products:read orders:write"]
    assert query["state"] == ["st/ate"]
    assert first.verifier not in url
