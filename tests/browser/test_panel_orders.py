"""*Pedidos* and *Pendências* as a merchant goes through them: from nothing at all to thousands."""

from collections.abc import Iterator

import pytest
from hub_process import wait_until
from install_walk import InstallWorld, Walker, install_world
from store_browser import StoreBrowser
from visitor import Visitor
from wares import make_order, make_product

LONG_NAME = "Camisa de linho com nome que não acaba " * 8
CPF = "529.982.247-25"
MANY = 5_000


class Shop:
    """A merchant whose account and shop are connected, with a worker at work."""

    def __init__(self, world: InstallWorld) -> None:
        self.world = world
        self.account, self.shop = world.new_account(), world.new_shop()
        world.add_product(self.shop, "CAM-1", **_without_sku(make_product("CAM-1", stock=100)))
        walker = Walker(world)
        walker.connect(self.account, self.shop)
        walker.post("/instalar/exportar")
        self.number = self.rows(
            "SELECT connection_id FROM connection WHERE hub_account = %s", self.account["account"]
        )[0][0]
        self.base = f"{world.address}/conexoes/{self.number}"
        self.hub = world.hub.api(self.account["account"])

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self.world.rows(query, *values)

    def order(self, sku: str = "CAM-1", **further: object) -> str:
        """An order that the hub has notified us of, and that was looked at."""
        placed: str = self.hub.post_order(**make_order(sku, **further))["id"]
        wait_until(lambda: self.state_of(placed) is not None, 30)
        return placed

    def state_of(self, order_id: str) -> object:
        """What the ledger says of an order once it was read."""
        found = self.rows(
            "SELECT state FROM hub_order WHERE hub_order_id = %s AND hub_status IS NOT NULL"
            " AND (store_number IS NULL OR confirmed_at IS NOT NULL)",
            order_id,
        )
        return found[0][0] if found else None


