"""*Notificações*: what the app was sent, what it answered, and what waits."""

from hub_panel import log_in
from hub_process import HubProcess, Receiver, wait_until
from visitor import Visitor

PAGE = "/painel/notificacoes"


def test_each_attempt_is_shown_with_its_answer_and_sent_again_by_hand(
    hub: HubProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    with Receiver().listening() as receiver:
        log_in(visitor, hub, PAGE)
        visitor.reads("Nada foi enviado ainda")
        visitor.look("hub-notifications-empty")
        visitor.fill("Endereço", "ftp://aqui")
        visitor.press("Salvar endereço")
        visitor.reads("Digite um endereço completo")
        visitor.fill("Endereço", receiver.url)
        visitor.press("Salvar endereço")
        visitor.reads("Endereço salvo.")
        (registered,) = hub.admin("GET", "notifications")
        assert (registered["url"], set(registered["types"])) == (
            receiver.url,
            {"orders", "products"},
        )
        receiver.answers = [500]
        order = hub.api().post_order(status="approved")
        wait_until(lambda: len(receiver.received) == 2)
        hub.api().put_sku("CAM-1", name="Camiseta", quantity=1)
        wait_until(lambda: len(receiver.received) == 3)

        visitor.press("Atualizar")
        rows = visitor.page.locator("section", has_text="Envios").locator("tbody tr")
        wait_until(lambda: visitor.page.reload() is not None and rows.count() == 3)
        texts = rows.all_inner_texts()
        assert "Recebida 200" in texts[0]
        assert "Nova tentativa 500" in texts[2]
        assert order["id"] in texts[2]
        visitor.look("hub-notifications")

        visitor.page.get_by_label("Tipo", exact=True).select_option("orders")
        visitor.page.get_by_label("Resultado").select_option("taken")
        visitor.press("Filtrar")
        (only,) = rows.all_inner_texts()
        assert order["id"] in only
        visitor.press("Reenviar")
        visitor.reads("posta na fila de novo")
        wait_until(lambda: len(receiver.received) == 4)
        assert receiver.received[3] == receiver.received[1]
        assert "tipo=orders&resultado=taken" in visitor.page.url


def test_what_waits_is_tried_now_when_somebody_asks(hub: HubProcess, visitor: Visitor) -> None:
    hub.admin("PUT", "faults", {"notifications": {"delay_ms_max": 600_000}})
    with Receiver().listening() as receiver:
        hub.register(receiver.url)
        hub.api().post_order(status="approved", original_id="<script>alert(1)</script>")
        hub.admin("PUT", "faults", {})
        log_in(visitor, hub, PAGE)
        visitor.reads("Esperando")
        # What exactly is sent, unfolded: it has to fit a telephone, too.
        for each in visitor.page.locator("summary").all():
            each.click()
        visitor.reads('"action":"created"')
        visitor.look("hub-notifications-waiting")
        assert receiver.received == []
        visitor.press("Tentar agora")
        visitor.reads("A notificação vai ser enviada agora.")
        wait_until(lambda: len(receiver.received) == 1)
    hub.register(None)


def test_an_address_where_nobody_answers_is_said_so(hub: HubProcess, visitor: Visitor) -> None:
    with Receiver().listening() as receiver:
        address = receiver.url
    # Nobody listens there any more.
    hub.register(address)
    hub.api().post_order(status="approved")
    log_in(visitor, hub, f"{PAGE}?resultado=postponed")
    refused = visitor.page.locator("tbody tr", has_text="sem resposta")
    wait_until(lambda: visitor.page.reload() is not None and refused.count() > 0)
    assert "Nova tentativa" in refused.first.inner_text()
    visitor.press("English")
    visitor.reads("To be retried")
    hub.register(None)
