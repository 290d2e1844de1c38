"""Joining a hub account and a store: the last step of every activation, by command or by browser.

Both grants are in hand; here it is found out whose they are, and everything is stored at once. To
join the same store and account again renews their access and keeps the ledger, so a merchant who
reconnects does not export everything anew.
"""

import secrets
from base64 import b64encode

from msgspec import Struct
from pyreqwest.client import Client

from ponte.domain.access import Grant
from ponte.domain.catalogue import StoreFacts
from ponte.domain.failures import Failure, Refused
from ponte.domain.problems import ProblemCode
from ponte.domain.rules import MerchantRules
from ponte.http.pacing import Pace
from ponte.hub.client import HubAccount, HubClient
from ponte.ledger import connections, problems
from ponte.ledger.connections import HUB, STORE, NewConnection
from ponte.ledger.queries import Connection
from ponte.stores.webstore.client import WebstoreClient
from ponte.sync.access import sealed
from ponte.sync.runtime import Loop, Runtime

# The contract asks for at least 24 bytes.
_HINT_SECRET_BYTES = 32


class HubSide(Struct, frozen=True):
    """The hub account, with its grant; None where its connection has it and keeps it. `account`
    overrules what the hub says of itself."""

    url: str
    client_id: str
    client_secret: str
    grant: Grant | None
    account: int | None = None

    def __repr__(self) -> str:
        return f"HubSide({self.url!r}, …)"


class StoreSide(Struct, frozen=True):
    """The store, with its grant. `client_id` is ours at the store; None for a fixed token."""

    url: str
    grant: Grant
    client_id: str | None = None
    # A token without an end, handed over by the merchant.
    is_fixed: bool = False

    def __repr__(self) -> str:
        return f"StoreSide({self.url!r}, …)"


class AccountTaken(Refused):
    """The hub account is connected to another store already; that store is its own, so its name may
    be told."""

    def __init__(self, account: int | None, store_name: str, connection_id: int) -> None:
        super().__init__(
            f"hub account {account} is connected to the store {store_name} already"
            f" (connection {connection_id}); one account serves one store",
            code="already_connected",
        )
        self.store_name = store_name


class StoreTaken(Refused):
    """The store is connected to another hub account already; whose is nobody's business."""

    def __init__(self, store_name: str) -> None:
        super().__init__(
            f"the store {store_name} is connected to another hub account already;"
            " log in with that one",
            code="already_connected",
        )


class Joined(Struct, frozen=True):
    """The connection made or renewed."""

    connection_id: int
    # Whether there was none of these two before.
    is_new: bool
    hub_account: int | None
    store_name: str
    # Why the store will not send hints, or None; polls do without.
    without_hints: str | None
    # Somebody had ended the connection, and it is taken up again.
    was_off: bool = False


class _GivenToken:
    """`AccessToken` for the moment before there is a ledger row to keep one in."""

    def __init__(self, side: str, grant: Grant) -> None:
        self._side = side
        self._token = grant.access_token

    async def token(self) -> str:
        """The token as given."""
        return self._token

    async def renewed(self, stale: str) -> str:
        """It was given just now: if it is refused, it is wrong."""
        raise Refused(
            f"the {self._side} refuses the access token that it was shown; get a new one",
            code="invalid_token",
        )


async def check_store(runtime: Runtime, store: StoreSide) -> StoreFacts:
    """See that the store is there and lets us in; the clients' failures where it does not."""
    return await _client_of(runtime, store).facts()


def _client_of(runtime: Runtime, store: StoreSide) -> WebstoreClient:
    return WebstoreClient(runtime.http, store.url, _GivenToken("store", store.grant))


async def join(
    runtime: Runtime,
    hub: HubSide,
    store: StoreSide,
    rules: MerchantRules,
    public_url: str | None,
    *,
    held: bool = False,
) -> Joined:
    """Store the connection, ask the store for hints, and wake its loops, unless it is `held`: then
    nothing is exported or taken in until it is released.

    Raises `StoreTaken`, `AccountTaken`, and the clients' failures.
    """
    account = hub.account
    if account is None:
        found = await who_is(runtime.http, hub)
        account = None if found is None else found.id
    store_client = _client_of(runtime, store)
    facts = await store_client.facts()
    hint_secret = b64encode(secrets.token_bytes(_HINT_SECRET_BYTES)).decode()
    vault = runtime.vault
    new = NewConnection(
        hub_url=hub.url.rstrip("/"),
        hub_account=account,
        hub_client_id=hub.client_id,
        hub_client_secret=vault.seal(hub.client_secret),
        store_platform="webstore",
        store_url=store.url.rstrip("/"),
        store_id=facts.store_id,
        store_name=facts.name,
        store_client_id=store.client_id,
        hint_secret=vault.seal(hint_secret),
        store_home_url=facts.pages.home_url,
        store_product_url=facts.pages.product_url,
        store_order_url=facts.pages.order_url,
    )
    store_grant = sealed(store.grant, vault)
    if store.is_fixed:
        store_grant = connections.GrantRow(store_grant.access_token, None, None)
    async with runtime.pool.connection() as conn, conn.transaction():
        other = await connections.other_store_of_account(conn, new)
        if other is not None:
            raise AccountTaken(account, other.store_name, other.connection_id)
        was_off = await connections.is_switched_off(conn, new.store_url, new.store_id)
        saved = await connections.save(conn, new, rules, held=held)
        if saved is None:
            raise StoreTaken(facts.name)
        number = saved.connection_id
        if hub.grant is not None:
            await connections.save_grant(conn, number, HUB, sealed(hub.grant, vault))
        elif saved.is_new or await connections.read_grant(conn, number, HUB) is None:
            raise Refused("the connection whose hub access was to be kept is gone", code="gone")
        await connections.save_grant(conn, number, STORE, store_grant)
        await problems.clear(
            conn,
            number,
            problems.CONNECTION,
            [HUB, STORE],
            [ProblemCode.HUB_ACCESS_ENDED, ProblemCode.STORE_ACCESS_ENDED],
        )
        if not saved.is_held:
            await wake_all(runtime, conn, number)
    without_hints = await _ask_for_hints(store_client, public_url, number, hint_secret)
    return Joined(number, saved.is_new, account, facts.name, without_hints, was_off)


async def wake_all(runtime: Runtime, conn: Connection, connection_id: int) -> None:
    """Wake every loop of a connection once the transaction is committed."""
    for loop in Loop:
        await runtime.waker.wake(conn, loop, connection_id)


async def who_is(http: Client, hub: HubSide) -> HubAccount | None:
    """The account that the hub's grant is of; None where the hub does not tell."""
    if hub.grant is None:
        return None
    return await HubClient(http, hub.url, _GivenToken("hub", hub.grant), Pace()).account()


async def _ask_for_hints(
    store: WebstoreClient, public_url: str | None, connection_id: int, secret: str
) -> str | None:
    if public_url is None:
        return "PONTE_PUBLIC_URL is not set"
    try:
        await store.register_webhook(f"{public_url.rstrip('/')}/hints/{connection_id}", secret)
    except Failure as failure:
        return str(failure)
    return None
