"""The panel without a mouse: the main job of every main page, and what refreshes itself takes
nothing from whoever is at it."""

from collections.abc import Iterator

import pyotp
import pytest
from hub_process import wait_until
from install_walk import InstallWorld, install_world
from keyboard import Keyboard
from panel import PASSWORD, first_link
from playwright.sync_api import Page
from visitor import Visitor
from wares import make_order

HELP = "Como usar esta página"
# A part of a page is fetched now, and not in some seconds.
_REFRESH = """async ([part, path]) => {
  // Fails where the answer does.
  await htmx.ajax("GET", path, { target: part, source: part }).catch(() => null);
}"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """All four systems and a worker; nobody is connected, and no operator is there yet."""
    with install_world(tmp_path_factory.mktemp("keyboard"), "--families", "12") as running:
        running.hub.register(f"{running.address}/notifications/pluggto")
        running.ponte.worker()
        yield running


@pytest.fixture(scope="module")
def base(world: InstallWorld) -> str:
    """Where the merchant's pages begin."""
    return f"{world.address}/conexoes/1"


def test_a_merchant_installs(world: InstallWorld, visitor: Visitor) -> None:
    keyboard, page, shop = Keyboard(visitor), visitor.page, world.store.account
    visitor.open(world.link(world.hub.accounts()[0]))
    # The one field of the page has the focus already.
    assert keyboard.place == "Domínio da loja"
    page.keyboard.type(world.store.base_url)
    keyboard.enter()
    keyboard.press("Entrar na loja")
    keyboard.fill("Usuário ou e-mail", shop["username"])
    keyboard.fill("Senha", shop["password"])
    keyboard.enter()
    keyboard.press("Autorizar")
    visitor.reads("Confira os dois lados")
    keyboard.walk()
    keyboard.press("Conectar a loja Loja Aurora à conta 5910")
    visitor.button("Exportar catálogo").wait_for()
    keyboard.press("Exportar catálogo")
    page.get_by_text("Pronto: o catálogo está no Plugg.to.").first.wait_for(timeout=60_000)
    keyboard.press("Abrir o painel")
    visitor.reads("Tudo certo")


def test_a_merchant_does_the_days_work(world: InstallWorld, visitor: Visitor, base: str) -> None:
    keyboard, page = Keyboard(visitor), visitor.page
    held = world.hub.api().post_order(**make_order("NADA-1"))["id"]
    visitor.open(world.link(world.hub.accounts()[0]))
    assert HELP in keyboard.walk()
    keyboard.use(HELP)
    visitor.reads("Cada um é conferido pelo menos a cada 15 minutos.")
    keyboard.press("Não mostrar mais")

    keyboard.press("Catálogo")
    ((title,),) = world.rows("SELECT title FROM family_search LIMIT 1")
    keyboard.fill("Procurar", str(title).partition(" ")[0])
    page.wait_for_url("**q=*")
    assert keyboard.place == "Procurar"
    keyboard.walk()
    page.locator("#products tbody a").first.focus()
    keyboard.enter()
    keyboard.use("Conferir agora nos dois lados")
    visitor.reads("os dois lados são iguais")
    keyboard.use("Ver todos os campos, lado a lado")
    keyboard.walk()
    keyboard.press("Enviar agora")
    visitor.reads("O produto será enviado inteiro em instantes.")

    keyboard.press("Exportar catálogo", "Conferir de novo")
    visitor.reads("Sem alteração")
    keyboard.walk()

    wait_until(lambda: world.rows("SELECT 1 FROM problem WHERE subject = %s", held), 30)
    keyboard.press("Pedidos")
    keyboard.walk()
    keyboard.go_to("Só com pendência")
    page.keyboard.press("Space")
    keyboard.enter()
    visitor.reads("1 pedido")
    page.locator("tbody a").first.focus()
    keyboard.enter()
    keyboard.press("Mostrar comprador")
    visitor.reads("Comprador de Teste")
    keyboard.walk()

    keyboard.press("Pendências")
    keyboard.walk()
    keyboard.press("Ver uma por uma")
    keyboard.use("Ignorar")
    keyboard.fill("Motivo", "Pedido de teste")
    keyboard.enter()
    visitor.reads("1 pendência ignorada")

    keyboard.press("Auditoria")
    keyboard.walk()
    keyboard.press("Iniciar auditoria")
    visitor.reads("Tudo igual")

    keyboard.press("Configurações")
    keyboard.walk()
    keyboard.use("Pausar: Pedidos")
    # The question begins at its harmless answer, and Escape is one; then all is as before.
    assert keyboard.place == "Cancelar"
    page.keyboard.press("Escape")
    assert keyboard.place == "Pausar: Pedidos"
    keyboard.fill("Estoque máximo anunciado", "2")
    keyboard.go_to("Arredondamento dos preços")
    page.keyboard.press("ArrowDown")
    keyboard.press("Ver o que muda")
    visitor.button("Salvar").wait_for()
    keyboard.walk()
    keyboard.press("Salvar")
    visitor.reads("Regras salvas")


