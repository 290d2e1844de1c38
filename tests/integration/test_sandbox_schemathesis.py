"""Both sandboxes obey the OpenAPI documents they publish, whatever is sent to them."""

from pathlib import Path

import pytest
import requests
from hub_process import HubProcess
from schemathesis_run import CHECKS, conform

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


@pytest.mark.parametrize("written", ["yaml", "json"])
def test_the_documents_need_no_token(hub: HubProcess, written: str) -> None:
    for prefix in ("", "/_sandbox"):
        answer = requests.get(f"{hub.base_url}{prefix}/openapi.{written}", timeout=10)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(f"application/{written}")


def test_the_hub_obeys_its_document(hub: HubProcess, tmp_path: Path) -> None:
    conform(
        f"{hub.base_url}/openapi.yaml",
        tmp_path,
        token=hub.token()["access_token"],
        checks=[*CHECKS, "ignored_auth"],
        known=known_of(hub),
    )


def test_the_hubs_administration_obeys_its_document(hub: HubProcess, tmp_path: Path) -> None:
    conform(
        f"{hub.base_url}/_sandbox/openapi.yaml",
        tmp_path,
        # Each of these is asked for its largest number, too: 20,000 accounts, a million orders.
        left_out=["addAccounts", "startRun"],
    )
