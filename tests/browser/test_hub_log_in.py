"""The hub's panel lets in whom it knows, and nobody else."""

from hub_process import HubProcess
from visitor import Visitor


def test_a_person_logs_in_and_out(hub: HubProcess, visitor: Visitor) -> None:
    visitor.open(f"{hub.base_url}/")
    visitor.look("hub-log-in")
    log_in = hub.accounts()[0]
    visitor.fill("Usuário ou e-mail", str(log_in["panel_user"]))
    visitor.fill("Senha", str(log_in["panel_password"]))
    visitor.press("AVANÇAR")
    visitor.reads("Resumo")
    visitor.press("Sair")
    visitor.reads("Você saiu.")
    visitor.open(f"{hub.base_url}/painel")
    visitor.reads("Acesse sua conta")


def test_a_wrong_password_is_refused_and_says_so(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {401}
    visitor.open(f"{hub.base_url}/painel/entrar")
    visitor.fill("Usuário ou e-mail", "5910")
    visitor.fill("Senha", "errada")
    visitor.press("AVANÇAR")
    visitor.reads("Usuário ou senha incorretos.")
    visitor.look("hub-log-in-refused")


def test_the_way_back_leads_nowhere_else(hub: HubProcess, visitor: Visitor) -> None:
    log_in = hub.accounts()[0]
    visitor.open(f"{hub.base_url}/painel/entrar?next=//example.com/")
    visitor.fill("Usuário ou e-mail", str(log_in["panel_user"]))
    visitor.fill("Senha", str(log_in["panel_password"]))
    visitor.press("AVANÇAR")
    assert visitor.page.url == f"{hub.base_url}/painel"


def test_who_reads_english_chooses_it_once(hub: HubProcess, visitor: Visitor) -> None:
    visitor.open(f"{hub.base_url}/painel/entrar")
    visitor.press("English")
    visitor.reads("Log in to your account")
    visitor.open(f"{hub.base_url}/painel")
    visitor.reads("Log in to your account")
