"""Orders in the sandbox store: applied once, cancelled once, and every fact in the event feed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from store_orders import assert_obeys, make_order
from store_process import StoreProcess, store_process

from ponte_sandbox.store.nfe_key import check_digit


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "20") as process:
        yield process


@pytest.fixture
def sku(store: StoreProcess, request: pytest.FixtureRequest) -> str:
    """A product of this test's own, 100 in stock at 10.00."""
    name: str = request.node.name[:60]
    product = {"sku": name, "name": name, "price": "10.00", "stock": 100, "ncm": "61091000"}
    store.merchant("POST", "products", json=product)
    return name


def put(store: StoreProcess, order: dict[str, Any]) -> requests.Response:
    return store.api("PUT", f"orders/{order['hub_order_id']}", json=order)


def stock_of(store: StoreProcess, sku: str) -> int:
    answer = store.api("POST", "products/batch", json={"skus": [sku]}).json()
    stock: int = answer["products"][0]["stock"]
    return stock


def cancel(store: StoreProcess, hub_order_id: str) -> requests.Response:
    return store.api("POST", f"orders/{hub_order_id}/cancellation", json={"reason": "desistiu"})


def newest_event(store: StoreProcess) -> int:
    events = store.events()
    return events[-1]["sequence"] if events else 0


def test_an_order_put_many_times_at_once_enters_once(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 3, "10.00"))
    url = f"{store.base_url}/api/v1/orders/{order['hub_order_id']}"
    headers = {"authorization": f"Bearer {store.token}"}
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(
                lambda _: requests.put(url, json=order, headers=headers, timeout=30), range(64)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 63 + [201]
    assert len({answer.text for answer in answers}) == 1, "every answer is the first one"
    assert_obeys("TakenOrder", answers[0].json())
    assert stock_of(store, sku) == 97
    entered = [o for o in store.orders() if o["hub_order_id"] == order["hub_order_id"]]
    assert len(entered) == 1


def test_another_body_under_a_known_id_changes_nothing(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 1, "10.00"))
    first = put(store, order)
    stored = store.api("GET", f"orders/{order['hub_order_id']}").json()
    other = make_order((sku, 50, "9.00"), hub_order_id=order["hub_order_id"])
    again = put(store, other)
    assert (again.status_code, again.json()) == (200, first.json())
    assert store.api("GET", f"orders/{order['hub_order_id']}").json() == stored
    assert stock_of(store, sku) == 99


def test_an_order_reads_back_as_it_was_put(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 2, "10.00"), note="Sem troco 😀 <b>\u0000", approved_at=None)
    taken = put(store, order).json()
    stored = store.api("GET", f"orders/{order['hub_order_id']}").json()
    assert_obeys("StoredOrder", stored)
    assert {name: stored[name] for name in order if name not in ("buyer", "delivery")} == {
        name: value for name, value in order.items() if name not in ("buyer", "delivery")
    }
    assert order["buyer"].items() <= stored["buyer"].items()
    assert order["delivery"].items() <= stored["delivery"].items()
    assert (stored["number"], stored["status"]) == (taken["number"], "approved")


def test_numbers_grow_and_begin_after_100000(store: StoreProcess, sku: str) -> None:
    numbers = [int(put(store, make_order((sku, 1, "1.00"))).json()["number"]) for _ in range(3)]
    assert numbers[0] > 100000
    assert numbers == list(range(numbers[0], numbers[0] + 3))


