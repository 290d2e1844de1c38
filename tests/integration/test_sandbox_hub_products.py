"""The hub's products and SKUs over HTTP: one resource, two names, partial updates, lists."""

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hub_process import HubApi, HubProcess, running_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "3") as process:
        yield process


@pytest.fixture
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def test_a_sku_is_created_then_updated_in_part(api: HubApi) -> None:
    created = api.put_sku("P1", name="Caneca", price="19.90", quantity=3)
    changed = api.put_sku("P1", price="17.90")
    assert changed["id"] == created["id"]
    assert (changed["name"], changed["price"], changed["quantity"]) == ("Caneca", 17.9, 3)
    assert changed["modified"] > created["modified"]
    assert set(changed["inspected_fields"]) == {
        "name", "description", "dimensions", "real_dimension", "ean", "categories", "link",
        "price", "special_price", "brand",
    }  # fmt: skip
    assert api.get_sku("P1") == changed
    assert api.call("GET", f"/products/{created['id']}").json()["Product"] == changed


def ids_in(value: Any) -> list[str]:
    """Every `id` of an answer, however deep."""
    if isinstance(value, list):
        return [one for member in value for one in ids_in(member)]
    if not isinstance(value, dict):
        return []
    own = [value["id"]] if "id" in value else []
    return own + [one for member in value.values() for one in ids_in(member)]


def test_ids_everywhere_are_24_hexadecimal_characters(api: HubApi) -> None:
    sold = {"photos": [{"url": "u"}], "attributes": [{"code": "c", "value": "v"}]}
    product = api.put_sku(
        "IDS",
        categories=[{"name": "Moda"}, {"name": "Moda > Camisetas"}],
        price_table=[{"code": "ml"}],
        stock_table=[{"code": "cd"}],
        variations=[{"sku": "IDS-A", **sold}, {"sku": "IDS-B", **sold}],
        **sold,
    )
    order = api.post_order(
        payments=[{"payment_total": 10}],
        shipments=[{"track_code": "BR1"}],
        log_history=[{"message": "x"}],
    )
    ids = ids_in(product) + ids_in(order)
    assert len(ids) == len(set(ids)) == 13 + 5
    assert all(re.fullmatch("[0-9a-f]{24}", one) for one in ids)


def test_nothing_changed_leaves_the_product_as_it_was(api: HubApi) -> None:
    first = api.put_sku("P2", name="Prato", price="5.00")
    assert api.put_sku("P2", name="Prato", price=5) == first


def test_a_variation_answers_with_its_parent_and_is_changed_alone(api: HubApi) -> None:
    variations = [{"sku": "V1-P", "quantity": 1}, {"sku": "V1-M", "quantity": 2}]
    api.put_sku("V1", name="Camiseta", variations=variations)
    assert api.get_sku("V1-P")["sku"] == "V1"
    stock = api.call("PUT", "/skus/V1-M/stock", {"action": "update", "quantity": 9})
    assert [one["quantity"] for one in stock.json()["Product"]["variations"]] == [1, 9]
    product = api.put_sku("V1-P", price="12.00", quantity=4)
    assert product["sku"] == "V1"
    assert [one["quantity"] for one in product["variations"]] == [4, 9]
    api.call("DELETE", "/skus/V1-P")
    assert [one["sku"] for one in api.get_sku("V1")["variations"]] == ["V1-M"]
    assert api.call("GET", "/skus/V1-P").status_code == 404


def test_stock_is_overwritten_raised_and_lowered(api: HubApi) -> None:
    api.put_sku("S1", quantity=5, variations=[{"sku": "S1-A", "quantity": 1}])
    for action, quantity, after in (("update", 8, 8), ("increase", 2, 10), ("decrease", 4, 6)):
        answer = api.call("PUT", "/skus/S1/stock", {"action": action, "quantity": quantity})
        assert answer.json()["Product"]["quantity"] == after
    body = {"action": "update", "quantity": 7, "sku": "S1-A"}
    answer = api.call("PUT", "/skus/S1/stock", body)
    assert answer.json()["Product"]["variations"][0]["quantity"] == 7
    for wrong in (
        {"action": "decrease", "quantity": 99},
        {"action": "set", "quantity": 1},
        {"action": "update"},
        {"action": "update", "quantity": -1},
        {"action": "update", "quantity": 1, "sku": "P1"},
    ):
        assert api.call("PUT", "/skus/S1/stock", wrong).status_code == 400
    assert api.get_sku("S1")["quantity"] == 6
    missing = api.call("PUT", "/skus/NONE/stock", {"action": "update", "quantity": 1})
    assert missing.status_code == 404