def test_an_operator_does_the_days_work(world: InstallWorld, visitor: Visitor) -> None:
    keyboard, page = Keyboard(visitor), visitor.page
    visitor.open(f"{world.address}{first_link(world.web.said())}")
    for label in ("Nome", "E-mail", "Senha", "Repita a senha"):
        keyboard.fill(label, {"Nome": "Olga", "E-mail": "olga@ponte.example"}.get(label, PASSWORD))
    keyboard.enter()

    keyboard.fill("Buscar", "aurora")
    keyboard.enter()
    visitor.reads("1 resultado")
    keyboard.walk()
    keyboard.press("Atraso")
    assert page.locator("th[aria-sort]").inner_text().upper().startswith("ATRASO")

    keyboard.press("Operação")
    keyboard.walk()
    keyboard.fill("Motivo", "A plataforma troca de servidor")
    page.keyboard.press("Enter")
    assert keyboard.place == "Cancelar"
    page.keyboard.press("Escape")
    assert keyboard.place == "Motivo"
    page.keyboard.press("Enter")
    assert keyboard.step() == "Confirmar"
    keyboard.enter()
    visitor.reads("Tudo está parado desde")
    keyboard.press("Continuar")
    visitor.reads("Tudo o que estava parado continua agora.")

    keyboard.press("Alertas")
    keyboard.walk()

    keyboard.press("Usuários", "Convidar")
    keyboard.walk()
    keyboard.fill("E-mail", "iara@ponte.example")
    keyboard.fill("Nome", "Iara")
    keyboard.press("Convidar")
    visitor.reads("ele não é mostrado de novo")

    keyboard.press("Registro de ações")
    keyboard.walk()
    keyboard.fill("Número da conexão", "1")
    keyboard.enter()
    visitor.reads("Mandou exportar o catálogo")

    keyboard.press("Olga · operador")
    keyboard.walk()
    keyboard.press("Segundo fator")
    keyboard.fill("Senha atual", PASSWORD)
    keyboard.enter()
    totp = pyotp.TOTP(page.locator("#secret").inner_text())
    keyboard.fill("Código de 6 dígitos", totp.now())
    keyboard.enter()
    visitor.reads("A próxima entrada pede um código")
    keyboard.press("Sair")
    # A code is good once: as if half a minute had passed.
    world.rows("UPDATE panel_user SET totp_step = 0 RETURNING 1")
    assert keyboard.place == "E-mail"
    page.keyboard.type("olga@ponte.example")
    assert keyboard.step() == "Senha"
    page.keyboard.type(PASSWORD)
    keyboard.enter()
    page.wait_for_url("**/entrar/codigo")
    assert keyboard.place == "Código de 6 dígitos"
    page.keyboard.type(totp.now())
    keyboard.enter()
    visitor.reads("Frota")


def refresh(page: Page, part: str, path: str) -> None:
    """As it does by itself every few seconds."""
    page.evaluate(_REFRESH, [part, path])


