"""Whoever has not logged in gets nothing of the panel but its log-in, whatever is asked for."""

import re

import pytest
import requests
from direct import direct_session
from hub_process import HubProcess

READ = (
    "sac",
    "aplicativos",
    "plataformas/webstore",
    "plataformas/webstore/abrir",
    "simulador",
    "simulador/skus",
    "simulador/andamento",
    "falhas",
    "falhas/agora",
    "notificacoes",
    "suposicoes",
)
SENT = (
    "sac/x/responder",
    "sac/simular",
    "aplicativos/221/adicionar",
    "aplicativos/1/remover",
    "aplicativos/1/cobranca",
    "aplicativos/1/cobranca/1/remover",
    "plataformas/webstore/endereco",
    "simulador/pedido",
    "simulador/fluxo",
    "simulador/1/parar",
    "falhas",
    "falhas/desligar",
    "falhas/zerar",
    "notificacoes/1/reenviar",
    "notificacoes/espera/1/agora",
    "notificacoes/endereco",
    "suposicoes",
    "suposicoes/padroes",
)


@pytest.mark.parametrize("path", READ)
def test_a_page_leads_a_stranger_to_the_log_in_and_back(hub: HubProcess, path: str) -> None:
    answer = requests.get(f"{hub.base_url}/painel/{path}", timeout=10, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/painel/entrar?next=%2Fpainel%2F")


@pytest.mark.parametrize("path", SENT)
def test_a_form_of_a_stranger_changes_nothing(hub: HubProcess, path: str) -> None:
    stranger = direct_session()
    page = stranger.get(f"{hub.base_url}/painel/entrar", timeout=10).text
    (token,) = set(re.findall(r'name="_csrf_token" value="([^"]+)"', page))
    fields = {"error_share": "100", "numbers": "string", "url": "http://127.0.0.1:9/"}
    for form, status in (({"_csrf_token": token, **fields}, 303), (fields, 403)):
        answer = stranger.post(
            f"{hub.base_url}/painel/{path}", data=form, timeout=10, allow_redirects=False
        )
        assert answer.status_code == status
        assert answer.headers.get("location") == ("/painel/entrar" if status == 303 else None)
    assert hub.admin("GET", "faults")["error_share"] == 0.0
    assert hub.admin("GET", "apps")[0]["url"] is None
    assert hub.admin("GET", "notifications")[0]["url"] is None
    numbers = next(one for one in hub.admin("GET", "assumptions") if one["name"] == "numbers")
    assert numbers["value"] == "number"
