"""Whatever is sent to the sandbox store, it answers 4xx in the contract's shape and goes on."""

import itertools
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_orders import assert_obeys, make_order
from store_process import StoreProcess, store_process

MONEY_AS_NUMBER = {"items": 1.0, "shipping": 0, "discount": 0, "interest": 0, "total": 1.0}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "30") as process:
        product = {"sku": "A", "name": "A", "price": "1.00", "stock": 100}
        process.merchant("POST", "products", json=product)
        yield process


def assert_refused(answer: requests.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    assert_obeys("Error", answer.json())


@pytest.mark.parametrize("path", ["products/changes", "orders", "order-events"])
@pytest.mark.parametrize(
    "query",
    [
        "after=-1", "after=x", "after=1.5", "after=", "after=9223372036854775808", "after=%D9%A1",
        "after=" + "1" * 5000, "limit=0", "limit=501", "limit=", "limit=1e2", "limit=%00",
        "after=%FF", "&".join(["x=1"] * 300),
    ],
)  # fmt: skip
def test_a_bad_page_is_refused(store: StoreProcess, path: str, query: str) -> None:
    assert_refused(store.api("GET", f"{path}?{query}"), 400)


BODIES = [
    b"", b"null", b"[]", b"1", b'"x"', b"{", b"{}", b"\xff\xfe", b'{"a":NaN}', b"<html>",
    b"[" * 20_000, b'{"x":' * 20_000, b"a=b&c=d",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "orders/606adfc2b2b8f8a5c0b1d2e3"),
        ("POST", "products/batch"),
        ("PUT", "webhook"),
    ],
)
def test_a_body_that_is_no_such_json_is_refused(
    store: StoreProcess, method: str, path: str, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    assert_refused(store.api(method, path, data=body, headers=headers), 400)


def spoilt(path: str, value: object) -> dict[str, Any]:
    """A valid order with one member replaced, such as `items.0.quantity`."""
    order: Any = make_order(("A", 1, "1.00"))
    *parents, last = path.split(".")
    place = order
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[int(last) if last.isdigit() else last] = value
    content: dict[str, Any] = order
    return content


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("items.0.quantity", 0, "items[0].quantity"),
        ("items.0.quantity", -1, "items[0].quantity"),
        ("items.0.quantity", 1.5, "items[0].quantity"),
        ("items.0.quantity", 10**30, "items[0].quantity"),
        ("items.0.quantity", "1", "items[0].quantity"),
        ("items.0.unit_price", 1.0, "items[0].unit_price"),
        ("items.0.sku", "", "items[0].sku"),
        ("items.0.sku", "x" * 10_001, "items[0].sku"),
        ("items.0.sku", None, "items[0].sku"),
        ("items", [], "items"),
        ("items", None, "items"),
        ("totals", MONEY_AS_NUMBER, "totals.items"),
        ("totals.total", "1,00", "totals.total"),
        ("totals.total", "9" * 14 + ".00", "totals.total"),
        ("buyer.document_type", "rg", "buyer.document_type"),
        ("buyer", None, "buyer"),
        ("placed_at", "2026-03-02", "placed_at"),
        ("placed_at", "2026-03-02T14:05:09", "placed_at"),
        ("placed_at", 1772460309, "placed_at"),
        ("currency", "USD", "currency"),
        ("payments", {}, "payments"),
        ("hub_order_id", "a/b", "hub_order_id"),
    ],
)
def test_a_malformed_order_is_refused_with_the_field(
    store: StoreProcess, path: str, value: object, field: str
) -> None:
    order = spoilt(path, value)
    answer = store.api("PUT", "orders/606adfc2b2b8f8a5c0b1d2e3", json=order)
    assert_refused(answer, 400)
    assert answer.json()["error"]["field"] == field


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("buyer.name", "Robert'); DROP TABLE orders;--"),
        ("buyer.name", "\u0000\u0007\u202e😀\ud7ff"),
        ("delivery.street", "<script>alert(1)</script>"),
        ("note", "=HYPERLINK(1)"),
        ("placed_at", "9999-12-31T23:59:59-03:00"),
        ("placed_at", "0001-01-01T00:00:00+14:00"),
        ("delivery.estimated_delivery", "amanhã"),
        ("items.0.name", "x" * 10_000),
        ("unknown_member", {"x": [1]}),
    ],
)
def test_a_strange_but_well_formed_order_enters_and_can_be_invoiced(
    store: StoreProcess, path: str, value: object
) -> None:
    order = spoilt(path, value)
    address = f"orders/{order['hub_order_id']}"
    assert store.api("PUT", address, json=order).status_code == 201
    stored = store.api("GET", address).json()
    assert_obeys("StoredOrder", stored)
    document = store.merchant("POST", f"{address}/inform-delivery").json()
    assert requests.get(document["invoice"]["xml_url"], timeout=10).status_code == 200


