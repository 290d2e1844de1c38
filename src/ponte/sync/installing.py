"""The steps of an installation (R9): from the hub's code to a connection that is held.

Four dangers. A hub code is good once and for minutes, so it is exchanged the moment it arrives. A
browser may be sent here with somebody else's code or log-in, so nothing is joined before a person
has seen both names and said so, and a log-in at the store counts only with the state that this very
installation gave it (OAuth's CSRF), and with its PKCE verifier. A person names the host that we
call, so it passes `ponte.http.addresses` first. And what was brought here is a key to two shops: it
is sealed, and given up as soon as the connection has it.
"""

import asyncio
import secrets
import time
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from ponte.domain.access import Grant
from ponte.domain.catalogue import StoreFacts
from ponte.domain.failures import Refused, Transient, Unauthorised, Unreadable
from ponte.domain.problems import ProblemCode
from ponte.domain.rules import MerchantRules
from ponte.http.addresses import resolve_store
from ponte.hub import tokens as hub_tokens
from ponte.ledger import connections, installations, problems
from ponte.ledger.connections import HUB
from ponte.ledger.installations import InstallationRow, LogIn
from ponte.ledger.queries import Connection
from ponte.ledger.vault import Vault
from ponte.stores.webstore import oauth
from ponte.stores.webstore.oauth import AuthorizationServer
from ponte.sync.access import sealed
from ponte.sync.joining import HubSide, Joined, StoreSide, check_store, join, wake_all, who_is
from ponte.sync.runtime import Runtime

# A person waits in front of a page; a store that needs longer is as good as down.
ANSWERED_WITHIN_SECONDS = 12.0
# How often somebody who waits looks.
_LOOK_SECONDS = 0.25
# An address is kept in the browser's session, which holds a few kilobytes; of an honest store it
# has some hundred characters, of which its name for us is a small part.
_LONGEST_LOG_IN = 2000
_LONGEST_CLIENT_ID = 500
# Names are shown, and nobody's is longer.
_LONGEST_NAME = 200
# A grant is renewed when it would end before the next step is done.
_EARLY = timedelta(seconds=90)


class HubApp(Struct, frozen=True):
    """Our app at the hub, and where browsers come back to from a store."""

    hub_url: str
    client_id: str
    client_secret: str
    public_url: str

    def return_address(self, store_url: str) -> str:
        """The redirect address that is registered at a store: one of its own for each. So a store
        that sends the browser on to another one, to be handed that one's code (a mix-up attack,
        RFC 9700 §4.4), is told by the address at which the browser comes back."""
        return f"{self.public_url.rstrip('/')}/instalar/retorno?loja={store_mark(store_url)}"

    def __repr__(self) -> str:
        return f"HubApp({self.hub_url!r}, …)"


def store_mark(store_url: str) -> str:
    """What a return address names its store by."""
    return installations.digest(store_url).hex()[:16]


class HubAccessLost(Exception):
    """The hub's grant of this installation ended: the person opens the app in the hub again."""


class RegistrationRefused(Exception):
    """The store does not register our app."""


class StateRefused(Exception):
    """The browser brought no state, or one that this installation did not give, or comes from
    another store than it was sent to."""


class StateSpent(Exception):
    """The return address was opened before; what came of it stands in the installation."""


class _KeptGrant(Struct, frozen=True):
    """A grant as an installation keeps it, sealed."""

    access_token: str
    refresh_token: str | None
    ends_at: datetime


def _seal(vault: Vault, grant: Grant) -> bytes:
    ends_at = datetime.now(UTC) + timedelta(seconds=grant.expires_in)
    kept = _KeptGrant(grant.access_token, grant.refresh_token, ends_at)
    return vault.seal(msgspec.json.encode(kept).decode())


def _open(vault: Vault, kept: bytes) -> Grant:
    found = msgspec.json.decode(vault.open(kept), type=_KeptGrant)
    left = (found.ends_at - datetime.now(UTC)).total_seconds()
    return Grant(found.access_token, found.refresh_token, int(left))


async def open_code(runtime: Runtime, app: HubApp, code: str) -> str:
    """Exchange the hub's code, at once and once; the new installation's id.

    Raises `Unauthorised` for a code that the hub does not take, and the failures of the call, after
    which the code may still be good.
    """
    grant = await hub_tokens.grant_code(
        runtime.http, app.hub_url, app.client_id, app.client_secret, code
    )
    installation_id = secrets.token_urlsafe(24)
    async with runtime.pool.connection() as conn:
        await installations.add(
            conn,
            installation_id,
            installations.digest(code),
            app.hub_url.rstrip("/"),
            _seal(runtime.vault, grant),
        )
    return installation_id


