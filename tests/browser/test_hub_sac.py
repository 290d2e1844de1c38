"""*SAC*: a person reads what buyers ask and answers, for good; a tester asks in a buyer's place."""

from collections.abc import Iterator

import pytest
from hub_panel import log_in
from hub_process import HubProcess, Receiver, running_hub, wait_until
from visitor import Visitor

PAGE = "/painel/sac"
NASTY = "<b>Serve</b> \U0001f697\n=1+1 " + "Comprida" * 60


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with something to ask about, and nobody who has asked."""
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        process.api().put_sku("FAROL-1", name="Farol")
        yield process


def ask(hub: HubProcess, **question: object) -> str:
    asked: dict[str, str] = hub.admin(
        "POST", "messages", {"account": 5910, "sku": "FAROL-1", "text": "Serve?", **question}
    )
    return asked["id"]


def rows(visitor: Visitor) -> list[str]:
    return visitor.page.locator("tbody tr").all_inner_texts()


def test_without_questions_the_page_says_what_to_do_and_takes_one(
    hub: HubProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    order = hub.api().post_order(channel="Amazon")
    log_in(visitor, hub)
    visitor.press("SAC")
    visitor.reads("Nenhum comprador perguntou ainda")
    visitor.look("hub-sac-empty")
    visitor.page.get_by_label("Sobre", exact=True).select_option(label="Um pedido")
    visitor.fill("SKU ou número do pedido", "99999999")
    visitor.fill("Texto", "Quando chega?")
    visitor.press("Perguntar")
    visitor.reads("A conta não tem pedido com este número.")
    assert visitor.page.get_by_label("Texto", exact=True).input_value() == "Quando chega?"
    visitor.look("hub-sac-refused")
    with Receiver().listening() as receiver:
        hub.register(receiver.url, types=["messages"])
        visitor.fill("SKU ou número do pedido", str(order["order_id"]))
        visitor.press("Perguntar")
        visitor.reads("Pergunta criada. O aplicativo da loja foi avisado.")
        wait_until(lambda: receiver.received)
        hub.register(None)
    assert (receiver.received[0]["type"], receiver.received[0]["action"]) == ("messages", "created")
    [row] = rows(visitor)
    assert "Amazon" in row
    assert "Sem resposta" in row
    visitor.press(f"Pedido {order['order_id']}")
    assert visitor.page.url == f"{hub.base_url}/painel/pedidos/{order['id']}"


def test_a_question_is_answered_for_good_and_the_app_is_told(
    hub: HubProcess, visitor: Visitor
) -> None:
    visitor.expected_statuses = {400}
    message = ask(hub, text=NASTY, buyer_name="<i>Ana</i> " + "Z" * 200)
    log_in(visitor, hub, f"{PAGE}/{message}")
    visitor.reads("<b>Serve</b>")
    visitor.press("Enviar resposta")
    visitor.reads("Escreva o texto.")
    visitor.look("hub-sac-question")
    # A client that knows no `maxlength`.
    visitor.page.get_by_label("Resposta").evaluate("field => field.removeAttribute('maxlength')")
    visitor.fill("Resposta", "x" * 2001)
    visitor.press("Enviar resposta")
    visitor.reads("O texto tem 2001 caracteres; cabem 2000.")
    assert visitor.page.get_by_label("Resposta").input_value() == "x" * 2001
    # New lines are counted as the person who wrote them counts.
    answer = "Sim.\n" + "y" * 1995
    with Receiver().listening() as receiver:
        hub.register(receiver.url, types=["messages"])
        visitor.fill("Resposta", answer)
        visitor.press("Enviar resposta")
        visitor.reads("Resposta enviada.")
        wait_until(lambda: receiver.received)
        hub.register(None)
    assert (receiver.received[0]["id"], receiver.received[0]["action"]) == (message, "updated")
    visitor.fill("Resposta", answer)
    visitor.press("Enviar resposta")
    visitor.reads("Esta já é a última resposta que o comprador recebeu.")
    visitor.look("hub-sac-answered")
    kept = hub.api().call("GET", f"/messages/{message}").json()["Message"]
    assert [one["text"] for one in kept["answers"]] == [answer]
    assert kept["status"] == "answered"


def test_what_waits_stands_first_and_the_list_is_narrowed_and_paged(
    hub: HubProcess, visitor: Visitor
) -> None:
    api = hub.api()
    for number in range(26):
        ask(hub, text=f"Pergunta {number}", channel="Shopee")
    answered = ask(hub, text="Já respondida", channel="Via")
    assert api.call("PUT", f"/messages/{answered}", {"answer": "Sim."}).ok
    log_in(visitor, hub, PAGE)
    assert len(rows(visitor)) == 25
    assert "Pergunta 25" in rows(visitor)[0]
    visitor.look("hub-sac")
    visitor.press("próxima")
    assert any("Já respondida" in row for row in rows(visitor))
    assert "Respondida" in rows(visitor)[-1]
    visitor.page.get_by_label("Situação").select_option(label="Respondidas")
    visitor.page.get_by_label("Canal", exact=True).select_option(label="Via")
    visitor.press("Filtrar")
    [row] = rows(visitor)
    assert "Já respondida" in row
    visitor.page.get_by_label("Situação").select_option(label="Sem resposta")
    visitor.press("Filtrar")
    visitor.reads("Nenhuma pergunta com este filtro")
    visitor.press("Limpar")
    assert len(rows(visitor)) == 25


def test_a_product_that_is_gone_leads_nowhere(hub: HubProcess, visitor: Visitor) -> None:
    product = hub.api().put_sku("EFEMERO")
    message = ask(hub, sku="EFEMERO")
    log_in(visitor, hub, f"{PAGE}/{message}")
    visitor.press("EFEMERO")
    assert visitor.page.url == f"{hub.base_url}/painel/catalogo/{product['id']}"
    assert hub.api().call("DELETE", "/skus/EFEMERO").ok
    visitor.open(f"{hub.base_url}{PAGE}/{message}")
    visitor.reads("não está mais no catálogo")
    assert visitor.page.get_by_role("link", name="EFEMERO").count() == 0
