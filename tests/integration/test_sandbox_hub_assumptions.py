"""Every assumption of the dossier can be turned, and the hub then answers the other way."""

from collections.abc import Iterator

import pytest
from hub_process import HubApi, HubProcess, running_hub


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
