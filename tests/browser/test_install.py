"""A merchant installs the integration with a browser, from the hub's link to the export (R9)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hub_process import wait_until
from install_walk import InstallWorld, Walker, free_port, install_world
from visitor import Visitor

from ponte.ledger.vault import open_vault


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    folder = tmp_path_factory.mktemp("install")
    with install_world(folder, "--families", "400", "--defects") as running:
        yield running


def log_in_at_store(visitor: Visitor, shop: dict[str, Any]) -> None:
    """What a merchant does on the store's pages; nothing else here knows what they look like."""
    visitor.fill("Usuário ou e-mail", shop["username"])
    visitor.fill("Senha", shop["password"])
    visitor.press("AVANÇAR")
    visitor.press("Autorizar")


def test_from_the_link_to_the_exported_catalogue(world: InstallWorld, visitor: Visitor) -> None:
    account, shop = world.hub.accounts()[0], world.store.account
    visitor.open(world.link(account))
    visitor.reads("Qual é a sua loja?")
    assert "pluggtocode" not in visitor.page.url
    visitor.reads("Conta 5910")
    visitor.look("install-domain")
    visitor.fill("Domínio da loja", world.store.base_url)
    visitor.press("AVANÇAR")
    visitor.reads("Encontramos a loja")
    visitor.look("install-enter")
    visitor.press("Entrar na loja")
    log_in_at_store(visitor, shop)
    visitor.reads("Confira os dois lados")
    assert "code=" not in visitor.page.url
    visitor.look("install-confirm")
    visitor.press("Conectar a loja Loja Aurora à conta 5910")
    visitor.reads("nenhum processo de trabalho está ativo")
    visitor.look("install-review-waiting")
    worker = world.ponte.worker()
    # The page itself notices.
    visitor.button("Exportar catálogo").wait_for()
    visitor.reads("O preço é zero")
    visitor.look("install-review")
    # The export is seen under way, however long a busy machine looks: the hub takes its time.
    world.hub.admin("PUT", "faults", {"latency_ms": 1500})
    try:
        visitor.press("Exportar catálogo")
        visitor.reads("Enviando os produtos ao Plugg.to")
        wait_until(lambda: visitor.page.locator("progress").get_attribute("max") is not None, 30)
        visitor.page.reload()
        visitor.reads("produtos por segundo")
        visitor.look("install-exporting")
    finally:
        world.hub.admin("PUT", "faults", {})
    visitor.page.get_by_text("Pronto: o catálogo está no Plugg.to.").first.wait_for(timeout=60_000)
    visitor.look("install-done")
    visitor.press("Abrir o painel")
    visitor.reads("Conectada desde")
    visitor.look("panel-overview")
    visitor.press("English")
    visitor.reads("Connected since")
    assert "Conectada" not in visitor.text()
    worker.stop()


def test_who_is_stuck_is_told_what_to_do(world: InstallWorld, visitor: Visitor) -> None:
    visitor.expected_statuses = {400, 404, 422, 502}
    visitor.open(f"{world.address}/instalar")
    visitor.reads("Comece pelo Plugg.to")
    visitor.look("install-landing")
    visitor.open(f"{world.address}/instalar?pluggtocode=inventado")
    visitor.reads("já foi usado ou venceu")
    visitor.look("install-code-refused")
    visitor.open(f"{world.address}/instalar/retorno?code=x&state=y")
    visitor.reads("começou em outro navegador")
    visitor.look("install-other-browser")
    visitor.open(world.link(world.new_account()))
    visitor.fill("Domínio da loja", "minha loja")
    visitor.press("AVANÇAR")
    visitor.reads("Isto não é um domínio")
    visitor.look("install-domain-malformed")
    visitor.fill("Domínio da loja", f"http://127.0.0.1:{free_port()}")
    visitor.press("AVANÇAR")
    visitor.reads("A loja não está respondendo")
    visitor.look("install-domain-unreachable")
    visitor.open(f"{world.address}/instalar/nada")
    visitor.reads("Não há nada aqui")
    visitor.look("install-nothing-here")


def test_a_link_of_another_account_asks_first(world: InstallWorld, visitor: Visitor) -> None:
    mine, theirs = world.new_account(), world.new_account()
    visitor.open(world.link(mine))
    visitor.open(world.link(theirs))
    visitor.reads("Outra conta está sendo instalada")
    visitor.look("install-other-account")
    visitor.press("Continuar com esta conta")
    visitor.reads(f"Conta {mine['account']}")


