"""The outbox: orders one by one, products once while they wait, and never without end."""

import time
from pathlib import Path

import pytest

import ponte_sandbox.hub.serve as hub_serve
from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.accounts import Accounts
from ponte_sandbox.hub.notifications.outbox import LANES, Changes, Outbox, Registration

_CHANGES = Changes(status=True, stock=False, price=False)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    schema = Path(hub_serve.__file__).with_name("schema.sql").read_text("utf-8")
    storage = Storage(tmp_path / "hub.sqlite", schema)
    accounts = Accounts(storage, token_seconds=3600)
    accounts.ensure(1)
    outbox = Outbox(storage, FaultBox())
    client_id = accounts.credentials()[0].client_id
    outbox.register(Registration(client_id=client_id, url="http://127.0.0.1:9/"))
    return outbox


def put(outbox: Outbox, type_: str, resource: str) -> None:
    outbox.put(5910, type_, resource, "updated", _CHANGES)


def test_every_change_of_an_order_is_told(outbox: Outbox) -> None:
    for _ in range(3):
        put(outbox, "orders", "a")
    assert len(outbox.due("orders", time.time() + 1, 10)) == 3


def test_a_product_waits_once_but_a_change_during_delivery_is_told_again(outbox: Outbox) -> None:
    for _ in range(3):
        put(outbox, "products", "a")
    (letter,) = outbox.due("products", time.time() + 1, 10)
    put(outbox, "products", "a")
    outbox.taken(letter, "products")
    assert len(outbox.due("products", time.time() + 1, 10)) == 1


def test_product_hints_do_not_pile_up_without_end(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = LANES["products"]._replace(most_waiting=5)
    monkeypatch.setitem(LANES, "products", few)
    for number in range(20):
        put(outbox, "products", f"p{number}")
        put(outbox, "orders", f"o{number}")
    assert len(outbox.due("products", time.time() + 1, 100)) == 5
    assert len(outbox.due("orders", time.time() + 1, 100)) == 20


def test_a_postponed_letter_is_due_later_and_not_twice_at_once(outbox: Outbox) -> None:
    put(outbox, "orders", "a")
    now = time.time() + 1
    (letter,) = outbox.due("orders", now, 10)
    assert outbox.due("orders", now, 10) == []
    outbox.postpone(letter, 30.0)
    assert outbox.due("orders", now, 10) == []
    due = outbox.next_due("orders", now)
    assert due is not None
    assert 25 < due - time.time() <= 30
    (again,) = outbox.due("orders", now + 60, 10)
    assert again.tries == 1


def test_a_product_waits_in_every_lane_that_tells_of_it(outbox: Outbox) -> None:
    outbox.register(
        Registration(
            client_id=outbox._apps[0][0], url="http://127.0.0.1:9/", types=("products", "skus")
        )
    )
    for type_ in ("skus", "products", "skus"):
        put(outbox, type_, "a")
    due = time.time() + 1
    assert [len(outbox.due(type_, due, 10)) for type_ in ("products", "skus")] == [1, 1]
