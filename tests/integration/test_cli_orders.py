"""`ponte orders`, `ponte retry`, `ponte rules`: what a person does about what is held back."""

from typing import Any

import pytest
from command_answers import assert_said, status_of
from hub_process import HubProcess, wait_until
from ponte_process import Ponte
from store_process import StoreProcess

VALID_CPF = "52998224725"
# Two of everything that a test changes, so that none depends on another.
SKUS = ("ORD-1", "ORD-2")


@pytest.fixture(scope="module")
def number(ponte: Ponte, hub: HubProcess, store: StoreProcess) -> int:
    """A connection that is notified, its worker running, two products for sale."""
    web = ponte.serve()
    hub.register(f"{web.address}/notifications/pluggto")
    for sku in SKUS:
        product = {"sku": sku, "name": sku, "price": "10.00", "stock": 5}
        store.merchant("POST", "products", json=product)
    connection = ponte.connect(hub, store)
    ponte.worker()
    assert ponte.json("export", str(connection))["unsent"] == 0
    return connection


def listed(ponte: Ponte, number: int, *options: str) -> dict[str, dict[str, Any]]:
    """The orders of `ponte orders list --json`, by id."""
    found = ponte.json("orders", "list", str(number), *options)["orders"]
    return {order["id"]: order for order in found}


def test_an_order_held_back_is_listed_with_its_reason_and_enters_on_retry(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, number: int
) -> None:
    item = {"sku": SKUS[0], "quantity": 1, "price": 10, "total": 10}
    good = {"status": "approved", "payer_fullname": "Pessoa", "items": [item], "total": 10}
    fine = hub.api().post_order(**good, payer_cpf=VALID_CPF)["id"]
    held = hub.api().post_order(**good, payer_cpf="11111111111")["id"]
    # Asked of the hub first, because each look by the command is a process.
    wait_until(lambda: hub.api().get_order(fine)["ack"], seconds=60)
    wait_until(lambda: hub.api().get_order(held)["log_history"], seconds=60)
    wait_until(lambda: listed(ponte, number).get(fine, {}).get("confirmed_at"), seconds=60)
    wait_until(lambda: listed(ponte, number, "--problems").keys() == {held}, seconds=60)

    order = listed(ponte, number)[held]
    assert (order["status"], order["total"], order["waiting"]) == ("approved", "10.00", True)
    assert order["store_number"] is None
    (problem,) = order["problems"]
    assert (problem["about"], problem["code"]) == ("order", "invalid_document")
    assert "CPF" in problem["advice"]
    assert "11111111111" not in ponte.run("orders", "list", str(number)).stdout
    assert status_of(ponte, number)["orders"]["with_problem"] == 1

    # Corrected in the hub, without a notification that would tell us.
    hub.register(None)
    assert hub.api().put_order(held, payer_cpf=VALID_CPF).ok
    assert ponte.json("orders", "retry", str(number), held) == {
        "connection": number,
        "orders": [held],
        "reports": [],
    }
    wait_until(lambda: hub.api().get_order(held)["ack"], seconds=60)
    wait_until(lambda: listed(ponte, number)[held]["store_number"], seconds=60)
    assert listed(ponte, number, "--problems") == {}
    assert len(listed(ponte, number, "--limit", "1")) == 1
    in_store = [order["hub_order_id"] for order in store.orders()]
    assert sorted(in_store) == sorted([fine, held])


def test_orders_retry_all_reads_again_what_is_held_back_only(
    ponte: Ponte, hub: HubProcess, number: int
) -> None:
    assert ponte.json("orders", "retry", str(number), "--all") == {
        "connection": number,
        "orders": [],
        "reports": [],
    }


def test_an_order_nobody_has_seen_is_said(ponte: Ponte, number: int) -> None:
    unknown = ponte.run("orders", "retry", str(number), "606adfc2b2b8f8a5c0b1d2e3")
    assert_said(unknown, 1, "606adfc2b2b8f8a5c0b1d2e3", "ponte orders list")


