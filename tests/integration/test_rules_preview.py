"""A preview of rules: of the first products at once, then of all, and saved as it was shown."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from rules_world import SUPPORT, ana, ask, change_rules, read_rules
from world import Systems, World

from ponte.domain.rule_effects import Field
from ponte.domain.rules import MerchantRules, Removed
from ponte.http.exchange import open_session
from ponte.jobs.rules_previews import run_rules_preview
from ponte.services import rules_preview as service
from ponte.services.actors import Actor, Forbidden
from ponte.services.rules import FaultyRules, RulesConflict
from ponte.services.rules_preview import Preview, PreviewGone, State
from ponte.sync.rules_preview import FIRST_FAMILIES
from ponte.sync.runtime import Runtime

T = TypeVar("T")
PRODUCTS = 60


@pytest.fixture(scope="module")
def world(systems: Systems) -> World:
    """A merchant with sixty products in the hub."""
    world = World(systems)
    world.fill(PRODUCTS)
    world.be_quiet()
    return world


def act(world: World, work: Callable[[Runtime], Awaitable[T]]) -> T:
    """Do something with a process's equipment."""

    async def run() -> T:
        async with open_session() as http:
            return await work(world.runtime(http))

    done: T = world.systems.runner.run(run())
    return done


def begin(world: World, actor: Actor | None = None, **named: Any) -> Preview:
    now = read_rules(world)
    wanted = MerchantRules(**named)
    return act(
        world,
        lambda runtime: service.begin(
            world.systems.app,
            runtime,
            actor or ana(world),
            world.connection_id,
            wanted,
            now.version,
        ),
    )


def work(world: World) -> None:
    """What the worker does."""
    act(world, lambda runtime: run_rules_preview(runtime, world.connection_id))


def watch(world: World) -> Preview | None:
    return act(
        world,
        lambda runtime: service.watch(world.systems.app, runtime, ana(world), world.connection_id),
    )


def save(world: World, number: int) -> Any:
    return act(
        world,
        lambda runtime: service.save(runtime, ana(world), world.connection_id, number),
    )


def test_the_first_products_are_shown_at_once_and_all_of_them_later(world: World) -> None:
    begun = begin(world, price_percent=Decimal(10))
    assert (begun.state, begun.families_read) == (State.WAITING, 0)
    assert begun.effect is not None
    assert (begun.effect.families, begun.effect.price) == (FIRST_FAMILIES, FIRST_FAMILIES)
    work(world)
    done = watch(world)
    assert done is not None
    assert done.effect is not None
    assert (done.state, done.number, done.is_current) == (State.DONE, begun.number, True)
    assert (done.families_read, done.families_total) == (PRODUCTS, PRODUCTS)
    assert (done.effect.families, done.effect.price, done.effect.unchanged) == (PRODUCTS, 60, 0)
    assert done.effect.examples[0].field is Field.PRICE
    assert [each.rule for each in done.changes] == ["price_percent"]
    # Nothing was written, nothing is sent.
    assert read_rules(world).rules == MerchantRules()
    assert ask(world, "SELECT count(*) FROM family WHERE connection_id = %s AND work > 0") == 0


def test_what_is_saved_is_what_was_shown_and_the_preview_is_gone(world: World) -> None:
    begun = begin(world, default_brand="Casa")
    saved = save(world, begun.number)
    assert saved.rules == MerchantRules(default_brand="Casa")
    assert watch(world) is None
    with pytest.raises(PreviewGone):
        save(world, begun.number)
    change_rules(world, default_brand="")


def test_another_preview_takes_the_place_of_the_first(world: World) -> None:
    first = begin(world, stock_ceiling=1)
    second = begin(world, stock_ceiling=2)
    with pytest.raises(PreviewGone):
        save(world, first.number)
    work(world)
    shown = watch(world)
    assert shown is not None
    assert (shown.number, shown.rules.stock_ceiling) == (second.number, 2)


def test_a_change_by_somebody_else_keeps_the_preview_from_being_saved(world: World) -> None:
    begun = begin(world, stock_ceiling=1)
    # Not by `save`, which would remove the preview: as if both happened at once.
    ask(world, "UPDATE connection SET rules_version = rules_version + 1 WHERE connection_id = %s"
        " RETURNING 1")  # fmt: skip
    shown = watch(world)
    assert shown is not None
    assert not shown.is_current
    with pytest.raises(RulesConflict):
        save(world, begun.number)


def test_a_store_that_is_down_is_said_and_nothing_breaks(world: World) -> None:
    world.systems.store.admin("PUT", "faults", json={"error_share": 1.0})
    try:
        begun = begin(world, stock_ceiling=1)
        assert begun.effect is None
        work(world)
    finally:
        world.systems.store.admin("PUT", "faults", json={})
    shown = watch(world)
    assert shown is not None
    assert (shown.state, shown.failure) == (State.FAILED, "store_unreachable")


def test_removed_products_are_counted_where_their_rule_changes(systems: Systems) -> None:
    world = World(systems)
    world.fill(2)
    world.be_quiet()
    (product, *_) = [each["product"] for each in world.feed()]
    world.merchant("DELETE", f"products/{product['id']}")
    world.be_quiet()
    begun = begin(world, removed=Removed.DELETE)
    assert begun.effect is not None
    assert (begun.effect.removed, begun.effect.families, begun.effect.unchanged) == (1, 1, 1)


def test_faults_and_rights_are_looked_at_first(world: World) -> None:
    with pytest.raises(FaultyRules):
        begin(world, price_percent=Decimal(5000))
    with pytest.raises(Forbidden):
        begin(world, SUPPORT, stock_ceiling=1)
