"""Clients and marketplaces write the same thing in many ways: numbers as texts, nothing as null."""

import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

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


_FORM = "application/x-www-form-urlencoded"
# What each resource takes, as JSON, as a form of flat fields, and where a created one is read.
_WRITES = [
    ("PUT", "/skus/LENIENT", {"name": "Caneca"}, "Product"),
    ("PUT", "/skus/LENIENT/stock", {"action": "update", "quantity": "4"}, "Product"),
    ("POST", "/products", {"sku": "LENIENT-{n}", "name": "Caneca"}, "Product"),
    ("PUT", "/products/{product}", {"name": "Copo {n}"}, "Product"),
    ("PUT", "/products/{product}/stock", {"action": "increase", "quantity": "1"}, "Product"),
    ("POST", "/orders", {"items[0][sku]": "A", "items[0][quantity]": "2"}, "Order"),
    ("PUT", "/orders/{order}", {"external": "{n}"}, "Order"),
    ("POST", "/places", {"code": "LENIENT-{n}"}, "Place"),
    ("PUT", "/places/{place}", {"name": "Depósito {n}"}, "Place"),
    ("PUT", "/messages/{message}", {"answer": "Sim {n}"}, "Message"),
]


@pytest.fixture(scope="module")
def ids(hub: HubProcess, api: HubApi) -> dict[str, str]:
    """One of each resource."""
    product = api.put_sku("LENIENT")["id"]
    place = api.call("POST", "/places", {"code": "LENIENT"}).json()["Place"]["id"]
    question = {"account": 5910, "sku": "LENIENT", "text": "?"}
    message = hub.admin("POST", "messages", question)["id"]
    return {
        "product": product, "order": api.post_order()["id"], "place": place, "message": message
    }  # fmt: skip


def nested(fields: dict[str, str]) -> dict[str, Any]:
    """The JSON of the only nested form among `_WRITES`."""
    if "items[0][sku]" not in fields:
        return dict(fields)
    return {"items": [{"sku": fields["items[0][sku]"], "quantity": fields["items[0][quantity]"]}]}


@pytest.mark.parametrize(("method", "path", "fields", "kind"), _WRITES)
@pytest.mark.parametrize(
    ("way", "content_type"),
    [
        ("json", "application/json"),
        ("json", "application/json,"),
        ("json", "application/json; charset=UTF-8"),
        ("json", ""),
        ("json", _FORM),
        ("json", "text/plain"),
        ("form", _FORM),
        ("form", f"{_FORM}; charset=utf-8"),
        ("form", f"{_FORM},"),
        ("form", ""),
    ],
)
def test_every_write_is_understood_however_it_is_written(
    hub: HubProcess,
    ids: dict[str, str],
    method: str,
    path: str,
    fields: dict[str, str],
    kind: str,
    way: str,
    content_type: str,
) -> None:
    number = str(next(_numbers))
    sent = {name: value.replace("{n}", number) for name, value in fields.items()}
    body = json.dumps(nested(sent)) if way == "json" else urlencode(sent)
    # Bytes, so that the client adds no content type of its own; and the token in the query.
    answer = requests.request(
        method,
        hub.base_url + path.format(**ids) + "/",
        data=body.encode(),
        params={"access_token": hub_token(hub)},
        headers={"Content-Type": content_type} if content_type else {},
        timeout=10,
    )
    assert answer.status_code in (200, 201), answer.text
    assert kind in answer.json()


_numbers = itertools.count(1)
_tokens: dict[str, str] = {}


def hub_token(hub: HubProcess) -> str:
    """One token of the module's hub: a log-in for each of a hundred calls is none of the matter."""
    if hub.base_url not in _tokens:
        _tokens[hub.base_url] = hub.token()["access_token"]
    return _tokens[hub.base_url]


