"""The store's products against real sockets: a bad one comes back as such and blocks no other."""

from decimal import Decimal

import pytest
from raw_server import FixedAccess, Request, http, raw_server
from webstore_calls import FACTS, ask, change_page

from ponte.domain.catalogue import ChangePage, Dimensions
from ponte.domain.failures import Failure
from ponte.http.exchange import open_session
from ponte.stores.webstore.client import WebstoreClient

PRODUCT = {
    "id": "1001",
    "sku": "CAM/1",
    "name": "Camiseta",
    "published": True,
    "price": "79.90",
    "special_price": None,
    "stock": 7,
    "ean": None,
    "description": "<p>Algodão</p>",
    "dimensions": {"length_cm": "20", "width_cm": "15.5", "height_cm": "3", "weight": "250"},
    "categories": ["Moda > Camisetas"],
    "attributes": [{"code": "cor", "label": "Cor", "value_code": "azul", "value": "Azul"}],
    "photos": [{"url": "https://c.example/1.jpg", "title": "", "position": 0}],
    "variations": [
        {"sku": "CAM/1-M", "price": "79.90", "stock": 7, "attributes": [], "photos": []},
    ],
}


async def changes_of(*items: object) -> ChangePage:
    """How the client reads these items of a change page."""
    result, _ = await ask(lambda store: store.product_changes(0, 100), change_page(*items))
    assert isinstance(result, ChangePage)
    return result


async def test_a_family_is_read_whole_with_its_weight_in_kilograms() -> None:
    grams = FACTS | {"weight_unit": "g"}
    item = {"sequence": 9, "id": "1001", "sku": "CAM/1", "deleted": False, "product": PRODUCT}

    def reply(request: Request) -> bytes:
        return http(200, grams) if request.target.endswith("/store") else change_page(item)

    async with raw_server(reply) as server, open_session() as session:
        store = WebstoreClient(session, server.url, FixedAccess())
        page = await store.product_changes(0, 100)
        await store.product_changes(0, 100)
    product = page.changes[0].product
    assert product is not None
    assert product.sku == "CAM/1"
    assert product.price == Decimal("79.90")
    assert product.dimensions == Dimensions(
        Decimal(20), Decimal("15.5"), Decimal(3), Decimal("0.250")
    )
    assert [variation.sku for variation in product.variations] == ["CAM/1-M"]
    assert sum(r.target.endswith("/store") for r in server.requests) == 1


DEFECTS: dict[str, object] = {
    "price in words": PRODUCT | {"price": "grátis"},
    "price not a number": PRODUCT | {"price": "NaN"},
    "no price": {name: value for name, value in PRODUCT.items() if name != "price"},
    "null name": PRODUCT | {"name": None},
    "stock in halves": PRODUCT | {"stock": 0.5},
    "absurd stock": PRODUCT | {"stock": 10**15},
    "sku is a list": PRODUCT | {"sku": []},
    "variations is a word": PRODUCT | {"variations": "none"},
    "weight in words": PRODUCT | {"dimensions": dict.fromkeys(PRODUCT["dimensions"], "leve")},  # type: ignore[call-overload]  # a plain dict of the test
    "not shown": None,
    "a number": 7,
}


@pytest.mark.parametrize("product", DEFECTS.values(), ids=DEFECTS)
async def test_a_malformed_product_never_blocks_another(product: object) -> None:
    page = await changes_of(
        {"sequence": 7, "id": "1", "sku": "A", "deleted": False, "product": product},
        {"sequence": 8, "id": "1001", "sku": "CAM/1", "deleted": False, "product": PRODUCT},
        {"sequence": 9, "id": "3", "sku": "C", "deleted": True, "product": None},
    )
    bad, good, gone = page.changes
    assert (bad.sequence, bad.key, bad.product) == (7, "1", None)
    assert bad.unreadable
    assert not bad.deleted
    assert "grátis" not in bad.unreadable
    assert good.product is not None
    assert gone.deleted


async def test_numbers_as_strings_are_read() -> None:
    odd = PRODUCT | {"stock": "7", "published": 1}
    page = await changes_of(
        {"sequence": "7", "id": "1001", "sku": "CAM/1", "deleted": "false", "product": odd}
    )
    product = page.changes[0].product
    assert product is not None
    assert (product.stock, product.published) == (7, True)


@pytest.mark.parametrize("item", [None, 7, [], {}, {"id": {}}, {"sequence": None, "id": None}])
async def test_an_item_that_tells_nothing_is_still_told(item: object) -> None:
    page = await changes_of(item)
    assert page.changes[0].unreadable
    assert page.changes[0].sequence == page.next_after


async def test_a_nul_character_does_not_reach_the_ledger() -> None:
    odd = PRODUCT | {"name": "Cami\x00seta"}
    page = await changes_of(
        {"sequence": 7, "id": "1001", "sku": "CAM/1", "deleted": False, "product": odd}
    )
    assert page.changes[0].product is not None
    assert page.changes[0].product.name == "Camiseta"


async def test_an_unreadable_product_of_a_batch_is_left_out() -> None:
    answer = http(200, {"products": [PRODUCT | {"price": []}, PRODUCT], "missing": []})
    result, _ = await ask(lambda store: store.products_by_sku(["CAM/1", "B"]), answer)
    assert not isinstance(result, Failure)
    assert [product.key for product in result] == ["1001"]
