"""The marketplace: orders like real channels', right to the cent, followed to their end."""

import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from hub_process import HubApi, HubProcess, running_hub, wait_until
from stdnum.br import cnpj, cpf


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "4") as process:
        for account in (5910, 5911, 5912):
            stock_up(process.api(account))
        yield process


def stock_up(api: HubApi) -> None:
    for number in range(12):
        api.put_sku(f"SIM-{number}", name=f"Simples {number}", price="19.90", quantity=50)
        variations = [
            {"sku": f"VAR-{number}-{size}", "price": "49.99", "quantity": 5} for size in "PMG"
        ]
        api.put_sku(f"VAR-{number}", name="Com tamanhos", variations=variations)
    api.put_sku("HIDDEN", name="Indisponível", price=5, quantity=5, available=0)
    api.put_sku("EMPTY", name="Sem estoque", price=5, quantity=0)


def place(hub: HubProcess, **wish: object) -> dict[str, Any]:
    """A run of the marketplace, seen to its end."""
    run = hub.admin("POST", "marketplace", wish)["run"]
    wait_until(lambda: hub.admin("GET", f"marketplace/{run}")["done"], 30)
    progress: dict[str, Any] = hub.admin("GET", f"marketplace/{run}")
    return progress


def amount(value: Any) -> Decimal:
    return Decimal(str(value))


def document_of(order: dict[str, Any]) -> str:
    for name in ("payer_cpf", "payer_cnpj", "payer_tax_id"):
        if order.get(name):
            return str(order[name])
    raise AssertionError(f"no document in {order}")


@pytest.fixture(scope="module")
def placed(hub: HubProcess) -> list[dict[str, Any]]:
    progress = place(hub, account=5910, orders=250, seed=7, step_seconds=0.2)
    api = hub.api()
    return [{**api.get_order(one["id"]), "_fate": one} for one in progress["orders"]]


def test_every_order_is_right_to_the_cent(placed: list[dict[str, Any]]) -> None:
    for order in placed:
        items = sum(amount(item["price"]) * amount(item["quantity"]) for item in order["items"])
        assert items == amount(order["subtotal"])
        assert items + amount(order["shipping"]) - amount(order["discount"]) == amount(
            order["total"]
        )
        interest = sum(amount(one["payment_interest"]) for one in order["payments"])
        paid = sum(amount(one["payment_total"]) for one in order["payments"])
        assert paid == amount(order["total"]) + interest == amount(order["total_paid"])


def test_orders_look_as_different_as_their_channels(placed: list[dict[str, Any]]) -> None:
    assert len({order["channel"] for order in placed}) == 6
    assert {type(order["total"]) for order in placed} == {str, float}
    assert any(len(order["items"]) > 1 for order in placed)
    assert any(len(order["payments"]) > 1 for order in placed)
    assert any(int(order["payments"][0]["payment_installments"]) > 9 for order in placed)
    absent = [order.get("payer_ie", "missing") for order in placed]
    assert {None, "", "missing"} <= set(absent)
    variations = [item["variation"] for order in placed for item in order["items"]]
    assert None in variations
    assert any(variation and variation["sku"].startswith("VAR-") for variation in variations)
    skus = {item["sku"] for order in placed for item in order["items"]}
    assert not skus & {"HIDDEN", "EMPTY"}


def test_documents_have_right_check_digits(placed: list[dict[str, Any]]) -> None:
    documents = [document_of(order) for order in placed]
    assert all(cpf.is_valid(one) or cnpj.is_valid(one) for one in documents)
    assert any(cpf.is_valid(one) for one in documents)
    assert any(cnpj.is_valid(one) and not cnpj.compact(one).isdigit() for one in documents)


def test_orders_end_as_they_were_meant_to(placed: list[dict[str, Any]]) -> None:
    paths = Counter(order["_fate"]["path"] for order in placed)
    assert set(paths) == {
        "at_once", "later", "never", "canceled_before_approval", "canceled_after_approval",
    }  # fmt: skip
    for order in placed:
        fate, path = order["_fate"]["fate"], order["_fate"]["path"]
        was_approved = any(one["status"] == "approved" for one in order["status_history"])
        if fate == "never":
            assert order["status"] in ("pending", "under_review")
        else:
            assert order["status"] == fate
        assert was_approved == (path in ("at_once", "later", "canceled_after_approval"))


def test_the_same_seed_places_the_same_orders(hub: HubProcess) -> None:
    def wanted(account: int) -> list[object]:
        progress = place(hub, account=account, orders=30, seed=3, step_seconds=0)
        api = hub.api(account)
        orders = [api.get_order(one["id"]) for one in progress["orders"]]
        return [(order["channel"], order["total"], document_of(order)) for order in orders]

    assert wanted(5911) == wanted(5912)


def test_defects_come_only_when_asked_for(hub: HubProcess, placed: list[dict[str, Any]]) -> None:
    assert {order["_fate"]["defect"] for order in placed} == {"none"}
    progress = place(hub, account=5911, orders=300, seed=5, step_seconds=0, defects=True)
    defects = Counter(one["defect"] for one in progress["orders"])
    assert set(defects) == {"none", "invalid_document", "unknown_sku", "amounts"}
    api = hub.api(5911)
    for one in progress["orders"]:
        if one["defect"] == "unknown_sku":
            sku = api.get_order(one["id"])["items"][0]["sku"]
            assert api.call("GET", f"/skus/{sku}").status_code == 404
        if one["defect"] == "invalid_document":
            document = document_of(api.get_order(one["id"]))
            assert not cpf.is_valid(document)
            assert not cnpj.is_valid(document)


