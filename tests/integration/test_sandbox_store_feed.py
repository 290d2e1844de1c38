"""The store's change feed: nothing is missed and nothing comes twice, whatever happens."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_orders import assert_obeys
from store_process import StoreProcess, store_process


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(
        tmp_path_factory.mktemp("store"), "--families", "1200", "--seed", "3", "--defects"
    ) as process:
        yield process


def newest(store: StoreProcess) -> int:
    sequence: int = store.changes()[-1]["sequence"]
    return sequence


def simple_product(store: StoreProcess) -> dict[str, Any]:
    product: dict[str, Any] = store.merchant(
        "POST", "products", json={"sku": "NOVO", "name": "Novo", "price": "10.00", "stock": 5}
    ).json()
    return product


def test_the_feed_is_the_whole_catalogue_in_order_page_by_page(store: StoreProcess) -> None:
    entries = store.changes(limit=77)
    sequences = [entry["sequence"] for entry in entries]
    assert sequences == sorted(set(sequences))
    assert len({entry["id"] for entry in entries}) == len(entries) >= 1202
    count = store.api("GET", "store").json()["product_count"]
    assert len([e for e in entries if not e["deleted"]]) == count


def test_every_answer_obeys_the_contract(store: StoreProcess) -> None:
    assert_obeys("Store", store.api("GET", "store").json())
    after = 0
    while True:
        page = store.api("GET", "products/changes", params={"after": after, "limit": 500}).json()
        assert_obeys("ProductChanges", page)
        after = page["next_after"]
        if not page["has_more"]:
            break


def test_a_feed_without_news_stays_where_it_is(store: StoreProcess) -> None:
    last = newest(store)
    for after in (last, last + 1000, 2**63 - 1):
        page = store.api("GET", "products/changes", params={"after": after}).json()
        assert page == {"items": [], "next_after": after, "has_more": False, "head": last}


def test_a_family_changed_many_times_stands_once_at_its_last_change(store: StoreProcess) -> None:
    product = simple_product(store)
    before = newest(store)
    for stock in (3, 2, 1):
        store.merchant("PUT", "stock", json={"sku": "NOVO", "stock": stock})
    entries = store.changes(before)
    assert [(e["id"], e["product"]["stock"]) for e in entries] == [(product["id"], 1)]
    assert entries[0]["sequence"] == before + 3


def test_a_deleted_family_stays_as_a_tombstone(store: StoreProcess) -> None:
    product = store.merchant("GET", "products", params={"limit": 1}).json()["products"][0]
    before = newest(store)
    store.merchant("DELETE", f"products/{product['id']}")
    (entry,) = store.changes(before)
    assert (entry["id"], entry["sku"], entry["deleted"], entry["product"]) == (
        product["id"], product["sku"], True, None,
    )  # fmt: skip
    assert store.admin("GET", f"shops/1/products/{product['id']}").status_code == 404
    batch = store.api("POST", "products/batch", json={"skus": [product["sku"]]}).json()
    assert product["id"] not in [found["id"] for found in batch["products"]]


def test_a_reader_that_follows_while_others_write_misses_nothing(store: StoreProcess) -> None:
    start = newest(store)
    writers = [
        threading.Thread(
            target=StoreProcess.merchant,
            args=(_second_client(store), "POST", "changes"),
            kwargs={"json": {"count": 400, "seed": seed}},
        )
        for seed in range(3)
    ]
    for writer in writers:
        writer.start()
    seen: dict[str, dict[str, Any]] = {}
    after = start
    while any(writer.is_alive() for writer in writers):
        for entry in store.changes(after, limit=50):
            assert entry["sequence"] > after, "no lower sequence appears later"
            after = entry["sequence"]
            seen[entry["id"]] = entry
    for entry in store.changes(after):
        seen[entry["id"]] = entry
    assert seen == {entry["id"]: entry for entry in store.changes(start)}


def _second_client(store: StoreProcess) -> StoreProcess:
    client = StoreProcess(store.folder)
    client.base_url, client.accounts = store.base_url, store.accounts
    return client


def test_a_batch_answers_each_family_once_and_names_what_is_missing(store: StoreProcess) -> None:
    entry = next(e for e in store.changes() if e["product"] and e["product"]["variations"])
    product = entry["product"]
    skus = [product["sku"], *(v["sku"] for v in product["variations"]), "NÃO/EXISTE", "NÃO/EXISTE"]
    answer = store.api("POST", "products/batch", json={"skus": skus}).json()
    assert [found for found in answer["products"] if found["id"] == product["id"]] == [product]
    assert answer["missing"] == ["NÃO/EXISTE"]


def test_a_sku_claimed_twice_gives_both_families(store: StoreProcess) -> None:
    store.merchant("POST", "products", json={"sku": "DUPLO", "name": "A", "price": "1.00"})
    store.merchant("POST", "products", json={"sku": "DUPLO", "name": "B", "price": "2.00"})
    answer = store.api("POST", "products/batch", json={"skus": ["DUPLO"]}).json()
    assert [product["name"] for product in answer["products"]] == ["A", "B"]


def test_photo_and_product_links_lead_to_this_store(store: StoreProcess) -> None:
    product = next(e["product"] for e in store.changes() if e["product"])
    photo = product["photos"][0]["url"]
    assert photo.startswith(f"{store.base_url}/photos/")
    path = photo.removeprefix(store.base_url)
    answer = store._session.get(store.base_url + path, timeout=10)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")


def test_a_killed_store_still_has_every_change_it_confirmed(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "50") as store:
        confirmed: dict[str, int] = {}
        page = store.merchant("GET", "products", params={"limit": 50}).json()
        skus = [product["sku"] for product in page["products"] if not product["variations"]]
        for stock, sku in enumerate(skus, start=1000):
            store.merchant("PUT", "stock", json={"sku": sku, "stock": stock})
            confirmed[sku] = stock
        before, token = store.changes(), store.token
        store.kill()
        store.restart()
        assert store.token == token, "credentials persist"
        assert store.changes() == before
        assert {e["sku"]: e["product"]["stock"] for e in store.changes()[-len(skus) :]} == confirmed
        store.merchant("PUT", "stock", json={"sku": skus[0], "stock": 1})
        assert store.changes()[-1]["sequence"] == before[-1]["sequence"] + 1


def test_own_links_follow_the_store_to_another_port(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "5") as store:
        first = store.base_url
        store.stop()
        store.start()
        assert store.base_url != first
        urls = [photo["url"] for e in store.changes() for photo in e["product"]["photos"]]
        assert urls
        assert all(url.startswith(f"{store.base_url}/") for url in urls)


def test_each_shop_has_its_own_catalogue(store: StoreProcess) -> None:
    (added,) = store.admin("POST", "accounts", json={"count": 1}).json()
    token = added["access_token"]
    page = store.api("GET", "products/changes", token=token).json()
    assert page["items"] == []
    store.merchant("POST", "catalogue", shop=added["shop"], json={"families": 30, "defects": False})
    facts = store.api("GET", "store", token=token).json()
    assert facts["product_count"] == 30
    assert facts["id"] == added["store_id"] != store.account["store_id"]
