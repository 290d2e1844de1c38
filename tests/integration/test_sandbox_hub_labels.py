"""Labels: none before the invoice key, one for each invoiced delivery after it."""

import re
from typing import Any

import pytest
from hub_process import HubApi, HubProcess, Receiver, wait_until

from ponte_sandbox.hub.orders.access_key import check_digit

_KEYS = [f"{body}{check_digit(body)}" for body in ("35261112345678000195550010000000011123456" + end
                                                   for end in ("78", "79"))]  # fmt: skip


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def invoice(api: HubApi, order_id: str, **shipment: object) -> dict[str, Any]:
    answer = api.put_order(order_id, status="invoiced", shipments=[shipment])
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()["Order"]
    return changed


def test_a_label_needs_an_invoice_key(api: HubApi) -> None:
    order = api.post_order(status="approved")["id"]
    refused = api.call("POST", f"/orders/{order}/labels")
    assert refused.status_code == 400
    assert "nfe_key" in refused.json()["details"]
    assert api.call("GET", f"/orders/{order}/labels").json()["result"] == []
    assert api.get_order(order)["tags"]["has_label"] is False


def test_an_invoiced_order_has_a_label_that_a_person_can_read(api: HubApi) -> None:
    order = api.post_order(
        status="approved",
        receiver_name="José da Conceição",
        receiver_address="Rua ^XZ~JA_das Flores",
        receiver_zipcode="01310-100",
    )
    invoice(api, order["id"], nfe_key=_KEYS[0], nfe_number="111", track_code="BR123")
    made = api.call("POST", f"/orders/{order['id']}/labels")
    assert made.status_code == 201
    (label,) = (one["Label"] for one in made.json()["result"])
    assert label["order_id"] == order["id"]
    assert api.get_order(order["id"])["tags"]["has_label"] is True
    printed = api.call("GET", f"/labels/{label['id']}/zpl")
    assert printed.headers["content-type"] == "text/plain; charset=utf-8"
    zpl = printed.content.decode()
    assert zpl == label["content"]
    assert zpl.startswith("^XA\n^CI28")
    assert (zpl.count("^XA"), zpl.count("^XZ")) == (1, 1)
    for words in ("José da Conceição", "01310-100", "BR123", _KEYS[0], str(order["order_id"])):
        assert words in zpl
    # What the buyer typed is not a command to the printer.
    assert "Rua _5EXZ_7EJA_5Fdas Flores" in zpl
    assert re.findall(r"\^F[OD][^^]*~", zpl) == []


def test_the_same_label_is_answered_until_it_would_say_something_else(api: HubApi) -> None:
    order = api.post_order(status="approved")["id"]
    shipment = invoice(api, order, nfe_key=_KEYS[0])["shipments"][0]["id"]
    first = api.call("POST", f"/orders/{order}/labels")
    modified = api.get_order(order)["modified"]
    again = api.call("POST", f"/orders/{order}/labels")
    assert (again.status_code, again.json()) == (200, first.json())
    assert api.get_order(order)["modified"] == modified
    api.put_order(order, shipments=[{"id": shipment, "track_code": "BR9"}])
    newer = api.call("POST", f"/orders/{order}/labels")
    assert newer.status_code == 201
    assert newer.json()["result"][0]["Label"]["id"] != first.json()["result"][0]["Label"]["id"]
    assert api.call("GET", f"/orders/{order}/labels").json() == newer.json()


def test_every_invoiced_delivery_has_its_own(api: HubApi) -> None:
    order = api.post_order(status="approved")["id"]
    for key in _KEYS:
        invoice(api, order, nfe_key=key)
    api.put_order(order, shipments=[{"track_code": "NO-KEY"}])
    labels = api.call("POST", f"/orders/{order}/labels").json()["result"]
    assert [one["Label"]["nfe_key"] for one in labels] == _KEYS


def test_an_invoice_is_told_of_once(hub: HubProcess, api: HubApi) -> None:
    with Receiver().listening() as receiver:
        hub.register(receiver.url, types=["invoices"])
        order = api.post_order(status="approved")["id"]
        shipment = invoice(api, order, nfe_key=_KEYS[0])["shipments"][0]["id"]
        api.put_order(order, shipments=[{"id": shipment, "track_code": "BR9"}])
        api.put_order(order, shipments=[{"nfe_key": _KEYS[1]}])
        wait_until(lambda: len(receiver.received) == 2)
        wait_until(lambda: hub.admin("GET", "notifications")[0]["waiting"] == 0)
        assert [(one["type"], one["id"]) for one in receiver.received] == [("invoices", order)] * 2
        assert sorted(one["action"] for one in receiver.received) == ["created", "updated"]
        hub.register(None)


def test_nobody_prints_anothers_label(hub: HubProcess, api: HubApi) -> None:
    hub.admin("POST", "accounts", {"count": 1})
    order = api.post_order(status="approved")["id"]
    invoice(api, order, nfe_key=_KEYS[0])
    label = api.call("POST", f"/orders/{order}/labels").json()["result"][0]["Label"]["id"]
    stranger = hub.api(5911)
    for method, path in (
        ("POST", f"/orders/{order}/labels"),
        ("GET", f"/orders/{order}/labels"),
        ("GET", f"/labels/{label}"),
        ("GET", f"/labels/{label}/zpl"),
    ):
        assert stranger.call(method, path).status_code == 404, path
    assert api.call("GET", f"/labels/{label}").json()["Label"]["id"] == label