_json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_order_paths = st.sampled_from([
    "hub_order_id", "hub_order_number", "channel", "placed_at", "approved_at", "currency",
    "totals", "totals.items", "totals.interest", "buyer", "buyer.name", "buyer.document",
    "delivery", "delivery.state", "delivery.postal_code", "items", "items.0", "items.0.sku",
    "items.0.quantity", "items.0.name", "items.0.discount", "payments", "payments.0",
    "payments.0.method", "payments.0.installments", "note",
])  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=_order_paths, value=_json_values)
def test_whatever_stands_in_an_order_it_enters_or_is_refused(
    store: StoreProcess, path: str, value: object
) -> None:
    order = spoilt(path, value)
    hub_order_id = secrets.token_hex(12) if path != "hub_order_id" else "x"
    if path != "hub_order_id":
        order["hub_order_id"] = hub_order_id
    answer = store.api("PUT", f"orders/{hub_order_id}", json=order)
    if answer.status_code == 201:
        assert_obeys("TakenOrder", answer.json())
        assert_obeys("StoredOrder", store.api("GET", f"orders/{hub_order_id}").json())
        assert store.admin("POST", f"shops/1/orders/{hub_order_id}/invoice").status_code == 200
    else:
        assert_refused(answer, 400, 422)


@pytest.mark.parametrize(
    "hub_order_id", ["-a", "a%20b", "%00", "x" * 65, "a%2Fb", "%F0%28", "a'b", "..%2F.."]
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_impossible_order_id_is_refused(
    store: StoreProcess, method: str, hub_order_id: str
) -> None:
    order = make_order(("A", 1, "1.00"))
    assert_refused(store.api(method, f"orders/{hub_order_id}", json=order), 400, 404)


def test_the_paths_id_and_the_bodys_must_agree(store: StoreProcess) -> None:
    answer = store.api("PUT", "orders/other", json=make_order(("A", 1, "1.00")))
    assert_refused(answer, 422)
    assert answer.json()["error"] == {
        "code": "invalid_order",
        "message": "The body's hub_order_id is not the one in the path",
        "field": "hub_order_id",
    }


def test_a_body_over_ten_mebibytes_is_refused(store: StoreProcess) -> None:
    body = b'{"skus":["' + b"x" * (10 * 1024 * 1024) + b'"]}'
    answer = store.api("POST", "products/batch", data=body)
    assert_refused(answer, 413)
    assert answer.json()["error"]["code"] == "payload_too_large"


def test_strange_skus_in_a_batch_are_simply_missing(store: StoreProcess) -> None:
    skus = ["", "\u0000", "' OR 1=1 --", "😀", "x" * 20_000, "A\u0000"]
    answer = store.api("POST", "products/batch", json={"skus": skus})
    assert answer.json() == {"products": [], "missing": skus}
    assert_refused(store.api("POST", "products/batch", json={"skus": ["x"] * 501}), 400)
    assert_refused(store.api("POST", "products/batch", json={"skus": [1]}), 400)
    lone = store.api("POST", "products/batch", data=b'{"skus":["\\ud800"]}')
    assert lone.status_code in (200, 400)


def test_paths_and_methods_that_are_not_served_say_so(store: StoreProcess) -> None:
    assert_refused(store.api("GET", "nothing"), 404)
    assert_refused(store.api("DELETE", "orders"), 405)
    assert_refused(store.api("PATCH", "products/changes"), 405)
    for path in ("/nothing", "/photos/1/1.png", "/photos/x/1.svg", "/nfe/x.xml", "/nfe/%00.xml"):
        assert_refused(requests.get(store.base_url + path, timeout=10), 404)


def test_a_merchants_bad_wish_is_refused(store: StoreProcess) -> None:
    wishes: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", "stock", {"sku": "A", "stock": 2**31}),
        ("PUT", "stock", {"sku": "A", "stock": "5"}),
        ("PUT", "stock", {"sku": "?", "stock": 5}),
        ("PUT", "price", {"sku": "A", "price": 5}),
        ("PATCH", "products/1001", {"pricee": "5.00"}),
        ("PATCH", "products/999999", {"price": "5.00"}),
        ("POST", "products", {"sku": "B"}),
        ("POST", "products", {"sku": "B", "name": "B"}),
        ("POST", "products", {"sku": "B", "name": "B", "variations": [{"sku": "B-1"}]}),
        ("POST", "sales", {"sku": "A", "quantity": 0}),
        ("POST", "sales", {"sku": "?", "quantity": 1}),
        ("POST", "changes", {"count": 0}),
        ("POST", "changes", {"count": 1, "kinds": {"stock": 0}}),
        ("POST", "catalogue", {"families": -1}),
        ("POST", "orders/x/invoice", {}),
    ]
    before = store.changes()
    for method, path, wish in wishes:
        answer = store.admin(method, f"shops/1/{path}", json=wish)
        assert 400 <= answer.status_code < 500, f"{method} {path} {wish}: {answer.text[:200]}"
        assert answer.json()["error"]["code"]
    assert store.admin("GET", "shops/77/products").status_code == 404
    assert store.changes() == before


