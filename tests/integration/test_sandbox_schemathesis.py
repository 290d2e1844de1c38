"""Both sandboxes obey the OpenAPI documents they publish, whatever is sent to them."""

from pathlib import Path

import pytest
import requests
import yaml
from hub_process import HubProcess
from schemathesis_run import CHECKS, conform
from store_orders import make_order
from store_process import StoreProcess

from ponte_sandbox.hub.orders.access_key import check_digit

_KEY_43 = "3526111234567800019555001000000001112345678"
_KEY = f"{_KEY_43}{check_digit(_KEY_43)}"


def known_of(hub: HubProcess) -> dict[str, dict[str, list[str]]]:
    """A few of each resource, so that most calls lead to something."""
    api = hub.api()
    products, orders, labels, messages, places = [], [], [], [], []
    for number in range(3):
        sku = f"KNOWN-{number}"
        products.append(api.put_sku(sku, price=9, variations=[{"sku": f"{sku}-A"}])["id"])
        order = api.post_order(status="approved")["id"]
        api.put_order(order, status="invoiced", shipments=[{"nfe_key": _KEY}])
        made = api.call("POST", f"/orders/{order}/labels").json()["result"]
        labels.append(made[0]["Label"]["id"])
        orders.append(order)
        question = {"account": 5910, "sku": sku, "text": "?"}
        messages.append(hub.admin("POST", "messages", question)["id"])
        place = api.call("POST", "/places", {"code": f"KNOWN-{number}"}).json()
        places.append(place["Place"]["id"])
    skus = [f"KNOWN-{number}{end}" for number in range(3) for end in ("", "-A")]
    return {
        "/skus/{sku}": {"sku": skus},
        "/skus/{sku}/stock": {"sku": skus},
        "/products/{id}": {"id": products},
        "/products/{id}/stock": {"id": products},
        "/orders/{id}": {"id": orders},
        "/orders/{id}/labels": {"id": orders},
        "/labels/{id}": {"id": labels},
        "/labels/{id}/zpl": {"id": labels},
        "/messages/{id}": {"id": messages},
        "/places/{id}": {"id": places},
        "/clientInfo/{id}": {"id": ["221", "309"]},
    }


def never_done(base_url: str) -> set[tuple[str, str]]:
    """The operations of the document that were never answered with success since the last reset."""
    paths = yaml.safe_load(requests.get(f"{base_url}/openapi.yaml", timeout=10).text)["paths"]
    described = {
        (method.upper(), path)
        for path, item in paths.items()
        for method in ("get", "put", "post", "delete")
        if method in item
    }
    calls = requests.get(f"{base_url}/_sandbox/calls", timeout=10).json()["calls"]
    return described - {(call["method"], call["route"]) for call in calls if call["status"] < 400}


@pytest.mark.parametrize("written", ["yaml", "json"])
def test_the_documents_need_no_token(hub: HubProcess, written: str) -> None:
    for prefix in ("", "/_sandbox"):
        answer = requests.get(f"{hub.base_url}{prefix}/openapi.{written}", timeout=10)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(f"application/{written}")


def test_the_hub_obeys_its_document(hub: HubProcess, tmp_path: Path) -> None:
    token, known = hub.token()["access_token"], known_of(hub)
    hub.admin("DELETE", "calls")
    conform(
        f"{hub.base_url}/openapi.yaml",
        tmp_path,
        token=token,
        checks=[*CHECKS, "ignored_auth"],
        known=known,
        without_borders=["createProduct", "putProduct", "createOrder"],
    )
    # Refusals alone would obey, too. Credentials are what no document can tell.
    assert never_done(hub.base_url) == {("POST", "/oauth/token")}


def test_the_hubs_administration_obeys_its_document(hub: HubProcess, tmp_path: Path) -> None:
    conform(
        f"{hub.base_url}/_sandbox/openapi.yaml",
        tmp_path,
        # Each of these is asked for its largest number, too: 20,000 accounts, a million orders.
        left_out=["addAccounts", "startRun"],
    )


def test_the_store_obeys_its_contract(store: StoreProcess, tmp_path: Path) -> None:
    orders = []
    sold = (one["product"] for one in store.changes() if not one["product"]["variations"])
    for product, _ in zip(sold, range(3), strict=False):
        order = make_order((product["sku"], 1, "10.00"))
        answer = store.api("PUT", f"orders/{order['hub_order_id']}", json=order)
        assert answer.status_code == 201, answer.text
        orders.append(order["hub_order_id"])
    store.admin("DELETE", "calls")
    paths = ("/api/v1/orders/{hub_order_id}", "/api/v1/orders/{hub_order_id}/cancellation")
    conform(
        f"{store.base_url}/openapi.yaml",
        tmp_path,
        token=store.token,
        known={path: {"hub_order_id": orders} for path in paths},
    )
    # The question to the merchant is a page for people, and pages are not counted.
    asked = ("GET", "/oauth/authorize")
    assert never_done(store.base_url) == {("POST", "/oauth/token"), asked}
