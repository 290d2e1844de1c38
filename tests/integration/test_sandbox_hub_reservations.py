"""Orders that reserve: what they hold is given back once, whatever happens in whatever order."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_process import HubApi, HubProcess, Receiver, running_hub, wait_until

_STATUSES = (
    "pending", "approved", "waiting_invoice", "in_separation", "invoiced", "invoice_error",
    "shipping_informed", "shipped", "shipping_error", "delivered", "canceled", "refunded",
)  # fmt: skip
_END = {"shipping_informed", "shipped", "delivered", "canceled", "refunded"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        yield process


@pytest.fixture
def hub(running: HubProcess) -> Iterator[HubProcess]:
    yield running
    defaults = {one["name"]: one["default"] for one in running.admin("GET", "assumptions")}
    running.admin("PUT", "assumptions", defaults)


@pytest.fixture
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def reserving(api: HubApi, *lines: dict[str, Any], **order: object) -> dict[str, Any]:
    wish: dict[str, object] = {"status": "approved", "auto_reserve": True, **order}
    return api.post_order(items=list(lines), **wish)


def figures(one: dict[str, Any]) -> tuple[int, int]:
    return one["quantity"], one["reserved"]


def test_an_order_reserves_what_it_orders_beside_the_quantity(api: HubApi) -> None:
    api.put_sku("R1", quantity=10, variations=[{"sku": "R1-P", "quantity": 4}, {"sku": "R1-M"}])
    reserving(
        api,
        {"sku": "R1", "quantity": "2"},
        {"sku": "R1", "quantity": 1},
        {"sku": "R1", "quantity": 3, "variation": {"sku": "R1-P"}},
        {"sku": "UNKNOWN", "quantity": 5},
        {"sku": None, "quantity": 5},
    )
    product = api.get_sku("R1")
    assert figures(product) == (10, 3)
    assert [figures(one) for one in product["variations"]] == [(4, 3), (0, 0)]


@pytest.mark.parametrize("wish", [False, None, "", 0, "0", "false"])
def test_an_order_that_does_not_want_to_reserves_nothing(api: HubApi, wish: object) -> None:
    api.put_sku("R2", quantity=10)
    reserving(api, {"sku": "R2", "quantity": 2}, auto_reserve=wish)
    assert api.get_sku("R2")["reserved"] == 0


def test_auto_reserve_is_true_or_false(api: HubApi) -> None:
    wishes: tuple[object, ...] = ("yes", 2, [], {}, [True])
    for wish in wishes:
        body = {"items": [{"sku": "A", "quantity": 1}], "auto_reserve": wish}
        answer = api.call("POST", "/orders", body)
        assert (answer.status_code, answer.json()["type"]) == (400, "validation")


def test_a_stock_table_named_by_item_or_order_holds_the_reservation(api: HubApi) -> None:
    tables = [{"code": "cd", "quantity": 5}, {"code": "loja", "quantity": 6}]
    api.put_sku("R3", quantity=20, stock_table=tables, variations=[{"sku": "R3-P", "quantity": 9}])
    order = reserving(
        api,
        {"sku": "R3", "quantity": 1},
        {"sku": "R3", "quantity": 2, "stock_code": "loja"},
        {"sku": "R3", "quantity": 3, "stock_code": "nowhere"},
        {"sku": "R3", "quantity": 4, "variation": {"sku": "R3-P"}, "stock_code": "none"},
        stock_code="cd",
    )
    product = api.get_sku("R3")
    assert [figures(one) for one in product["stock_table"]] == [(5, 1), (6, 2)]
    assert figures(product) == (20, 3)
    assert figures(product["variations"][0]) == (9, 4)
    api.put_order(order["id"], status="canceled")
    (noted, ended) = api.get_sku("R3")["stock_table"][1]["reserved_history"]
    assert (noted["from"], noted["to"], ended["from"], ended["to"]) == (0, 2, 2, 0)
    assert (noted["cause"], noted["cause_id"]) == ("order", order["id"])


@pytest.mark.parametrize("status", sorted(_END))
def test_a_reservation_ends_once(api: HubApi, status: str) -> None:
    sku = f"R4-{status}"
    api.put_sku(sku, quantity=10)
    first = reserving(api, {"sku": sku, "quantity": 3})
    reserving(api, {"sku": sku, "quantity": 2})
    for step in (status, "approved", "canceled", status, "shipped", "canceled"):
        api.put_order(first["id"], status=step)
    assert figures(api.get_sku(sku)) == (10, 2)


def test_goods_sent_may_be_consumed_and_an_invoice_may_end_it(hub: HubProcess) -> None:
    hub.admin("PUT", "assumptions", {"reserved_goods": "consumed", "reserved_until": "invoiced"})
    api = hub.api()
    tables = [{"code": "cd", "quantity": 5}]
    api.put_sku("R5", quantity=10, stock_table=tables, variations=[{"sku": "R5-P", "quantity": 1}])
    sent = reserving(
        api,
        {"sku": "R5", "quantity": 3},
        {"sku": "R5", "quantity": 2, "stock_code": "cd"},
        {"sku": "R5", "quantity": 4, "variation": {"sku": "R5-P"}},
    )
    canceled = reserving(api, {"sku": "R5", "quantity": 1})
    for status in ("invoiced", "shipped", "delivered"):
        api.put_order(sent["id"], status=status)
    api.put_order(canceled["id"], status="canceled")
    product = api.get_sku("R5")
    assert figures(product) == (7, 0)
    assert figures(product["stock_table"][0]) == (3, 0)
    # More was sold than there was.
    assert figures(product["variations"][0]) == (0, 0)


def test_an_order_posted_twice_reserves_once(api: HubApi) -> None:
    api.put_sku("R6", quantity=10)
    for original in ("ML-1", "ML-1", "ML-2", None, None):
        reserving(api, {"sku": "R6", "quantity": 1}, original_id=original, channel="Mercado Livre")
    reserving(api, {"sku": "R6", "quantity": 1}, original_id="ML-1", channel="Shopee")
    assert api.get_sku("R6")["reserved"] == 5
    order = reserving(api, {"sku": "R6", "quantity": 1})
    for _ in range(2):
        api.put_order(order["id"], auto_reserve=True, items=[{"sku": "R6", "quantity": 9}])
    assert api.get_sku("R6")["reserved"] == 6


def test_an_order_that_is_over_reserves_nothing(api: HubApi) -> None:
    api.put_sku("R7", quantity=10)
    order = reserving(api, {"sku": "R7", "quantity": 1}, status="canceled")
    api.put_order(order["id"], status="approved")
    assert api.get_sku("R7")["reserved"] == 0


def test_a_stores_stock_does_not_touch_what_is_reserved(api: HubApi) -> None:
    api.put_sku("R8", quantity=10, stock_table=[{"code": "cd", "quantity": 4}])
    reserving(api, {"sku": "R8", "quantity": 3}, {"sku": "R8", "quantity": 1, "stock_code": "cd"})
    api.call("PUT", "/skus/R8/stock", {"action": "update", "quantity": 2})
    api.put_sku("R8", reserved=0, stock_table=[{"code": "cd", "quantity": 9, "reserved": 0}])
    product = api.get_sku("R8")
    assert figures(product) == (2, 3)
    assert figures(product["stock_table"][0]) == (9, 1)


def test_what_is_gone_meanwhile_does_not_keep_an_order_from_ending(api: HubApi) -> None:
    api.put_sku("R9", quantity=9, stock_table=[{"code": "cd"}], variations=[{"sku": "R9-P"}])
    order = reserving(
        api,
        {"sku": "R9", "quantity": 1, "variation": {"sku": "R9-P"}},
        {"sku": "R9", "quantity": 1, "stock_code": "cd"},
    )
    gone = reserving(api, {"sku": "R9", "quantity": 4})
    api.call("DELETE", "/skus/R9-P")
    api.put_sku("R9", stock_table=[{"code": "cd", "remove": True}, {"code": "cd"}])
    assert api.put_order(order["id"], status="canceled").status_code == 200
    assert api.get_sku("R9")["stock_table"][0]["reserved"] == 0
    api.call("DELETE", "/skus/R9")
    api.put_sku("R9", quantity=1)
    assert api.put_order(gone["id"], status="shipped").status_code == 200
    assert figures(api.get_sku("R9")) == (1, 0)


def test_a_reservation_is_told_of_as_stock(hub: HubProcess, api: HubApi) -> None:
    product = api.put_sku("R10", quantity=1)
    with Receiver().listening() as receiver:
        hub.register(receiver.url, types=["products"])
        order = reserving(api, {"sku": "R10", "quantity": 1})
        wait_until(lambda: len(receiver.received) == 1)
        api.put_order(order["id"], status="in_separation")
        api.put_order(order["id"], status="canceled")
        wait_until(lambda: len(receiver.received) == 2)
        hub.register(None)
    for told in receiver.received:
        assert (told["id"], told["action"]) == (product["id"], "updated")
        assert told["changes"] == {"status": False, "stock": True, "price": False}


def test_a_refused_order_reserves_nothing(api: HubApi) -> None:
    api.put_sku("R11", quantity=5)
    body = {
        "items": [{"sku": "R11", "quantity": 1}, {"sku": "R11", "quantity": 0}],
        "auto_reserve": True,
    }
    assert api.call("POST", "/orders", body).status_code == 400
    assert api.get_sku("R11")["reserved"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_what_is_reserved_is_always_the_sum_of_the_orders_not_yet_over(
    hub: HubProcess, api: HubApi, seed: int
) -> None:
    chance = random.Random(seed)
    sku = f"SUM-{seed}"
    api.put_sku(sku, quantity=3, variations=[{"sku": f"{sku}-A"}, {"sku": f"{sku}-B"}])
    held: dict[str, dict[str, int]] = {}
    orders: list[str] = []
    for number in range(120):
        if number % 40 == 39:
            hub.restart()
        if chance.random() < 0.35 or not orders:
            parts = {f"{sku}-{chance.choice('AB')}": chance.randint(1, 4) for _ in range(2)}
            lines = [
                {"sku": sku, "quantity": many, "variation": {"sku": one}}
                for one, many in parts.items()
            ]
            order = reserving(api, *lines)["id"]
            orders.append(order)
            held[order] = parts
        else:
            order, status = chance.choice(orders), chance.choice(_STATUSES)
            answer = api.put_order(order, status=status)
            assert answer.status_code in (200, 400), answer.text
            if answer.ok and status in _END:
                held.pop(order, None)
        for variation in api.get_sku(sku)["variations"]:
            expected = sum(parts.get(variation["sku"], 0) for parts in held.values())
            assert variation["reserved"] == expected


def test_a_data_folder_of_an_older_hub_opens_and_reserves(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        api = hub.api()
        api.put_sku("OLD", quantity=5, stock_table=[{"code": "cd", "quantity": 2}])
        old = api.post_order(items=[{"sku": "OLD", "quantity": 1}], status="approved")["id"]
    with sqlite3.connect(tmp_path / "hub.sqlite") as file:
        for table in ("reservation", "reserved_original", "invoice_download"):
            file.execute(f"DROP TABLE {table}")
        for path in ("$.reserved", "$.stock_table[0].reserved"):
            file.execute("UPDATE product SET body = CAST(json_remove(body, ?) AS BLOB)", (path,))
        for history in ("quantity_history", "reserved_history", "priority"):
            path = f"$.stock_table[0].{history}"
            file.execute("UPDATE product SET body = CAST(json_remove(body, ?) AS BLOB)", (path,))
    file.close()
    with running_hub(tmp_path) as hub:
        api = hub.api()
        assert "reserved" not in api.get_sku("OLD")
        api.put_sku("OLD", stock_table=[{"code": "cd", "quantity": 3}])
        new = reserving(
            api, {"sku": "OLD", "quantity": 1}, {"sku": "OLD", "quantity": 2, "stock_code": "cd"}
        )
        product = api.get_sku("OLD")
        assert figures(product) == (5, 1)
        assert figures(product["stock_table"][0]) == (3, 2)
        for order in (old, new["id"]):
            assert api.put_order(order, status="canceled").status_code == 200
        assert api.get_sku("OLD")["reserved"] == 0