def test_a_refused_product_is_sent_again_on_request(
    ponte: Ponte, hub: HubProcess, store: StoreProcess, number: int
) -> None:
    # Somebody made a product in the hub by hand, which holds a SKU of the store's next product.
    hub.api().put_sku("BY-HAND", name="x", variations=[{"sku": "TAKEN-P"}])
    product = {
        "sku": "TAKEN",
        "name": "Camiseta",
        "price": "30.00",
        "variations": [{"sku": "TAKEN-P", "price": "30.00", "stock": 3, "attributes": []}],
    }
    store.merchant("POST", "products", json=product)
    exported = ponte.json("export", str(number))
    assert exported["unsent"] == 0
    causes = {cause["code"]: cause for cause in status_of(ponte, number)["problems"]}
    assert causes["hub_refused_product"]["blocking"]

    assert hub.api().call("DELETE", "/skus/BY-HAND").ok
    assert_said(ponte.run("retry", str(number), "--family", "no-such"), 1, "no-such")
    again = ponte.json("retry", str(number), "--family", "TAKEN")
    assert again == {"connection": number, "families": ["TAKEN"]}
    wait_until(lambda: hub.api().call("GET", "/skus/TAKEN-P").ok, seconds=30)
    assert hub.api().get_sku("TAKEN-P")["sku"] == "TAKEN"
    codes = {cause["code"] for cause in status_of(ponte, number)["problems"]}
    assert "hub_refused_product" not in codes
    assert ponte.json("retry", str(number)) == {"connection": number, "families": []}


def test_rules_are_shown_and_changed_one_by_one(ponte: Ponte, number: int) -> None:
    as_made = ponte.json("rules", str(number))
    given = {"connection": number, "report_mode": "in_steps", "order_tolerance": "0.05"}
    assert given.items() <= as_made.items()
    changed = {**as_made, "order_tolerance": "0.10"}
    assert ponte.json("rules", str(number), "--order-tolerance", "0.1") == changed
    changed["report_mode"] = "at_once"
    assert ponte.json("rules", str(number), "--report-mode", "at_once") == changed
    named = ("--set", "only_brands=Azul, Verde", "--set", "stock_ceiling=9", "--pause", "reports")
    wanted = {**changed, "only_brands": ["Azul", "Verde"], "stock_ceiling": 9}
    assert ponte.json("rules", str(number), *named) == {**wanted, "paused": ["reports"]}
    given_up = ("--set", "only_brands=", "--set", "stock_ceiling=", "--resume", "reports")
    assert ponte.json("rules", str(number), *given_up) == changed
    tables = ("--price-table", "ml=+12.5=Mercado Livre", "--price-table", "shopee=-5")
    changed["price_tables"] = [
        {"code": "ml", "label": "Mercado Livre", "percent": "12.5"},
        {"code": "shopee", "label": "shopee", "percent": "-5"},
    ]
    assert ponte.json("rules", str(number), *tables) == changed
    changed["price_tables"] = []
    assert ponte.json("rules", str(number), "--no-price-tables") == changed


def test_what_a_rule_would_change_is_said_and_nothing_is_saved(ponte: Ponte, number: int) -> None:
    before = ponte.json("rules", str(number))
    shown = ponte.json("rules", str(number), "--set", "price_percent=10", "--preview")["effect"]
    assert 0 < shown["price"] <= shown["families"]
    assert {"price", "special_price"} >= {each["field"] for each in shown["examples"]} != set()
    assert ponte.json("rules", str(number)) == before


def test_a_wider_tolerance_lets_a_held_order_in(ponte: Ponte, hub: HubProcess, number: int) -> None:
    ponte.json("rules", str(number), "--order-tolerance", "0.05")
    web = ponte.serve()
    hub.register(f"{web.address}/notifications/pluggto")
    item = {"sku": SKUS[1], "quantity": 1, "price": 10, "total": 10}
    odd = hub.api().post_order(
        status="approved", payer_fullname="P", payer_cpf=VALID_CPF, items=[item], total=11
    )["id"]
    wait_until(lambda: hub.api().get_order(odd)["log_history"], seconds=60)
    wait_until(lambda: odd in listed(ponte, number, "--problems"), seconds=60)
    (problem,) = listed(ponte, number)[odd]["problems"]
    assert problem["code"] == "total_mismatch"
    ponte.json("rules", str(number), "--order-tolerance", "1.00")
    wait_until(lambda: hub.api().get_order(odd)["ack"], seconds=60)
    wait_until(lambda: listed(ponte, number)[odd]["store_number"], seconds=60)