@pytest.mark.parametrize(
    ("spoil", "code", "field"),
    [
        (lambda o: o["items"][0].update(sku="NÃO/HÁ"), "unknown_sku", "items[0].sku"),
        (lambda o: o["buyer"].update(document="11144477736"), "invalid_document", "buyer.document"),
        (lambda o: o["totals"].update(total="0.01"), "invalid_order", "totals.total"),
        (lambda o: o["items"][0].update(discount="0.01"), "invalid_order", "items[0].total"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_leaves_nothing(
    store: StoreProcess, spoil: Any, code: str, field: str
) -> None:
    sku = f"R-{code}-{field}"
    product = {"sku": sku, "name": "R", "price": "10.00", "stock": 7}
    store.merchant("POST", "products", json=product)
    event = newest_event(store)
    order = make_order((sku, 1, "10.00"))
    spoil(order)
    answer = put(store, order)
    assert answer.status_code == 422
    assert_obeys("Error", answer.json())
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)
    assert store.api("GET", f"orders/{order['hub_order_id']}").status_code == 404
    assert stock_of(store, sku) == 7
    assert store.events(event) == []


def test_one_unknown_sku_among_several_takes_nothing_from_stock(
    store: StoreProcess, sku: str
) -> None:
    answer = put(store, make_order((sku, 5, "10.00"), ("NÃO/HÁ", 1, "1.00")))
    assert answer.json()["error"]["field"] == "items[1].sku"
    assert stock_of(store, sku) == 100


def test_the_parent_of_variations_is_not_sold(store: StoreProcess) -> None:
    variations = [{"sku": f"PAI-{size}", "price": "5.00", "stock": 4} for size in "PM"]
    store.merchant("POST", "products", json={"sku": "PAI", "name": "Pai", "variations": variations})
    assert put(store, make_order(("PAI", 1, "5.00"))).json()["error"]["code"] == "unknown_sku"
    assert put(store, make_order(("PAI-M", 3, "5.00"), ("PAI-P", 1, "5.00"))).status_code == 201
    (product,) = store.api("POST", "products/batch", json={"skus": ["PAI"]}).json()["products"]
    assert [v["stock"] for v in product["variations"]] == [3, 1]
    assert product["stock"] == 4


def test_a_shop_may_forbid_to_sell_more_than_it_has(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 60, "10.00"), (sku, 41, "10.00"))
    store.merchant("PUT", "settings", json={"backorders": False})
    try:
        answer = put(store, order)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "insufficient_stock")
        assert answer.json()["error"]["field"] == "items[1].quantity"
        assert stock_of(store, sku) == 100
    finally:
        store.merchant("PUT", "settings", json={"backorders": True})
    assert put(store, order).status_code == 201
    assert stock_of(store, sku) == -1


def test_an_order_moves_the_stock_in_the_change_feed(store: StoreProcess, sku: str) -> None:
    before = store.changes()[-1]["sequence"]
    put(store, make_order((sku, 4, "10.00")))
    assert [(e["sku"], e["product"]["stock"]) for e in store.changes(before)] == [(sku, 96)]


def test_a_cancellation_restocks_once_however_often_it_is_sent(
    store: StoreProcess, sku: str
) -> None:
    order = make_order((sku, 10, "10.00"))
    number = put(store, order).json()["number"]
    event = newest_event(store)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: cancel(_client(store), order["hub_order_id"]), range(8)))
    expected = {"hub_order_id": order["hub_order_id"], "number": number, "status": "canceled"}
    assert [answer.json() for answer in answers] == [expected] * 8
    assert stock_of(store, sku) == 100
    assert [e["type"] for e in store.events(event)] == ["canceled"]
    assert put(store, order).json()["canceled"] is True
    assert stock_of(store, sku) == 100, "a canceled order does not enter again"


def _client(store: StoreProcess) -> StoreProcess:
    client = StoreProcess(store.folder)
    client.base_url, client.accounts = store.base_url, store.accounts
    return client


def test_an_unknown_order_cannot_be_cancelled(store: StoreProcess) -> None:
    answer = cancel(store, "ffffffffffffffffffffffff")
    assert answer.status_code == 404
    assert_obeys("Error", answer.json())


def test_the_steps_of_an_order_are_facts_in_the_feed(store: StoreProcess, sku: str) -> None:
    event = newest_event(store)
    order = make_order((sku, 1, "10.00"))
    put(store, order)
    step = f"orders/{order['hub_order_id']}"
    wish = {"carrier": "Jadlog", "tracking_code": "JD0001"}
    for _ in range(2):  # a step done again is no second fact
        store.merchant("POST", f"{step}/invoice")
        store.merchant("POST", f"{step}/dispatch", json=wish)
        store.merchant("POST", f"{step}/deliver")
    page = store.api("GET", "order-events", params={"after": event}).json()
    assert_obeys("OrderEvents", page)
    created, invoiced, dispatched, delivered = page["events"]
    assert [e["type"] for e in page["events"]] == ["created", "invoiced", "dispatched", "delivered"]
    assert {e["hub_order_id"] for e in page["events"]} == {order["hub_order_id"]}
    assert created["invoice"] is None
    assert invoiced["shipment"] is None
    assert invoiced["invoice"] == dispatched["invoice"] == delivered["invoice"]
    assert dispatched["shipment"] == delivered["shipment"]
    assert dispatched["shipment"]["tracking_code"] == "JD0001"
    assert delivered["delivered_at"] is not None
    assert invoiced["invoice"]["cfops"] == ["6102"], "to Rio de Janeiro"
    page = store.api("GET", "orders", params={"after": int(created["number"]) - 1}).json()
    assert_obeys("OrderList", page)
    assert page["orders"][0]["status"] == "delivered"