def _without_sku(product: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in product.items() if name != "sku"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    with install_world(tmp_path_factory.mktemp("panel-orders")) as running:
        running.hub.register(f"{running.address}/notifications/pluggto")
        yield running


@pytest.fixture(scope="module")
def shop(world: InstallWorld) -> Shop:
    shop = Shop(world)
    world.ponte.worker()
    return shop


@pytest.fixture
def merchant(shop: Shop, visitor: Visitor) -> Visitor:
    """The merchant, whom the hub sent."""
    visitor.open(shop.world.link(shop.account))
    return visitor


def test_nothing_at_all_is_said_with_what_comes(shop: Shop, merchant: Visitor) -> None:
    merchant.open(f"{shop.base}/pedidos")
    merchant.reads("Ainda não há pedidos")
    merchant.look("panel-orders-empty")
    merchant.open(f"{shop.base}/pendencias")
    merchant.reads("Nenhuma pendência")
    merchant.look("panel-problems-empty")


def test_an_order_is_found_and_told_step_by_step(shop: Shop, merchant: Visitor) -> None:
    sent = shop.order(original_id="MLB-200012", channel="Shopee")
    shop.order()
    for step in ("invoice", "dispatch"):
        path = f"shops/{shop.shop['shop']}/orders/{sent}/{step}"
        assert shop.world.store.admin("POST", path, json={}).ok
    shop.world.rows(
        "UPDATE connection SET next_reports_at = now() WHERE connection_id = %s", shop.number
    )
    wait_until(lambda: shop.state_of(sent) == "dispatched", 30)
    wait_until(lambda: shop.rows("SELECT 1 FROM order_report WHERE NOT is_open"), 30)

    merchant.open(f"{shop.base}/pedidos")
    merchant.reads("2 pedidos")
    merchant.look("panel-orders")
    merchant.fill("Número", "MLB-2")
    merchant.page.get_by_label("Situação na loja").select_option("dispatched")
    merchant.page.get_by_label("Canal").select_option("Shopee")
    merchant.press("Buscar")
    merchant.reads("1 pedido")
    merchant.page.get_by_role("table").get_by_role("link").first.click()
    merchant.reads("O que aconteceu")
    for words in ("Importado na loja", "Confirmado no Plugg.to", "Despachado no Plugg.to"):
        merchant.reads(words)
    assert "Comprador de Teste" not in merchant.text()
    merchant.look("panel-order")
    # The very order in the store's panel.
    address = merchant.button("Abrir na loja").get_attribute("href")
    assert address is not None
    visit = StoreBrowser()
    visit.open(f"{shop.world.store.base_url}/entrar")
    assert visit.log_in(shop.shop).status_code == 200
    assert sent in visit.open(address).text

    merchant.press("Mostrar comprador")
    merchant.reads("Comprador de Teste")
    merchant.reads("Rua das Laranjeiras")
    assert "52998224725" in merchant.text()
    merchant.look("panel-order-buyer")
    merchant.open(f"{shop.base}/pedidos/{sent}")
    assert "Comprador de Teste" not in merchant.text()

    merchant.open(f"{shop.base}/pedidos")
    merchant.fill("CPF ou CNPJ do comprador", CPF)
    merchant.press("Buscar pelo comprador")
    merchant.reads("2 pedidos de um mesmo comprador")
    assert "529" not in merchant.page.url.partition("?")[2][:20]
    merchant.fill("CPF ou CNPJ do comprador", "390.533.447-05")
    merchant.press("Buscar pelo comprador")
    merchant.reads("Nenhum pedido encontrado")


def test_a_pendencia_goes_away_when_it_was_mended_and_tried_again(
    shop: Shop, merchant: Visitor
) -> None:
    held = shop.order(payer_cpf="11111111111")
    wait_until(lambda: shop.rows("SELECT 1 FROM problem WHERE subject = %s", held), 30)
    merchant.open(f"{shop.base}/pendencias")
    merchant.reads("O CPF ou CNPJ do comprador falta ou é inválido.")
    merchant.look("panel-problems")
    merchant.press("Ver uma por uma")
    merchant.page.get_by_role("table").get_by_role("link").first.click()
    merchant.reads("O que aconteceu")
    # A channel and a number that no page foresaw.
    shop.rows(
        "UPDATE hub_order SET channel = %s, marketplace_id = %s WHERE hub_order_id = %s",
        LONG_NAME,
        "M" * 300,
        held,
    )
    merchant.page.reload()
    merchant.look("panel-order-held")
    # Corrected in the hub, and nobody tells us.
    shop.world.hub.register(None)
    assert shop.hub.put_order(held, payer_cpf="52998224725").ok
    merchant.press("Tentar de novo")
    merchant.reads("será lido de novo")
    # The page shows by itself what comes of it.
    merchant.page.locator(".step-done", has_text="Confirmado").wait_for()
    shop.world.hub.register(f"{shop.world.address}/notifications/pluggto")
    merchant.open(f"{shop.base}/pendencias")
    merchant.reads("Nenhuma pendência")


def test_thousands_of_one_cause_are_turned_over_tried_and_ignored(
    shop: Shop, merchant: Visitor
) -> None:
    shop.rows(
        "INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking, since)"
        " SELECT %s, 'family', %s || n, 'no_ean', %s, false, now() - make_interval(secs => n)"
        " FROM generate_series(1, %s) AS n",
        shop.number,
        LONG_NAME,
        LONG_NAME[:200],
        MANY,
    )
    merchant.open(f"{shop.base}/pendencias")
    merchant.reads("5.000")
    merchant.press("Ver uma por uma")
    merchant.reads("5.000 pendências, as mais antigas primeiro")
    merchant.look("panel-problem-subjects")
    first = merchant.page.get_by_role("row").nth(1).inner_text()
    merchant.press("mais novas")
    assert merchant.page.get_by_role("row").nth(1).inner_text() != first
    merchant.press("mais antigas")
    assert merchant.page.get_by_role("row").nth(1).inner_text() == first

    row = merchant.page.get_by_role("row").nth(1)
    row.locator("summary").click()
    row.get_by_label("Motivo").fill("Produto fora de linha")
    row.get_by_role("button", name="Ignorar").click()
    merchant.reads("1 pendência ignorada")
    merchant.reads("4.999 pendências")

    # By the keyboard alone, with the question before it.
    merchant.open(f"{shop.base}/pendencias")
    merchant.page.locator("summary", has_text="Ignorar todas").focus()
    merchant.page.keyboard.press("Enter")
    merchant.page.get_by_label("Motivo").fill("Não vendemos por EAN")
    merchant.page.keyboard.press("Enter")
    merchant.confirm()
    merchant.reads("4.999 pendências ignoradas")
    merchant.reads("Nenhuma pendência")
    merchant.press("Ver as ignoradas")
    merchant.look("panel-problems-ignored")
    merchant.press("Deixar de ignorar todas")
    merchant.reads("5.000 pendências voltam a contar")
    shop.rows("DELETE FROM problem WHERE code = 'no_ean'")


def test_in_english_everything_is_english(shop: Shop, merchant: Visitor) -> None:
    merchant.open(f"{shop.base}/pedidos")
    merchant.page.get_by_role("link", name="English").click()
    merchant.reads("Only with a pending issue")
