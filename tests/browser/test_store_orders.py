"""A merchant sees an order through to the buyer, or says why not, in the browser."""

import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from store_orders import make_order
from store_process import StoreProcess
from store_visits import log_in
from visitor import Visitor


@pytest.fixture
def merchant(store: StoreProcess, visitor: Visitor) -> Visitor:
    """Logged in as the merchant of shop 1."""
    log_in(visitor, store)
    return visitor


def sell_by_hub(store: StoreProcess, **changes: Any) -> dict[str, Any]:
    """An order of the hub's for a new product; with the shop's number."""
    sku = f"P-{uuid.uuid4().hex[:8]}"
    wish = {"sku": sku, "name": f"Caneca {sku}", "price": "50.00", "stock": 9, "ncm": "69111010"}
    store.merchant("POST", "products", json=wish)
    order = make_order((sku, 2, "50.00"), **changes)
    taken = store.api("PUT", f"orders/{order['hub_order_id']}", json=order)
    assert taken.status_code == 201
    return {**order, "number": taken.json()["number"], "sku": sku}


def kinds(store: StoreProcess, hub_order_id: str) -> list[str]:
    """What the event feed tells of an order."""
    return [e["type"] for e in store.events() if e["hub_order_id"] == hub_order_id]


def test_an_order_is_invoiced_dispatched_and_delivered(
    store: StoreProcess, merchant: Visitor
) -> None:
    order = sell_by_hub(store, note='<script>alert("x")</script> sem pressa')
    merchant.open(f"{store.base_url}/painel/pedidos?status=approved")
    merchant.press(order["number"])
    merchant.reads("Rua das Laranjeiras, 45")
    merchant.look("store-order")
    merchant.press("Faturar")
    merchant.reads("Nota fiscal emitida.")
    merchant.look("store-order-invoiced")
    merchant.press("Ver nota fiscal")
    merchant.look("store-danfe")
    shown = store.api("GET", f"orders/{order['hub_order_id']}").json()
    key = shown["invoice"]["key"]
    merchant.reads(" ".join(key[at : at + 4] for at in range(0, 44, 4)))
    # 3 + 22 values of three bars each, and the stop sign's four.
    assert merchant.page.locator("svg.barcode rect").count() == 1 + (1 + 22 + 1) * 3 + 4
    with merchant.page.expect_download() as download:
        merchant.button("Baixar XML").click()
    assert download.value.suggested_filename == f"{key}-nfe.xml"
    assert f'Id="NFe{key}"' in Path(download.value.path()).read_text("utf-8")
    merchant.press(f"Pedido {order['number']}")
    merchant.fill("Transportadora", "Expresso da Serra")
    merchant.fill("Código de rastreio", "SERRA/9 01")
    merchant.press("Despachar")
    merchant.reads("Pedido despachado.")
    merchant.press("SERRA/9 01")
    merchant.reads("Objeto postado.")
    merchant.page.go_back()
    merchant.press("Entregar")
    merchant.reads("Pedido entregue.")
    merchant.look("store-order-delivered")
    assert kinds(store, order["hub_order_id"]) == [
        "created",
        "invoiced",
        "dispatched",
        "delivered",
    ]
    told = store.api("GET", f"orders/{order['hub_order_id']}").json()["shipment"]
    assert (told["carrier"], told["tracking_code"]) == ("Expresso da Serra", "SERRA/9 01")


def test_delivery_is_informed_in_one_step(store: StoreProcess, merchant: Visitor) -> None:
    order = sell_by_hub(store)
    merchant.open(f"{store.base_url}/painel/pedidos/{order['number']}")
    merchant.page.get_by_text("Informar entrega de uma vez").click()
    merchant.press("Informar entrega")
    merchant.reads("Entrega informada")
    assert kinds(store, order["hub_order_id"]) == ["created", "invoiced", "dispatched"]