def test_an_invoice_has_a_valid_key_and_its_xml_at_a_public_link(
    store: StoreProcess, sku: str
) -> None:
    order = make_order((sku, 2, "10.00"))
    put(store, order)
    document = store.merchant("POST", f"orders/{order['hub_order_id']}/invoice").json()
    invoice = document["invoice"]
    assert len(invoice["key"]) == 44
    assert check_digit(invoice["key"][:43]) == invoice["key"][43]
    xml = requests.get(invoice["xml_url"], timeout=10)
    assert xml.headers["content-type"].startswith("application/xml")
    assert f"NFe{invoice['key']}" in xml.text
    assert "<CFOP>6102</CFOP>" in xml.text
    assert "<NCM>61091000</NCM>" in xml.text
    assert f"<vNF>{order['totals']['total']}</vNF>" in xml.text
    unknown = invoice["xml_url"].removesuffix(".xml") + "x.xml"
    assert requests.get(unknown, timeout=10).status_code == 404


def test_delivery_can_be_informed_at_once(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 1, "10.00"))
    put(store, order)
    event = newest_event(store)
    for _ in range(2):
        store.merchant("POST", f"orders/{order['hub_order_id']}/inform-delivery")
    invoiced, dispatched = store.events(event)
    assert (invoiced["type"], dispatched["type"]) == ("invoiced", "dispatched")
    assert dispatched["invoice"] == invoiced["invoice"]
    assert dispatched["shipment"]["tracking_url"].startswith("http")


def test_steps_out_of_order_are_refused_with_the_reason(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 1, "10.00"))
    put(store, order)
    step = f"shops/1/orders/{order['hub_order_id']}"

    def refusal(action: str) -> tuple[int, str]:
        answer = store.admin("POST", f"{step}/{action}")
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    assert refusal("dispatch") == (409, "not_invoiced")
    assert refusal("deliver") == (409, "not_dispatched")
    store.merchant("POST", f"orders/{order['hub_order_id']}/inform-delivery")
    answer = cancel(store, order["hub_order_id"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_dispatched")
    other = make_order((sku, 1, "10.00"))
    put(store, other)
    cancel(store, other["hub_order_id"])
    step = f"shops/1/orders/{other['hub_order_id']}"
    assert refusal("invoice") == (409, "canceled")
    assert refusal("inform-delivery") == (409, "canceled")


def test_a_sale_of_the_stores_own_has_no_hub_id(store: StoreProcess, sku: str) -> None:
    event = newest_event(store)
    sale = store.merchant("POST", "sales", json={"sku": sku, "quantity": 2}).json()
    assert sale["hub_order_id"] is None
    assert stock_of(store, sku) == 98
    (created,) = store.events(event)
    assert (created["hub_order_id"], created["number"]) == (None, sale["number"])
    assert store.orders()[-1]["hub_order_id"] is None
    store.merchant("POST", f"orders/{sale['number']}/inform-delivery")
    store.merchant("POST", f"orders/{sale['number']}/deliver")
    types = ["created", "invoiced", "dispatched", "delivered"]
    assert [e["type"] for e in store.events(event)] == types


def test_orders_of_another_shop_do_not_exist(store: StoreProcess, sku: str) -> None:
    order = make_order((sku, 1, "10.00"))
    put(store, order)
    (other,) = store.admin("POST", "accounts", json={"count": 1}).json()
    path = f"orders/{order['hub_order_id']}"
    assert store.api("GET", path, token=other["access_token"]).status_code == 404
    answer = store.api(
        "POST", f"{path}/cancellation", token=other["access_token"], json={"reason": ""}
    )
    assert answer.status_code == 404
    assert store.api("GET", "order-events", token=other["access_token"]).json()["events"] == []


def test_a_store_killed_while_orders_enter_has_all_it_confirmed_and_none_twice(
    tmp_path: Path,
) -> None:
    with store_process(tmp_path, "--families", "5") as store:
        product = {"sku": "K", "name": "K", "price": "1.00", "stock": 100_000}
        store.merchant("POST", "products", json=product)
        orders = [make_order(("K", 1, "1.00")) for _ in range(300)]

        def send(order: dict[str, Any]) -> str | None:
            try:
                answer = put(_client(store), order)
            except requests.RequestException:
                return None
            return order["hub_order_id"] if answer.ok else None

        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(send, order) for order in orders]
            for future in futures[:100]:
                future.result()
            store.kill()
            confirmed = {future.result() for future in futures} - {None}
        assert 100 <= len(confirmed) < 300, "killed in the middle"
        store.restart()
        kept = [order["hub_order_id"] for order in store.orders()]
        assert confirmed <= set(kept)
        assert stock_of(store, "K") == 100_000 - len(kept)
        for order in orders:
            assert put(store, order).ok
        kept = [order["hub_order_id"] for order in store.orders()]
        assert len(kept) == len(set(kept)) == 300
        assert stock_of(store, "K") == 100_000 - 300
        created = [e for e in store.events() if e["type"] == "created"]
        assert len(created) == 300
