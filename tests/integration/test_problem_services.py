"""Pendências as people go through them: counted, tried again, ignored, and back by themselves."""

from typing import Any

import pytest
from asking import STRANGER, SUPPORT, ask, merchant_of, read
from deciding import heed, ignore, retry
from wares import make_order, make_product
from world import Systems, World

from ponte.domain.problems import FIXED_AT, Problem, ProblemCode
from ponte.domain.timeline import StepState
from ponte.ledger import problems as ledger
from ponte.ledger.problem_lists import CauseKey
from ponte.ledger.problems import CONNECTION, FAMILY, ORDER, REPORT
from ponte.services import decisions, orders, problems
from ponte.services.actors import Forbidden
from ponte.services.decisions import BadReason, Decided, NotIgnorable, Retried
from ponte.services.orders import OrderFilter
from ponte.services.problems import CauseView, RetryWay, SubjectPage
from ponte.services.waiting import Waits
from ponte.sync.runtime import Loop

NO_EAN = CauseKey(FAMILY, ProblemCode.NO_EAN, blocking=False)
UNKNOWN_SKU = CauseKey(ORDER, ProblemCode.UNKNOWN_SKU, blocking=True)
MANY = 5_000


@pytest.fixture
def world(systems: Systems) -> World:
    return World(systems)


def causes(world: World, *, ignored: bool = False) -> dict[str, CauseView]:
    """What stands, by code."""
    found = ask(
        world,
        lambda runtime: problems.list_causes(
            runtime, merchant_of(world), world.connection_id, ignored=ignored
        ),
    )
    return {cause.code: cause for cause in found}


def subjects(world: World, cause: CauseKey, **where: Any) -> SubjectPage:
    return ask(
        world,
        lambda runtime: problems.list_subjects(
            runtime, merchant_of(world), world.connection_id, cause, **where
        ),
    )


def hold_order(world: World, sku: str = "NOVO-1") -> str:
    """An order of a product that the store does not have."""
    order_id: str = world.api.post_order(**make_order(sku))["id"]
    world.be_quiet()
    assert causes(world)[ProblemCode.UNKNOWN_SKU].count == 1
    return order_id


def entered(world: World) -> set[str]:
    return {order["hub_order_id"] for order in world.store_orders()}


def sell(world: World, sku: str) -> None:
    """The product is at the store now."""
    assert world.merchant("POST", "products", make_product(sku)).ok
    world.be_quiet()


def stand(world: World, count: int, code: str = ProblemCode.NO_EAN) -> None:
    """So many products with a warning, as a pull would write them."""
    read(
        world,
        "INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking, since)"
        " SELECT %s, 'family', 'key-' || n, %s, '', false, now() - make_interval(secs => n %% 7)"
        " FROM generate_series(1, %s) AS n",
        world.connection_id,
        code,
        count,
    )


def test_thousands_of_one_cause_are_one_line_and_turned_over_without_a_gap(world: World) -> None:
    stand(world, MANY)
    (cause,) = causes(world).values()
    assert (cause.key, cause.count, cause.is_more) == (NO_EAN, MANY, False)
    page = subjects(world, NO_EAN, count=1000)
    assert page.before is None
    pages = [page]
    while pages[-1].behind is not None:
        pages.append(subjects(world, NO_EAN, count=1000, behind=pages[-1].behind))
    seen = [(row.since, row.subject) for each in pages for row in each.subjects]
    assert len(seen) == len(set(seen)) == MANY
    assert seen == sorted(seen)
    back = subjects(world, NO_EAN, count=1000, before=pages[2].before)
    assert back.subjects == pages[1].subjects
    assert subjects(world, NO_EAN, count=1000, before=back.before).before is None


def test_counting_ends_at_a_bound(world: World) -> None:
    stand(world, ledger.MOST_COUNTED + 2)
    (cause,) = causes(world).values()
    assert (cause.count, cause.is_more) == (ledger.MOST_COUNTED, True)


def test_each_subject_is_named_for_people(world: World) -> None:
    order_id = hold_order(world)
    assert world.merchant("POST", "products", make_product("SEM-EAN", ean=None)).ok
    world.be_quiet()
    (product,) = subjects(world, NO_EAN).subjects
    assert (product.store_sku, product.title) == ("SEM-EAN", "Produto SEM-EAN")
    (order,) = subjects(world, UNKNOWN_SKU).subjects
    assert (order.subject, order.detail) == (order_id, "NOVO-1")
    assert order.hub_number == str(world.api.get_order(order_id)["order_id"])