def test_a_canceled_order_returns_its_pieces_and_takes_no_further_step(
    store: StoreProcess, merchant: Visitor
) -> None:
    order = sell_by_hub(store)
    here = f"{store.base_url}/painel/pedidos/{order['number']}"
    merchant.open(here)
    # Another window, opened before the order was canceled.
    other = merchant.page.context.new_page()
    other.goto(here)
    merchant.page.get_by_text("Cancelar pedido").first.click()
    merchant.fill("Motivo", "sem peças")
    merchant.button("Cancelar pedido").last.click()
    merchant.confirm()
    merchant.reads("Pedido cancelado. As peças voltaram ao estoque.")
    product = store.api("POST", "products/batch", json={"skus": [order["sku"]]}).json()
    assert product["products"][0]["stock"] == 9
    other.get_by_role("button", name="Faturar").click()
    other.get_by_text("O pedido está cancelado.").wait_for()
    assert kinds(store, order["hub_order_id"]) == ["created", "canceled"]


def test_the_list_is_narrowed_by_status_origin_number_and_date(
    store: StoreProcess, merchant: Visitor
) -> None:
    order = sell_by_hub(store)
    own = store.merchant("POST", "sales", json={"sku": order["sku"]}).json()["number"]
    orders = f"{store.base_url}/painel/pedidos"
    merchant.open(orders)
    merchant.look("store-orders")
    merchant.page.get_by_label("Origem").select_option("Loja própria")
    merchant.press("Buscar")
    merchant.reads(own)
    assert merchant.button(order["number"]).count() == 0
    for query, found in (
        (f"number={order['hub_order_id']}", True),
        (f"number={order['number']}", True),
        (f"number={order['number']}&status=canceled", False),
        ("since=2020-01-01&until=2020-01-02", False),
        ("since=2020-01-01&origin=hub", True),
        ("since=ontem&status=x&origin=y&page=-1", True),
    ):
        merchant.open(f"{orders}?{query}")
        assert (merchant.button(order["number"]).count() == 1) is found, query


def test_an_own_sale_lowers_the_stock_and_refuses_with_a_reason(
    store: StoreProcess, merchant: Visitor
) -> None:
    sku = f"P-{uuid.uuid4().hex[:8]}"
    wish = {"sku": sku, "name": "Copo", "price": "10.00", "stock": 5}
    store.merchant("POST", "products", json=wish)
    merchant.expected_statuses = {400}
    merchant.open(f"{store.base_url}/painel/pedidos")
    merchant.press("Nova venda")
    merchant.fill("SKU", "nada disto")
    merchant.fill("Quantidade", "2")
    merchant.press("Registrar venda")
    merchant.reads("Nada é vendido com este SKU.")
    merchant.fill("SKU", sku)
    merchant.fill("Quantidade", "0")
    merchant.press("Registrar venda")
    merchant.reads("Venda de 1 a 1.000.000 peças.")
    merchant.look("store-sale")
    merchant.fill("Quantidade", "2")
    merchant.press("Registrar venda")
    merchant.reads("Venda registrada.")
    merchant.reads("Venda da própria loja; não vai para o hub.")
    product = store.api("POST", "products/batch", json={"skus": [sku]}).json()["products"][0]
    assert product["stock"] == 3
    store.merchant("PUT", "settings", json={"backorders": False})
    merchant.open(f"{store.base_url}/painel/pedidos/nova-venda")
    merchant.fill("SKU", sku)
    merchant.fill("Quantidade", "4")
    merchant.press("Registrar venda")
    merchant.reads("Não há estoque para tanto.")


def test_another_shops_order_cannot_be_opened(store: StoreProcess, merchant: Visitor) -> None:
    other = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    order = sell_by_hub(store)
    merchant.press("Sair")
    log_in(merchant, store, other)
    merchant.expected_statuses = {404}
    merchant.open(f"{store.base_url}/painel/pedidos/{order['number']}")
    merchant.reads("Não há nada aqui")
    assert requests.get(f"{store.base_url}/painel/pedidos", timeout=10).url.endswith(
        "/entrar?next=%2Fpainel%2Fpedidos"
    )
