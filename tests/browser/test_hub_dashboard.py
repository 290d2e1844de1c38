"""The Resumo shows what was sold, and keeps itself up to date."""

from datetime import UTC, datetime, timedelta

from hub_panel import log_in
from hub_process import HubProcess
from visitor import Visitor


def place_history(hub: HubProcess) -> None:
    """Sales of today, of 40 days ago and of long ago, and orders that are none."""
    now = datetime.now(UTC)
    statuses = (
        (0, "approved", "Shopee", "1000.50"), (0, "pending", "Amazon", "999.99"),
        (0, "invoiced", "Mercado Livre", "200.00"), (2, "delivered", "Shopee", "300.00"),
        (40, "shipping_informed", "Magazine Luiza", "50.00"), (800, "canceled", "", "70.00"),
        (800, "delivered", "<b>Canal</b>", "449.50"),
    )  # fmt: skip
    orders = [
        {
            "created": (now - timedelta(days=days)).isoformat(),
            "status": status,
            "channel": channel,
            "total": total,
        }
        for days, status, channel, total in statuses
    ]
    hub.admin("POST", "marketplace/file", {"account": 5910, "orders": orders})


def test_an_empty_account_is_told_what_comes(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub)
    visitor.reads("Ainda não há nada para mostrar")
    visitor.look("hub-dashboard-empty")


def test_the_resumo_shows_sales_and_orders(hub: HubProcess, visitor: Visitor) -> None:
    api = hub.api()
    api.put_sku("CAM-1", name="Camiseta")
    place_history(hub)
    log_in(visitor, hub)
    text = visitor.text()
    for title in ("Faturamento", "Pedidos por Status", "Vendas", "Pedidos por Canal", "Produtos"):
        assert title in text
    # Ever: 1000.50 + 200 + 300 + 50 + 449.50 in five sales.
    visitor.reads("R$ 2.000,00")
    visitor.reads("R$ 400,00")
    assert "R$ 1.500,50" in text.replace("\xa0", " ")
    for summary in visitor.page.get_by_text("Ver como tabela").all():
        summary.click()
    tables = visitor.page.locator(".chart-table").all_inner_texts()
    assert "Entregue\t2" in tables[0]
    assert "Pendente\t1" in tables[0]
    assert "<b>Canal</b>\t1" in tables[1]
    assert "Sem canal\t1" in tables[1]
    assert visitor.page.locator(".chart canvas").count() == 3
    visitor.page.get_by_text("O que conta nestes números").click()
    visitor.look("hub-dashboard")


def test_the_resumo_follows_new_sales(hub: HubProcess, visitor: Visitor) -> None:
    # Time passes at once, so that the half minute between two looks does.
    visitor.page.clock.install()
    log_in(visitor, hub)
    before = visitor.page.locator("#sales + .row .figure").first.inner_text()
    hub.api().post_order(status="approved", channel="Via", total=10)
    visitor.page.clock.fast_forward(31_000)
    visitor.page.locator(f'#sales + .row .figure:text-is("{int(before) + 1}")').first.wait_for()
    visitor.page.locator(".chart-table td:text-is('Via')").wait_for(state="attached")
    visitor.page.locator(".chart canvas").nth(2).wait_for()


def test_the_version_before_is_honest(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub)
    visitor.press("Voltar para a versão anterior")
    visitor.reads("tem uma versão só")
    visitor.look("hub-version-before")
    visitor.press("Ir para o Dashboard")
    visitor.reads("Resumo")
