"""The manual's way from beginning to end in one browser (R9), and an order's life after it.

Nothing is prepared but the empty programs: everything is done on their pages, as a merchant would.
"""

from collections.abc import Iterator

import pytest
from hub_panel import log_in
from install_walk import InstallWorld, install_world
from visitor import Visitor

LINK = "Sua integração está quase concluída. Clique aqui para concluir"
# A machine with other work exports forty products and hears of an invoice within seconds.
_PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    folder = tmp_path_factory.mktemp("whole")
    with install_world(folder, "--families", "40") as running:
        # Whoever owns an app tells the hub once where it wants to hear of orders.
        running.hub.register(f"{running.address}/notifications/pluggto", types=["orders"])
        worker = running.ponte.worker()
        yield running
        worker.stop()


def test_from_empty_folders_to_a_dispatched_order(world: InstallWorld, visitor: Visitor) -> None:
    add_the_app(world, visitor)
    let_ponte_into_the_shop(world, visitor)
    export_the_catalogue(visitor)
    sku = what_the_hub_sells(world, visitor)
    order = place_an_order(world, visitor, sku)
    number = see_it_in_the_shop(world, visitor, order)
    hub_page = f"{world.hub.base_url}/painel/pedidos/{order}"
    visitor.open(hub_page)
    visitor.reads(number)
    shop_page = f"{world.store.base_url}/painel/pedidos/{number}"
    visitor.open(shop_page)
    visitor.press("Faturar")
    visitor.reads("Nota fiscal emitida.")
    # The hub's page is open meanwhile, and follows by itself.
    visitor.open(hub_page)
    milestone(visitor, "Faturado")
    visitor.open(shop_page)
    visitor.press("Despachar")
    visitor.reads("Pedido despachado.")
    visitor.open(hub_page)
    milestone(visitor, "Despachado")
    visitor.look("whole-path-order-in-the-hub")


def add_the_app(world: InstallWorld, visitor: Visitor) -> None:
    """Editar aplicativos, Adicionar +, Plataformas, Webstore."""
    log_in(visitor, world.hub)
    visitor.press("Canais X ERPs")
    visitor.press("Editar aplicativos")
    visitor.reads("Aplicações e plugins da conta")
    visitor.fill("Procurar aplicativo ou plugin", "Webstore")
    visitor.press("Procurar")
    visitor.reads("Webstore Plataforma de Ecommerce")
    visitor.press("Adicionar +")
    visitor.open(f"{world.hub.base_url}/painel")
    visitor.press("Canais X ERPs")
    visitor.press("Plataformas › Webstore")
    # Whoever runs the hub of tests says where the app is; the real hub knows it.
    visitor.fill("Onde o aplicativo abre", f"{world.address}/instalar")
    visitor.press("Salvar endereço")
    visitor.press(LINK)


def let_ponte_into_the_shop(world: InstallWorld, visitor: Visitor) -> None:
    """The store's domain, its log-in, its consent."""
    visitor.reads("Conta 5910")
    visitor.fill("Domínio da loja", world.store.base_url)
    visitor.press("AVANÇAR")
    visitor.press("Entrar na loja")
    shop = world.store.account
    visitor.fill("Usuário ou e-mail", shop["username"])
    visitor.fill("Senha", shop["password"])
    visitor.press("AVANÇAR")
    visitor.press("Autorizar")
    visitor.reads("Confira os dois lados")
    visitor.press(f"Conectar a loja {shop['name']} à conta 5910")


def export_the_catalogue(visitor: Visitor) -> None:
    """What would be exported, and the export."""
    visitor.button("Exportar catálogo").wait_for(timeout=_PATIENCE_MS)
    visitor.press("Exportar catálogo")
    done = visitor.page.get_by_text("Pronto: o catálogo está no Plugg.to.")
    done.wait_for(timeout=_PATIENCE_MS)


def what_the_hub_sells(world: InstallWorld, visitor: Visitor) -> str:
    """A SKU with stock, as the hub's API shows it to anybody with access."""
    visitor.open(f"{world.hub.base_url}/painel/catalogo")
    visitor.reads("Disponível")
    for listed in world.hub.api().call("GET", "/products", limit="100").json()["result"]:
        product = listed["Product"]
        if not product["variations"] and product["available"] and product["quantity"] > 1:
            sku: str = product["sku"]
            return sku
    raise AssertionError("the sample catalogue has nothing in stock")


def place_an_order(world: InstallWorld, visitor: Visitor, sku: str) -> str:
    """In the simulator, by hand; the order's id in the hub."""
    visitor.open(f"{world.hub.base_url}/painel/simulador")
    visitor.page.get_by_label("Canal", exact=True).select_option("Mercado Livre")
    visitor.page.get_by_label("Status inicial").select_option("approved")
    visitor.fill("Quantidade", "1")
    visitor.fill("SKU", sku)
    visitor.press("Criar pedido")
    visitor.reads("Pedido criado:")
    return visitor.page.get_by_role("status").get_by_role("link").inner_text()


def see_it_in_the_shop(world: InstallWorld, visitor: Visitor, order: str) -> str:
    """Wait until it is in the shop's list; its number there."""
    visitor.open(f"{world.hub.base_url}/painel/pedidos/{order}")
    milestone(visitor, "Recebido pela loja")
    visitor.open(f"{world.store.base_url}/painel/pedidos")
    link = visitor.page.get_by_role("link", name="1000").first
    number = link.inner_text().strip()
    visitor.press(number)
    visitor.reads("Mercado Livre")
    return number


def milestone(visitor: Visitor, name: str) -> None:
    """Wait until the hub's order page shows that this was reached."""
    done = visitor.page.locator(".milestones li.is-done").filter(has_text=name)
    done.wait_for(timeout=_PATIENCE_MS)
