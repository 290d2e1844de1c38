"""Whatever is sent, the answer is a refusal in shape or a resource, never a 500."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import requests
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
    "sub_status", "auto_reserve", "stock_code", "price_code", "original_id", "substatus_history",
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


# What stands in catalogues: markup, spreadsheet formulas, other scripts, invisible signs.
_TEXTS = (
    "<script>alert(1)</script>", '=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "😀👩‍👩‍👧",
    "\x00\x1b[31m", "\u202eabc", "\ufeff", "' OR 1=1 --", "${7*7}{{7*7}}", "..\\..", "ＡＢＣ",
    "é" * 1000,
)  # fmt: skip


@pytest.mark.parametrize("text", _TEXTS)
def test_a_text_is_kept_as_it_is(hub: HubProcess, text: str) -> None:
    api = hub.api()
    member = {"code": "x", "label": text, "value": {"code": text, "label": text}}
    product = api.put_sku(
        "TEXT",
        name=text,
        description=text,
        brand=text,
        categories=[{"name": text}],
        attributes=[member],
        price_table=[{"code": text, "label": text}],
    )
    assert product == api.get_sku("TEXT")
    assert (product["name"], product["description"], product["brand"]) == (text, text, text)
    assert product["attributes"][-1]["value"] == {"code": text, "label": text}
    assert text in [one["code"] for one in product["price_table"]]
    order = api.post_order(payer_name=text, channel=text, delivery_type=text)
    assert (order["payer_name"], order["channel"], order["delivery_type"]) == (text, text, text)
    assert api.put_order(order["id"], log_history=[{"message": text}]).status_code == 200


@pytest.mark.parametrize("sku", ["x" * 10_000, "x" * 256, "%00", "a%0Ab", "%EF%BF%BD", "%20"])
def test_a_sku_that_is_none_is_refused_with_a_reason(hub: HubProcess, sku: str) -> None:
    api = hub.api()
    for method, path in (("PUT", f"/skus/{sku}"), ("PUT", f"/skus/{sku}/stock")):
        answer = api.call(method, path, {"action": "update", "quantity": 1})
        assert answer.status_code in (400, 404), answer.text
        assert answer.json()["details"]
    body = {"variations": [{"sku": sku.replace("%00", "\x00").replace("%20", " ")}]}
    if len(sku) > 100:
        refused = api.call("PUT", "/skus/LONG", body)
        assert "longer than" in refused.json()["details"]


def test_ten_thousand_variations_are_written_and_changed_without_a_long_wait(
    hub: HubProcess,
) -> None:
    api = hub.api()
    variations = [{"sku": f"M-{number}", "quantity": number} for number in range(10_000)]
    api.put_sku("M", variations=variations)
    order = api.post_order(
        items=[{"sku": "M", "quantity": 1, "variation": {"sku": "M-9999"}}], auto_reserve=True
    )
    answer = api.call("PUT", "/skus/M-9999/stock", {"action": "increase", "quantity": 1})
    last = answer.json()["Product"]["variations"][-1]
    assert (last["quantity"], last["reserved"]) == (10_000, 1)
    assert answer.elapsed.total_seconds() < 5.0
    canceled = api.put_order(order["id"], status="canceled")
    assert canceled.elapsed.total_seconds() < 5.0


@pytest.mark.parametrize(
    "number",
    [
        "1e1000000", "-1e1000000", "1e-1000000", '"1e1000000"', '"1e-1000000"', "1" * 5_000,
        '"' + "9" * 5_000 + '"', "0." + "3" * 5_000, '"Infinity"', '"sNaN"', '"٣"', '"1_000"',
        "-1", '"-0.01"', "true", "[]", "{}", '"9999-12-31"',
    ],
)  # fmt: skip
def test_a_number_in_any_form_is_taken_or_refused(hub: HubProcess, number: str) -> None:
    token = hub.token()["access_token"]
    item = f'{{"sku": "N", "quantity": {number}, "price": {number}, "discount": {number}}}'
    table = f'{{"code": "a", "quantity": {number}, "percentage": {number}, "price": {number}}}'
    for method, path, body in (
        ("PUT", "/skus/N", f'{{"price": {number}}}'),
        ("PUT", "/skus/N", f'{{"quantity": {number}, "cost": {number}}}'),
        ("PUT", "/skus/N", f'{{"dimension": {{"weight": {number}}}}}'),
        ("PUT", "/skus/N", f'{{"price_table": [{table}]}}'),
        ("PUT", "/skus/N", f'{{"stock_table": [{table}]}}'),
        ("PUT", "/skus/N", f'{{"photos": [{{"order": {number}}}]}}'),
        ("PUT", "/skus/N/stock", f'{{"action": "increase", "quantity": {number}}}'),
        ("POST", "/orders", f'{{"items": [{item}], "total": {number}}}'),
        ("POST", "/orders", f'{{"items": [{{"sku": "N", "quantity": 1}}], "total": {number}}}'),
    ):
        answer = requests.request(
            method,
            hub.base_url + path,
            data=body.encode(),
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert answer.status_code < 500, (method, path, answer.text[:200])
        assert isinstance(answer.json(), dict)
    assert hub.api().call("GET", "/orders", sort="-created", limit="20").status_code == 200


@pytest.mark.parametrize("identifier", [0, 1, False, [], {}])
def test_an_id_that_is_no_text_makes_no_second_member(hub: HubProcess, identifier: Any) -> None:
    api = hub.api()
    api.put_sku("ID")
    order = api.post_order()["id"]
    for path, name in (("/skus/ID", "photos"), (f"/orders/{order}", "shipments")):
        refused = api.call("PUT", path, {name: [{"id": identifier}]})
        assert refused.status_code == 400
        assert f"{name}[0].id" in refused.json()["details"]
