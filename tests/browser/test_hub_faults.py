"""*Falhas*: what is set there meets the calls, and one button ends it."""

from hub_panel import log_in
from hub_process import HubProcess
from visitor import Visitor

PAGE = "/painel/falhas"


def test_faults_set_on_the_page_are_in_force_and_turned_off_at_once(
    hub: HubProcess, visitor: Visitor
) -> None:
    api = hub.api()
    log_in(visitor, hub, PAGE)
    visitor.reads("Tudo responde normalmente.")
    visitor.look("hub-faults")
    visitor.fill("Erros 500 e 503 (%)", "100")
    visitor.fill("Só nos caminhos", "/orders\n/products")
    visitor.fill("Atraso máximo (ms)", "1500")
    visitor.fill("Semente", "7")
    visitor.press("Pôr em vigor")
    visitor.reads("100% das chamadas recebem 500 ou 503.")
    visitor.reads("Cada notificação atrasa até 1.500 ms.")
    faults = hub.admin("GET", "faults")
    assert faults["error_share"] == 1.0
    assert faults["only_paths"] == ["/orders", "/products"]
    assert faults["notifications"]["delay_ms_max"] == 1500.0
    assert faults["seed"] == 7
    hub.admin("DELETE", "calls")
    assert api.call("GET", "/orders").status_code in (500, 503)
    # Without a reload: the page asks every two seconds.
    visitor.page.get_by_text("50").and_(visitor.page.locator(".tag-bad")).wait_for()
    visitor.look("hub-faults-in-force")
    visitor.press("Desligar tudo")
    visitor.reads("Tudo desligado.")
    assert api.call("GET", "/orders").status_code == 200
    assert visitor.page.get_by_label("Erros 500 e 503 (%)").input_value() == "0"


def test_a_slider_and_its_number_follow_each_other(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, PAGE)
    field = visitor.page.get_by_label("Espera máxima (ms)")
    slider = visitor.page.locator("#latency_max + .slider")
    field.fill("2000")
    assert slider.input_value() == "2000"
    slider.evaluate("each => { each.value = 450; each.dispatchEvent(new Event('input')); }")
    assert field.input_value() == "450"


def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(
    hub: HubProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    log_in(visitor, hub, PAGE)
    visitor.fill("Erros 500 e 503 (%)", "60")
    visitor.fill("Queda depois (%)", "60")
    visitor.fill("Espera mínima (ms)", "500")
    visitor.fill("Espera máxima (ms)", "100")
    visitor.fill("Só nos caminhos", "orders")
    visitor.press("Pôr em vigor")
    visitor.reads("somam mais de 100 %.")
    visitor.reads("O máximo não pode ser menor que o mínimo.")
    visitor.reads("cada um começando com /")
    assert visitor.page.get_by_label("Queda depois (%)").input_value() == "60"
    visitor.look("hub-faults-refused")
    assert hub.admin("GET", "faults")["error_share"] == 0.0


def test_people_elsewhere_do_not_stir_the_hub(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {403}
    log_in(visitor, hub, "/painel")
    token = visitor.page.locator("input[name=_csrf_token]").first.input_value()
    visitor.page.set_extra_http_headers({"X-Forwarded-For": "203.0.113.9"})
    for path in (PAGE, "/painel/suposicoes"):
        visitor.open(f"{hub.base_url}{path}")
        visitor.reads("Só nesta máquina")
    visitor.look("hub-only-here")
    for path in (PAGE, "/painel/suposicoes", "/painel/plataformas/webstore/endereco"):
        answer = visitor.page.request.post(
            f"{hub.base_url}{path}",
            form={"_csrf_token": token, "error_share": "100", "url": "http://a.example/"},
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
        assert answer.status == 403, path
        assert "Só nesta máquina" in answer.text(), path
    visitor.open(f"{hub.base_url}/painel/notificacoes")
    assert "Para onde vão" not in visitor.text()
    assert hub.admin("GET", "faults")["error_share"] == 0.0
    assert hub.admin("GET", "apps")[0]["url"] is None
