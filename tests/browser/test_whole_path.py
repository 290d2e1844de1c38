"""The manual's way from beginning to end in one browser (R9), and an order's life after it.

Nothing is prepared but the empty programs: everything is done on their pages, as a merchant would.
"""

from collections.abc import Iterator

import pytest
from hub_panel import log_in_by_hand
from hub_process import wait_until
from install_walk import InstallWorld, install_world
from store_visits import log_in_by_hand as store_log_in
from visitor import Visitor

LINK = "Sua integração está quase concluída. Clique aqui para concluir"
# A machine with other work exports forty products and hears of an invoice within seconds.
_PATIENCE_S = 60.0
_PATIENCE_MS = 1000 * _PATIENCE_S


# Asked of the ledger until it is so, because each look by the command is a process.
_HUB_ENDED = "SELECT 1 FROM connection WHERE hub_access_ended_at IS NOT NULL"
_STORE_ENDED = "SELECT 1 FROM connection WHERE store_access_ended_at IS NOT NULL"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    folder = tmp_path_factory.mktemp("whole")
    # A shop that no longer lets an app in sends it no hints either: a poll finds out. The worker
    # has as many processes as it would have by itself.
    settings = {"PONTE_POLL_SECONDS": "8", "PONTE_WORKER_PROCESSES": ""}
    with install_world(folder, "--families", "40", **settings) as running:
        # Whoever owns an app tells the hub once where it wants to hear of orders.
        running.hub.register(f"{running.address}/notifications/pluggto", types=["orders"])
        worker = running.ponte.worker()
        yield running
        worker.stop()


def test_from_empty_folders_to_a_dispatched_order(world: InstallWorld, visitor: Visitor) -> None:
    add_the_app(world, visitor)
    let_ponte_into_the_shop(world, visitor)
    export_the_catalogue(visitor)
    visitor.open(f"{world.hub.base_url}/painel/catalogo")
    visitor.reads("Disponível")
    sku = what_the_hub_sells(world)
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


def test_what_is_taken_away_on_either_side_pauses_and_given_again_goes_on(
    world: InstallWorld, visitor: Visitor
) -> None:
    sku = what_the_hub_sells(world)
    log_in_by_hand(visitor, world.hub, "/painel/aplicativos")
    app = visitor.page.locator("section, .card").filter(has_text="Webstore Plataforma").last
    app.get_by_role("button", name="Remover App").click()
    visitor.confirm()
    visitor.reads("foi removido da conta.")
    change_stock(world, sku, 41)
    # Nothing reaches an account that said no; added again, the link alone makes it go on.
    wait_until(lambda: world.rows(_HUB_ENDED), _PATIENCE_S)
    assert "hub" in paused_sides(world)
    open_from_the_hub(world, visitor)
    visitor.reads("Conectada desde")
    wait_until(lambda: world.hub.api().get_sku(sku)["quantity"] == 41, _PATIENCE_S)

    store_log_in(visitor, world.store)
    visitor.open(f"{world.store.base_url}/painel/aplicativos")
    visitor.press("Revogar")
    visitor.confirm()
    change_stock(world, sku, 42)
    wait_until(lambda: world.rows(_STORE_ENDED), _PATIENCE_S)
    assert "store" in paused_sides(world)
    open_from_the_hub(world, visitor)
    visitor.reads("Pausada: o acesso à loja terminou.")
    visitor.press("Reconectar a loja")
    visitor.press("AVANÇAR")
    visitor.press("Entrar na loja")
    visitor.press("Autorizar")
    visitor.page.get_by_role("button", name="Conectar a loja").click()
    visitor.reads("Reconectado")
    wait_until(lambda: world.hub.api().get_sku(sku)["quantity"] == 42, _PATIENCE_S)


def open_from_the_hub(world: InstallWorld, visitor: Visitor) -> None:
    """Add the app unless it is there, and follow the image link."""
    visitor.open(f"{world.hub.base_url}/painel/aplicativos?busca=webstore")
    if visitor.button("Adicionar +").count():
        visitor.press("Adicionar +")
    visitor.open(f"{world.hub.base_url}/painel/plataformas/webstore")
    visitor.press(LINK)


def change_stock(world: InstallWorld, sku: str, stock: int) -> None:
    """The merchant counts again."""
    world.store.merchant("PUT", "stock", json={"sku": sku, "stock": stock})


def paused_sides(world: InstallWorld) -> set[str]:
    """The sides whose access ended, as `ponte status` tells it."""
    (connection,) = world.ponte.json("status")["connections"]
    return set(connection["access_ended"])


def add_the_app(world: InstallWorld, visitor: Visitor) -> None:
    """Editar aplicativos, Adicionar +, Plataformas, Webstore."""
    log_in_by_hand(visitor, world.hub)
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
    done = visitor.page.get_by_text("Pronto: o catálogo está no Plugg.to.", exact=True)
    done.wait_for(timeout=_PATIENCE_MS)


def what_the_hub_sells(world: InstallWorld) -> str:
    """A SKU with stock, as the hub's API shows it to anybody with access."""
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