def test_a_form_from_php_makes_the_same_product_as_json(hub: HubProcess, api: HubApi) -> None:
    form = (
        "name=Camiseta&price=39.9&available=true&dimension[weight]=0.5&dimension[width]=20"
        "&categories[0][name]=Moda&photos[][url]=http://x/1.jpg&photos[][url]=http://x/2.jpg"
        "&variations[0][sku]=PHP-P&variations[0][quantity]=3"
        "&variations[0][attributes][0][code]=size&variations[0][attributes][0][value][code]=P"
        "&variations[1][sku]=PHP-M"
    )
    answer = raw(hub, "PUT", "/skus/PHP", form, **{"Content-Type": _FORM})
    assert answer.status_code == 200, answer.text
    by_form = answer.json()["Product"]
    by_json = api.put_sku(
        "JSON",
        name="Camiseta",
        price=39.9,
        available=True,
        dimension={"weight": 0.5, "width": 20},
        categories=[{"name": "Moda"}],
        photos=[{"url": "http://x/1.jpg"}, {"url": "http://x/2.jpg"}],
        variations=[
            {
                "sku": "JSON-P",
                "quantity": 3,
                "attributes": [{"code": "size", "value": {"code": "P"}}],
            },
            {"sku": "JSON-M"},
        ],
    )
    assert without_identity(by_form) == without_identity(by_json)


def without_identity(value: Any) -> Any:
    """A product without what no two have alike."""
    if isinstance(value, list):
        return [without_identity(each) for each in value]
    if not isinstance(value, dict):
        return value
    own = ("id", "sku", "created", "modified")
    return {name: without_identity(each) for name, each in value.items() if name not in own}


@pytest.mark.parametrize(("word", "photos"), [("0", 1), ("false", 1), ("1", 0), ("true", 0)])
def test_a_form_says_in_words_whether_something_goes(
    hub: HubProcess, api: HubApi, word: str, photos: int
) -> None:
    photo = api.put_sku(f"WORD-{word}", photos=[{"url": "http://x/1.jpg"}])["photos"][0]["id"]
    form = f"photos[0][id]={photo}&photos[0][remove]={word}"
    answer = raw(hub, "PUT", f"/skus/WORD-{word}", form, **{"Content-Type": _FORM})
    assert len(answer.json()["Product"]["photos"]) == photos


@pytest.mark.parametrize("body", ["", "  ", "name", "a[b=1", "a=%ff", "&".join(["a=1"] * 10_001)])
def test_a_form_that_cannot_be_read_is_refused(hub: HubProcess, body: str) -> None:
    answer = raw(hub, "PUT", "/skus/BROKEN", body, **{"Content-Type": _FORM})
    assert (answer.status_code, answer.json()["type"]) == (400, "validation")


@pytest.mark.parametrize(
    "path",
    ["/users", "/clientInfo/221", "/skus/LENIENT", "/products", "/products/{product}", "/orders",
     "/orders/{order}", "/orders/{order}/labels", "/places", "/places/{place}", "/messages",
     "/messages/{message}"],
)  # fmt: skip
def test_every_read_takes_a_slash_and_a_token_in_the_query(
    hub: HubProcess, ids: dict[str, str], path: str
) -> None:
    address = f"{hub.base_url}{path.format(**ids)}/?access_token={hub_token(hub)}"
    assert requests.get(address, timeout=10).status_code == 200
    assert requests.get(address + "x", timeout=10).status_code == 401


def test_a_token_is_had_by_form_json_and_basic(hub: HubProcess) -> None:
    credentials = hub.accounts()[0]
    del credentials["account"]
    fields = {"grant_type": "password", **credentials}
    basic = (fields["client_id"], fields["client_secret"])
    user = {name: fields[name] for name in ("grant_type", "username", "password")}
    for path in ("/oauth/token", "/oauth/token/"):
        for options in ({"data": fields}, {"json": fields}, {"data": user, "auth": basic}):
            answer = requests.post(hub.base_url + path, timeout=10, **options)
            assert answer.status_code == 200, answer.text
