"""The store client against the sandbox store: logged in by PKCE, products read, orders put once."""

import asyncio
import base64
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from pyreqwest.client import Client
from raw_server import FixedAccess
from store_browser import StoreBrowser
from store_process import StoreProcess, store_process
from webstore_calls import ORDER

from ponte.domain.catalogue import ChangePage
from ponte.domain.documents import nfe_key_problem
from ponte.domain.failures import Missing, Refused, Throttled, Unauthorised
from ponte.domain.store_order import EventType, StoreItem, StoreOrder, Totals
from ponte.http.exchange import open_session
from ponte.stores.webstore import oauth
from ponte.stores.webstore.client import WebstoreClient

FAMILIES = 300


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    options = ("--families", str(FAMILIES), "--seed", "3", "--defects")
    with store_process(tmp_path_factory.mktemp("store"), *options) as store:
        yield store


@pytest.fixture
def store(process: StoreProcess) -> StoreProcess:
    """The store without faults."""
    process.admin("PUT", "faults", json={})
    return process


def client_of(store: StoreProcess, session: Client) -> WebstoreClient:
    """A client of shop 1."""
    return WebstoreClient(session, store.base_url, FixedAccess(store.token))


def order_for(sku: str, hub_order_id: str) -> StoreOrder:
    """An order of one piece for 10.00."""
    ten, nothing = Decimal("10.00"), Decimal("0.00")
    return msgspec.structs.replace(
        ORDER,
        hub_order_id=hub_order_id,
        totals=Totals(ten, nothing, nothing, nothing, ten),
        items=(StoreItem(sku, sku, "Produto", 1, ten, nothing, ten),),
    )


def sellable_sku(store: StoreProcess) -> str:
    """A SKU that exists."""
    product = next(item["product"] for item in store.changes() if item["product"])
    sold = product["variations"] or [product]
    sku: str = sold[0]["sku"]
    return sku


async def test_the_whole_catalogue_is_read_defects_included(store: StoreProcess) -> None:
    shown = {item["id"]: item["product"] for item in store.changes() if not item["deleted"]}
    async with open_session() as session:
        client = client_of(store, session)
        facts = await client.facts()
        after, pages = 0, list[ChangePage]()
        while not pages or pages[-1].has_more:
            pages.append(await client.product_changes(after, 70))
            after = pages[-1].next_after
        assert await client.product_changes(after, 70) == ChangePage((), after, False, after)
    changes = [change for page in pages for change in page.changes]
    assert facts.product_count == len(shown) >= FAMILIES
    assert [change.unreadable for change in changes if change.unreadable] == []
    read = {change.key: change.product for change in changes if change.product is not None}
    assert read.keys() == shown.keys()
    for key, product in read.items():
        wire = shown[key]
        assert (product.sku, product.stock) == (wire["sku"], wire["stock"])
        assert f"{product.price:.2f}" == wire["price"]
        assert [(v.sku, v.stock, f"{v.price:.2f}") for v in product.variations] == [
            (v["sku"], v["stock"], v["price"]) for v in wire["variations"]
        ]


async def test_families_are_read_by_any_of_their_skus(store: StoreProcess) -> None:
    sku = sellable_sku(store)
    async with open_session() as session:
        products = await client_of(store, session).products_by_sku([sku, sku, "UNKNOWN"])
    (family,) = products
    assert sku in {family.sku, *(variation.sku for variation in family.variations)}


async def test_an_order_enters_once_however_often_it_is_put(store: StoreProcess) -> None:
    order = order_for(sellable_sku(store), "606adfc2b2b8f8a5c0b1d2a1")
    before = len(store.orders())
    async with open_session() as session:
        client = client_of(store, session)
        answers = await asyncio.gather(*(client.put_order(order) for _ in range(8)))
        assert len(set(answers)) == 1
        assert len(store.orders()) == before + 1
        await client.cancel_order(order.hub_order_id, "canceled by the buyer")
        await client.cancel_order(order.hub_order_id, "canceled by the buyer")
        assert (await client.put_order(order)).canceled
        assert (await client.put_order(order)).number == answers[0].number