async def identify(runtime: Runtime, app: HubApp, row: InstallationRow) -> None:
    """Ask the hub whose the grant is; where that account is connected, give the grant to the
    connection, which goes on by itself if its access to the hub had ended."""
    if row.hub_grant is None:
        raise HubAccessLost
    grant = _open(runtime.vault, row.hub_grant)
    side = HubSide(app.hub_url, app.client_id, app.client_secret, grant)
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
            account = await who_is(runtime.http, side)
    except TimeoutError as error:
        raise Transient("hub GET /users: no answer in time") from error
    except (Refused, Unauthorised) as failure:
        raise HubAccessLost from failure
    async with runtime.pool.connection() as conn, conn.transaction():
        await installations.identify(
            conn,
            row.installation_id,
            None if account is None else account.id,
            "" if account is None else account.name[:_LONGEST_NAME],
        )
        if account is not None:
            await _renew_connection(runtime, conn, app, row, account.id, grant)


async def _renew_connection(
    runtime: Runtime,
    conn: Connection,
    app: HubApp,
    row: InstallationRow,
    account: int,
    grant: Grant,
) -> None:
    number = await connections.of_hub_account(conn, row.hub_url, account)
    found = None if number is None else await connections.read(conn, number)
    if number is None or found is None or found.switched_off_at is not None:
        # One that somebody ended is taken up by a log-in at its store, and with this grant.
        return
    # Whoever refreshes the old one holds this lock, and must not write over the new one.
    await connections.lock_grant(conn, number, HUB)
    await connections.save_grant(conn, number, HUB, sealed(grant, runtime.vault))
    secret = runtime.vault.seal(app.client_secret)
    await connections.set_hub_app(conn, number, app.client_id, secret)
    await installations.save_hub_grant(conn, row.installation_id, None)
    if await connections.resume_hub_access(conn, number):
        ended = [ProblemCode.HUB_ACCESS_ENDED]
        await problems.clear(conn, number, problems.CONNECTION, [HUB], ended)
        await wake_all(runtime, conn, number)


async def begin_log_in(
    runtime: Runtime, app: HubApp, row: InstallationRow, store_url: str, *, internal_allowed: bool
) -> str:
    """See that the store is one, have our app there, and make the address at which the merchant
    logs in. Raises `UnfitAddress`, `RegistrationRefused`, and the failures of `discover`."""
    await resolve_store(store_url, internal_allowed=internal_allowed)
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
            server = await oauth.discover(runtime.http, store_url)
            client_id = await _app_at(runtime, app, store_url, server)
    except TimeoutError as error:
        raise Transient("the store does not answer in time") from error
    pkce, state = oauth.new_pkce(), secrets.token_urlsafe(32)
    log_in = LogIn(
        store_url, client_id, runtime.vault.seal(pkce.verifier), installations.digest(state)
    )
    back = app.return_address(store_url)
    address = oauth.authorization_url(server, client_id, back, state, pkce)
    if len(address) > _LONGEST_LOG_IN:
        raise Refused("the address of the store's log-in is too long", code="wrong_endpoint")
    async with runtime.pool.connection() as conn:
        await installations.start_log_in(conn, row.installation_id, log_in)
    return address


async def _app_at(
    runtime: Runtime, app: HubApp, store_url: str, server: AuthorizationServer
) -> str:
    """Our client id at the store: the one registered before, unless the store forgot it."""
    known = await _known_app(runtime, app, store_url)
    if known is not None:
        # Only looked at: neither state nor key of this address is ever used.
        pkce, state = oauth.new_pkce(), secrets.token_urlsafe(32)
        address = oauth.authorization_url(server, known, app.return_address(store_url), state, pkce)
        if await oauth.knows_client(runtime.http, address):
            return known
    try:
        fresh = await oauth.register(runtime.http, server, "Ponte", [app.return_address(store_url)])
    except (Refused, Unreadable) as failure:
        raise RegistrationRefused from failure
    if len(fresh) > _LONGEST_CLIENT_ID:
        raise RegistrationRefused
    async with runtime.pool.connection() as conn:
        return await installations.save_store_app(
            conn, store_url, app.return_address(store_url), fresh, known
        )


async def _known_app(runtime: Runtime, app: HubApp, store_url: str) -> str | None:
    async with runtime.pool.connection() as conn:
        return await installations.store_app(conn, store_url, app.return_address(store_url))


