"""Whatever is sent, the answer is a refusal in shape or a resource, never a 500."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hub_process import HubProcess, running_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        yield process


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10.5, 10**30, -1e300, "", "x", "10.5", "1e5000", "\x00", "😀",
    "9999-12-31T23:59:59Z", [], {}, [1], [{}], [None], {"id": 1}, {"code": []}, [{"id": "0" * 24}],
    [{"id": {}}], [{"remove": True}], [{"sku": {}}], [{"sku": 1, "quantity": "2"}], nested(600),
    [{"code": {}, "label": []}], "x" * 70_000,
)  # fmt: skip
_PRODUCT = (
    "sku", "ean", "name", "external", "quantity", "price", "special_price", "available",
    "dimension", "categories", "attributes", "photos", "price_table", "stock_table", "variations",
    "id", "created", "inspected_fields", "unknown",
)  # fmt: skip
_ORDER = (
    "status", "ack", "external", "items", "payments", "shipments", "log_history", "tags", "total",
    "commission", "payer_name", "receiver_zipcode", "channel", "id", "status_history", "unknown",
)  # fmt: skip
_QUERY = (
    "created", "modified", "status", "sort", "order", "limit", "page", "next", "sku", "ean",
    "external", "supplier_id",
)  # fmt: skip
_QUERY_VALUES = (
    "x", "0", "-1", "9" * 400, "a,b", "to", "2024-01-01to", "0001-01-01to9999-12-31", "\x00", "%",
    "f" * 24, "-modified", "desc", "2024-02-30",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_no_call_breaks_the_hub(hub: HubProcess, seed: int) -> None:
    chance = random.Random(seed)
    api = hub.api()
    order = api.post_order()["id"]
    api.put_sku(f"BAD-{seed}", variations=[{"sku": f"BAD-{seed}-A"}])
    for number in range(250):
        fields = chance.choice((_PRODUCT, _ORDER))
        body: Any = {chance.choice(fields): chance.choice(_VALUES) for _ in range(2)}
        if chance.random() < 0.1:
            body = chance.choice(_VALUES)
        method, path = chance.choice(
            (
                ("PUT", f"/skus/BAD-{seed}"),
                ("PUT", f"/skus/BAD-{seed}-A"),
                ("PUT", f"/skus/NEW-{seed}-{number}"),
                ("PUT", f"/skus/BAD-{seed}/stock"),
                ("POST", "/products"),
                ("PUT", f"/orders/{order}"),
                ("POST", "/orders"),
                ("GET", "/orders"),
                ("GET", "/products"),
                ("PUT", "/skus/%00"),
                ("GET", "/skus/%ff"),
                ("GET", "//"),
            )
        )
        query = {chance.choice(_QUERY): chance.choice(_QUERY_VALUES)} if method == "GET" else {}
        answer = api.call(method, path, body, **query)
        told = f"{method} {path} {query} {json.dumps(body)[:200]}: {answer.text[:300]}"
        assert answer.status_code < 500, told
        if not answer.ok:
            assert set(answer.json()) == {"error", "type", "message", "details"}, told
            assert answer.json()["details"], told


@pytest.mark.parametrize("identifier", [0, 1, False, [], {}])
def test_an_id_that_is_no_text_makes_no_second_member(hub: HubProcess, identifier: Any) -> None:
    api = hub.api()
    api.put_sku("ID")
    order = api.post_order()["id"]
    for path, name in (("/skus/ID", "photos"), (f"/orders/{order}", "shipments")):
        refused = api.call("PUT", path, {name: [{"id": identifier}]})
        assert refused.status_code == 400
        assert f"{name}[0].id" in refused.json()["details"]