def test_what_is_ignored_does_not_count_and_says_who_and_why(world: World) -> None:
    order_id = hold_order(world)
    assert ignore(world, UNKNOWN_SKU, reason="  lançado à mão\0 ") == Decided(1, 0)
    assert causes(world) == {}
    (row,) = subjects(world, UNKNOWN_SKU, ignored=True).subjects
    assert (row.subject, row.ignored_by, row.ignore_reason) == (order_id, "Loja", "lançado à mão")
    assert row.ignored_at is not None
    assert causes(world, ignored=True)[ProblemCode.UNKNOWN_SKU].count == 1
    with_problem = ask(
        world,
        lambda runtime: orders.list_orders(
            runtime, merchant_of(world), world.connection_id, OrderFilter(with_problem=True)
        ),
    )
    assert with_problem.orders == []
    (entry,) = read(
        world,
        "SELECT action, detail FROM trail WHERE connection_id = %s",
        world.connection_id,
    )
    assert entry[0] == "problems.ignored"
    assert entry[1]["reason"] == "lançado à mão"


def test_an_ignored_order_does_not_enter_before_somebody_says_so(world: World) -> None:
    order_id = hold_order(world)
    ignore(world, UNKNOWN_SKU, order_id)
    # Its reason is gone, and hints come: it may be in the store by hand.
    sell(world, "NOVO-1")
    world.hint_order(order_id)
    assert world.api.put_order(order_id, delivery_type="express").ok
    world.be_quiet()
    assert entered(world) == set()
    told = ask(
        world,
        lambda runtime: orders.read_order(
            runtime, merchant_of(world), world.connection_id, order_id
        ),
    )
    assert told.set_aside
    (listed,) = ask(
        world,
        lambda runtime: orders.list_orders(
            runtime, merchant_of(world), world.connection_id, OrderFilter()
        ),
    ).orders
    assert (listed.set_aside, listed.has_problem) == (True, False)
    assert StepState.SET_ASIDE in {step.state for step in told.steps}
    assert heed(world, UNKNOWN_SKU, order_id) == Decided(1, 0)
    world.be_quiet()
    assert entered(world) == {order_id}
    assert causes(world) == {}


def test_an_ignored_order_that_is_tried_again_by_name_enters(world: World) -> None:
    order_id = hold_order(world)
    ignore(world, UNKNOWN_SKU, order_id)
    sell(world, "NOVO-1")
    # All of a cause are those that count.
    assert retry(world, ORDER, ProblemCode.UNKNOWN_SKU).tried == 0
    assert retry(world, ORDER, ProblemCode.UNKNOWN_SKU, order_id).tried == 1
    world.be_quiet()
    assert entered(world) == {order_id}


@pytest.mark.parametrize("status", ["canceled", "shipped"])
def test_an_ignored_order_that_needs_nothing_more_is_forgotten(world: World, status: str) -> None:
    order_id = hold_order(world)
    ignore(world, UNKNOWN_SKU, order_id)
    assert world.api.put_order(order_id, status=status).ok
    world.be_quiet()
    assert world.troubles() == []
    assert entered(world) == set()


def test_an_ignored_warning_comes_back_when_it_changes_or_returns(world: World) -> None:
    async def find(*details: str) -> None:
        standing = [
            ledger.Standing("p1", Problem(ProblemCode.NOT_TAKEN, each), blocking=False)
            for each in details
        ]
        async with world.systems.pool.connection() as conn:
            await ledger.set_all(
                conn, world.connection_id, FAMILY, ["p1"], standing, [ProblemCode.NOT_TAKEN]
            )

    def found(*details: str) -> set[str]:
        world.systems.runner.run(find(*details))
        return set(causes(world))

    cause = CauseKey(FAMILY, ProblemCode.NOT_TAKEN, blocking=False)
    assert found("brand") == {ProblemCode.NOT_TAKEN}
    ignore(world, cause)
    assert found("brand") == set()
    assert found("brand, model") == {ProblemCode.NOT_TAKEN}
    ignore(world, cause)
    assert found() == set()
    assert found("brand, model") == {ProblemCode.NOT_TAKEN}


@pytest.mark.parametrize("reason", ["", "  \0", "x" * 201])
def test_a_reason_is_wanted(world: World, reason: str) -> None:
    with pytest.raises(BadReason):
        ignore(world, NO_EAN, reason=reason)


def test_an_ended_access_cannot_be_ignored(world: World) -> None:
    cause = CauseKey(CONNECTION, ProblemCode.HUB_ACCESS_ENDED, blocking=True)
    with pytest.raises(NotIgnorable):
        ignore(world, cause)
    assert retry(world, CONNECTION, cause.code).way is RetryWay.NOTHING