async def wait_for_log_in(runtime: Runtime, row: InstallationRow) -> None:
    """Where the return address is pressed twice, the second press waits for what comes of the
    first: a browser shows the answer to the second only."""
    deadline = time.monotonic() + 2 * ANSWERED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        async with runtime.pool.connection() as conn:
            present = await installations.use(conn, row.installation_id)
        if present is None or present.store_grant is not None or present.pkce_verifier is None:
            return
        if present.state_hash != row.state_hash:
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def spend_state(
    runtime: Runtime, row: InstallationRow, state: str, mark: str, issuer: str
) -> bytes:
    """Judge what the browser brought back, before anything else of it is looked at: `mark` is the
    return address's, `issuer` what the store calls itself (RFC 9207) where it does. The state's
    hash. Raises `StateRefused`, which spends nothing, and `StateSpent`."""
    store_url = row.store_url or ""
    if mark != store_mark(store_url) or (issuer and issuer.rstrip("/") != store_url):
        raise StateRefused
    brought = installations.digest(state)
    if row.state_hash is None or not secrets.compare_digest(row.state_hash, brought):
        raise StateRefused
    async with runtime.pool.connection() as conn:
        if not await installations.use_state(conn, row.installation_id, brought):
            raise StateSpent
    return brought


async def finish_log_in(
    runtime: Runtime,
    app: HubApp,
    row: InstallationRow,
    state_hash: bytes,
    code: str,
    *,
    internal_allowed: bool,
) -> None:
    """Exchange the store's code, and see whose store it opens; nothing is connected yet. Raises
    `Unauthorised` for a code that the store does not take, and the failures of its calls."""
    if row.store_url is None or row.store_client_id is None or row.pkce_verifier is None:
        raise Refused("there is no log-in under way", code="no_log_in")
    await resolve_store(row.store_url, internal_allowed=internal_allowed)
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
            server = await oauth.discover(runtime.http, row.store_url)
            grant = await oauth.exchange_code(
                runtime.http,
                server,
                row.store_client_id,
                code,
                app.return_address(row.store_url),
                runtime.vault.open(row.pkce_verifier),
            )
            facts = await _facts(runtime, StoreSide(row.store_url, grant, row.store_client_id))
    except TimeoutError as error:
        raise Transient("the store does not answer in time") from error
    except Unauthorised as failure:
        if failure.code == "invalid_client":
            async with runtime.pool.connection() as conn:
                await installations.forget_store_app(
                    conn, row.store_url, app.return_address(row.store_url), row.store_client_id
                )
        raise
    async with runtime.pool.connection() as conn:
        await installations.save_store_grant(
            conn,
            row.installation_id,
            state_hash,
            _seal(runtime.vault, grant),
            facts.store_id,
            facts.name[:_LONGEST_NAME],
        )


async def _facts(runtime: Runtime, store: StoreSide) -> StoreFacts:
    try:
        return await check_store(runtime, store)
    except Unauthorised as failure:
        # The code was good; what it opened is less than was asked for.
        raise Refused(str(failure), code="insufficient_access") from failure


async def connect(runtime: Runtime, app: HubApp, row: InstallationRow) -> Joined:
    """Join what the person has seen and confirmed, held. Raises `AccountTaken`, `StoreTaken`,
    `HubAccessLost`, `Unauthorised` where the store's grant ended, and the clients' failures."""
    if row.store_url is None or row.store_grant is None:
        raise Unauthorised("the store's grant is not there any more")
    store_grant = _open(runtime.vault, row.store_grant)
    if store_grant.expires_in <= 0:
        raise Unauthorised("the store's grant ended")
    store = StoreSide(row.store_url, store_grant, row.store_client_id)
    hub = HubSide(
        app.hub_url,
        app.client_id,
        app.client_secret,
        await _hub_grant(runtime, app, row),
        row.hub_account,
    )
    joined = await join(runtime, hub, store, MerchantRules(), app.public_url, held=True)
    async with runtime.pool.connection() as conn:
        await installations.finish(conn, row.installation_id, joined.connection_id)
    return joined


async def _hub_grant(runtime: Runtime, app: HubApp, row: InstallationRow) -> Grant | None:
    """The hub's grant, renewed where an hour of thinking ended it. None where it was given to the
    connection, which keeps it fresh."""
    if row.hub_grant is None:
        if row.connection_id is None or not await _has_hub_grant(runtime, row.connection_id):
            raise HubAccessLost
        return None
    async with runtime.pool.connection() as conn, conn.transaction():
        kept = await installations.lock_hub_grant(conn, row.installation_id)
        if kept is None:
            raise HubAccessLost
        grant = _open(runtime.vault, kept)
        if grant.expires_in > _EARLY.total_seconds():
            return grant
        if grant.refresh_token is None:
            raise HubAccessLost
        # Stored before anybody uses it, under the lock: the old one dies when used.
        try:
            fresh = await hub_tokens.refresh(
                runtime.http, app.hub_url, app.client_id, app.client_secret, grant.refresh_token
            )
        except Unauthorised as failure:
            raise HubAccessLost from failure
        await installations.save_hub_grant(conn, row.installation_id, _seal(runtime.vault, fresh))
        return fresh


async def _has_hub_grant(runtime: Runtime, connection_id: int) -> bool:
    """Whether the connection still has what it was given: one that was ended gave it up."""
    async with runtime.pool.connection() as conn:
        return await connections.read_grant(conn, connection_id, HUB) is not None
