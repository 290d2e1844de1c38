"""A merchant finds an order, sees how far it has come, and acts on it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hub_panel import log_in
from hub_process import HubProcess, Receiver, running_hub, wait_until
from visitor import Visitor

KEY = "35261112345678000195550010000000011000000015"
NASTY = "<script>alert(1)</script> \U0001f457 " + "Comprida" * 300


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with thirty orders of Shopee, and a few that are easily told apart."""
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        now = datetime.now(UTC)
        orders: list[dict[str, Any]] = [
            {
                "channel": "Shopee",
                "status": "delivered",
                "original_id": f"SHP-{number}",
                "total": 10,
            }
            for number in range(30)
        ]
        orders += [
            {"channel": "Amazon", "status": "canceled", "original_id": "AMZ-1",
             "created": (now - timedelta(days=400)).isoformat(), "total": "1234.5"},
            {"channel": "", "status": "pending", "items": [
                {"sku": "PAI", "name": NASTY, "quantity": "2", "price": "10.00", "total": 20,
                 "variation": {"sku": "PAI-P", "name": None}}],
             "payments": [{"payment_type": "credit", "payment_total": "20", "payment_quota": 10}],
             "payer_name": NASTY, "payer_cpf": "12345678909", "receiver_city": "São Paulo",
             "receiver_state": "SP", "shipments": [{"track_url": "javascript:alert(1)"}]},
        ]  # fmt: skip
        process.admin("POST", "marketplace/file", {"account": 5910, "orders": orders})
        yield process


def rows(visitor: Visitor) -> list[str]:
    """The orders of the list, by their text."""
    return visitor.page.locator("tbody tr").all_inner_texts()


def search(visitor: Visitor, hub: HubProcess, **query: str) -> list[str]:
    address = "&".join(f"{name}={value}" for name, value in query.items())
    visitor.open(f"{hub.base_url}/painel/pedidos?{address}")
    return rows(visitor)


def test_orders_are_listed_filtered_and_found(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, "/painel/pedidos")
    assert len(rows(visitor)) == 25
    visitor.look("hub-orders")
    visitor.press("próxima")
    assert len(rows(visitor)) == 7
    assert "AMZ-1" in rows(visitor)[-1]
    visitor.page.get_by_label("Status", exact=True).select_option(label="Cancelado")
    visitor.page.locator("form[role=search] button").click()
    [found] = rows(visitor)
    assert "AMZ-1" in found
    assert "R$ 1.234,50" in found.replace("\xa0", " ")
    assert "Cancelado" in found
    visitor.press("Limpar")
    visitor.page.get_by_label("Canal", exact=True).select_option(label="Sem canal")
    visitor.page.locator("form[role=search] button").click()
    assert len(rows(visitor)) == 1
    for text in ("10000032", "PAI-P", "PAI"):
        [found] = search(visitor, hub, busca=text)
        assert "Pendente" in found
    [found] = search(visitor, hub, busca="SHP-7")
    assert "Shopee" in found
    last_year = (datetime.now(UTC) - timedelta(days=400)).date().isoformat()
    assert len(search(visitor, hub, ate=last_year)) == 1
    assert len(search(visitor, hub, canal="Shopee", de=last_year)) == 25
    assert search(visitor, hub, busca="SHP") == []
    visitor.reads("Nenhum pedido encontrado")


def test_days_that_cannot_be_say_what_is_wrong(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub)
    search(visitor, hub, de="2026-02-02", ate="2026-02-01")
    visitor.reads("O primeiro dia vem depois do último.")
    search(visitor, hub, de="ontem", pagina="9" * 40, status="x", canal="%00%ff")
    visitor.reads("Escreva os dias como 31/12/2026.")
    search(visitor, hub, ate="9999-12-31")
    visitor.reads("Escolha dias mais próximos de hoje.")


def test_an_order_of_any_content_can_be_read(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, "/painel/pedidos?busca=PAI-P")
    visitor.press("10000032")
    text = visitor.text()
    assert "<script>alert(1)</script>" in text
    assert "123.456.789-09" in text or "12345678909" in text
    assert "São Paulo/SP" in text
    assert visitor.page.locator("a[href^=javascript]").count() == 0
    visitor.page.get_by_text("JSON do pedido").click()
    shown = visitor.page.locator("pre").inner_text()
    assert json.loads(shown)["order_id"] == 10000032
    visitor.look("hub-order-nasty")


def test_what_a_merchant_does_reaches_the_app_and_is_followed(
    hub: HubProcess, visitor: Visitor
) -> None:
    api = hub.api()
    order = api.post_order(status="under_review", channel="Via", original_id="VIA-1")
    with Receiver().listening() as receiver:
        hub.register(receiver.url)
        log_in(visitor, hub, f"/painel/pedidos/{order['id']}")
        visitor.reads("Sob análise")
        visitor.press("Aprovar")
        visitor.reads("Pedido aprovado.")
        assert api.get_order(order["id"])["status"] == "approved"
        wait_until(lambda: receiver.received)
        assert receiver.received[-1]["id"] == order["id"]
        assert receiver.received[-1]["changes"]["status"] is True
        visitor.press("Solicitar nota fiscal")
        visitor.reads("Nota fiscal solicitada")
        assert api.get_order(order["id"])["status"] == "waiting_invoice"
        hub.register(None)
    # The store reports; the page that lies open shows it by itself.
    log = [{"message": "Falta o complemento"}]
    assert api.put_order(order["id"], log_history=log, external="LOJA-77", ack=True).ok
    visitor.reads("Falta o complemento")
    visitor.reads("Registro de correções")
    invoice = {"nfe_key": KEY, "nfe_number": "1", "nfe_link": "https://example.com/nfe"}
    assert api.put_order(order["id"], status="invoiced", shipments=[invoice]).ok
    visitor.page.locator(".milestones .is-done", has_text="Faturado").wait_for()
    visitor.reads(KEY)
    shipment = api.get_order(order["id"])["shipments"][0]["id"]
    tracking = {"id": shipment, "track_code": "BR123", "shipping_company": "Transportadora X"}
    assert api.put_order(order["id"], status="shipping_informed", shipments=[tracking]).ok
    visitor.page.locator(".milestones .is-done", has_text="BR123").wait_for()
    assert visitor.page.get_by_role("button", name="Cancelar pedido").count() == 0
    visitor.look("hub-order")


def test_canceling_asks_first_and_cannot_be_done_twice(hub: HubProcess, visitor: Visitor) -> None:
    api = hub.api()
    order = api.post_order(status="approved")
    log_in(visitor, hub, f"/painel/pedidos/{order['id']}")
    visitor.press("Cancelar pedido")
    visitor.page.locator("#confirm").get_by_role("button", name="Cancelar").click()
    assert api.get_order(order["id"])["status"] == "approved"
    visitor.press("Cancelar pedido")
    visitor.confirm()
    visitor.reads("Pedido cancelado.")
    assert api.get_order(order["id"])["status"] == "canceled"
    # A page that was open elsewhere still had the button.
    token = visitor.page.locator("input[name=_csrf_token]").first.get_attribute("value")
    answer = visitor.page.request.post(
        f"{hub.base_url}/painel/pedidos/{order['id']}/aprovar",
        form={"_csrf_token": token or ""},
    )
    assert "isso já não cabe" in answer.text()
    assert api.get_order(order["id"])["status"] == "canceled"


def test_another_accounts_order_is_nowhere(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {404}
    log_in(visitor, hub)
    for identifier in ("f" * 24, "..", "x"):
        visitor.open(f"{hub.base_url}/painel/pedidos/{identifier}/andamento")
        visitor.reads("Não há nada aqui")