def test_a_refresh_takes_nothing_from_who_is_at_the_page(
    world: InstallWorld, visitor: Visitor, base: str
) -> None:
    keyboard, page = Keyboard(visitor), visitor.page
    visitor.open(world.link(world.hub.accounts()[0]))
    # What has the focus, of several that lead to the same page.
    keyboard.go_to("Estoques")
    page.evaluate("window.old = document.activeElement")
    refresh(page, "#now", f"{base}/agora")
    assert page.evaluate("!window.old.isConnected")
    assert keyboard.place == "Estoques"
    # What was opened.
    keyboard.use("Ver como tabela")
    refresh(page, "#charts", f"{base}/graficos")
    assert keyboard.place == "Ver como tabela"
    assert page.locator("#charts details[open]").count() == 1
    # Nothing is spoken as long as only figures move; news are, once.
    spoken = page.locator("#spoken")
    assert spoken.text_content() == ""
    world.rows("UPDATE connection SET store_access_ended_at = now() RETURNING 1")
    refresh(page, "#now", f"{base}/agora")
    spoken.get_by_text("o acesso à loja terminou").wait_for()
    world.rows("UPDATE connection SET store_access_ended_at = NULL RETURNING 1")
    # What is being copied.
    page.get_by_text("Endereço da loja").select_text()
    refresh(page, "#now", f"{base}/agora")
    assert page.evaluate("getSelection().toString()") == "Endereço da loja"


def test_a_page_without_an_answer_says_so_and_recovers(
    world: InstallWorld, visitor: Visitor, base: str
) -> None:
    page, stale = visitor.page, visitor.page.get_by_text("o que esta página mostra pode ser antigo")
    visitor.expected_statuses = {500}
    visitor.open(world.link(world.hub.accounts()[0]))
    page.route("**/agora", lambda route: route.fulfill(status=500, body="Internal Server Error"))
    for _ in range(2):
        refresh(page, "#now", f"{base}/agora")
    stale.wait_for()
    # Said once, and what was there is there.
    assert stale.count() == 1
    visitor.reads("Endereço da loja")
    page.unroute("**/agora")
    refresh(page, "#now", f"{base}/agora")
    stale.wait_for(state="detached")

    page.route("**/agora", lambda route: route.abort())
    refresh(page, "#now", f"{base}/agora")
    stale.wait_for()
    page.unroute("**/agora")
    refresh(page, "#now", f"{base}/agora")
    stale.wait_for(state="detached")
    # Browser and htmx themselves complain of what was done to them, and nobody else does.
    expected = ("net::ERR_FAILED", "Response Status Error Code 500", "htmx:")
    for complaint in visitor.complaints:
        assert any(each in complaint for each in expected), complaint
    visitor.complaints.clear()


def test_what_was_typed_survives_the_end_of_a_session(
    world: InstallWorld, visitor: Visitor, base: str
) -> None:
    page, account = visitor.page, world.hub.accounts()[0]
    visitor.expected_statuses = {401}
    held = world.hub.api().post_order(**make_order("NADA-2"))["id"]
    wait_until(lambda: world.rows("SELECT 1 FROM problem WHERE subject = %s", held), 30)
    visitor.open(world.link(account))
    visitor.open(f"{base}/pedidos/{held}")
    page.locator("summary", has_text="Ignorar esta pendência").click()
    visitor.fill("Motivo", "Vendido no balcão")
    world.rows("DELETE FROM panel_session RETURNING 1")
    refresh(page, "[hx-get$='/passos']", f"{base}/pedidos/{held}/passos")
    visitor.reads("O que você escreveu continua nesta página.")
    # In again by another tab; the page goes on, and what was typed is sent.
    other = page.context.new_page()
    other.goto(world.link(account))
    other.close()
    refresh(page, "[hx-get$='/passos']", f"{base}/pedidos/{held}/passos")
    page.get_by_text("O que você escreveu continua nesta página.").wait_for(state="detached")
    visitor.press("Ignorar")
    visitor.reads("1 pendência ignorada")

    # A page that asks nothing by itself notices when it is sent.
    visitor.open(f"{base}/configuracoes")
    visitor.fill("Estoque máximo anunciado", "7")
    world.rows("DELETE FROM panel_session RETURNING 1")
    visitor.press("Ver o que muda")
    assert page.url.endswith("/entrar?next=%2Fconexoes%2F1%2Fconfiguracoes")
    visitor.open(world.link(account))
    visitor.open(f"{base}/configuracoes")
    visitor.reads("Sua sessão terminou antes do envio.")
    assert page.get_by_label("Estoque máximo anunciado", exact=True).input_value() == "7"
    # Once: what was not wanted does not come again.
    page.reload()
    assert page.get_by_label("Estoque máximo anunciado", exact=True).input_value() != "7"
