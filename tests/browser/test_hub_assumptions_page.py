"""*Suposições*: every switch with its explanation, turned and turned back."""

from hub_panel import log_in
from hub_process import HubProcess
from visitor import Visitor

from ponte_sandbox.hub.assumptions import KNOWN
from ponte_sandbox.hub.panel.assumption_texts import TEXTS

PAGE = "/painel/suposicoes"


def answers(hub: HubProcess) -> dict[str, str]:
    return {each["name"]: each["value"] for each in hub.admin("GET", "assumptions")}


def test_a_switch_is_turned_and_all_go_back_to_their_defaults(
    hub: HubProcess, visitor: Visitor
) -> None:
    defaults = answers(hub)
    log_in(visitor, hub, PAGE)
    visitor.look("hub-assumptions")
    visitor.page.get_by_label("numbers", exact=True).select_option("string")
    visitor.page.get_by_label("missing_status").select_option("400")
    visitor.press("Salvar respostas")
    visitor.reads("Agora vale: missing_status = 400, numbers = string.")
    assert answers(hub) == defaults | {"numbers": "string", "missing_status": "400"}
    assert hub.api().call("GET", "/orders/6a16e3e5a1b2a00000009999").status_code == 400
    assert visitor.page.get_by_text("Alterada").count() == 2
    visitor.look("hub-assumptions-changed")
    visitor.press("Voltar aos padrões")
    visitor.confirm()
    visitor.reads("Agora vale:")
    assert answers(hub) == defaults


def test_every_switch_is_explained_in_portuguese() -> None:
    assert [each.name for each in KNOWN if each.name not in TEXTS] == []
