"""*Visão geral* in a real browser: everything right, nothing yet, and a session that ends."""

from collections.abc import Iterator

import pytest
from hub_process import wait_until
from install_walk import InstallWorld, Walker, install_world
from panel_people import become_operator, log_in
from visitor import Visitor

# The name of a shop may be as long as somebody likes.
LONG_NAME = "Loja " + "muito " * 60


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """All four systems; a merchant is connected and exported."""
    folder = tmp_path_factory.mktemp("overview")
    with install_world(folder, "--families", "40", "--defects") as running:
        running.ponte.worker()
        walker = Walker(running)
        walker.connect(running.hub.accounts()[0], running.store.account)
        walker.post("/instalar/exportar")
        wait_until(
            lambda: (
                running.rows("SELECT count(*) FROM connection_health WHERE exported_at IS NOT NULL")
                == [(1,)]
            ),
            60,
        )
        yield running


def test_a_merchant_sees_that_everything_is_right(world: InstallWorld, visitor: Visitor) -> None:
    visitor.open(world.link(world.hub.accounts()[0]))
    visitor.reads("Tudo certo: a loja e o Plugg.to estão em dia.")
    for words in ("Primeiros passos", "Pedidos hoje", "Estoques", "Em dia", "Conectada desde"):
        visitor.reads(words)
    visitor.look("panel-overview-active")
    visitor.press("Não mostrar mais")
    visitor.reads("Tudo certo")
    assert "Primeiros passos" not in visitor.text()
    # A stock that changes is sent, and the page says so without being asked.
    visitor.page.get_by_text("Como usar esta página").click()
    visitor.reads("pelo menos a cada 15 minutos")
    visitor.press("English")
    visitor.reads("All is well")
    visitor.press("Dark")
    assert visitor.page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    visitor.look("panel-overview-dark")
    visitor.press("Automatic")
    visitor.press("Português")


def test_a_session_that_ends_leads_to_the_log_in_and_back(
    world: InstallWorld, visitor: Visitor
) -> None:
    visitor.expected_statuses = {401}
    become_operator(world, visitor)
    visitor.open(f"{world.address}/conexoes/1?x=1")
    visitor.reads("Situação")
    world.rows("DELETE FROM panel_session RETURNING 1")
    # The part that refreshes itself notices, and takes the page along.
    visitor.page.wait_for_url("**/entrar?next=**", timeout=30_000)
    visitor.look("panel-log-in")
    log_in_here(visitor)
    visitor.page.wait_for_url(f"{world.address}/conexoes/1?x=1")
    visitor.press("Sair")
    visitor.reads("Você saiu.")


def test_a_name_of_300_characters_fits(world: InstallWorld, visitor: Visitor) -> None:
    world.rows("UPDATE connection SET store_name = %s RETURNING 1", LONG_NAME)
    log_in(world, visitor)
    visitor.open(f"{world.address}/conexoes/1")
    visitor.look("panel-overview-long-name")


def log_in_here(visitor: Visitor) -> None:
    """On the log-in that the page led to."""
    visitor.fill("E-mail", "olga@ponte.example")
    visitor.fill("Senha", "uma frase bem comprida")
    visitor.press("Entrar")