async def test_a_refused_order_says_why(store: StoreProcess) -> None:
    async with open_session() as session:
        client = client_of(store, session)
        with pytest.raises(Refused) as unknown:
            await client.put_order(order_for("NO SUCH SKU", "606adfc2b2b8f8a5c0b1d2a2"))
        good = order_for(sellable_sku(store), "606adfc2b2b8f8a5c0b1d2a3")
        nobody = msgspec.structs.replace(good.buyer, document="39053344704")
        with pytest.raises(Refused) as document:
            await client.put_order(msgspec.structs.replace(good, buyer=nobody))
        with pytest.raises(Missing):
            await client.cancel_order("606adfc2b2b8f8a5c0b1d2a4", "never put in")
    assert unknown.value.code == "unknown_sku"
    assert document.value.code == "invalid_document"


async def test_what_happens_to_an_order_is_told_in_order(store: StoreProcess) -> None:
    order = order_for(sellable_sku(store), "606adfc2b2b8f8a5c0b1d2a5")
    async with open_session() as session:
        client = client_of(store, session)
        taken = await client.put_order(order)
        for step in ("invoice", "dispatch", "deliver"):
            store.merchant("POST", f"orders/{taken.number}/{step}", json={})
        after, events = 0, []
        while True:
            page = await client.order_events(after, 3)
            events += [event for event in page.events if event.number == taken.number]
            after = page.next_after
            if not page.has_more:
                break
        with pytest.raises(Refused) as late:
            await client.cancel_order(order.hub_order_id, "too late")
    assert late.value.code == "already_dispatched"
    assert [event.type for event in events] == [
        EventType.CREATED,
        EventType.INVOICED,
        EventType.DISPATCHED,
        EventType.DELIVERED,
    ]
    last = events[-1]
    assert {event.unreadable for event in events} == {None}
    assert last.hub_order_id == order.hub_order_id
    assert last.invoice is not None
    assert nfe_key_problem(last.invoice.key) is None
    assert last.dispatch is not None
    assert last.delivered_at is not None


async def test_a_webhook_is_registered(store: StoreProcess) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    async with open_session() as session:
        client = client_of(store, session)
        await client.register_webhook("http://127.0.0.1:9/hints/1", secret)
        with pytest.raises(Refused):
            await client.register_webhook("not an address", secret)


async def test_a_throttling_store_says_how_long(store: StoreProcess) -> None:
    store.admin("PUT", "faults", json={"rate_limit_per_minute": 3})

    async def call_too_often() -> None:
        async with open_session() as session:
            client = client_of(store, session)
            for _ in range(10):
                await client.order_events(0, 1)

    with pytest.raises(Throttled) as told:
        await call_too_often()
    assert told.value.retry_after is not None


async def test_a_merchant_logs_in_at_the_store_and_never_here(store: StoreProcess) -> None:
    back = "http://127.0.0.1:9/back"
    async with open_session() as session:
        server = await oauth.discover(session, store.base_url)
        client_id = await oauth.register(session, server, "Ponte", [back])
        pkce = oauth.new_pkce()
        url = oauth.authorization_url(server, client_id, back, "state-1", pkce)

        def log_in() -> dict[str, list[str]]:
            answer = StoreBrowser().decide(url, store.account, follow=False)
            return parse_qs(urlsplit(answer.headers["location"]).query)

        returned = log_in()
        assert returned["state"] == ["state-1"]
        code = returned["code"][0]
        other = oauth.new_pkce().verifier
        with pytest.raises(Unauthorised):
            await oauth.exchange_code(session, server, client_id, code, back, other)

        code = log_in()["code"][0]
        first = await oauth.exchange_code(session, server, client_id, code, back, pkce.verifier)
        assert first.refresh_token is not None
        second = await oauth.refresh(session, server.token_endpoint, client_id, first.refresh_token)
        shop = WebstoreClient(session, store.base_url, FixedAccess(second.access_token))
        assert (await shop.facts()).store_id == store.account["store_id"]

        await oauth.revoke(session, server, client_id, second.access_token)
        ended = FixedAccess(second.access_token, second.access_token)
        with pytest.raises(Unauthorised):
            await WebstoreClient(session, store.base_url, ended).facts()
