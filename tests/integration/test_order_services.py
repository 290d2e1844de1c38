"""Orders as people see them: found by what they know, told step by step, their buyer shown only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import STRANGER, SUPPORT, ask, merchant_of, read
from wares import make_order, make_product
from world import Systems, World

from ponte.domain import local_time
from ponte.domain.rules import MerchantRules, ReportMode
from ponte.domain.timeline import StepName, StepState
from ponte.services import buyers, orders
from ponte.services.actors import Forbidden
from ponte.services.buyers import BuyerNotShown, NoAnswer, UnknownOrder
from ponte.services.orders import (
    OrderDetail,
    OrderFilter,
    OrderPage,
    State,
)
from ponte.sync.runtime import Loop

CPF = "52998224725"
PERSON = {
    "payer_fullname": "Maria Aparecida Exemplo",
    "payer_email": "maria@correio.example",
    "payer_phone_area": "21",
    "payer_phone": "987654321",
    "receiver_name": "Maria",
    "receiver_lastname": "Exemplo",
    "receiver_address_number": "100",
}


@pytest.fixture(scope="module")
def world(systems: Systems) -> World:
    """A shop with a product, and one order of each kind."""
    return make_world(systems)


def make_world(systems: Systems, rules: MerchantRules | None = None) -> World:
    world = World(systems, rules)
    assert world.merchant("POST", "products", make_product("CAM-1", stock=100)).ok
    world.be_quiet()
    return world


@pytest.fixture(scope="module")
def placed(world: World) -> dict[str, str]:
    """Orders by what became of them."""
    found = {
        name: world.api.post_order(**make_order("CAM-1", **PERSON, **further))["id"]
        for name, further in KINDS.items()
    }
    world.be_quiet()
    for step in ("invoice", "dispatch"):
        assert world.merchant("POST", f"orders/{found['sent']}/{step}", {}).ok
    assert world.api.put_order(found["canceled"], status="canceled").ok
    world.be_quiet()
    return found


KINDS: dict[str, dict[str, Any]] = {
    "confirmed": {"channel": "Shopee", "payer_cpf": "39053344705"},
    "sent": {"original_id": "MLB-2000_1"},
    "canceled": {},
    "unpaid": {"status": "pending"},
    "held": {"payer_cpf": "11111111111"},
}


_TOLD = (StepName.INVOICE_TOLD, StepName.DISPATCH_TOLD)


def detail(world: World, order_id: str) -> OrderDetail:
    return ask(
        world,
        lambda runtime: orders.read_order(
            runtime, merchant_of(world), world.connection_id, order_id
        ),
    )


def found(world: World, **wanted: Any) -> set[str]:
    """The ids that a filter finds, counted as many."""
    chosen = OrderFilter(**wanted)
    page = listed(world, chosen)
    counted = ask(
        world,
        lambda runtime: orders.count_orders(
            runtime, merchant_of(world), world.connection_id, chosen
        ),
    )
    assert (counted.count, counted.is_more) == (len(page.orders), False)
    return {order.hub_order_id for order in page.orders}


def listed(world: World, chosen: OrderFilter, **where: Any) -> OrderPage:
    return ask(
        world,
        lambda runtime: orders.list_orders(
            runtime, merchant_of(world), world.connection_id, chosen, **where
        ),
    )


def test_each_filter_finds_the_orders_it_names(world: World, placed: dict[str, str]) -> None:
    everything = set(placed.values())
    assert found(world) == everything
    assert found(world, hub_status="canceled") == {placed["canceled"]}
    assert found(world, state=State.CONFIRMED) == {placed["confirmed"]}
    assert found(world, state=State.DISPATCHED) == {placed["sent"]}
    assert found(world, state=State.CANCELED) == {placed["canceled"]}
    assert found(world, state=State.WAITING) == {placed["unpaid"], placed["held"]}
    assert found(world, channel="Shopee") == {placed["confirmed"]}
    assert found(world, with_problem=True) == {placed["held"]}
    assert found(world, state=State.WAITING, hub_status="pending") == {placed["unpaid"]}
    assert found(world, channel="Shopee", with_problem=True) == set()
    channels = ask(
        world,
        lambda runtime: orders.channels(runtime, merchant_of(world), world.connection_id),
    )
    assert channels == ["Mercado Livre", "Shopee"]


def test_days_are_those_of_brazil(world: World, placed: dict[str, str]) -> None:
    today = datetime.now(local_time.zone()).date()
    day = timedelta(days=1)
    assert placed["sent"] in found(world, first_day=today - day, last_day=today)
    assert found(world, first_day=today + day) == set()
    assert found(world, last_day=today - 2 * day) == set()
    # 23:30 in São Paulo is the next day in UTC already.
    late = datetime.combine(today - 9 * day, datetime.min.time(), local_time.zone())
    late += timedelta(hours=23, minutes=30)
    assert late.astimezone(UTC).date() == today - 8 * day
    change = "UPDATE hub_order SET seen_at = %s WHERE hub_order_id = %s"
    read(world, change, late, placed["unpaid"])
    on_that_day = {"first_day": today - 9 * day, "last_day": today - 9 * day}
    assert found(world, **on_that_day) == {placed["unpaid"]}


def test_an_order_is_found_by_the_beginning_of_any_of_its_numbers(
    world: World, placed: dict[str, str]
) -> None:
    order = detail(world, placed["sent"]).order
    assert order.store_number
    assert order.hub_number
    for number in (order.hub_order_id, order.hub_number, order.store_number, "MLB-2000_1"):
        assert placed["sent"] in found(world, number=number)
        assert placed["sent"] in found(world, number=f" #{number[:-1]}")
    # What means something in a pattern means itself.
    assert found(world, number="MLB_2000%") == set()
    assert found(world, number="%") == set()
    assert found(world, number="\\") == set()


def test_an_order_is_found_by_its_buyers_document_and_nothing_personal_is_kept(
    world: World, placed: dict[str, str]
) -> None:
    assert bought(world, "390.533.447-05") == {placed["confirmed"]}
    assert bought(world, CPF) == {placed["sent"], placed["canceled"], placed["unpaid"]}
    # One that is invalid is what the order names all the same.
    assert bought(world, "111.111.111-11") == {placed["held"]}
    assert bought(world, "390.533.447-06") == set()
    # A mark that nobody made.
    assert found(world, buyer="390.533.447-05") == set()
    assert_nothing_personal(world)


def bought(world: World, document: str) -> set[str]:
    """The orders of a document."""
    mark = buyers.buyer_mark(world.systems.vault, document)
    assert mark
    assert document not in mark
    return found(world, buyer=mark)


def assert_nothing_personal(world: World) -> None:
    """No table has a word of the buyer's."""
    for table in ("hub_order", "order_report", "problem", "trail"):
        rows = read(world, f"SELECT to_jsonb({table})::text FROM {table}")  # noqa: S608 (ours)
        text = " ".join(row[0] for row in rows)
        for word in ("Maria", "Exemplo", "correio", "987654321", CPF, "39053344705"):
            assert word not in text, table


