"""What a merchant does at the sandbox store can always be read again, and loses nothing."""

import uuid
from collections.abc import Iterator

import pytest
from store_orders import assert_obeys
from store_process import StoreProcess, store_process


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "1") as process:
        yield process


def variation(sku: str, **changes: object) -> dict[str, object]:
    return {"sku": sku, "price": "10.00", "stock": 1, **changes}


def create(store: StoreProcess, *variations: dict[str, object]) -> str:
    sku = f"PAI-{uuid.uuid4().hex[:8]}"
    product = {"sku": sku, "name": "x", "price": "10.00", "variations": variations}
    answer = store.merchant("POST", "products", json=product)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def test_a_sale_beyond_all_amounts_is_refused(store: StoreProcess) -> None:
    product = {"sku": "CARO", "name": "x", "price": "9999999999999.99", "stock": 5}
    assert store.merchant("POST", "products", json=product).status_code == 201
    answer = store.admin("POST", "shops/1/sales", json={"sku": "CARO", "quantity": 2})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_order")
    assert store.orders() == []


def test_stocks_that_add_up_to_more_than_a_stock_can_be_are_readable(store: StoreProcess) -> None:
    most = 2**31 - 1
    number = create(store, variation("V1", stock=most), variation("V2", stock=most))
    shown = store.merchant("GET", f"products/{number}").json()
    assert_obeys("Product", shown)
    assert [each["stock"] for each in shown["variations"]] == [most, most]
    assert store.merchant("DELETE", f"products/{number}").status_code in (200, 204)


def test_a_rename_onto_another_variation_loses_neither(store: StoreProcess) -> None:
    number = create(store, variation("R1", stock=1), variation("R2", stock=2))
    path = f"products/{number}"
    onto = store.admin(
        "PATCH", f"shops/1/{path}", json={"variations": [{"sku": "R1", "new_sku": "R2"}]}
    )
    assert onto.status_code == 400
    swap = [{"sku": "R1", "new_sku": "R2"}, {"sku": "R2", "new_sku": "R1"}]
    assert store.merchant("PATCH", path, json={"variations": swap}).status_code == 200
    shown = store.merchant("GET", path).json()["variations"]
    assert {each["sku"]: each["stock"] for each in shown} == {"R2": 1, "R1": 2}


def test_a_parent_shows_no_special_price_above_its_price(store: StoreProcess) -> None:
    dear = variation("S1", price="100.00", special_price="90.00")
    number = create(store, dear, variation("S2", price="50.00"))
    shown = store.merchant("GET", f"products/{number}").json()
    assert (shown["price"], shown["special_price"]) == ("50.00", None)


def test_a_page_beyond_the_end_tells_where_the_end_is(store: StoreProcess) -> None:
    head = store.changes()[-1]["sequence"]
    page = store.api("GET", f"products/changes?after={head + 1000}").json()
    assert (page["items"], page["head"]) == ([], head)


@pytest.mark.parametrize("url", ["http://a b/", "http://x/\u00e9", "ftp://x/", "http://", "x"])
def test_a_hint_address_has_to_be_one(store: StoreProcess, url: str) -> None:
    wish = {"url": url, "secret": "whsec_" + "A" * 44}
    assert store.api("PUT", "webhook", json=wish).status_code == 400
