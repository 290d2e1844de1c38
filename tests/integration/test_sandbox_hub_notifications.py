"""Notifications: told after every change, again until 200, and with faults on demand."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hub_process import HubProcess, Receiver, running_hub, wait_until


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "2") as process:
        yield process


@pytest.fixture
def receiver(hub: HubProcess) -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        hub.register(receiver.url)
        yield receiver
        hub.admin("PUT", "faults", {})
        hub.register(None)


def told_of(receiver: Receiver, resource: str) -> list[dict[str, Any]]:
    return [one for one in receiver.received if one["id"] == resource]


def test_an_order_is_told_of_when_created_and_changed(hub: HubProcess, receiver: Receiver) -> None:
    api = hub.api(5911)
    order = api.post_order(status="pending")["id"]
    wait_until(lambda: len(told_of(receiver, order)) == 1)
    api.put_order(order, status="approved")
    wait_until(lambda: len(told_of(receiver, order)) == 2)
    api.put_order(order, external="1")
    wait_until(lambda: len(told_of(receiver, order)) == 3)
    created, approved, external = told_of(receiver, order)
    assert created == {
        "type": "orders",
        "id": order,
        "action": "created",
        "user": 5911,
        "changes": {"status": True, "stock": False, "price": False},
    }
    assert (approved["action"], approved["changes"]["status"]) == ("updated", True)
    assert external["changes"]["status"] is False


def test_a_product_is_told_of_with_what_changed(hub: HubProcess, receiver: Receiver) -> None:
    api = hub.api()
    product = api.put_sku("N1", price=5, quantity=1, variations=[{"sku": "N1-A", "quantity": 1}])
    wait_until(lambda: told_of(receiver, product["id"]))
    api.call("PUT", "/skus/N1-A/stock", {"action": "update", "quantity": 9})
    wait_until(lambda: len(told_of(receiver, product["id"])) == 2)
    assert told_of(receiver, product["id"])[1] == {
        "type": "products",
        "id": product["id"],
        "action": "updated",
        "user": 5910,
        "changes": {"status": False, "stock": True, "price": False},
    }


def test_only_the_types_asked_for_are_sent(hub: HubProcess, receiver: Receiver) -> None:
    hub.register(receiver.url, types=["orders"])
    product = hub.api().put_sku("N2")["id"]
    order = hub.api().post_order()["id"]
    wait_until(lambda: told_of(receiver, order))
    assert told_of(receiver, product) == []


def test_a_product_may_be_told_of_by_its_sku(hub: HubProcess, receiver: Receiver) -> None:
    hub.register(receiver.url, types=["skus"])
    hub.api().put_sku("N3", variations=[{"sku": "N3-A"}])
    hub.api().call("DELETE", "/skus/N3")
    wait_until(lambda: len(told_of(receiver, "N3")) == 2)
    assert [(one["type"], one["action"]) for one in told_of(receiver, "N3")] == [
        ("skus", "created"),
        ("skus", "deleted"),
    ]


def test_anything_but_200_is_tried_again(hub: HubProcess, receiver: Receiver) -> None:
    receiver.answers = [500, 204]
    order = hub.api().post_order()["id"]
    wait_until(lambda: len(told_of(receiver, order)) == 3)
    wait_until(lambda: hub.admin("GET", "notifications")[0]["waiting"] == 0)
    assert len(told_of(receiver, order)) == 3


def test_what_waits_survives_a_kill(hub: HubProcess, receiver: Receiver) -> None:
    hub.register("http://127.0.0.1:9/nobody")
    orders = [hub.api().post_order()["id"] for _ in range(5)]
    hub.restart()
    hub.register(receiver.url)
    wait_until(lambda: all(told_of(receiver, order) for order in orders))


def test_lost_ones_never_come(hub: HubProcess, receiver: Receiver) -> None:
    hub.admin("PUT", "faults", {"notifications": {"lost_share": 1}})
    lost = hub.api().post_order()["id"]
    hub.admin("PUT", "faults", {})
    told = hub.api().post_order()["id"]
    wait_until(lambda: told_of(receiver, told))
    assert told_of(receiver, lost) == []


def test_repeated_and_delayed_ones_come_twice_and_out_of_order(
    hub: HubProcess, receiver: Receiver
) -> None:
    faults = {"notifications": {"repeat_share": 1, "delay_ms_max": 400}, "seed": 1}
    hub.admin("PUT", "faults", faults)
    orders = [hub.api().post_order()["id"] for _ in range(15)]
    wait_until(lambda: all(len(told_of(receiver, order)) == 2 for order in orders))
    came = list(dict.fromkeys(one["id"] for one in receiver.received if one["id"] in orders))
    assert came != orders


def test_a_slow_or_broken_receiver_does_not_slow_the_api(
    hub: HubProcess, receiver: Receiver
) -> None:
    hub.register("http://127.0.0.1:9/nobody")
    api = hub.api()
    for number in range(200):
        assert api.put_sku(f"SLOW-{number}")
    slowest = max(api.call("GET", "/skus/SLOW-1").elapsed.total_seconds() for _ in range(20))
    assert slowest < 1


@pytest.mark.parametrize(
    "wish",
    [
        {"client_id": "nobody", "url": "http://127.0.0.1:9/"},
        {"client_id": "", "url": "ftp://x"},
        {"url": "http://127.0.0.1:9/"},
        {"client_id": "", "url": None, "types": ["shipments"]},
    ],
)
def test_a_registration_that_makes_no_sense_is_refused(
    hub: HubProcess, wish: dict[str, object]
) -> None:
    if wish.get("client_id") == "":
        wish = {**wish, "client_id": hub.accounts()[0]["client_id"]}
    answer = requests.put(f"{hub.base_url}/_sandbox/notifications", json=wish, timeout=10)
    assert answer.status_code == 400
