"""*Editar aplicativos*: what the manual's first page shows and does (R9)."""

import requests
from hub_panel import log_in
from hub_process import HubProcess
from visitor import Visitor

PAGE = "/painel/aplicativos"
WEBSTORE = "Webstore Plataforma de Ecommerce"


def test_the_account_begins_with_the_manuals_apps(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, PAGE)
    visitor.reads("Aplicações e plugins da conta")
    names = visitor.page.get_by_role("heading", level=3).all_inner_texts()
    assert names == ["1 Painel", "2 Mercado Livre", "259 Learn", "280 Rihappy", "309 Shopee"]
    painel = visitor.page.get_by_role("table", name="Formato de cobrança").first
    for heading in ("Ordem", "Meses", "Preço", "Meses utilizados", "Opções"):
        assert painel.get_by_role("columnheader", name=heading, exact=True).count() == 1, heading
    assert "Nada configurado" in painel.inner_text()
    visitor.look("hub-apps")


def test_an_app_is_found_without_accents_and_case_and_added_once(
    hub: HubProcess, visitor: Visitor
) -> None:
    log_in(visitor, hub, PAGE)
    visitor.fill("Procurar aplicativo ou plugin", "WÉBSTORE plataforma")
    visitor.press("Procurar")
    found = visitor.page.get_by_role("list", name="Aplicativos encontrados")
    assert WEBSTORE in found.inner_text()
    visitor.look("hub-apps-found")
    found.get_by_role("button", name="Adicionar +").click()
    visitor.reads("Falta concluir em Plataformas › Webstore.")
    visitor.reads("Já está na conta")
    assert visitor.page.get_by_role("heading", name=f"221 {WEBSTORE}").count() == 1
    visitor.fill("Procurar aplicativo ou plugin", "<b>nada</b>")
    visitor.press("Procurar")
    visitor.reads("Nenhum aplicativo com “<b>nada</b>” no nome.")


def test_billing_rows_come_and_go_and_errors_stand_at_their_field(
    hub: HubProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    log_in(visitor, hub, PAGE)
    shopee = visitor.page.locator("#app-309")
    shopee.locator("summary").click()
    shopee.get_by_label("Meses", exact=True).fill("12")
    shopee.get_by_label("Preço (R$)").fill("muito")
    shopee.get_by_role("button", name="Salvar cobrança").click()
    visitor.reads("Digite um valor em reais, como 49,90.")
    assert shopee.get_by_label("Meses", exact=True).input_value() == "12"
    visitor.look("hub-apps-billing-refused")
    shopee.get_by_label("Preço (R$)").fill("1.249,90")
    shopee.get_by_role("button", name="Salvar cobrança").click()
    visitor.reads("Cobrança adicionada a Shopee.")
    cells = shopee.get_by_role("cell").all_inner_texts()
    assert [cell.replace("\xa0", " ") for cell in cells[:4]] == ["1", "12", "R$ 1.249,90", "0"]
    visitor.look("hub-apps-billing")
    shopee.get_by_role("button", name="Remover", exact=True).click()
    visitor.confirm()
    visitor.reads("Cobrança removida.")
    assert "Nada configurado" in shopee.inner_text()


def test_removing_an_app_asks_first_and_ends_its_tokens(hub: HubProcess, visitor: Visitor) -> None:
    client_id = hub.accounts()[0]["client_id"]
    hub.admin("POST", "codes", {"account": 5910, "client_id": client_id})
    api = hub.api()
    log_in(visitor, hub, PAGE)
    button = visitor.page.locator("#app-221").get_by_role("button", name="Remover App")
    button.click()
    visitor.page.locator("#confirm").get_by_role("button", name="Cancelar").click()
    assert api.call("GET", "/users").status_code == 200
    button.click()
    visitor.reads(f"Remover {WEBSTORE} da conta?")
    visitor.confirm()
    visitor.reads(f"{WEBSTORE} foi removido da conta.")
    assert api.call("GET", "/users").status_code == 401


def test_nobody_adds_or_removes_what_does_not_exist_or_without_a_log_in(hub: HubProcess) -> None:
    for address in (f"{PAGE}/999999/adicionar", f"{PAGE}/1/remover"):
        answer = requests.post(f"{hub.base_url}{address}", timeout=10, allow_redirects=False)
        assert answer.status_code == 403