def test_a_product_that_the_hub_refused_is_sent_again(world: World) -> None:
    world.api.put_sku("BY-HAND", name="x", variations=[{"sku": "TAKEN-P"}])
    variation = {"sku": "TAKEN-P", "price": "30.00", "stock": 3, "attributes": []}
    product = make_product("TAKEN", variations=[variation])
    assert world.merchant("POST", "products", product).ok
    world.run(Loop.PULL, Loop.PUSH)
    assert causes(world)[ProblemCode.HUB_REFUSED_PRODUCT].retry_way is RetryWay.SEND_AGAIN
    assert world.api.call("DELETE", "/skus/BY-HAND").ok
    retried = retry(world, FAMILY, ProblemCode.HUB_REFUSED_PRODUCT)
    assert retried == Retried(RetryWay.SEND_AGAIN, 1, 0, [])
    assert ProblemCode.HUB_REFUSED_PRODUCT not in causes(world)
    world.be_quiet()
    assert world.api.get_sku("TAKEN-P")["sku"] == "TAKEN"


def test_a_product_is_read_from_the_store_again(world: World) -> None:
    assert world.merchant("POST", "products", make_product("SEM-EAN", ean=None)).ok
    world.be_quiet()
    (row,) = subjects(world, NO_EAN).subjects
    # The ledger missed the correction.
    edit = {"ean": "7891000315507"}
    assert world.merchant("PATCH", f"products/{row.subject}", edit).ok
    read(
        world,
        "UPDATE connection SET product_cursor = 1000000 WHERE connection_id = %s",
        world.connection_id,
    )
    retried = retry(world, FAMILY, ProblemCode.NO_EAN, row.subject)
    assert (retried.way, retried.tried, retried.left) == (RetryWay.READ_STORE, 1, 0)
    (row,) = subjects(world, NO_EAN).subjects
    assert row.is_being_read
    world.run(Loop.PULL)
    assert causes(world) == {}


def test_what_cannot_be_tried_is_said(world: World) -> None:
    """The ledger does not know a SKU by which to read these."""
    stand(world, 3, ProblemCode.NO_SKU)
    assert retry(world, FAMILY, ProblemCode.NO_SKU) == Retried(RetryWay.READ_STORE, 0, 3, [])


def test_a_refused_report_is_told_again(world: World) -> None:
    sell(world, "CAM-1")
    order_id = world.api.post_order(**make_order("CAM-1"))["id"]
    world.be_quiet()
    assert world.merchant("POST", f"orders/{order_id}/invoice", {}).ok
    world.run(Loop.REPORTS)
    read(
        world,
        "INSERT INTO problem (connection_id, subject_kind, subject, code, blocking)"
        " VALUES (%s, 'report', %s, 'hub_refused_report', true)",
        world.connection_id,
        order_id,
    )
    assert retry(world, REPORT, ProblemCode.HUB_REFUSED_REPORT).tried == 1
    world.run(Loop.REPORTS)
    assert causes(world) == {}


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("hub_access_ended_at", Waits.HUB_ACCESS_ENDED),
        ("store_access_ended_at", Waits.STORE_ACCESS_ENDED),
        ("orders_paused_at", Waits.PAUSED),
    ],
)
def test_what_a_retry_has_to_wait_for_is_told(world: World, column: str, reason: Waits) -> None:
    order_id = hold_order(world)
    assert retry(world, ORDER, ProblemCode.UNKNOWN_SKU, order_id).waits == []
    change = f"UPDATE connection SET {column} = now() WHERE connection_id = %s"  # noqa: S608 (ours)
    read(world, change, world.connection_id)
    assert retry(world, ORDER, ProblemCode.UNKNOWN_SKU, order_id).waits == [reason]


def test_nobody_sees_or_decides_about_anothers(world: World) -> None:
    number = world.connection_id
    for work in (
        lambda runtime: problems.list_causes(runtime, STRANGER, number),
        lambda runtime: problems.list_subjects(runtime, STRANGER, number, NO_EAN),
        lambda runtime: decisions.retry(runtime, STRANGER, number, FAMILY, "no_ean"),
        lambda runtime: decisions.ignore(runtime, STRANGER, number, NO_EAN, "não"),
        lambda runtime: decisions.heed(runtime, STRANGER, number, NO_EAN),
        lambda runtime: decisions.ignore(runtime, SUPPORT, number, NO_EAN, "não"),
        lambda runtime: decisions.retry(runtime, SUPPORT, number, FAMILY, "no_ean"),
        lambda runtime: decisions.heed(runtime, SUPPORT, number, NO_EAN),
        lambda runtime: decisions.retry_products(runtime, SUPPORT, number),
    ):
        with pytest.raises(Forbidden):
            ask(world, work)


def test_every_cause_has_a_place_where_it_is_fixed() -> None:
    assert set(FIXED_AT) == set(ProblemCode)
