"""The hub client against the sandbox hub, under every answer to every undocumented question.

The connector must not depend on how an assumption ([A] in the dossier) turns out, so the same story
is lived under each: products in, an order out, reported twice, and a token that ends.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hub_process import HubProcess, running_hub
from msgspec import UNSET
from raw_server import FixedAccess

from ponte.domain.failures import AlreadySo, Missing, Throttled, Unauthorised
from ponte.domain.hub_product import HubProduct
from ponte.http.exchange import open_session
from ponte.http.pacing import Pace
from ponte.hub import tokens
from ponte.hub.client import HubClient
from ponte.hub.wire_values import encode_body
from ponte_sandbox.hub.assumptions import KNOWN

FLIPPED = [
    pytest.param({assumption.name: answer}, id=f"{assumption.name}={answer}")
    for assumption in KNOWN
    for answer in assumption.answers[1:]
]
EVERY_ANSWER = pytest.mark.parametrize("assumptions", [pytest.param({}, id="as assumed"), *FLIPPED])


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture
def hub(process: HubProcess) -> HubProcess:
    """The hub with every assumption and fault as from the start."""
    process.admin("PUT", "assumptions", {one.name: one.answers[0] for one in KNOWN})
    process.admin("PUT", "faults", {})
    return process


def shown(product: HubProduct) -> dict[str, object]:
    """What an answer shows of stock by SKU."""
    offers = [product.own, *(product.variations or ())]
    return {offer.sku: offer.quantity for offer in offers if offer.quantity is not UNSET}


@EVERY_ANSWER
async def test_the_same_story_whatever_the_hub_answers(
    hub: HubProcess, assumptions: dict[str, str]
) -> None:
    hub.admin("PUT", "assumptions", assumptions)
    whole = assumptions.get("answer_body") != "empty_product"
    sku = f"CAM {assumptions or 'á?#%'}"
    async with open_session() as session:
        access = FixedAccess(hub.token()["access_token"])
        client = HubClient(session, hub.base_url, access, Pace())
        begin = datetime.now(UTC)

        with pytest.raises(Missing):
            await client.get_sku(sku)
        body = encode_body(
            {
                "name": "Camiseta",
                "price": Decimal("79.90"),
                "quantity": 12,
                "dimension": {"weight": Decimal("0.250")},
                "variations": [
                    {"sku": f"{sku} M", "quantity": 7, "price": Decimal("79.90")},
                    {"sku": f"{sku} G", "quantity": 5, "price": Decimal("79.90")},
                ],
            }
        )
        written = await client.put_sku(sku, body)
        read = await client.get_sku(f"{sku} M")
        if whole:
            assert written.own.price == Decimal("79.90")
            assert written.own.fields["dimension.weight"] == "0.25"
        else:
            assert written.own.price is UNSET
            assert written.variations is UNSET
        assert shown(read) == {sku: 12, f"{sku} M": 7, f"{sku} G": 5}
        await client.put_stock(f"{sku} M", 3)
        assert shown(await client.get_sku(sku))[f"{sku} M"] == 3

        placed = hub.api().post_order(
            status="approved",
            payer_cpf="390.533.447-05",
            items=[{"sku": sku, "variation": {"sku": f"{sku} G"}, "quantity": 1, "price": 79.9}],
            total=79.9,
            shipping=0,
        )
        order = await client.get_order(placed["id"])
        assert (order.status, order.total) == ("approved", Decimal("79.90"))
        assert order.payer.documents == ("39053344705",)
        assert order.items[0].sku == f"{sku} G"
        page = await client.list_orders(begin - timedelta(1), datetime.now(UTC), None)
        while placed["id"] not in [listing.id for listing in page.orders]:
            assert page.next is not None
            page = await client.list_orders(begin - timedelta(1), datetime.now(UTC), page.next)

        receipt = encode_body({"external": "100023", "ack": True})
        answered = await client.update_order(order.id, receipt)
        assert (answered is not None) == whole
        order = await client.get_order(order.id)
        assert order.external == ("100023",)
        assert order.ack
        canceled = encode_body({"status": "canceled"})
        await client.update_order(order.id, canceled)
        with pytest.raises(AlreadySo):
            await client.update_order(order.id, canceled)
        with pytest.raises(Missing):
            await client.get_order("f" * 24)

        account = await client.account()
        if assumptions.get("users_resource") == "missing":
            assert account is None
        else:
            assert account is not None
            assert account.id == 5910


@pytest.mark.parametrize("status", ["401", "400", "403"])
async def test_an_expired_token_is_renewed_whatever_its_status(
    hub: HubProcess, status: str
) -> None:
    hub.admin("PUT", "assumptions", {"expired_token_status": status})
    async with open_session() as session:
        access = FixedAccess("expired", hub.token()["access_token"])
        client = HubClient(session, hub.base_url, access, Pace())
        assert (await client.list_products(None)).products is not None
        assert access.renewals == 1
        access = FixedAccess("expired", "expired too")
        with pytest.raises(Unauthorised):
            await HubClient(session, hub.base_url, access, Pace()).list_products(None)


@pytest.mark.parametrize("answer", ["429_retry_after", "429_bare", "503"])
async def test_a_limit_throttles_whatever_its_answer(hub: HubProcess, answer: str) -> None:
    hub.admin("PUT", "assumptions", {"rate_limit_answer": answer})
    async with open_session() as session:
        access = FixedAccess(hub.token()["access_token"])
        hub.admin("PUT", "faults", {"rate_limit_per_minute": 5})
        client = HubClient(session, hub.base_url, access, Pace())

        async def call_too_often() -> None:
            for _ in range(12):
                await client.list_products(None)

        with pytest.raises(Throttled) as told:
            await call_too_often()
    assert (told.value.retry_after is not None) or answer != "429_retry_after"


async def test_a_products_list_is_read_to_its_end(hub: HubProcess) -> None:
    async with open_session() as session:
        access = FixedAccess(hub.token()["access_token"])
        client = HubClient(session, hub.base_url, access, Pace())
        names = {f"LISTA-{number}" for number in range(25)}
        await asyncio.gather(*(client.put_sku(name, b'{"price":1.00}') for name in names))
        found, following = set[str](), None
        for _ in range(100):
            page = await client.list_products(following, limit=7)
            found |= {product.own.sku for product in page.products}
            following = page.next
            if following is None:
                break
        assert following is None
        assert names <= found


async def test_every_grant_opens_the_account_and_dies_when_used(hub: HubProcess) -> None:
    one = hub.accounts()[0]
    client_id, secret = one["client_id"], one["client_secret"]
    async with open_session() as session:
        first = await tokens.grant_password(
            session, hub.base_url, client_id, secret, one["username"], one["password"]
        )
        assert first.refresh_token is not None
        second = await tokens.refresh(session, hub.base_url, client_id, secret, first.refresh_token)
        assert second.refresh_token not in (None, first.refresh_token)
        with pytest.raises(Unauthorised):
            await tokens.refresh(session, hub.base_url, client_id, secret, first.refresh_token)
        code = hub.admin("POST", "codes", {"account": 5910, "client_id": client_id})["code"]
        third = await tokens.grant_code(session, hub.base_url, client_id, secret, code)
        with pytest.raises(Unauthorised):
            await tokens.grant_code(session, hub.base_url, client_id, secret, code)
        with pytest.raises(Unauthorised):
            await tokens.grant_password(
                session, hub.base_url, client_id, secret, one["username"], "wrong"
            )
        access = FixedAccess(third.access_token)
        account = await HubClient(session, hub.base_url, access, Pace()).account()
    assert account is not None
    assert account.id == 5910
