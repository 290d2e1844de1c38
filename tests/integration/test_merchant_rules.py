"""A merchant changes a rule, and the hub becomes what the rule says; whatever happens meanwhile."""

from decimal import Decimal
from typing import Any

import pytest
from agreement import is_on_sale
from auditing import Auditor
from rules_world import SUPPORT, ana, ask, change_rules, read_rules
from world import Systems, World

from ponte.domain.rules import MerchantRules, Removed, ReportMode, Unpublished
from ponte.services.actors import COMMAND, Forbidden
from ponte.services.rules import FaultyRules, RulesConflict
from ponte.sync.runtime import Loop


@pytest.fixture
def world(systems: Systems) -> World:
    """A merchant with three products in the hub."""
    world = World(systems)
    for number, brand in enumerate(("Azul", "Azul", "Verde")):
        add(world, f"CAM-{number}", brand=brand, price="100.00", stock=10)
    world.be_quiet()
    return world


def add(world: World, sku: str, **fields: Any) -> dict[str, Any]:
    product = {"sku": sku, "name": f"Produto {sku}", "price": "10.00", "stock": 3, **fields}
    answer = world.merchant("POST", "products", product)
    assert answer.ok, answer.text
    created: dict[str, Any] = answer.json()
    return created


def offers(world: World) -> dict[str, tuple[Any, Any]]:
    """Price and stock of what is on sale in the hub."""
    return {
        sku: (Decimal(str(product["price"])), product["quantity"])
        for sku, product in world.hub_products().items()
        if is_on_sale(product)
    }


def test_a_price_rule_reaches_every_product_and_goes_again(world: World) -> None:
    change_rules(world, price_percent=Decimal("12.5"), reserve_units=2)
    world.be_quiet()
    assert set(offers(world).values()) == {(Decimal("112.50"), 8)}
    change_rules(world, price_percent=Decimal(0), reserve_units=0)
    world.be_quiet()
    assert set(offers(world).values()) == {(Decimal("100.00"), 10)}


def test_what_changes_after_the_rule_goes_by_the_rule(world: World) -> None:
    change_rules(world, stock_ceiling=5)
    world.be_quiet()
    world.merchant("PUT", "stock", {"sku": "CAM-0", "stock": 3})
    world.merchant("PUT", "stock", {"sku": "CAM-1", "stock": 900})
    world.be_quiet()
    assert [offers(world)[f"CAM-{number}"][1] for number in range(3)] == [3, 5, 5]


def test_what_is_left_out_goes_off_sale_and_comes_back(world: World) -> None:
    change_rules(world, except_brands=("azul",))
    world.be_quiet()
    assert set(offers(world)) == {"CAM-2"}
    add(world, "CAM-3", brand="Azul")
    world.be_quiet()
    assert "CAM-3" not in world.hub_products()
    change_rules(world, except_brands=())
    world.be_quiet()
    assert set(offers(world)) == {"CAM-0", "CAM-1", "CAM-2", "CAM-3"}


def test_a_rule_changed_in_the_middle_of_an_export_holds_for_all_of_it(systems: Systems) -> None:
    world = World(systems)
    world.fill(300)
    systems.hub.admin("PUT", "faults", {"latency_ms": 20.0})
    world.run(Loop.PUSH, crash_after=0.3)
    change_rules(world, price_amount=Decimal("-1.00"))
    world.run(Loop.PUSH, crash_after=0.3)
    world.be_quiet()
    assert set(offers(world).values()) == {(Decimal("9.00"), 3)}
    assert len(offers(world)) == 300


def test_a_page_judged_by_older_rules_is_not_written(world: World) -> None:
    """A pull has read its page, and waits to write it, while the rules change."""
    add(world, "CAM-9", price="10.00")
    world.run_during(
        'UPDATE connection SET rules = rules || \'{"price_percent": "10"}\','
        " rules_version = rules_version + 1, product_cursor = 0",
        Loop.PULL,
    )
    assert ask(world, "SELECT product_cursor FROM connection WHERE connection_id = %s") == 0
    assert world.kept()[0] == 3
    world.be_quiet()
    assert offers(world)["CAM-9"][0] == Decimal("11.00")
    assert offers(world)["CAM-0"][0] == Decimal("110.00")


def test_a_crash_after_the_change_leaves_nothing_behind(world: World) -> None:
    change_rules(world, price_percent=Decimal(50))
    for seed in range(4):
        world.run(Loop.PULL, Loop.PUSH, crash_after=world.crash_moment(seed))
    world.be_quiet()
    assert {price for price, _ in offers(world).values()} == {Decimal("150.00")}


