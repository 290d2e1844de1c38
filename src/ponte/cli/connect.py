"""`ponte connect`: join a hub account and a store by command, without a browser page of ours.

Both hub grants work: user and password of a plugin, used once and kept nowhere, or the
`pluggtocode` with which the hub opened the app. At the store either a token the merchant was given,
or the code grant of a native app (RFC 8252): the merchant logs in at the store, which sends the
browser back to an address of this machine.
"""

import asyncio
import secrets
import sys
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import msgspec
import typer
from msgspec import Struct
from pyreqwest.client import Client

from ponte.cli.rules import (
    OrderToleranceOption,
    ReportModeOption,
    change_rules,
    named_rules,
)
from ponte.cli.running import DataOption, JsonOption, fail, people, read_settings, with_installation
from ponte.cli.running import show as show_result
from ponte.domain.access import Grant
from ponte.domain.failures import Refused, Unauthorised
from ponte.domain.rules import MerchantRules
from ponte.hub.tokens import grant_code, grant_password
from ponte.jobs.installation import Equipment
from ponte.services.actors import COMMAND
from ponte.services.disconnecting import note_return
from ponte.settings import Settings
from ponte.stores.webstore import oauth
from ponte.sync.joining import HubSide, Joined, StoreSide, check_store, join

# A merchant looks for a password; longer, and the offer has to be made anew.
_LOG_IN_SECONDS = 300.0
_LARGEST_REQUEST_LINE = 8192
# A fixed token has no end that we know of.
_FIXED_TOKEN_SECONDS = 3600


class _Wish(Struct, frozen=True):
    """The command's options, checked."""

    hub_url: str
    client_id: str
    client_secret: str
    username: str | None
    password: str | None
    code: str | None
    store_url: str
    store_token: str | None
    account: int | None
    # The merchant's rules that were named; of a renewed connection the others stay.
    rules: dict[str, object]
    hold: bool

    def __repr__(self) -> str:
        return "_Wish(…)"