def test_a_deleted_product_is_gone_with_its_variations(api: HubApi) -> None:
    product = api.put_sku("D1", variations=[{"sku": "D1-A"}])
    assert api.call("DELETE", "/skus/D1").status_code == 200
    for path in ("/skus/D1", "/skus/D1-A", f"/products/{product['id']}"):
        assert api.call("GET", path).status_code == 404
    assert api.put_sku("D1-A", name="New")["id"] != product["id"]


def test_a_sku_has_one_owner(api: HubApi) -> None:
    api.put_sku("O1", variations=[{"sku": "O1-A"}])
    answer = api.call("PUT", "/skus/O2", {"variations": [{"sku": "O1-A"}]})
    assert (answer.status_code, answer.json()["type"]) == (400, "validation")
    assert api.call("GET", "/skus/O2").status_code == 404
    assert api.call("PUT", "/skus/O3", {"variations": [{"sku": "O3"}]}).status_code == 400


def test_a_refusal_names_the_sku_that_has_an_owner(api: HubApi) -> None:
    api.put_sku("R1", variations=[{"sku": "R1-A"}, {"sku": "R1-B"}])
    variations = [{"sku": sku} for sku in ("R2-A", "R1-B", "R1-A", "R2-B")]
    created = api.call("PUT", "/skus/R2", {"variations": variations})
    assert created.json()["details"] == "The SKU 'R1-B' belongs to another product"
    api.put_sku("R2", variations=variations[:1])
    changed = api.call("PUT", "/skus/R2", {"name": "x", "variations": variations})
    assert changed.json()["details"] == "The SKU 'R1-B' belongs to another product"
    assert [one["sku"] for one in api.get_sku("R2")["variations"]] == ["R2-A"]
    assert api.call("GET", "/skus/R2-B").status_code == 404


def test_a_product_does_not_take_the_sku_of_its_own_variation(api: HubApi) -> None:
    (variation,) = api.put_sku("X1", variations=[{"sku": "X1-A"}])["variations"]
    swapped = {"sku": "X1-A", "variations": [{"id": variation["id"], "sku": "X1-B"}]}
    answer = api.call("PUT", f"/products/{api.get_sku('X1')['id']}", swapped)
    assert answer.json()["details"] == "The SKU 'X1-A' belongs to another product"
    assert api.get_sku("X1-A")["sku"] == "X1"


@pytest.mark.parametrize("sku", ["com espaço", "AÇÃO-é", "50%+1", "a&b=c?d#e", "日本"])
def test_skus_of_any_letters_work(api: HubApi, sku: str) -> None:
    product = api.put_sku(quote(sku, safe=""), name="x")
    assert product["sku"] == sku
    assert api.get_sku(quote(sku, safe=""))["id"] == product["id"]


def test_a_slash_cannot_stand_in_a_sku(api: HubApi) -> None:
    for path in ("/skus/A/B", "/skus/A%2FB"):
        assert api.call("PUT", path, {"name": "x"}).status_code == 404


def test_products_are_made_and_changed_by_id_too(api: HubApi) -> None:
    made = api.call("POST", "/products", {"sku": "I1", "name": "Um"})
    assert made.status_code == 201
    identifier = made.json()["Product"]["id"]
    assert api.call("POST", "/products", {"sku": "I1"}).status_code == 400
    renamed = api.call("PUT", f"/products/{identifier}", {"sku": "I2"})
    assert renamed.json()["Product"]["name"] == "Um"
    assert api.call("GET", "/skus/I1").status_code == 404
    assert api.get_sku("I2")["id"] == identifier
    assert api.call("DELETE", f"/products/{identifier}/").status_code == 200
    assert api.call("DELETE", f"/products/{identifier}").status_code == 404