def test_orders_come_at_the_rate_asked_for(hub: HubProcess) -> None:
    began = time.monotonic()
    place(hub, account=5911, orders=20, seed=1, rate=20, step_seconds=0)
    assert 0.8 <= time.monotonic() - began <= 5


def test_a_killed_hub_places_the_rest_and_none_twice(hub: HubProcess) -> None:
    before = len(hub.api(5912).list_ids("/orders", limit="100"))
    wish = {"account": 5912, "orders": 40, "seed": 9, "rate": 40, "step_seconds": 0.3}
    run = hub.admin("POST", "marketplace", wish)["run"]
    time.sleep(0.4)
    hub.restart()
    wait_until(lambda: hub.admin("GET", f"marketplace/{run}")["done"], 30)
    progress = hub.admin("GET", f"marketplace/{run}")
    assert len({one["id"] for one in progress["orders"]}) == 40
    total = hub.api(5912).call("GET", "/orders").json()["total"]
    assert total == before + 40
    numbers = {hub.api(5912).get_order(one["id"])["original_id"] for one in progress["orders"]}
    assert len(numbers) == 40


def test_a_file_of_orders_is_replayed(hub: HubProcess) -> None:
    items = [{"sku": "ABC", "quantity": 1, "price": "58.90"}]
    orders = [
        {
            "original_id": f"O-{number}",
            "status": "pending",
            "created": "2017-07-09T21:57:05-03:00",
            "items": items,
            "steps": [
                {"after_ms": 50, "status": "approved"},
                {"after_ms": 90, "status": "canceled"},
            ],
        }
        for number in range(3)
    ]
    answer = hub.admin("POST", "marketplace/file", {"account": 5913, "orders": orders})
    wait_until(lambda: hub.admin("GET", f"marketplace/{answer['run']}")["done"])
    order = hub.api(5913).get_order(answer["orders"][0])
    assert order["created"] == "2017-07-10T00:57:05.000Z"
    assert [one["status"] for one in order["status_history"]] == ["pending", "approved", "canceled"]
    assert hub.admin("GET", f"marketplace/{answer['run']}")["orders"][0]["fate"] == "canceled"


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("marketplace", {"account": 5910}),
        ("marketplace", {"account": 1, "orders": 1}),
        ("marketplace", {"account": 5910, "orders": 0}),
        ("marketplace", {"account": 5910, "orders": 1, "rate": -1}),
        ("marketplace", {"account": 5910, "orders": 1, "colour": "red"}),
        ("marketplace", []),
        ("marketplace/file", {"account": 5910, "orders": [{"items": [{"quantity": 0}]}]}),
        ("marketplace/file", {"account": 5910, "orders": [{"steps": [{"status": "x"}]}]}),
        ("marketplace/file", {"account": 5910, "orders": "all"}),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(hub: HubProcess, path: str, wish: object) -> None:
    answer = requests.post(f"{hub.base_url}/_sandbox/{path}", json=wish, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_an_account_without_products_sells_nothing(hub: HubProcess) -> None:
    hub.admin("POST", "accounts", {"count": 1})
    account = hub.accounts()[-1]["account"]
    wish = {"account": account, "orders": 1}
    answer = requests.post(f"{hub.base_url}/_sandbox/marketplace", json=wish, timeout=10)
    assert answer.status_code == 400


def test_a_run_comes_from_the_channels_named_with_the_defects_asked_for(hub: HubProcess) -> None:
    wish = {"account": 5912, "orders": 8, "channels": {"Shopee": 3, "Via": 1, "Amazon": 0}}
    progress = place(hub, **wish, defects=1.0, step_seconds=0)
    api = hub.api(5912)
    channels = {api.get_order(each["id"])["channel"] for each in progress["orders"]}
    assert channels <= {"Shopee", "Via"}
    assert "none" not in {each["defect"] for each in progress["orders"]}
    for wrong in (["Loja"], {"Via": 0}, {"Via": -1}, "Via", {"Via": "x"}, [5]):
        answer = requests.post(
            f"{hub.base_url}/_sandbox/marketplace", json={**wish, "channels": wrong}, timeout=10
        )
        assert answer.status_code == 400, wrong


def test_a_run_that_is_stopped_places_nothing_more_and_its_orders_live_on(hub: HubProcess) -> None:
    wish = {"account": 5911, "orders": 100_000, "rate": 200, "step_seconds": 0.1}
    run = hub.admin("POST", "marketplace", wish)["run"]
    wait_until(lambda: hub.admin("GET", f"marketplace/{run}")["placed"] > 20)
    stopped = hub.admin("DELETE", f"marketplace/{run}")
    assert stopped["stopped"] == "stopped by hand"
    wait_until(lambda: hub.admin("GET", f"marketplace/{run}")["done"])
    after = hub.admin("GET", f"marketplace/{run}")
    assert after["placed"] == stopped["placed"] == len(after["orders"])
    assert hub.admin("DELETE", f"marketplace/{run}") == after
    unknown = requests.delete(f"{hub.base_url}/_sandbox/marketplace/999999", timeout=10)
    assert unknown.status_code == 404
