"""The hub's orders: partial updates, shipments, what is no change, lists (pluggto-api.md)."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hub_process import HubApi, HubProcess, running_hub

from ponte_sandbox.hub.orders.access_key import check_digit

_KEY_43 = "3526111234567800019555001000000001112345678"
_KEY = f"{_KEY_43}{check_digit(_KEY_43)}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "2") as process:
        yield process


@pytest.fixture
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def assert_nothing_to_change(answer: object) -> None:
    assert answer.status_code == 400, answer.text  # type: ignore[attr-defined]
    assert answer.json() == {  # type: ignore[attr-defined]
        "error": True,
        "type": "not_updated",
        "message": "An error occurred, see details for more information.",
        "details": "Changes not found in the order",
    }


def test_only_the_fields_sent_change(api: HubApi) -> None:
    order = api.post_order(status="approved", payer_name="Ana", shipping="12.50")
    changed = api.put_order(order["id"], external="100023", ack=True).json()["Order"]
    assert (changed["external"], changed["ack"]) == ("100023", True)
    assert (changed["payer_name"], changed["shipping"]) == ("Ana", "12.50")
    assert changed["modified"] > order["modified"]
    assert api.get_order(order["id"]) == changed


def test_the_same_confirmation_twice_is_no_change(api: HubApi) -> None:
    order = api.post_order(status="approved")
    api.put_order(order["id"], external="7", ack=True)
    assert_nothing_to_change(api.put_order(order["id"], external="7", ack=True))


def test_the_same_status_cannot_be_sent_twice(api: HubApi) -> None:
    order = api.post_order(status="approved")
    assert api.put_order(order["id"], status="in_separation").status_code == 200
    assert_nothing_to_change(api.put_order(order["id"], status="in_separation"))


def test_the_same_lists_once_more_are_no_change(api: HubApi) -> None:
    items = [{"sku": "A", "quantity": 1, "price": "10.00"}, {"sku": "B", "quantity": 2}]
    payments = [{"payment_type": "pix", "payment_total": 10}]
    order = api.post_order(items=items, payments=payments)
    assert_nothing_to_change(api.put_order(order["id"], items=items, payments=payments))
    assert_nothing_to_change(api.put_order(order["id"], items=order["items"]))
    changed = api.put_order(order["id"], items=[items[0], {**items[1], "quantity": 3}])
    before, after = order["items"], changed.json()["Order"]["items"]
    assert (after[0], after[1]["quantity"]) == (before[0], 3)
    assert after[1]["id"] != before[1]["id"]


def test_a_status_is_noted_in_the_history(api: HubApi) -> None:
    order = api.post_order(status="pending")
    api.put_order(order["id"], status="approved")
    api.put_order(order["id"], status="canceled")
    history = api.get_order(order["id"])["status_history"]
    assert [entry["status"] for entry in history] == ["pending", "approved", "canceled"]


def test_a_shipment_without_its_id_is_a_second_delivery(api: HubApi) -> None:
    order = api.post_order(status="approved")
    invoice = {"nfe_key": _KEY, "nfe_number": "111", "cfops": "5102"}
    answer = api.put_order(order["id"], status="invoiced", shipments=[invoice])
    shipment = answer.json()["Order"]["shipments"][0]
    assert answer.json()["Order"]["tags"]["has_invoice_key"]

    tracking = {"track_code": "BR1", "shipping_company": "Correios"}
    known = api.put_order(order["id"], shipments=[{"id": shipment["id"], **tracking}])
    assert known.json()["Order"]["shipments"] == [{**shipment, **tracking}]
    assert known.json()["Order"]["tags"]["has_track"]

    duplicate = api.put_order(order["id"], shipments=[tracking])
    assert len(duplicate.json()["Order"]["shipments"]) == 2
    unknown = api.put_order(order["id"], shipments=[{"id": "0" * 24, **tracking}])
    assert (unknown.status_code, unknown.json()["type"]) == (400, "validation")


@pytest.mark.parametrize("key", ["123", _KEY_43 + str((check_digit(_KEY_43) + 1) % 10), "x" * 44])
def test_a_wrong_access_key_is_refused(api: HubApi, key: str) -> None:
    order = api.post_order(status="approved")
    answer = api.put_order(order["id"], status="invoiced", shipments=[{"nfe_key": key}])
    assert (answer.status_code, answer.json()["type"]) == (400, "validation")
    assert api.get_order(order["id"])["status"] == "approved"


def test_the_correction_log_grows_with_every_report(api: HubApi) -> None:
    order = api.post_order()
    for _ in range(2):
        entry = {"message": "CPF inválido", "date": "2021-07-05T11:25:31-03:00"}
        assert api.put_order(order["id"], log_history=[entry]).status_code == 200
    log = api.get_order(order["id"])["log_history"]
    assert [entry["message"] for entry in log] == ["CPF inválido"] * 2


def test_lists_page_by_number_and_by_last_id(hub: HubProcess) -> None:
    api = hub.api(5911)
    ids = [api.post_order()["id"] for _ in range(5)]
    assert api.list_ids("/orders") == ids
    assert api.list_ids("/orders", limit="2", page="2") == ids[2:4]
    assert api.list_ids("/orders", limit="2", next=ids[1]) == ids[2:4]
    assert api.list_ids("/orders", sort="-created", limit="2") == ids[:2:-1]
    assert api.list_ids("/orders", order="desc", limit="2", next=ids[3]) == ids[2:0:-1]
    first = api.call("GET", "/orders", limit="2").json()
    assert (first["total"], first["showing"], first["limit"]) == (5, 2, 2)
    assert first["next"] == ids[1]
    assert api.call("GET", "/orders", limit="500").json()["limit"] == 100


def test_lists_are_narrowed_by_time_status_and_number(hub: HubProcess) -> None:
    hub.admin("POST", "accounts", {"count": 1})
    api = hub.api(hub.accounts()[-1]["account"])
    old = api.post_order(status="approved")["id"]
    time.sleep(0.01)
    between = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    new = api.post_order(status="pending", items=[{"sku": "ZZZ", "quantity": 2}])["id"]
    api.put_order(old, external="77")
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    assert api.list_ids("/orders", created=f"{between}to{later}") == [new]
    assert api.list_ids("/orders", modified=f"{between}to{later}", sort="modified") == [new, old]
    assert api.list_ids("/orders", created=today) == [old, new]
    assert api.list_ids("/orders", created="2024-07-01to2024-07-15") == []
    assert api.list_ids("/orders", status="approved,canceled") == [old]
    assert api.list_ids("/orders", external="77") == [old]
    assert api.list_ids("/orders", sku="ZZZ") == [new]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/orders?limit=x", None),
        ("GET", "/orders?page=0", None),
        ("GET", "/orders?created=yesterday", None),
        ("GET", "/orders?next=000000000000000000000000", None),
        ("GET", "/orders?sort=total", None),
        ("POST", "/orders", []),
        ("POST", "/orders", {"items": []}),
        ("POST", "/orders", {"items": [{"sku": "A", "quantity": 0}]}),
        ("POST", "/orders", {"items": [{"sku": "A", "quantity": 1, "price": "ten"}]}),
        ("POST", "/orders", {"items": [{"sku": "A", "quantity": 1}], "status": "lost"}),
        ("POST", "/orders", {"items": [{"sku": "A", "quantity": 1}], "total": True}),
        ("POST", "/orders", {"items": [{"sku": "A", "quantity": 1}], "payments": {}}),
        ("POST", "/orders", {"items": [{"sku": "A", "quantity": 1}], "tags": []}),
    ],
)
def test_a_malformed_call_is_refused_in_shape(
    api: HubApi, method: str, path: str, body: object
) -> None:
    answer = api.call(method, path, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "validation")
    assert answer.json()["details"]


def test_an_unknown_order_is_not_found(api: HubApi) -> None:
    for identifier in ("0" * 24, "x", "6b04ab9d27e64b0000000001"):
        assert api.call("GET", f"/orders/{identifier}").status_code == 404


def test_confirmed_orders_survive_a_kill(hub: HubProcess, api: HubApi) -> None:
    placed = [api.post_order(status="approved")["id"] for _ in range(20)]
    api.put_order(placed[-1], external="1")
    hub.restart()
    assert [api.get_order(one)["status"] for one in placed] == ["approved"] * 20
    assert api.get_order(placed[-1])["external"] == "1"
    assert api.post_order()["id"] not in placed
