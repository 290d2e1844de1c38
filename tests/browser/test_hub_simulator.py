"""*Simulador de marketplaces*: one order by hand, streams, and stopping them."""

from collections.abc import Iterator

import pytest
from hub_panel import log_in
from hub_process import HubProcess, running_hub
from visitor import Visitor

PAGE = "/painel/simulador"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with something to sell."""
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        process.api().put_sku("CAM-1", name="Camiseta", price=39.9, quantity=50)
        process.api().put_sku(
            "TEN",
            name="Tênis",
            price=200,
            variations=[{"sku": "TEN-38", "quantity": 4, "price": 210.5}],
        )
        yield process


def test_an_order_by_hand_is_placed_as_it_was_asked_for(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {400}
    log_in(visitor, hub, PAGE)
    visitor.look("hub-simulator")
    visitor.page.get_by_label("Canal", exact=True).select_option("Shopee")
    visitor.page.get_by_label("Status inicial").select_option("pending")
    visitor.fill("Quantidade", "3")
    visitor.fill("SKU", "TEN")
    visitor.page.locator("#skus option[value='TEN-38']").wait_for(state="attached")
    visitor.press("Criar pedido")
    visitor.reads("Nada se vende com este SKU")
    assert visitor.page.get_by_label("Quantidade").input_value() == "3"
    visitor.look("hub-simulator-refused")
    visitor.fill("SKU", "TEN-38")
    visitor.press("Criar pedido")
    visitor.reads("Pedido criado:")
    link = visitor.page.get_by_role("status").get_by_role("link")
    assert link.get_attribute("href") == f"/painel/pedidos/{link.inner_text()}"

    order = hub.api().get_order(link.inner_text())
    assert (order["channel"], order["status"]) == ("Shopee", "pending")
    (item,) = order["items"]
    assert (item["sku"], item["variation"]["sku"], str(item["quantity"])) == ("TEN", "TEN-38", "3")
    assert float(item["total"]) == 631.5
    assert order["created"] == order["modified"]


def test_a_stream_comes_from_the_channels_weighed_and_is_followed_live(
    hub: HubProcess, visitor: Visitor
) -> None:
    log_in(visitor, hub, PAGE)
    before = set(hub.api().list_ids("/orders", limit="100"))
    visitor.fill("Número de pedidos", "12")
    visitor.fill("Pedidos por segundo", "")
    visitor.fill("Segundos até cada etapa", "0")
    visitor.fill("Com defeito (%)", "100")
    for channel in ("Mercado Livre", "Shopee", "Magazine Luiza", "B2W", "Via"):
        visitor.fill(channel, "0")
    visitor.press("Iniciar fluxo")
    visitor.reads("Fluxo iniciado.")
    # Nobody reloads: the page asks by itself.
    visitor.reads("12 de 12")
    visitor.page.locator("#andamento tr", has_text="12 de 12").get_by_text("Terminado").wait_for()
    visitor.look("hub-simulator-done")
    api = hub.api()
    placed = set(api.list_ids("/orders", limit="100")) - before
    assert len(placed) == 12
    assert {api.get_order(each)["channel"] for each in placed} == {"Amazon"}


def test_a_stream_is_stopped_and_its_orders_stay(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, PAGE)
    visitor.fill("Número de pedidos", "5000")
    visitor.fill("Pedidos por segundo", "0.5")
    visitor.press("Iniciar fluxo")
    visitor.reads("Criando pedidos")
    visitor.press("Parar")
    visitor.reads("parou. Os pedidos já criados seguem.")
    visitor.reads("Parado")


def test_a_stream_of_nothing_is_refused_where_it_was_typed(
    hub: HubProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    log_in(visitor, hub, PAGE)
    for channel in ("Mercado Livre", "Shopee", "Amazon", "Magazine Luiza", "B2W", "Via"):
        visitor.fill(channel, "0")
    visitor.press("Iniciar fluxo")
    visitor.reads("Dê um peso acima de 0 a pelo menos um canal.")