def test_pages_are_turned_both_ways_without_a_gap(world: World, placed: dict[str, str]) -> None:
    everything = [order.hub_order_id for order in listed(world, OrderFilter()).orders]
    assert len(everything) == len(placed)
    seen: list[str] = []
    page = listed(world, OrderFilter(), count=2)
    assert page.newer_than is None
    pages = [page]
    while pages[-1].older_than is not None:
        pages.append(listed(world, OrderFilter(), count=2, older_than=pages[-1].older_than))
    for each in pages:
        seen += [order.hub_order_id for order in each.orders]
    assert seen == everything
    back = listed(world, OrderFilter(), count=2, newer_than=pages[-1].newer_than)
    assert back.orders == pages[-2].orders
    first = listed(world, OrderFilter(), count=2, newer_than=back.newer_than)
    assert (first.orders, first.newer_than) == (pages[0].orders, None)


def test_the_timeline_tells_each_step_with_its_time(
    world: World, placed: dict[str, str], systems: Systems
) -> None:
    steps = {step.name: step for step in detail(world, placed["sent"]).steps}
    done = [name for name, step in steps.items() if step.state is StepState.DONE]
    assert done == list(StepName)[: len(StepName) - 5]
    assert all(steps[name].at for name in done)
    # Invoice and dispatch were told at once, and then each was told to the hub.
    happened = [at for name in done if name not in _TOLD and (at := steps[name].at)]
    assert happened == sorted(happened)
    assert steps[StepName.IMPORTED].fact == world.store_order(placed["sent"])["number"]
    canceled = {step.name: step for step in detail(world, placed["canceled"]).steps}
    for name in (StepName.CANCELED_IN_HUB, StepName.CANCELED_IN_STORE):
        assert canceled[name].at is not None
    held = {step.name: step for step in detail(world, placed["held"]).steps}
    assert held[StepName.IMPORTED].state is StepState.FAILED


def test_a_first_look_that_was_not_noted_is_not_made_up(
    world: World, placed: dict[str, str]
) -> None:
    order_id = placed["confirmed"]
    long_ago = (
        "UPDATE hub_order SET first_read_at = NULL, imported_at = imported_at - interval '1h'"
    )
    read(world, f"{long_ago} WHERE hub_order_id = %s", order_id)
    ask(
        world,
        lambda runtime: orders.retry(runtime, merchant_of(world), world.connection_id, order_id),
    )
    world.run(Loop.ORDERS)
    (_, step, *_) = detail(world, order_id).steps
    assert (step.name, step.state, step.at) == (StepName.READ, StepState.DONE, None)


