"""*Configurações* in a real browser: a rule is previewed, corrected and saved; two people edit at
once; a loop is paused and resumed."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hub_process import wait_until
from install_walk import InstallWorld, install_world
from panel import PASSWORD
from panel_people import become_operator, log_in
from playwright.sync_api import Browser
from visitor import Visitor

from ponte.services.passwords import hash_password

NUMBER = 1
PERCENT = "Acréscimo ou desconto, em porcentagem"
CEILING = "Estoque máximo anunciado"
LONG_NAME = "Camisa " + "muito " * 48 + "longa"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """A merchant with a small catalogue in the hub, a worker, and Sara of the support."""
    with install_world(tmp_path_factory.mktemp("rules"), "--families", "60") as running:
        running.add_product(running.store.account, "LONGA", name=LONG_NAME[:300], price="100.00")
        assert running.ponte.connect(running.hub, running.store) == NUMBER
        running.ponte.worker()
        running.ponte.json("export", str(NUMBER))
        running.rows(
            "INSERT INTO panel_user (email, name, role, password_hash)"
            " VALUES ('sara@ponte.example', 'Sara', 'support', %s)",
            asyncio.run(hash_password(PASSWORD)),
        )
        yield running


def open_rules(world: InstallWorld, person: Visitor) -> None:
    """The merchant comes by the hub's link, and goes to the rules."""
    person.open(world.link(world.hub.accounts()[0]))
    person.open(f"{world.address}/conexoes/{NUMBER}/configuracoes")


def price_in_hub(world: InstallWorld) -> Decimal:
    return Decimal(str(world.hub.api().get_sku("LONGA")["price"]))


def channel_price(world: InstallWorld) -> tuple[str, Decimal] | None:
    for table in world.hub.api().get_sku("LONGA").get("price_table", []):
        return table["code"], Decimal(str(table["price"]))
    return None


def test_a_rule_is_tried_corrected_and_saved(world: InstallWorld, visitor: Visitor) -> None:
    open_rules(world, visitor)
    visitor.look("panel-rules")
    visitor.fill(PERCENT, "dez")
    visitor.fill(CEILING, "2")
    channel = visitor.page.get_by_role("group", name="Canal 1")
    channel.get_by_label("Código da tabela de preços").fill("ml")
    visitor.expected_statuses.add(400)
    visitor.press("Ver o que muda")
    visitor.reads("Informe um número, como 10 ou 12,5.")
    assert visitor.page.get_by_label(CEILING, exact=True).input_value() == "2"
    visitor.reads("Informe um valor entre -90 e 900.")
    visitor.look("panel-rules-faults")
    visitor.fill(PERCENT, "12,5 %")
    channel.get_by_label("Porcentagem").fill("20")
    visitor.press("Ver o que muda")
    visitor.reads("Regras que mudariam")
    visitor.reads("Exemplos")
    # The worker reads all of it, and the page notices by itself.
    visitor.button("Salvar").wait_for()
    visitor.reads("Mudam de preço")
    visitor.look("panel-rules-preview")
    assert price_in_hub(world) == Decimal(100)
    visitor.press("Voltar e corrigir")
    assert visitor.page.get_by_label(PERCENT, exact=True).input_value() == "12,5"
    visitor.fill(PERCENT, "10")
    visitor.fill(CEILING, "")
    visitor.press("Ver o que muda")
    visitor.button("Salvar").wait_for()
    visitor.press("Salvar")
    visitor.reads("Regras salvas")
    wait_until(lambda: price_in_hub(world) == Decimal(110), seconds=30)
    wait_until(lambda: channel_price(world) == ("ml", Decimal(132)), seconds=30)
    assert channel.get_by_label("Porcentagem").input_value() == "20"
    # What would do harm asks first.
    visitor.fill("Menos estes SKUs", "LONGA")
    visitor.fill("Menos estas marcas", "Adias")
    visitor.press("Ver o que muda")
    visitor.reads("1 produto sairia de venda no Plugg.to.")
    visitor.button("Salvar").wait_for()
    visitor.reads("Menos estas marcas: Adias")
    visitor.button("Salvar").click()
    visitor.reads("Há produtos que deixariam de ser vendidos")
    visitor.page.keyboard.press("Escape")
    visitor.press("Desistir")
    visitor.reads("As regras ficaram como estavam.")


def test_two_people_edit_and_neither_undoes_the_other(
    world: InstallWorld, visitor: Visitor, browser: Browser
) -> None:
    open_rules(world, visitor)
    operator = Visitor(browser)
    become_operator(world, operator)
    operator.open(f"{world.address}/conexoes/{NUMBER}/configuracoes")
    operator.fill("Marca padrão", "Casa")
    operator.fill(CEILING, "50")
    operator.press("Ver o que muda")
    operator.button("Salvar").wait_for()
    operator.press("Salvar")
    operator.reads("Regras salvas")
    operator.leave()
    visitor.fill("Garantia padrão, em meses", "12")
    visitor.fill(CEILING, "40")
    visitor.expected_statuses.add(409)
    visitor.press("Ver o que muda")
    visitor.reads("As regras mudaram enquanto você editava")
    visitor.reads("Olga Operadora")
    assert visitor.page.get_by_label("Marca padrão", exact=True).input_value() == "Casa"
    assert visitor.page.get_by_label(CEILING, exact=True).input_value() == "40"
    visitor.reads("Mudado pelos dois")
    visitor.look("panel-rules-conflict")
    visitor.press("Ver o que muda")
    visitor.button("Salvar").wait_for()
    visitor.press("Salvar")
    visitor.reads("Regras salvas")
    rules = world.ponte.json("rules", str(NUMBER))
    assert (rules["default_brand"], rules["default_warranty_months"]) == ("Casa", 12)
    assert rules["stock_ceiling"] == 40


def test_a_loop_is_paused_with_a_warning_and_resumed_without_a_loss(
    world: InstallWorld, visitor: Visitor
) -> None:
    open_rules(world, visitor)
    visitor.press("Pausar: Catálogo")
    visitor.reads("o que acabou na loja pode ser vendido")
    visitor.confirm()
    visitor.reads("Catálogo: pausado.")
    visitor.look("panel-rules-paused")
    world.add_product(world.store.account, "NOVO")
    assert world.ponte.json("rules", str(NUMBER))["paused"] == ["catalogue"]
    assert not world.hub.api().call("GET", "/skus/NOVO").ok
    visitor.press("Retomar: Catálogo")
    visitor.reads("Catálogo: retomado.")
    wait_until(lambda: world.hub.api().call("GET", "/skus/NOVO").ok, seconds=30)


def test_support_looks_and_touches_nothing(world: InstallWorld, visitor: Visitor) -> None:
    log_in(world, visitor, "sara@ponte.example")
    visitor.open(f"{world.address}/conexoes/{NUMBER}/configuracoes")
    visitor.reads("Você pode ver as regras")
    assert visitor.page.get_by_label(PERCENT, exact=True).is_disabled()
    assert visitor.button("Ver o que muda").count() == 0
    assert visitor.button("Pausar: Catálogo").count() == 0