def connect(
    store: Annotated[str, typer.Option("--store", help="The store's address.")],
    hub: Annotated[str | None, typer.Option("--hub", help="The hub's address.")] = None,
    client_id: Annotated[str | None, typer.Option(help="The app's id at the hub.")] = None,
    client_secret: Annotated[
        str | None, typer.Option(help="The app's secret.", envvar="PONTE_HUB_CLIENT_SECRET")
    ] = None,
    username: Annotated[str | None, typer.Option(help="API user of the hub account.")] = None,
    password: Annotated[
        str | None,
        typer.Option(help="Its API secret; used once.", envvar="PONTE_CONNECT_PASSWORD"),
    ] = None,
    code: Annotated[str | None, typer.Option(help="A pluggtocode, instead of the two.")] = None,
    store_token: Annotated[
        str | None, typer.Option(help="An access token of the store.", envvar="PONTE_STORE_TOKEN")
    ] = None,
    store_login: Annotated[
        bool, typer.Option("--store-login", help="Log in at the store with a browser instead.")
    ] = False,
    account: Annotated[
        int | None, typer.Option(help="The hub account, where the hub does not tell it.")
    ] = None,
    report_mode: ReportModeOption = None,
    order_tolerance: OrderToleranceOption = None,
    hold: Annotated[
        bool, typer.Option("--hold", help="Export nothing before `ponte export`.")
    ] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Join a hub account and a store; prints the connection's number.

    Example: ponte connect --hub http://127.0.0.1:8091 --client-id ID --client-secret S
    --username U --password P --store http://127.0.0.1:8092 --store-token T
    """
    settings = read_settings(data)
    if (store_token is None) == (not store_login):
        fail("give either --store-token or --store-login", code=2)
    if code is None and username is None:
        fail("give either --username (and --password) or --code", code=2)
    if code is None and password is None:
        if not sys.stdin.isatty():
            fail("--password is missing; PONTE_CONNECT_PASSWORD keeps it out of sight", code=2)
        password = typer.prompt("API secret (password)", hide_input=True, err=True)
    hub_url = hub or settings.hub_url
    for option, address in (("--hub", hub_url), ("--store", store)):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            fail(f"{option} is an address such as https://loja.example, not {address!r}", code=2)
    wish = _Wish(
        hub_url=hub_url,
        client_id=client_id or settings.hub_client_id or _missing("--client-id"),
        client_secret=client_secret or _missing("--client-secret"),
        username=username,
        password=password,
        code=code,
        store_url=store.rstrip("/"),
        store_token=store_token,
        account=account,
        rules=named_rules(report_mode, order_tolerance),
        hold=hold,
    )

    async def work(equipment: Equipment) -> Joined:
        return await _connect(equipment, wish, settings)

    joined = with_installation(settings, work)
    if joined.without_hints:
        people.print(
            f"ponte: the store will not send hints ({joined.without_hints});"
            f" it is looked at every {settings.poll_seconds:g} s instead",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    result = {
        "connection": joined.connection_id,
        "account": joined.hub_account,
        "store": joined.store_name,
        "hints": joined.without_hints is None,
    }
    show_result(as_json, result, lambda: str(joined.connection_id))


def _missing(option: str) -> str:
    fail(f"{option} is missing; the hub gives it to the app's owner", code=2)


async def _connect(equipment: Equipment, wish: _Wish, settings: Settings) -> Joined:
    http = equipment.runtime.http
    store = await _store_side(http, wish)
    await check_store(equipment.runtime, store)
    # The hub's code is good once and for minutes: it is used last, when nothing else can fail.
    hub = HubSide(
        wish.hub_url, wish.client_id, wish.client_secret, await _hub_grant(http, wish), wish.account
    )
    rules = msgspec.structs.replace(MerchantRules(), **wish.rules)
    joined = await join(equipment.runtime, hub, store, rules, settings.public_url, held=wish.hold)
    if joined.was_off:
        await note_return(equipment.runtime.pool, COMMAND, joined.connection_id)
    await change_rules(equipment, joined.connection_id, wish.rules)
    return joined


async def _hub_grant(http: Client, wish: _Wish) -> Grant:
    try:
        return await _ask_for_grant(http, wish)
    except Unauthorised as failure:
        given = "--username and --password" if wish.code is None else "the code, good only once"
        raise Refused(
            f"{failure}; check --client-id and --client-secret, then {given}",
            code="invalid_grant",
        ) from failure


async def _ask_for_grant(http: Client, wish: _Wish) -> Grant:
    if wish.code is not None:
        return await grant_code(http, wish.hub_url, wish.client_id, wish.client_secret, wish.code)
    return await grant_password(
        http,
        wish.hub_url,
        wish.client_id,
        wish.client_secret,
        wish.username or "",
        wish.password or "",
    )


async def _store_side(http: Client, wish: _Wish) -> StoreSide:
    if wish.store_token is not None:
        grant = Grant(wish.store_token, None, _FIXED_TOKEN_SECONDS)
        return StoreSide(wish.store_url, grant, is_fixed=True)
    server = await oauth.discover(http, wish.store_url)
    async with _Callback() as callback:
        client_id = await oauth.register(http, server, "Ponte", [callback.redirect_uri])
        pkce = oauth.new_pkce()
        state = secrets.token_urlsafe(24)
        address = oauth.authorization_url(server, client_id, callback.redirect_uri, state, pkce)
        people.print(f"open: {address}", markup=False, highlight=False, soft_wrap=True)
        code = await callback.wait(state)
    grant = await oauth.exchange_code(
        http, server, client_id, code, callback.redirect_uri, pkce.verifier
    )
    return StoreSide(wish.store_url, grant, client_id)


class _Callback:
    """The address on this machine to which the store sends the browser back, once."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self.redirect_uri = ""

    async def __aenter__(self) -> "_Callback":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.redirect_uri = f"http://127.0.0.1:{port}/callback"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def wait(self, state: str) -> str:
        """The code of the callback with our `state`; `Refused` when the merchant said no."""
        try:
            async with asyncio.timeout(_LOG_IN_SECONDS):
                answer = await self._answer
        except TimeoutError:
            raise Refused(
                "nobody logged in at the store within five minutes; run the command again",
                code="log_in_timeout",
            ) from None
        if not secrets.compare_digest(answer.get("state", ""), state):
            raise Refused("the store's answer belongs to another log-in", code="wrong_state")
        if "code" not in answer:
            raise Refused(
                f"the store did not grant access ({answer.get('error', 'no code')})",
                code="access_denied",
            )
        return answer["code"]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readuntil(b"\r\n")
        target = line[:_LARGEST_REQUEST_LINE].decode("ascii", "replace").split(" ")[1:2]
        path = urlsplit(target[0]) if target else urlsplit("/")
        found = path.path == "/callback"
        text = "Pronto. Volte ao terminal." if found else "Nada aqui."
        body = f"<!doctype html><html lang=pt-BR><meta charset=utf-8><title>Ponte</title>{text}"
        status = "200 OK" if found else "404 Not Found"
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()
        if found and not self._answer.done():
            self._answer.set_result(
                {name: values[0] for name, values in parse_qs(path.query).items()}
            )