def test_a_paused_connection_says_why_and_what_to_do(world: InstallWorld, visitor: Visitor) -> None:
    account, shop = world.new_account(), world.new_shop()
    Walker(world).connect(account, shop)
    world.rows(
        "UPDATE connection SET store_access_ended_at = now(), hub_access_ended_at = now()"
        " WHERE hub_account = %s RETURNING 1",
        account["account"],
    )
    visitor.open(world.link(account))
    visitor.reads("Pausada: o acesso à loja terminou.")
    assert "Pausada: o acesso à conta do Plugg.to" not in visitor.text()
    visitor.look("install-paused")
    visitor.press("Reconectar a loja")
    visitor.press("AVANÇAR")
    visitor.press("Entrar na loja")
    log_in_at_store(visitor, shop)
    visitor.page.get_by_role("button", name="Conectar a loja").click()
    visitor.reads("Reconectado")


def test_a_connection_is_ended_and_begins_again(world: InstallWorld, visitor: Visitor) -> None:
    account, shop = world.new_account(), world.new_shop()
    Walker(world).connect(account, shop)
    ((number, store_name),) = world.rows(
        "UPDATE connection SET released_at = now() WHERE hub_account = %s"
        " RETURNING connection_id, store_name",
        account["account"],
    )
    world.rows(
        "INSERT INTO hub_order (connection_id, hub_order_id, hub_status) SELECT %s, 'pedido-' || n,"
        " 'approved' FROM generate_series(1, 3) AS n",
        number,
    )
    ((sealed,),) = world.rows(
        "SELECT access_token FROM access_grant WHERE connection_id = %s AND side = 'store'", number
    )
    token = open_vault("", world.ponte.data).open(bytes(sealed))
    assert world.store.api("GET", "store", token=token).status_code == 200
    visitor.open(world.link(account))
    visitor.open(f"{world.address}/instalar/painel")
    visitor.open(f"{world.address}/conexoes/{number}/configuracoes")
    visitor.press("Desligar…")
    visitor.reads("Pedidos aprovados que ainda não estão na loja: 3")
    visitor.look("panel-disconnect")
    visitor.expected_statuses.add(400)
    visitor.fill("Para confirmar, digite o domínio ou o nome da loja", "outra")
    visitor.press("Desligar")
    visitor.reads("Digite o domínio ou o nome da loja como está acima.")
    visitor.fill("Para confirmar, digite o domínio ou o nome da loja", store_name)
    visitor.press("Desligar")
    visitor.reads("Conexão desligada. Nada mais é enviado nem recebido.")
    visitor.reads("A loja encerrou o nosso acesso em")
    visitor.reads("A fazer à mão no Plugg.to")
    visitor.look("panel-disconnected")
    assert world.store.api("GET", "store", token=token).status_code == 401
    assert world.rows("SELECT 1 FROM access_grant WHERE connection_id = %s", number) == []
    # The history stays to be read, and says it everywhere.
    visitor.open(f"{world.address}/conexoes/{number}/pedidos")
    visitor.reads(f"por {store_name}.")
    visitor.reads("pedido-1")
    visitor.open(f"{world.address}/conexoes/{number}")
    visitor.reads("Nada é enviado nem recebido até que alguém a ligue de novo.")
    visitor.look("panel-overview-switched-off")
    # By the hub's link, as the page says.
    visitor.open(world.link(account))
    visitor.reads("Para ligar de novo, entre na loja.")
    visitor.look("install-switched-off")
    visitor.press("Ligar de novo")
    visitor.press("AVANÇAR")
    visitor.press("Entrar na loja")
    log_in_at_store(visitor, shop)
    visitor.page.get_by_role("button", name="Conectar a loja").click()
    visitor.reads("Ligada de novo: segue de onde parou.")
    ((off, sides),) = world.rows(
        "SELECT switched_off_at, (SELECT count(*) FROM access_grant AS given"
        " WHERE given.connection_id = connection.connection_id)"
        " FROM connection WHERE connection_id = %s",
        number,
    )
    assert (off, sides) == (None, 2)
    visitor.open(f"{world.address}/conexoes/{number}/registro?quem=todos")
    visitor.reads("Ligou a conexão de novo.")
