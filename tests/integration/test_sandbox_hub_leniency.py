"""Clients and marketplaces write the same thing in many ways: numbers as texts, nothing as null."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hub_process import HubApi, HubProcess, running_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        yield process


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def raw(hub: HubProcess, method: str, path: str, body: str, **headers: str) -> requests.Response:
    """A call whose body no JSON encoder would write."""
    token = hub.token()["access_token"]
    return requests.request(
        method,
        hub.base_url + path,
        data=body,
        headers={"Authorization": f"Bearer {token}", **headers},
        timeout=10,
    )


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1e-99999999999999999999"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/skus/X"), ("POST", "/orders"), ("PUT", "/skus/X/stock"), ("POST", "/oauth/token")],
)
def test_a_number_that_nobody_can_hold_is_refused(
    hub: HubProcess, method: str, path: str, number: str
) -> None:
    assert raw(hub, method, path, f'{{"price": {number}}}').status_code == 400


def test_a_broken_basic_authorization_is_refused(hub: HubProcess) -> None:
    answer = raw(hub, "POST", "/oauth/token", "{}", Authorization="Basic \u00e9")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_lists_find_numbers_by_their_digits(api: HubApi) -> None:
    item = {"sku": 7, "quantity": 1, "supplier_id": 42, "ean": 333, "variation": {"sku": 909}}
    order = api.post_order(items=[item])
    assert api.get_order(order["id"])["items"][0]["sku"] == "7"
    for query in ({"supplier_id": "42"}, {"ean": "333"}, {"sku": "909"}, {"sku": "7"}):
        assert api.list_ids("/orders", **query) == [order["id"]]


def test_a_window_may_reach_to_the_end_of_time(api: HubApi) -> None:
    order = api.post_order()
    assert order["id"] in api.list_ids("/orders", modified="2020-01-01to9999-12-31")


def test_numbers_that_are_no_amounts_do_not_break_a_list(hub: HubProcess, api: HubApi) -> None:
    order = api.post_order(payments=[{"payment_total": 10, "payment_installments": 1e30}])
    hub.admin("PUT", "assumptions", {"numbers": "string"})
    try:
        assert order["id"] in api.list_ids("/orders")
    finally:
        hub.admin("PUT", "assumptions", {"numbers": "number"})


@pytest.mark.parametrize("sku", [777, "777", None])
def test_a_sku_may_be_repeated_in_the_body(api: HubApi, sku: object) -> None:
    for _ in range(2):
        answer = api.call("PUT", "/skus/777", {"sku": sku, "name": "Caneca"})
        assert (answer.status_code, answer.json()["Product"]["sku"]) == (200, "777")


def test_tables_are_found_by_their_code_however_it_is_written(api: HubApi) -> None:
    for price in (1, 2):
        shown = api.put_sku("TABLE", price_table=[{"code": 5, "price": price}])
    assert [(each["code"], each["price"]) for each in shown["price_table"]] == [("5", 2)]


def test_a_list_goes_on_after_a_product_that_is_gone(api: HubApi) -> None:
    for number in range(4):
        api.put_sku(f"GONE-{number}", name="x")
    ids = api.list_ids("/products")
    assert api.call("DELETE", f"/products/{ids[-2]}").status_code == 200
    assert api.list_ids("/products", next=ids[-2]) == [ids[-1]]
    assert api.list_ids("/products", next=ids[-2], sort="-created") == ids[-3::-1]


def test_an_order_that_was_read_can_be_replayed(hub: HubProcess, api: HubApi) -> None:
    item = {"sku": None, "quantity": 1}
    order = api.post_order(items=[item], sale_intermediary="Mercado Livre", sub_status="new")
    api.put_order(order["id"], shipments=[{"track_code": "BR1"}], sub_status="seen")
    read: dict[str, Any] = api.get_order(order["id"])
    assert [entry["sub_status"] for entry in read["substatus_history"]] == ["new", "seen"]
    wish = {"account": 5910, "orders": [read, {"Order": read}]}
    run = hub.admin("POST", "marketplace/file", wish)
    for identifier in run["orders"]:
        replayed = api.get_order(identifier)
        assert replayed["created"] == read["created"]
        assert [each["track_code"] for each in replayed["shipments"]] == ["BR1"]
        assert (replayed["items"][0]["sku"], replayed["sale_intermediary"]) == (
            None,
            "Mercado Livre",
        )


def test_a_rate_and_an_account_beyond_all_numbers_are_refused(hub: HubProcess) -> None:
    for wish in ({"rate": 1e308}, {"account": 10**20}):
        answer = requests.post(
            f"{hub.base_url}/_sandbox/marketplace",
            json={"account": 5910, "orders": 9000, **wish},
            timeout=10,
        )
        assert answer.status_code == 400


def test_a_web_page_that_points_its_name_here_reads_nothing(hub: HubProcess) -> None:
    for host, status in (("evil.example", 403), ("localhost:1", 200), ("[::1]:80", 200)):
        answer = requests.get(
            f"{hub.base_url}/_sandbox/accounts", headers={"Host": host}, timeout=10
        )
        assert answer.status_code == status
