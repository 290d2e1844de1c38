"""*Plataformas › Webstore*: the link to the app carries a code of the account, made on the way."""

import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hub_panel import log_in
from hub_process import HubProcess, running_hub
from visitor import Visitor

PAGE = "/painel/plataformas/webstore"
LINK = "Sua integração está quase concluída. Clique aqui para concluir"


def add_webstore(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, "/painel/aplicativos?busca=webstore")
    if visitor.button("Adicionar +").count():
        visitor.press("Adicionar +")
    visitor.open(f"{hub.base_url}{PAGE}")


def exchange(hub: HubProcess, code: str) -> requests.Response:
    account = hub.accounts()[0]
    app = {name: account[name] for name in ("client_id", "client_secret")}
    fields = {"grant_type": "authorization_code", "code": code, **app}
    return requests.post(f"{hub.base_url}/oauth/token", data=fields, timeout=10)


def test_without_the_app_the_page_leads_to_editar_aplicativos(
    hub: HubProcess, visitor: Visitor
) -> None:
    log_in(visitor, hub, PAGE)
    visitor.reads("não está na conta 5910")
    visitor.look("hub-platform-without-app")
    visitor.press("Ir para Editar aplicativos")
    visitor.reads("Webstore Plataforma de Ecommerce")


def test_the_link_brings_a_code_that_is_good_once(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {400}
    add_webstore(hub, visitor)
    visitor.reads("nenhum endereço foi cadastrado")
    visitor.fill("Onde o aplicativo abre", "javascript:alert(1)")
    visitor.press("Salvar endereço")
    visitor.reads("Digite um endereço completo")
    visitor.look("hub-platform-without-address")
    # The hub's own log-in stands for the app: any page that is there will do.
    app = f"{hub.base_url}/painel/entrar?loja=1"
    visitor.fill("Onde o aplicativo abre", app)
    visitor.press("Salvar endereço")
    visitor.reads("Endereço salvo.")
    (listed,) = hub.admin("GET", "apps")
    assert (listed["number"], listed["url"]) == (221, app)
    visitor.look("hub-platform")

    referrers: list[str | None] = []
    visitor.page.on(
        "request",
        lambda request: (
            referrers.append(request.headers.get("referer"))
            if "pluggtocode=" in request.url
            else None
        ),
    )
    visitor.press(LINK)
    query = parse_qs(urlsplit(visitor.page.url).query)
    assert query["loja"] == ["1"]
    (code,) = query["pluggtocode"]
    assert referrers == [None]
    assert exchange(hub, code).status_code == 200
    assert exchange(hub, code).json()["error"] == "invalid_grant"


def test_looking_at_the_page_makes_no_code(
    tmp_path_factory: pytest.TempPathFactory, visitor: Visitor
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    with running_hub(folder, "--app-url", "http://127.0.0.1:9/instalar") as hub:
        add_webstore(hub, visitor)
        for _ in range(3):
            visitor.open(f"{hub.base_url}{PAGE}")
        visitor.reads(LINK)
    assert _codes(folder) == 0


def _codes(folder: Path) -> int:
    with sqlite3.connect(folder / "hub.sqlite") as database:
        count: int = database.execute("SELECT count(*) FROM code").fetchone()[0]
    return count


def test_the_administration_registers_the_address_and_refuses_what_is_none(hub: HubProcess) -> None:
    client_id = hub.accounts()[0]["client_id"]
    for wrong in ("ftp://x/", "javascript:alert(1)", "http://", "http://a b/", 5, "x" * 3000):
        answer = requests.put(
            f"{hub.base_url}/_sandbox/apps",
            json={"client_id": client_id, "url": wrong},
            timeout=10,
        )
        assert answer.status_code == 400, wrong
    hub.admin("PUT", "apps", {"client_id": client_id, "url": None})
    assert hub.admin("GET", "apps")[0]["url"] is None


def test_without_administration_nothing_that_stirs_the_hub_is_there(
    tmp_path_factory: pytest.TempPathFactory, visitor: Visitor
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    with running_hub(folder) as hub:
        account = hub.accounts()[0]
    with running_hub(folder, "--no-admin") as hub:
        visitor.open(f"{hub.base_url}/painel/entrar?next=/painel/notificacoes")
        visitor.fill("Usuário ou e-mail", str(account["panel_user"]))
        visitor.fill("Senha", str(account["panel_password"]))
        visitor.press("AVANÇAR")
        visitor.reads("Nenhum endereço cadastrado: nada é enviado.")
        assert "Para onde vão" not in visitor.text()
        visitor.press("Testes")
        visitor.reads("Simulador de marketplaces")
        menu = visitor.page.get_by_role("navigation", name="Menu principal").inner_text()
        assert "Falhas" not in menu
        assert "Suposições" not in menu
        visitor.open(f"{hub.base_url}/painel/aplicativos?busca=webstore")
        visitor.press("Adicionar +")
        visitor.open(f"{hub.base_url}{PAGE}")
        visitor.reads("com --app-url.")
        assert "Endereço do aplicativo" not in visitor.text()
        visitor.expected_statuses = {404}
        for path in ("falhas", "suposicoes"):
            visitor.open(f"{hub.base_url}/painel/{path}")
            visitor.reads("Não há nada aqui")
        for path in ("falhas", "suposicoes", "plataformas/webstore/endereco"):
            answer = requests.post(f"{hub.base_url}/painel/{path}", timeout=10)
            assert answer.status_code in (403, 404), path