def test_unpublished_products_stay_with_stock_zero(world: World) -> None:
    (product, *_) = [each["product"] for each in world.feed()]
    world.merchant("PATCH", f"products/{product['id']}", {"published": False})
    change_rules(world, unpublished=Unpublished.WITHOUT_STOCK)
    world.be_quiet()
    shown = world.hub_products()[product["sku"]]
    assert (shown["available"], shown["quantity"]) == (1, 0)
    change_rules(world, unpublished=Unpublished.AS_PUBLISHED)
    world.be_quiet()
    assert offers(world)[product["sku"]] == (Decimal("100.00"), 10)
    change_rules(world, unpublished=Unpublished.OFF_SALE)
    world.be_quiet()
    assert product["sku"] not in offers(world)


def remove_first(world: World) -> str:
    (product, *_) = [each["product"] for each in world.feed()]
    assert world.merchant("DELETE", f"products/{product['id']}").ok
    sku: str = product["sku"]
    return sku


def test_a_removed_product_is_deleted_in_the_hub_where_the_merchant_wants_it(world: World) -> None:
    change_rules(world, removed=Removed.DELETE)
    sku = remove_first(world)
    world.be_quiet()
    assert sku not in world.hub_products()
    assert len(offers(world)) == 2
    add(world, sku)
    world.be_quiet()
    assert offers(world)[sku] == (Decimal("10.00"), 3)


def test_products_that_were_removed_before_are_deleted_too(world: World) -> None:
    sku = remove_first(world)
    world.be_quiet()
    assert not is_on_sale(world.hub_products()[sku])
    change_rules(world, removed=Removed.DELETE)
    world.be_quiet()
    assert sku not in world.hub_products()


def test_a_removed_product_is_left_as_it_is_until_the_rule_changes(world: World) -> None:
    change_rules(world, removed=Removed.LEAVE)
    sku = remove_first(world)
    world.be_quiet()
    assert offers(world)[sku] == (Decimal("100.00"), 10)
    assert ask(world, "SELECT count(*) FROM family WHERE connection_id = %s AND work > 0") == 0
    change_rules(world, removed=Removed.OFF_SALE)
    world.be_quiet()
    assert sku not in offers(world)


def test_an_audit_finds_no_fault_in_what_is_left_as_it_is(world: World) -> None:
    change_rules(world, removed=Removed.LEAVE, price_percent=Decimal(10))
    world.be_quiet()
    sku = remove_first(world)
    world.be_quiet()
    auditor = Auditor(world)
    auditor.audit(repairs_always=True)
    assert auditor.found() == set()
    auditor.work()
    world.be_quiet()
    assert offers(world)[sku] == (Decimal("110.00"), 10)


def test_what_is_left_as_it_is_gives_way_to_a_product_with_its_sku(world: World) -> None:
    change_rules(world, removed=Removed.LEAVE)
    sku = remove_first(world)
    world.be_quiet()
    add(world, sku, price="77.00", stock=1)
    world.be_quiet()
    assert offers(world)[sku] == (Decimal("77.00"), 1)
    assert world.troubles() == [each for each in world.troubles() if not each[4]]


def test_the_second_of_two_editors_is_told_what_the_first_changed(world: World) -> None:
    seen = read_rules(world)
    change_rules(world, COMMAND, price_percent=Decimal(5))
    with pytest.raises(RulesConflict) as conflict:
        change_rules(world, version=seen.version, stock_ceiling=9)
    assert conflict.value.now.rules == MerchantRules(price_percent=Decimal(5))
    ((actor, changes),) = [(each.actor, each.changes) for each in conflict.value.meanwhile]
    assert actor == "ponte"
    assert [(each.rule, each.before, each.after) for each in changes] == [
        ("price_percent", "0", "5")
    ]
    assert read_rules(world).rules.stock_ceiling is None


def test_rules_that_change_nothing_wake_nobody_and_leave_no_trace(world: World) -> None:
    before = read_rules(world)
    assert change_rules(world) == before
    assert ask(world, "SELECT count(*) FROM trail WHERE connection_id = %s") == 0


def test_a_rule_of_reports_does_not_read_the_catalogue_again(world: World) -> None:
    cursor = ask(world, "SELECT product_cursor FROM connection WHERE connection_id = %s")
    change_rules(world, report_mode=ReportMode.AT_ONCE)
    assert ask(world, "SELECT product_cursor FROM connection WHERE connection_id = %s") == cursor
    change_rules(world, default_brand="Casa")
    assert ask(world, "SELECT product_cursor FROM connection WHERE connection_id = %s") == 0


def test_faulty_rules_are_not_saved(world: World) -> None:
    with pytest.raises(FaultyRules) as refusal:
        change_rules(world, price_percent=Decimal(901), reserve_percent=Decimal("NaN"))
    assert {fault.field for fault in refusal.value.faults} == {"price_percent", "reserve_percent"}
    assert read_rules(world).version == 0


def test_support_reads_and_changes_nothing(world: World) -> None:
    with pytest.raises(Forbidden):
        change_rules(world, SUPPORT, stock_ceiling=1)
    assert ana(world).may_change(world.connection_id)
