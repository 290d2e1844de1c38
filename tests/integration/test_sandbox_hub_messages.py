"""Messages: a buyer asks, the app is told, reads, and answers once."""

from typing import Any

import pytest
import requests
from hub_process import HubApi, HubProcess, Receiver, wait_until


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def ask(hub: HubProcess, **question: object) -> dict[str, Any]:
    asked: dict[str, Any] = hub.admin(
        "POST", "messages", {"account": 5910, "text": "Serve em moto?", **question}
    )
    return asked


def texts(api: HubApi, **query: str) -> list[str]:
    answer = api.call("GET", "/messages", **query)
    assert answer.status_code == 200, answer.text
    return [one["Message"]["text"] for one in answer.json()["result"]]


def test_a_question_is_told_of_read_and_answered(hub: HubProcess, api: HubApi) -> None:
    product = api.put_sku("M-1", name="Farol")
    with Receiver().listening() as receiver:
        hub.register(receiver.url, types=["messages"])
        asked = ask(hub, sku="M-1", channel="Shopee", buyer_name="Ana")
        wait_until(lambda: receiver.received)
        assert receiver.received[0] == {
            "type": "messages",
            "id": asked["id"],
            "action": "created",
            "user": 5910,
            "changes": {"status": True, "stock": False, "price": False},
        }
        read = api.call("GET", f"/messages/{asked['id']}").json()["Message"]
        assert read == asked
        assert (read["type"], read["status"]) == ("question", "unanswered")
        assert (read["product_id"], read["channel"]) == (product["id"], "Shopee")
        answered = api.call("PUT", f"/messages/{asked['id']}", {"answer": "Sim."})
        assert answered.status_code == 200
        message = answered.json()["Message"]
        assert (message["status"], message["answers"][0]["text"]) == ("answered", "Sim.")
        wait_until(lambda: len(receiver.received) == 2)
        assert receiver.received[1]["action"] == "updated"
        hub.register(None)


def test_the_same_answer_again_writes_to_nobody(hub: HubProcess, api: HubApi) -> None:
    api.put_sku("M-2")
    path = f"/messages/{ask(hub, sku='M-2')['id']}"
    assert api.call("PUT", path, {"answer": "Sim."}).ok
    again = api.call("PUT", path, {"answer": "Sim."})
    assert (again.status_code, again.json()["type"]) == (400, "not_updated")
    assert api.call("PUT", path, {"answer": "E em carro também."}).ok
    assert len(api.call("GET", path).json()["Message"]["answers"]) == 2


def test_lists_are_narrowed_and_paged(hub: HubProcess, api: HubApi) -> None:
    order = api.post_order(channel="Amazon")["id"]
    for number in range(5):
        ask(hub, order_id=order, text=f"pergunta {number}")
    assert texts(api, order_id=order) == [f"pergunta {number}" for number in range(5)]
    assert texts(api, order_id=order, limit="2", page="2") == ["pergunta 2", "pergunta 3"]
    assert len(texts(api, channel="Amazon")) == 5
    page = api.call("GET", "/messages", order_id=order, limit="3").json()
    assert (page["total"], page["showing"], page["limit"]) == (5, 3, 3)
    assert texts(api, order_id=order, next=page["next"]) == ["pergunta 3", "pergunta 4"]
    first = page["result"][0]["Message"]
    assert first["type"] == "order"
    api.call("PUT", f"/messages/{first['id']}", {"answer": "Amanhã."})
    assert texts(api, order_id=order, status="answered") == ["pergunta 0"]
    assert texts(api, order_id=order, sort="-modified")[0] == "pergunta 0"


def test_nobody_reads_anothers_messages(hub: HubProcess, api: HubApi) -> None:
    hub.admin("POST", "accounts", {"count": 1})
    api.put_sku("M-3")
    asked = ask(hub, sku="M-3")
    stranger = hub.api(5911)
    assert stranger.call("GET", f"/messages/{asked['id']}").status_code == 404
    assert stranger.call("PUT", f"/messages/{asked['id']}", {"answer": "x"}).status_code == 404
    assert texts(stranger) == []


@pytest.mark.parametrize("answer", [None, "", "  ", "x" * 2001, [], {}, True])
def test_what_is_no_answer_is_refused(hub: HubProcess, api: HubApi, answer: object) -> None:
    api.put_sku("M-4")
    asked = ask(hub, sku="M-4")
    refused = api.call("PUT", f"/messages/{asked['id']}", {"answer": answer})
    assert (refused.status_code, refused.json()["type"]) == (400, "validation")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"sku": "NOBODY-SELLS-IT"},
        {"order_id": "0" * 24},
        {"sku": "M-5", "order_id": "0" * 24},
        {"sku": "M-5", "account": 1},
        {"sku": "M-5", "text": ""},
    ],
)
def test_a_question_about_nothing_is_refused(
    hub: HubProcess, api: HubApi, wrong: dict[str, object]
) -> None:
    api.put_sku("M-5")
    answer = requests.post(
        f"{hub.base_url}/_sandbox/messages",
        json={"account": 5910, "text": "?", **wrong},
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_messages_survive_a_kill(hub: HubProcess, api: HubApi) -> None:
    api.put_sku("M-6")
    before = ask(hub, sku="M-6")
    hub.restart()
    after = ask(hub, sku="M-6")
    listed = hub.api().call("GET", "/messages", sku="M-6").json()["result"]
    assert [one["Message"]["id"] for one in listed] == [before["id"], after["id"]]