def test_a_product_may_be_as_strange_as_a_merchant_makes_it(store: StoreProcess) -> None:
    values = ["\u0000", "/ \\ ' \" <b>", "=1+1", "😀" * 100, "x" * 9_000]
    for number, value in enumerate(values):
        product = {"sku": f"{value}{number}", "name": value, "price": "1.00", "ean": value}
        made = store.merchant("POST", "products", json=product).json()
        edit = {"sku": f"{value}-", "stock": -5, "description": value * 5, "categories": [value]}
        changed = store.merchant("PATCH", f"products/{made['id']}", json=edit).json()
        assert_obeys("Product", changed)
        found = store.api("POST", "products/batch", json={"skus": [f"{value}-", product["sku"]]})
        assert found.json() == {"products": [changed], "missing": [product["sku"]]}
    many = [{"sku": f"V-{n}", "price": "1.00", "stock": 1} for n in range(10_000)]
    wish = {"sku": "V", "name": "V", "variations": many}
    made = store.merchant("POST", "products", json=wish).json()
    assert made["stock"] == 10_000
    edit = {"variations": [{"sku": "V-1", "remove": True}, {"sku": "V-2", "stock": 9}]}
    changed = store.merchant("PATCH", f"products/{made['id']}", json=edit).json()
    assert (changed["stock"], len(changed["variations"])) == (10_007, 9_999)
    store.merchant("DELETE", f"products/{made['id']}")


def test_the_contract_is_served_as_it_is_written(store: StoreProcess) -> None:
    answer = requests.get(f"{store.base_url}/openapi.yaml", timeout=10)
    written = Path(__file__).parents[2] / "src/ponte_sandbox/store/contract.yaml"
    assert answer.content == written.read_bytes()


def test_every_operation_of_the_contract_is_served(store: StoreProcess) -> None:
    contract = yaml.safe_load(requests.get(f"{store.base_url}/openapi.yaml", timeout=10).content)
    for path, item in contract["paths"].items():
        for method in {"get", "put", "post", "delete"} & item.keys():
            address = path.replace("{hub_order_id}", "nothing")
            answer = requests.request(method, store.base_url + address, timeout=10)
            assert answer.status_code not in (404, 405, 500), f"{method} {path}"


def test_without_admin_the_administration_does_not_exist(tmp_path: Path) -> None:
    with store_process(tmp_path, "--no-admin", "--families", "1") as store:
        answer = requests.get(f"{store.base_url}/_sandbox/accounts", timeout=10)
        assert_refused(answer, 404)


def test_throttling_and_failures_come_in_the_contracts_shape(store: StoreProcess) -> None:
    try:
        store.admin("PUT", "faults", json={"rate_limit_per_minute": 6})
        answers = [store.api("GET", "store") for _ in range(3)]
        throttled = next(answer for answer in answers if answer.status_code != 200)
        assert_refused(throttled, 429)
        assert int(throttled.headers["retry-after"]) > 0
        store.admin("PUT", "faults", json={"error_share": 1.0})
        assert_refused(store.api("GET", "store"), 500, 503)
    finally:
        store.admin("PUT", "faults", json={})


def test_calls_are_counted_by_route_and_shop(store: StoreProcess) -> None:
    store.admin("DELETE", "calls")
    for number in itertools.repeat("nothing", 3):
        store.api("GET", f"orders/{number}")
    assert store.admin("GET", "calls").json() == {
        "total": 3,
        "calls": [
            {
                "method": "GET",
                "route": "/api/v1/orders/{hub_order_id}",
                "status": 404,
                "account": "1",
                "count": 3,
            }
        ],
    }
