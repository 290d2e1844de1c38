"""Every assumption of the dossier can be turned, and the hub then answers the other way."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from hub_process import HubApi, HubProcess, Receiver, running_hub, wait_until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    data = tmp_path_factory.mktemp("hub")
    with running_hub(data, "--assume", "missing_status=400") as process:
        yield process


@pytest.fixture
def hub(running: HubProcess) -> Iterator[HubProcess]:
    yield running
    defaults = {one["name"]: one["default"] for one in running.admin("GET", "assumptions")}
    running.admin("PUT", "assumptions", defaults)


def assuming(hub: HubProcess, **answers: str) -> HubApi:
    hub.admin("PUT", "assumptions", answers)
    return hub.api()


def test_they_are_listed_with_default_and_meaning(hub: HubProcess) -> None:
    listed = {one["name"]: one for one in hub.admin("GET", "assumptions")}
    assert listed["missing_status"]["value"] == "400"
    assert listed["missing_status"]["default"] == "404"
    assert all(one["doc"] and one["default"] in one["answers"] for one in listed.values())
    assert hub.api().call("GET", "/skus/NONE").status_code == 400


@pytest.mark.parametrize("status", [200, 400, 422])
def test_the_status_of_no_change(hub: HubProcess, status: int) -> None:
    api = assuming(hub, not_updated_status=str(status))
    order = api.post_order(status="approved")["id"]
    answer = api.put_order(order, status="approved")
    assert (answer.status_code, answer.json()["details"]) == (
        status,
        "Changes not found in the order",
    )


@pytest.mark.parametrize("status", [401, 400, 403])
def test_the_status_of_an_expired_token(hub: HubProcess, status: int) -> None:
    assuming(hub, expired_token_status=str(status))
    answer = HubApi(hub.base_url, "old").call("GET", "/orders")
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_token")


def test_no_users_resource(hub: HubProcess) -> None:
    assert assuming(hub, users_resource="missing").call("GET", "/users").status_code == 404


@pytest.mark.parametrize("shape", ["bare", "enveloped"])
def test_the_users_resource_in_an_envelope(hub: HubProcess, shape: str) -> None:
    answer = assuming(hub, users_shape=shape).call("GET", "/users").json()
    user = answer["User"] if shape == "enveloped" else answer
    assert (user["id"], user["email"]) == (5910, "conta5910@example.com")


def test_a_repeated_status_may_refuse_the_rest(hub: HubProcess) -> None:
    api = assuming(hub, repeated_status="refused")
    order = api.post_order(status="approved")["id"]
    assert api.put_order(order, status="approved", external="1").status_code == 400
    assert api.get_order(order)["external"] is None
    api = assuming(hub, repeated_status="merged")
    assert api.put_order(order, status="approved", external="1").status_code == 200


@pytest.mark.parametrize("status", ["shipped", "delivered"])
def test_statuses_apps_may_not_set(hub: HubProcess, status: str) -> None:
    api = assuming(hub, **{f"{status}_status": "refused"})
    order = api.post_order(status="approved")["id"]
    assert api.put_order(order, status=status).json()["type"] == "validation"
    api = assuming(hub, **{f"{status}_status": "accepted"})
    assert api.put_order(order, status=status).status_code == 200


def test_external_keyed_by_app(hub: HubProcess) -> None:
    api = assuming(hub, external_shape="object")
    order = api.post_order()["id"]
    api.put_order(order, external="100023")
    client_id = hub.accounts()[0]["client_id"]
    assert api.get_order(order)["external"] == {client_id: "100023"}
    assert api.put_order(order, external="100023").status_code == 400


def test_amounts_as_texts(hub: HubProcess) -> None:
    api = assuming(hub, numbers="string")
    item = {"sku": "A", "quantity": 2, "price": 10.5}
    order = api.post_order(items=[item], payments=[{"payment_total": 21}], total=21.0)
    assert order["total"] == "21.00"
    assert (order["items"][0]["quantity"], order["items"][0]["price"]) == ("2", "10.50")
    assert order["payments"][0]["payment_total"] == "21"


def test_no_status_history(hub: HubProcess) -> None:
    api = assuming(hub, status_history="absent")
    assert "status_history" not in api.post_order(status="approved")


def test_writes_that_answer_only_the_id(hub: HubProcess) -> None:
    api = assuming(hub, answer_body="empty_product")
    assert set(api.put_sku("E1", name="x")) == {"id"}
    assert set(api.post_order()) == {"id"}
    assert api.get_sku("E1")["name"] == "x"


def test_lists_without_totals(hub: HubProcess) -> None:
    api = assuming(hub, list_totals="absent")
    assert set(api.call("GET", "/orders").json()) == {"limit", "next", "result"}


def test_null_and_left_out_variations(hub: HubProcess) -> None:
    api = assuming(hub, null_clears="no", variations="replace")
    api.put_sku("N1", special_price=5, variations=[{"sku": "N1-A"}, {"sku": "N1-B"}])
    product = api.put_sku("N1", special_price=None, variations=[{"sku": "N1-B"}])
    assert product["special_price"] == 5
    assert [one["sku"] for one in product["variations"]] == ["N1-B"]
    assert api.call("GET", "/skus/N1-A").status_code == 404


def test_the_status_of_something_new(hub: HubProcess) -> None:
    api = assuming(hub, created_status="200")
    assert api.call("POST", "/products", {"sku": "NEW-1"}).status_code == 200
    item = {"sku": "NEW-1", "quantity": 1}
    assert api.call("POST", "/orders", {"items": [item]}).status_code == 200
    api = assuming(hub, created_status="201")
    assert api.call("POST", "/products", {"sku": "NEW-2"}).status_code == 201
    assert api.call("POST", "/orders", {"items": [item]}).status_code == 201


def test_posting_a_sku_there_is(hub: HubProcess) -> None:
    api = assuming(hub, existing_sku="updated")
    api.put_sku("EX1", name="Vaso", quantity=3, variations=[{"sku": "EX1-A"}])
    answer = api.call("POST", "/products", {"sku": "EX1", "quantity": 4})
    assert answer.status_code == 200
    shown = answer.json()["Product"]
    assert (shown["name"], shown["quantity"], len(shown["variations"])) == ("Vaso", 4, 1)
    assert api.call("POST", "/products", {"sku": "EX1-A"}).status_code == 400
    api = assuming(hub, existing_sku="refused")
    assert api.call("POST", "/products", {"sku": "EX1"}).status_code == 400


def test_writing_and_deleting_by_a_variations_sku(hub: HubProcess) -> None:
    api = assuming(hub, variation_put="refused", variation_delete="product")
    api.put_sku("VA", variations=[{"sku": "VA-A"}, {"sku": "VA-B"}])
    refused = api.call("PUT", "/skus/VA-A", {"price": 5})
    assert (refused.status_code, refused.json()["type"]) == (400, "validation")
    stock = api.call("PUT", "/skus/VA-A/stock", {"action": "update", "quantity": 5})
    assert stock.json()["Product"]["variations"][0]["quantity"] == 5
    assert api.call("DELETE", "/skus/VA-A").status_code == 200
    assert api.call("GET", "/skus/VA-B").status_code == 404
    assert api.call("GET", "/skus/VA").status_code == 404


def test_lowering_stock_below_zero(hub: HubProcess) -> None:
    api = assuming(hub, stock_below_zero="zero")
    api.put_sku("LOW", quantity=3)
    answer = api.call("PUT", "/skus/LOW/stock", {"action": "decrease", "quantity": 5})
    assert (answer.status_code, answer.json()["Product"]["quantity"]) == (200, 0)
    api = assuming(hub, stock_below_zero="refused")
    refused = api.call("PUT", "/skus/LOW/stock", {"action": "decrease", "quantity": 1})
    assert refused.status_code == 400


def test_new_products_that_wait_to_be_made_available(hub: HubProcess) -> None:
    api = assuming(hub, new_available="no")
    assert api.put_sku("AV", name="x")["available"] == 0
    assert api.put_sku("AV", available=1)["available"] == 1
    assert api.put_sku("AV", available=None)["available"] == 0
    assert assuming(hub, new_available="yes").put_sku("AV2")["available"] == 1


def test_a_product_put_that_changes_nothing(hub: HubProcess) -> None:
    api = assuming(hub, unchanged_put="stamped")
    first = api.put_sku("SAME", name="x")
    with Receiver().listening() as receiver:
        hub.register(receiver.url)
        time.sleep(0.005)
        second = api.put_sku("SAME", name="x")
        wait_until(lambda: receiver.received)
        hub.register(None)
    assert second["modified"] > first["modified"]
    assert {**second, "modified": ""} == {**first, "modified": ""}
    assert not any(receiver.received[0]["changes"].values())
    assert assuming(hub, unchanged_put="silent").put_sku("SAME", name="x") == second


def test_an_app_that_is_not_told_of_its_own_changes(hub: HubProcess) -> None:
    api = assuming(hub, own_changes="untold")
    with Receiver().listening() as receiver:
        hub.register(receiver.url)
        api.put_sku("OWN", name="x", quantity=5, price=10)
        order = api.post_order(status="approved")["id"]
        api.put_order(order, external="1")
        wish = {
            "account": 5910,
            "orders": [
                {
                    "items": [{"sku": "OWN", "quantity": 1}],
                    "auto_reserve": True,
                    "steps": [{"status": "canceled"}],
                }
            ],
        }
        (placed,) = hub.admin("POST", "marketplace/file", wish)["orders"]
        # What others did arrives, and by then what went before it would have.
        expected = {("orders", "created"), ("orders", "updated"), ("products", "updated")}
        wait_until(lambda: expected <= {(one["type"], one["action"]) for one in receiver.received})
        hub.register(None)
    told = {(one["type"], one["action"]) for one in receiver.received}
    assert told == expected
    orders = {one["id"] for one in receiver.received if one["type"] == "orders"}
    assert orders == {placed} != {order}


def test_a_list_whose_next_never_ends(hub: HubProcess) -> None:
    api = assuming(hub, list_next="always")
    ids = [api.put_sku(f"NX{number}", supplier_id="NX")["id"] for number in range(3)]
    page = api.call("GET", "/products", supplier_id="NX").json()
    assert page["next"] == ids[-1]
    after = api.call("GET", "/products", supplier_id="NX", next=page["next"]).json()
    assert (after["result"], after["next"]) == ([], None)


def test_a_list_that_begins_with_the_newest(hub: HubProcess) -> None:
    api = assuming(hub, list_order="newest")
    ids = [api.put_sku(f"NW{number}", supplier_id="NW")["id"] for number in range(3)]
    assert api.list_ids("/products", supplier_id="NW") == ids[::-1]
    assert api.list_ids("/products", supplier_id="NW", next=ids[1]) == ids[:1]
    assert api.list_ids("/products", supplier_id="NW", sort="created") == ids
    assert api.list_ids("/products", supplier_id="NW", order="asc") == ids


def test_windows_of_days_in_brasilia(hub: HubProcess) -> None:
    api = assuming(hub, window_days="brasilia")
    wish = {
        "account": 5910,
        "orders": [{"items": [], "original_id": "night", "created": "2024-07-02T02:59:59Z"}],
    }
    (order,) = hub.admin("POST", "marketplace/file", wish)["orders"]
    assert order in api.list_ids("/orders", created="2024-07-01")
    assert order not in api.list_ids("/orders", created="2024-07-02")
    evening = "2024-07-01T23:59:59"
    assert order in api.list_ids("/orders", created=f"{evening}to2024-07-05")
    assert order not in api.list_ids("/orders", created=f"{evening}Zto2024-07-02T02:00:00Z")
    api = assuming(hub, window_days="utc")
    assert order in api.list_ids("/orders", created="2024-07-02")
    assert order not in api.list_ids("/orders", created="2024-07-01")
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    assert api.list_ids("/orders", created=tomorrow) == []


@pytest.mark.parametrize("status", [400, 422])
def test_the_status_of_invalid_fields(hub: HubProcess, status: int) -> None:
    api = assuming(hub, validation_status=str(status))
    for answer in (
        api.call("PUT", "/skus/INV", {"price": "ten"}),
        api.call("GET", "/orders", limit="x"),
        api.call("POST", "/orders", []),
    ):
        assert (answer.status_code, answer.json()["type"]) == (status, "validation")


@pytest.mark.parametrize("grant", [400, 401])
@pytest.mark.parametrize("client", [400, 401])
def test_the_status_of_a_refused_log_in(hub: HubProcess, grant: int, client: int) -> None:
    assuming(hub, invalid_grant_status=str(grant), invalid_client_status=str(client))
    known = hub.accounts()[0]
    del known["account"]
    for wrong, status, error in (
        ("password", grant, "invalid_grant"),
        ("client_secret", client, "invalid_client"),
    ):
        fields = {"grant_type": "password", **known, wrong: "wrong"}
        answer = requests.post(f"{hub.base_url}/oauth/token", data=fields, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_deliveries_that_nobody_checks(hub: HubProcess) -> None:
    api = assuming(hub, shipping_items="unchecked")
    order = api.post_order(status="approved")["id"]
    lines = [{"sku": "NOT-ORDERED", "quantity": 9}]
    assert api.put_order(order, shipments=[{"shipping_items": lines}]).status_code == 200
    api = assuming(hub, shipping_items="checked")
    lines = [{"sku": "CAM-1", "quantity": 1}]
    assert api.put_order(order, shipments=[{"shipping_items": lines}]).status_code == 400
    assert api.put_order(order, shipments=[{"track_code": "BR1"}]).status_code == 200
