"""A merchant gets into the shop (R9), lets an app in, and puts it out again; nobody else does."""

import re
import secrets

from store_process import StoreProcess
from store_visits import fill_log_in, log_in_by_hand, waiting_app
from visitor import Visitor


def test_a_merchant_logs_in_sees_what_is_to_do_and_leaves(
    store: StoreProcess, visitor: Visitor
) -> None:
    visitor.open(f"{store.base_url}/")
    visitor.reads("Ainda não tem uma loja virtual?")
    assert visitor.button("Crie agora e avalie por 30 dias grátis").count() == 1
    assert visitor.button("Esqueci a senha").count() == 1
    visitor.look("store-log-in")
    fill_log_in(visitor, store.account["username"], store.account["password"])
    visitor.reads("Pedidos a faturar")
    visitor.look("store-home")
    visitor.press("Sair")
    visitor.reads("Você saiu.")
    visitor.open(f"{store.base_url}/painel/produtos?q=x")
    fill_log_in(visitor, f"{store.account['username']}@loja.example", store.account["password"])
    assert visitor.page.url == f"{store.base_url}/painel/produtos?q=x"


def test_who_guesses_passwords_has_to_wait(store: StoreProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {401, 429}
    victim = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    visitor.open(f"{store.base_url}/entrar")
    for _ in range(10):
        fill_log_in(visitor, victim["username"], "errada")
        visitor.reads("Usuário ou senha incorretos.")
    # Now even the right one: or the guess that hits would be answered.
    fill_log_in(visitor, victim["username"], victim["password"])
    visitor.reads("Muitas tentativas com senha errada.")
    visitor.look("store-log-in-paused")
    # Others are not held up by it.
    log_in_by_hand(visitor, store)
    visitor.reads("Pedidos a faturar")


def test_a_forgotten_password_is_replaced_by_a_link_that_is_good_once(
    store: StoreProcess, visitor: Visitor
) -> None:
    owner = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    visitor.open(f"{store.base_url}/entrar")
    visitor.press("Esqueci a senha")
    visitor.look("store-forgotten")
    visitor.fill("Usuário ou e-mail", owner["username"])
    visitor.press("Enviar link")
    visitor.reads("Se houver uma loja com este usuário ou e-mail")
    visitor.look("store-forgotten-sent")
    visitor.press("Ver a caixa de saída")
    visitor.reads(f"{owner['username']}@loja.example")
    visitor.look("store-outbox")
    link = visitor.page.locator("article a").first.inner_text()
    visitor.open(link)
    visitor.expected_statuses = {400, 410}
    visitor.fill("Nova senha", "curta12")
    visitor.fill("Repita a nova senha", "curta12")
    visitor.press("Salvar nova senha")
    visitor.reads("Use pelo menos 8 caracteres.")
    visitor.look("store-new-password")
    visitor.fill("Nova senha", "outra senha boa")
    visitor.fill("Repita a nova senha", "outra senha boa")
    visitor.press("Salvar nova senha")
    fill_log_in(visitor, owner["username"], "outra senha boa")
    visitor.reads("Pedidos a faturar")
    visitor.open(link)
    visitor.reads("Este link já foi usado ou venceu.")
    accounts = store.admin("GET", "accounts").json()
    [shown] = [each for each in accounts if each["username"] == owner["username"]]
    assert shown["password"] is None


def test_a_new_shop_is_there_at_once_with_products_and_photos(
    store: StoreProcess, visitor: Visitor
) -> None:
    email = f"maria.{secrets.token_hex(4)}@empresa.com.br"
    visitor.expected_statuses = {400}
    visitor.open(f"{store.base_url}/entrar")
    visitor.press("Crie agora e avalie por 30 dias grátis")
    visitor.fill("Nome da loja", "Ateliê <b>Lua</b> & Cia")
    visitor.fill("E-mail", email)
    visitor.fill("Senha", "minha senha")
    visitor.fill("Repita a senha", "minha senhA")
    visitor.press("Criar loja")
    visitor.reads("As duas senhas não são iguais.")
    visitor.look("store-create")
    visitor.fill("Senha", "minha senha")
    visitor.fill("Repita a senha", "minha senha")
    visitor.press("Criar loja")
    visitor.reads("Sua loja está pronta")
    visitor.reads("Ateliê <b>Lua</b> & Cia")
    visitor.look("store-created")
    visitor.open(f"{store.base_url}/painel/produtos")
    visitor.reads("60 resultados")
    photo = visitor.page.locator("img.photo").first
    photo.scroll_into_view_if_needed()
    visitor.page.wait_for_function("document.querySelector('img.photo').naturalWidth > 0")
    visitor.press("Sair")
    fill_log_in(visitor, email.upper(), "minha senha")
    visitor.reads("Pedidos a faturar")
    # One shop for each e-mail.
    visitor.press("Sair")
    visitor.open(f"{store.base_url}/criar-loja")
    visitor.fill("Nome da loja", "Outra")
    visitor.fill("E-mail", email)
    visitor.fill("Senha", "minha senha")
    visitor.fill("Repita a senha", "minha senha")
    visitor.press("Criar loja")
    visitor.reads("Já existe uma loja com este e-mail.")


def test_an_app_is_let_in_by_the_shop_that_is_named_and_put_out_again(
    store: StoreProcess, visitor: Visitor
) -> None:
    other = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    log_in_by_hand(visitor, store, other)
    with waiting_app(store) as app:
        visitor.open(app.question())
        visitor.reads(other["name"])
        visitor.press("Entrar com outra loja")
        visitor.reads("O aplicativo Ponte de testes pede acesso à sua loja.")
        visitor.look("store-log-in-for-an-app")
        fill_log_in(visitor, store.account["username"], store.account["password"])
        visitor.reads(store.account["name"])
        visitor.reads("ler os produtos, preços e estoques")
        visitor.look("store-consent")
        visitor.press("Autorizar")
        visitor.reads("De volta ao aplicativo")
        assert app.answers[-1]["state"] == "meu-estado"
        tokens = app.tokens(app.answers[-1]["code"]).json()
        facts = store.api("GET", "store", token=tokens["access_token"]).json()
        assert facts["id"] == store.account["store_id"]

        visitor.open(f"{store.base_url}/painel/aplicativos")
        visitor.reads("Ponte de testes")
        visitor.look("store-apps")
        row = visitor.page.get_by_role("row").filter(has_text="Ponte de testes").first
        row.get_by_role("button", name=re.compile("Revogar")).click()
        visitor.confirm()
        visitor.reads("O acesso foi revogado.")
        assert store.api("GET", "store", token=tokens["access_token"]).status_code == 401


def test_who_does_not_want_to_is_back_at_the_app_without_a_log_in(
    store: StoreProcess, visitor: Visitor
) -> None:
    with waiting_app(store) as app:
        visitor.open(app.question())
        visitor.press("Voltar ao aplicativo sem autorizar")
        visitor.reads("De volta ao aplicativo")
        assert app.answers[-1]["error"] == "access_denied"


def test_an_unregistered_app_leads_nowhere_and_says_so(
    store: StoreProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    visitor.open(f"{store.base_url}/oauth/authorize?client_id=x&redirect_uri=https://a.example/")
    visitor.reads("O aplicativo não está registrado nesta loja")
    visitor.look("store-refused")


def test_settings_change_the_shop_and_the_password(store: StoreProcess, visitor: Visitor) -> None:
    owner = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    visitor.expected_statuses = {400}
    log_in_by_hand(visitor, store, owner)
    visitor.open(f"{store.base_url}/painel/configuracoes")
    visitor.reads(store.account["domain"])
    visitor.look("store-settings")
    visitor.fill("Nome da loja", "Loja Nova")
    visitor.press("Salvar")
    visitor.reads("Configurações salvas.")
    assert "Loja Nova" in visitor.text()
    for present, said in ((f"x{owner['password']}", "A senha atual não é esta."),):
        visitor.fill("Senha atual", present)
        visitor.fill("Nova senha", "uma senha nova")
        visitor.fill("Repita a nova senha", "uma senha nova")
        visitor.press("Alterar senha")
        visitor.reads(said)
    visitor.fill("Senha atual", owner["password"])
    visitor.fill("Nova senha", "uma senha nova")
    visitor.fill("Repita a nova senha", "uma senha nova")
    visitor.press("Alterar senha")
    visitor.reads("Senha alterada. Outras sessões desta loja foram encerradas.")


def test_what_buyers_reach_by_links_has_the_shops_look(
    store: StoreProcess, visitor: Visitor
) -> None:
    visitor.open(f"{store.base_url}/rastreio/BR001000235BR")
    visitor.reads("BR001000235BR")
    visitor.look("store-tracking")
    visitor.open(f"{store.base_url}/produto/1001")
    visitor.look("store-public-product")