def test_lists_page_both_ways_and_are_narrowed(hub: HubProcess) -> None:
    api = hub.api(5911)
    ids = [
        api.put_sku(f"L{number}", ean=f"EAN{number}", external=f"X{number}", supplier_id="7")["id"]
        for number in range(5)
    ]
    # Products are stamped to the millisecond: the next change must not fall into the same one.
    time.sleep(0.005)
    api.put_sku("L0", variations=[{"sku": "L0-A"}])
    assert api.list_ids("/products") == ids
    assert api.list_ids("/products", limit="2", page="3") == ids[4:]
    assert api.list_ids("/products", limit="2", next=ids[1]) == ids[2:4]
    assert api.list_ids("/products", sort="-modified", limit="2") == [ids[0], ids[4]]
    assert api.list_ids("/products", sort="-modified", limit="2", next=ids[4]) == ids[3:1:-1]
    assert api.list_ids("/products", ean="EAN3") == [ids[3]]
    assert api.list_ids("/products", external="X2") == [ids[2]]
    assert api.list_ids("/products", sku="L0-A") == [ids[0]]
    assert api.list_ids("/products", supplier_id="7", limit="1") == [ids[0]]
    since = api.get_sku("L4")["modified"]
    assert api.list_ids("/products", modified=f"{since}to2999-01-01") == [ids[0], ids[4]]
    answer = api.call("GET", "/products", limit="3").json()
    assert (answer["total"], answer["showing"], answer["next"]) == (5, 3, ids[2])
    assert api.call("GET", "/products", limit="5", page="2").json()["next"] is None


def test_amounts_keep_their_digits(hub: HubProcess, api: HubApi) -> None:
    api.put_sku("M1", price="0.10", special_price=1234567.89, cost=33.333)
    text = api.call("GET", "/skus/M1").text
    assert '"price":0.10,' in text
    assert '"special_price":1234567.89,' in text
    assert '"cost":33.33,' in text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"<html>",
        b"\xff\xfe",
        b'{"name": "\\ud800"}',
        b"[" * 200_000,
        b'{"price": 1e999}',
        b'{"quantity": 123456789012345678901234567890}',
    ],
)
def test_a_broken_body_is_refused_in_shape(hub: HubProcess, api: HubApi, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {hub.token()['access_token']}"}
    answer = requests.put(f"{hub.base_url}/skus/B1", data=body, headers=headers, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"] is True
    assert api.call("GET", "/skus/B1").status_code == 404


def test_a_huge_body_is_refused(hub: HubProcess) -> None:
    headers = {"Authorization": f"Bearer {hub.token()['access_token']}"}
    body = b'{"description": "' + b"x" * (11 * 1024 * 1024) + b'"}'
    answer = requests.put(f"{hub.base_url}/skus/B2", data=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["type"]) == (413, "too_large")


def test_a_product_of_ten_thousand_variations_is_taken(api: HubApi) -> None:
    variations = [{"sku": f"BIG-{number}", "quantity": number} for number in range(10_000)]
    assert len(api.put_sku("BIG", variations=variations)["variations"]) == 10_000


def test_a_wrong_method_is_named(api: HubApi) -> None:
    answer = api.call("PATCH", "/skus/P1")
    assert (answer.status_code, answer.json()["type"]) == (405, "method_not_allowed")


def test_confirmed_products_survive_a_kill(hub: HubProcess) -> None:
    api = hub.api(5912)
    for number in range(50):
        api.put_sku(f"K{number}", quantity=number)
    hub.restart()
    assert [api.get_sku(f"K{number}")["quantity"] for number in range(50)] == list(range(50))
    assert api.call("GET", "/products").json()["total"] == 50
    assert api.put_sku("K50")["id"] not in api.list_ids("/products", limit="50")
