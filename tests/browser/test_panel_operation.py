"""An operator finds who is in trouble, stops what must stop, tells merchants, and hears of it."""

import re
from collections.abc import Iterator

import pytest
from alert_receiver import Receiver
from hub_process import wait_until
from install_walk import InstallWorld, Walker, install_world
from panel_people import become_operator, log_in
from visitor import Visitor

LOOK_SECONDS = 30.0
_MANY = """
    INSERT INTO connection (hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
        store_url, store_id, store_name, hint_secret, released_at, product_checked_at,
        orders_checked_at, store_access_ended_at)
    SELECT 'https://hub.example', 70000 + number, 'app', '',
        CASE WHEN number BETWEEN 41 AND 43 THEN 'outra' ELSE 'webstore' END,
        'https://loja-' || number || '.example', number::text,
        CASE number WHEN 7 THEN repeat('Nome comprido ', 25) ELSE 'Loja ' || number END, '', now(),
        now(), now(), CASE WHEN number = 42 THEN now() END
    FROM generate_series(1, 120) AS number"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[InstallWorld]:
    """An installation with an operator, a merchant of flesh and blood, and many others."""
    settings = {"PONTE_ALERT_WEBHOOK_URL": receiver.url}
    with install_world(tmp_path_factory.mktemp("operation"), **settings) as running:
        Walker(running).connect(running.new_account(), running.new_shop())
        yield running


@pytest.fixture(scope="module")
def fleet(world: InstallWorld) -> InstallWorld:
    """The same, once it was measured."""
    world.rows(_MANY)
    look(world)
    return world


def look(world: InstallWorld) -> None:
    """Until everybody was measured anew."""
    world.rows("UPDATE connection_health SET is_lively = true")
    world.rows("UPDATE watch SET looked_at = '-infinity'")
    wait_until(
        lambda: world.rows("SELECT count(*) FROM watch WHERE looked_at > '-infinity'") == [(1,)],
        LOOK_SECONDS,
    )


def test_the_operators_day(world: InstallWorld, receiver: Receiver, visitor: Visitor) -> None:
    become_operator(world, visitor)
    page = visitor.page

    # Nobody works yet, and that is said.
    visitor.open(f"{world.address}/operacao")
    visitor.reads("Nenhum processo de trabalho está ativo.")
    visitor.reads("Páginas e avisos")
    visitor.look("panel-operation-empty")

    # A stop needs a reason and a second thought, stands for everybody to see, and ends.
    visitor.fill("Motivo", "A plataforma troca de servidor")
    visitor.press("Parar")
    visitor.confirm()
    visitor.reads("Tudo está parado desde")
    visitor.reads("A plataforma troca de servidor")
    visitor.look("panel-operation-stopped")
    visitor.fill("Motivo", "De novo")
    visitor.press("Parar")
    visitor.expected_statuses.add(400)
    visitor.confirm()
    visitor.reads("Isto já está parado.")
    visitor.press("Continuar")
    visitor.reads("Tudo o que estava parado continua agora.")
    visitor.reads("Paradas anteriores")

    # A message needs its text in time order; then every merchant sees it.
    visitor.fill("Texto em português", "Manutenção hoje às 22h: <b>nada</b> se perde.")
    page.get_by_label("até", exact=True).fill("2020-01-01T00:00")
    visitor.press("Publicar")
    visitor.reads("O fim precisa ser depois do início")
    page.get_by_label("até", exact=True).fill("")
    visitor.press("Publicar")
    visitor.reads("A mensagem aparece no alto das páginas dos lojistas.")
    visitor.look("panel-operation")
    ((connection,),) = world.rows("SELECT min(connection_id) FROM connection")
    visitor.open(f"{world.address}/conexoes/{connection}")
    visitor.reads("Manutenção hoje às 22h: <b>nada</b> se perde.")
    visitor.open(f"{world.address}/operacao")
    visitor.press("Encerrar")
    visitor.reads("A mensagem não aparece mais.")
    visitor.open(f"{world.address}/conexoes/{connection}")
    assert "Manutenção hoje" not in visitor.text()

    # A test of the alerts' way arrives, and the page shows it.
    visitor.open(f"{world.address}/alertas")
    visitor.press("Enviar teste")
    visitor.reads("O teste está a caminho")
    wait_until(lambda: bool(receiver.posts), LOOK_SECONDS)
    visitor.open(f"{world.address}/alertas")
    visitor.reads("início: entregue em")
    visitor.look("panel-alerts")


def test_a_fleet_of_many_shows_who_is_in_trouble_first(
    fleet: InstallWorld, visitor: Visitor
) -> None:
    log_in(fleet, visitor)
    visitor.open(f"{fleet.address}/frota")
    page = visitor.page
    first = page.locator("tbody tr").first
    assert "Loja 42" in first.inner_text()
    assert "Desconectada" in first.inner_text()
    visitor.look("panel-fleet")
    visitor.press("próxima")
    visitor.reads("2 de 3")
    visitor.press("Loja")
    names = page.locator("tbody td:first-child a").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    assert page.locator("th[aria-sort=ascending]").count() == 1
    visitor.fill("Buscar", "nome compr")
    visitor.press("Buscar")
    assert page.locator("tbody tr").count() == 1
    visitor.fill("Buscar", "ninguém %_")
    visitor.press("Buscar")
    visitor.reads("Nenhuma conexão encontrada")
    visitor.press("Limpar")
    # Of one platform, by a figure, and then by a state: what was chosen before stays.
    page.get_by_label("Plataforma da loja", exact=True).select_option("outra")
    visitor.press("Buscar")
    assert page.locator("tbody tr").count() == 3
    page.get_by_role("table").get_by_role("link", name="Atraso").click()
    page.get_by_role("link", name=re.compile("^Desconectada: 1$")).click()
    page.wait_for_url("**situacao=disconnected**")
    assert page.locator("tbody tr").all_inner_texts()[0].startswith("Loja 42")
    assert page.locator("tbody tr").count() == 1
    assert page.get_by_label("Plataforma da loja", exact=True).input_value() == "outra"
    visitor.look("panel-fleet-narrowed")
    visitor.press("Limpar")
    visitor.fill("Buscar", "70042")
    visitor.press("Buscar")
    visitor.press("Loja 42")
    visitor.reads("o acesso à loja terminou")


def test_a_merchant_sees_none_of_it(fleet: InstallWorld, visitor: Visitor) -> None:
    released = "UPDATE connection SET released_at = now() WHERE released_at IS NULL"
    ((account,),) = fleet.rows(f"{released} RETURNING hub_account")
    (known,) = [each for each in fleet.hub.accounts() if each["account"] == account]
    visitor.open(fleet.link(known))
    visitor.open(f"{fleet.address}/instalar/painel")
    visitor.expected_statuses.add(404)
    for path in ("frota", "operacao", "alertas"):
        visitor.open(f"{fleet.address}/{path}")
        assert "Loja 42" not in visitor.text()
        visitor.reads("Não há nada aqui")