def test_in_one_step_both_are_told_at_once(systems: Systems) -> None:
    world = make_world(systems, MerchantRules(report_mode=ReportMode.AT_ONCE))
    order_id = world.api.post_order(**make_order("CAM-1"))["id"]
    world.be_quiet()
    assert world.merchant("POST", f"orders/{order_id}/invoice", {}).ok
    world.be_quiet()
    steps = {step.name: step for step in detail(world, order_id).steps}
    assert steps[StepName.INVOICE_TOLD].state is StepState.DONE
    assert steps[StepName.INFORMED].state is StepState.LATER
    assert world.merchant("POST", f"orders/{order_id}/dispatch", {}).ok
    world.be_quiet()
    steps = {step.name: step for step in detail(world, order_id).steps}
    assert steps[StepName.INFORMED].at is not None


def test_a_cancellation_at_the_store_shows(world: World) -> None:
    order_id = world.api.post_order(**make_order("CAM-1"))["id"]
    world.be_quiet()
    assert world.merchant("POST", f"orders/{order_id}/cancel", {}).ok
    world.be_quiet()
    told = detail(world, order_id)
    assert (told.order.state, told.order.store_status) == ("canceled", "canceled")
    (last,) = (step for step in told.steps if step.name is StepName.CANCELED_IN_STORE)
    assert last.at is not None
    read(world, "DELETE FROM hub_order WHERE hub_order_id = %s", order_id)


def test_a_buyer_is_read_from_the_hub_and_only_that_they_were_shown_is_kept(
    world: World, placed: dict[str, str]
) -> None:
    for actor in (merchant_of(world), SUPPORT):
        buyer = ask(
            world,
            lambda runtime, actor=actor: buyers.buyer(  # type: ignore[misc]
                runtime, actor, world.connection_id, placed["confirmed"]
            ),
        )
        assert buyer.name == PERSON["payer_fullname"]
        assert buyer.document == "39053344705"
        assert (buyer.email, buyer.phone) == ("maria@correio.example", "21 987654321")
        assert (buyer.street, buyer.city) == ("Rua das Laranjeiras", "Rio de Janeiro")
        assert "Maria" not in repr(buyer)
    trail = read(
        world,
        "SELECT actor, action, detail FROM trail WHERE connection_id = %s ORDER BY entry_id",
        world.connection_id,
    )
    shown = [entry for entry in trail if entry[1] == "buyer.shown"]
    assert [entry[0] for entry in shown] == ["Loja", "Sara"]
    assert all(entry[2] == {"order": placed["confirmed"]} for entry in shown)
    assert_nothing_personal(world)


def test_a_hub_that_does_not_answer_is_said(world: World, placed: dict[str, str]) -> None:
    faults = {"error_share": 1.0, "seed": 1}
    world.hub.admin("PUT", "faults", faults)
    try:
        with pytest.raises(BuyerNotShown) as caught:
            ask(
                world,
                lambda runtime: buyers.buyer(
                    runtime, merchant_of(world), world.connection_id, placed["sent"]
                ),
            )
    finally:
        world.hub.admin("PUT", "faults", {})
    assert caught.value.reason is NoAnswer.HUB_DOWN


def test_nobody_sees_or_moves_anothers_orders(world: World, placed: dict[str, str]) -> None:
    order_id = placed["sent"]
    for work in (
        lambda runtime: orders.list_orders(runtime, STRANGER, world.connection_id, OrderFilter()),
        lambda runtime: orders.count_orders(runtime, STRANGER, world.connection_id, OrderFilter()),
        lambda runtime: orders.channels(runtime, STRANGER, world.connection_id),
        lambda runtime: orders.read_order(runtime, STRANGER, world.connection_id, order_id),
        lambda runtime: buyers.buyer(runtime, STRANGER, world.connection_id, order_id),
        lambda runtime: orders.retry(runtime, STRANGER, world.connection_id, order_id),
        lambda runtime: orders.retry(runtime, SUPPORT, world.connection_id, order_id),
        lambda runtime: orders.retry_all(runtime, SUPPORT, world.connection_id),
    ):
        with pytest.raises(Forbidden):
            ask(world, work)


@pytest.mark.parametrize("name", ["f" * 24, "", "\0", "x" * 5000])
def test_an_order_nobody_has_seen_is_unknown(world: World, name: str) -> None:
    for work in (orders.read_order, buyers.buyer, orders.retry):
        with pytest.raises(UnknownOrder):
            ask(
                world,
                lambda runtime, work=work: work(  # type: ignore[misc]
                    runtime, merchant_of(world), world.connection_id, name
                ),
            )


def test_a_corrected_order_enters_when_it_is_tried_again(
    world: World, placed: dict[str, str]
) -> None:
    held = placed["held"]
    assert world.api.put_order(held, payer_cpf=CPF).ok
    retried = ask(
        world,
        lambda runtime: orders.retry(runtime, merchant_of(world), world.connection_id, held),
    )
    assert (retried.orders, retried.reports) == ([held], [])
    world.run(Loop.ORDERS)
    assert detail(world, held).order.store_number
    assert detail(world, held).problems == []
