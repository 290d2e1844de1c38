"""People of the panel in a real browser: invited, guarded by a second factor, acting as a merchant,
and what is seen of it."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from panel import PASSWORD
from people_world import PeopleWorld, people_world
from playwright.sync_api import Browser
from visitor import Visitor


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWorld]:
    with people_world(tmp_path_factory.mktemp("people")) as running:
        yield running


def _log_in(world: PeopleWorld, visitor: Visitor, email: str) -> None:
    visitor.open(f"{world.address}/entrar")
    visitor.fill("E-mail", email)
    visitor.fill("Senha", PASSWORD)
    visitor.press("Entrar")


def _shown(visitor: Visitor, selector: str) -> str:
    return visitor.page.locator(selector).inner_text().strip()


def test_an_operator_invites_somebody_who_sets_up_a_second_factor(
    world: PeopleWorld, visitor: Visitor, browser: Browser
) -> None:
    visitor.expected_statuses = {400, 401, 410}
    _log_in(world, visitor, "olga@ponte.example")
    visitor.open(f"{world.address}/usuarios")
    visitor.look("panel-users")
    visitor.press("Convidar")
    visitor.fill("E-mail", "iara@ponte.example")
    visitor.fill("Nome", "Iara " + "Comprida" * 12)
    visitor.page.get_by_label("Papel").select_option(label="suporte")
    visitor.look("panel-user-invite")
    visitor.press("Convidar")
    visitor.reads("ele não é mostrado de novo")
    visitor.look("panel-user-link")
    link = _shown(visitor, "#link")
    invited = Visitor(browser)
    invited.expected_statuses = {400, 401, 410}
    invited.open(link)
    invited.look("panel-invitation")
    # By the keyboard alone.
    invited.page.get_by_label("Senha", exact=True).focus()
    for text in (PASSWORD, PASSWORD):
        invited.page.keyboard.type(text)
        invited.page.keyboard.press("Tab")
    invited.page.keyboard.press("Enter")
    invited.reads("Bem-vindo ao Ponte")
    invited.open(link)
    invited.reads("Este link já não vale")
    invited.look("panel-link-spent")
    _set_up_second_factor(world, invited)
    visitor.open(f"{world.address}/usuarios?busca=iara")
    visitor.reads("ligado")
    visitor.page.get_by_role("link", name=re.compile("^Iara")).click()
    visitor.look("panel-user")
    visitor.press("Desativar")
    visitor.confirm()
    visitor.reads("está fora já no próximo clique")
    invited.open(f"{world.address}/minha-conta")
    invited.reads("Entrar no Ponte")
    invited.leave()
    visitor.open(f"{world.address}/registro")
    visitor.reads("Ligou o segundo fator")
    visitor.look("panel-trail")


def _set_up_second_factor(world: PeopleWorld, visitor: Visitor) -> None:
    """Turn it on, see the sessions, and log in with it."""
    visitor.open(f"{world.address}/minha-conta")
    visitor.reads("este navegador")
    visitor.look("panel-account")
    visitor.press("Segundo fator")
    visitor.fill("Senha atual", PASSWORD)
    visitor.press("Começar")
    assert visitor.page.get_by_role("img", name="Código QR do segundo fator").is_visible()
    visitor.look("panel-second-factor")
    totp = pyotp.TOTP(_shown(visitor, "#secret"))
    visitor.fill("Código de 6 dígitos", totp.now())
    visitor.press("Ligar o segundo fator")
    visitor.reads("A próxima entrada pede um código")
    visitor.press("Sair")
    # A code is good once: as if half a minute had passed.
    world.rows("UPDATE panel_user SET totp_step = 0")
    _log_in(world, visitor, "iara@ponte.example")
    visitor.fill("Código de 6 dígitos", "000000")
    visitor.press("Continuar")
    visitor.reads("Código incorreto ou já usado")
    visitor.look("panel-second-factor-asked")
    visitor.fill("Código de 6 dígitos", totp.now())
    visitor.press("Continuar")
    visitor.reads("Iara")


def test_an_operator_acts_as_the_merchant_and_back(world: PeopleWorld, visitor: Visitor) -> None:
    visitor.expected_statuses = {404}
    _log_in(world, visitor, "olga@ponte.example")
    visitor.open(f"{world.address}/conexoes/{world.own}")
    visitor.press("Agir como o lojista")
    visitor.confirm()
    visitor.reads("está agindo como o lojista desta conexão")
    visitor.look("panel-acting")
    visitor.open(f"{world.address}/usuarios")
    visitor.reads("Não há nada aqui")
    visitor.open(f"{world.address}/conexoes/{world.own}")
    visitor.press("Voltar a ser operador")
    visitor.open(f"{world.address}/conexoes/{world.own}/registro")
    visitor.reads("Deixou de agir como o lojista")
    visitor.look("panel-own-trail")
    visitor.press("English")
    visitor.reads("Stopped acting as the merchant")


def test_a_token_is_made_and_the_document_is_drawn(world: PeopleWorld, visitor: Visitor) -> None:
    _log_in(world, visitor, "ana@loja.example")
    visitor.open(f"{world.address}/minha-conta/tokens")
    visitor.fill("Para que programa", "ERP da loja")
    visitor.press("Criar token")
    visitor.reads("ele não é mostrado de novo")
    assert _shown(visitor, "#token").startswith("ponte_")
    visitor.look("panel-tokens")
    visitor.press("Documentação da API")
    visitor.reads("Who the token is.")
    visitor.page.get_by_role("button", name="Expand operation").first.click()
    visitor.reads("Who the token is, and what it may")
    visitor.look("panel-api")
