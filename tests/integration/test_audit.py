"""An audit finds what somebody did in the hub, and nothing else; a repair closes just that."""

from decimal import Decimal
from typing import Any

import pytest
from agreement import assert_catalogue_agrees
from auditing import Auditor
from wares import make_photo, make_product, make_sizes
from world import Systems, World

from ponte.domain.rules import MerchantRules, PriceTableRule, Removed
from ponte.sync import audit as audit_steps
from ponte.sync.runtime import Loop


@pytest.fixture
def world(systems: Systems) -> World:
    """A shop with a few plain products and a family in three sizes, all of it in the hub."""
    world = World(systems)
    for number in range(5):
        product = make_product(f"CAM-{number}", photos=[make_photo("a", 0), make_photo("b", 1)])
        assert world.merchant("POST", "products", product).ok
    sizes = make_product("TEN", **make_sizes("TEN", "38", "39", "40"))
    assert world.merchant("POST", "products", sizes).ok
    world.be_quiet()
    return world


def edit_hub(world: World, sku: str, **changes: Any) -> None:
    """Somebody at the hub's panel."""
    world.api.put_sku(sku, **changes)


def delete_in_hub(world: World, sku: str) -> None:
    assert world.api.call("DELETE", f"/skus/{sku}").ok


def change(world: World, statement: str) -> None:
    """Something in the ledger, of this connection."""

    async def write() -> None:
        async with world.systems.pool.connection() as conn:
            query = f"{statement} WHERE connection_id = %s"
            await conn.execute(query.encode(), [world.connection_id])

    world._run(write())


def edit_store(world: World, sku: str, **changes: Any) -> None:
    """The merchant, in the shop's own panel."""
    (found,) = [each["product"] for each in world.feed() if each["product"]["sku"] == sku]
    assert world.merchant("PATCH", f"products/{found['id']}", changes).ok


def test_what_an_export_brought_is_equal(world: World) -> None:
    run = Auditor(world).audit()
    assert (run.skus_compared, run.skus_equal) == (8, 8)
    assert (run.products_read, run.drift_found, run.only_in_hub) == (6, 0, 0)


def test_an_audit_sends_nothing_and_reads_the_hub_once(world: World) -> None:
    world.hub.admin("DELETE", "calls")
    Auditor(world).audit()
    assert world.calls("PUT") == {}
    assert world.calls("DELETE") == {}
    assert world.calls("GET") == {"/products": 1}


def test_each_thing_somebody_did_in_the_hub_is_found_and_repaired(world: World) -> None:
    edit_hub(world, "CAM-0", quantity=99)
    edit_hub(world, "CAM-1", price="1.00", name="Nome trocado")
    photos = world.api.get_sku("CAM-2")["photos"]
    edit_hub(world, "CAM-2", photos=[{"id": photos[0]["id"], "remove": True}])
    delete_in_hub(world, "CAM-3")
    edit_hub(world, "TEN", variations=[{"sku": "TEN-41", "quantity": 4}])
    edit_hub(world, "CAM-4", available=0)
    auditor = Auditor(world)
    run = auditor.audit()
    assert auditor.found() == {
        ("CAM-0", "stock", "10", "99"),
        ("CAM-1", "price", "100.00", "1.00"),
        ("CAM-1", "name", "Produto CAM-1", "Nome trocado"),
        ("CAM-2", "photo_missing", photos[0]["url"], ""),
        ("CAM-3", "product_missing", "Produto CAM-3", ""),
        ("TEN-41", "variation_extra", "", "4"),
        ("CAM-4", "available", "1", "0"),
    }
    assert (run.skus_compared, run.skus_equal) == (8, 0)
    assert (run.skus_different, run.skus_missing, run.products_different) == (7, 1, 6)
    # Nothing is repaired unless somebody asks.
    world.run(Loop.PUSH)
    assert set(auditor.states().values()) == {"open"}

    assert auditor.ask_for_repair("CAM-0") == 1
    auditor.work()
    assert world.api.get_sku("CAM-0")["quantity"] == 10
    assert auditor.states()["CAM-0"] == "repaired"
    assert auditor.states()["CAM-1"] == "open"
    assert auditor.ask_for_repair() == 6
    auditor.work()
    assert set(auditor.states().values()) == {"repaired"}
    assert_catalogue_agrees(world)
    again = auditor.audit()
    assert (again.skus_compared, again.skus_equal, again.drift_found) == (8, 8, 0)


def test_a_repair_sends_the_least_that_closes_the_difference(world: World) -> None:
    edit_hub(world, "CAM-0", quantity=99)
    auditor = Auditor(world)
    auditor.audit()
    world.hub.admin("DELETE", "calls")
    auditor.ask_for_repair()
    auditor.work()
    assert world.calls("PUT") == {"/skus/{sku}/stock": 1}


def test_always_repairs_without_being_asked(world: World) -> None:
    edit_hub(world, "CAM-1", name="Outro")
    delete_in_hub(world, "TEN")
    auditor = Auditor(world)
    auditor.audit(repairs_always=True)
    auditor.work()
    assert set(auditor.states().values()) == {"repaired"}
    assert_catalogue_agrees(world)


def test_what_only_the_hub_has_is_told_and_never_touched(world: World) -> None:
    edit_hub(world, "ALHEIO", name="De outro sistema", quantity=3, price="5.00")
    auditor = Auditor(world)
    run = auditor.audit(repairs_always=True)
    assert auditor.found() == {("ALHEIO", "only_in_hub", "", "De outro sistema")}
    assert (run.only_in_hub, run.skus_compared, run.skus_equal) == (1, 8, 8)
    assert auditor.ask_for_repair() == 0
    auditor.work()
    assert world.api.get_sku("ALHEIO")["quantity"] == 3


def test_what_the_store_does_not_offer_has_to_be_off_sale(world: World) -> None:
    for sku in ("CAM-0", "CAM-1"):
        edit_store(world, sku, published=False)
    world.be_quiet()
    auditor = Auditor(world)
    run = auditor.audit()
    assert (run.skus_compared, run.skus_equal, run.drift_found) == (6, 6, 0)
    edit_hub(world, "CAM-0", quantity=5, available=1)
    delete_in_hub(world, "CAM-1")
    run = auditor.audit()
    assert auditor.found() == {
        ("CAM-0", "stock", "0", "5"),
        ("CAM-0", "available", "0", "1"),
    }
    assert (run.skus_compared, run.skus_equal) == (7, 6)
    auditor.ask_for_repair()
    auditor.work()
    shown = world.api.get_sku("CAM-0")
    assert (shown["quantity"], shown["available"]) == (0, 0)


def test_a_change_on_its_way_is_no_drift(world: World) -> None:
    """The store changed, and the pull has not seen it; then the push has not sent it."""
    assert world.merchant("PUT", "stock", {"sku": "CAM-0", "stock": 3}).ok
    auditor = Auditor(world)
    auditor.begin()
    assert auditor.step(3)
    world.run(Loop.PULL)
    assert auditor.step(3)
    world.run(Loop.PUSH)
    run = auditor.go_on()
    assert (run.skus_compared, run.skus_equal, run.drift_found) == (8, 8, 0)


def test_what_never_comes_to_rest_is_neither_equal_nor_drift(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.merchant("PUT", "stock", {"sku": "CAM-0", "stock": 3}).ok
    world.run(Loop.PULL)
    monkeypatch.setattr(audit_steps, "_PATIENCE_SECONDS", 0.0)
    run = Auditor(world).audit()
    assert (run.skus_compared, run.skus_equal, run.skus_moving, run.drift_found) == (8, 7, 1, 0)


def test_a_change_that_the_feed_did_not_bring_is_found_and_repaired(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason: the ledger wants something else than the store says, and rests."""
    assert world.merchant("PUT", "stock", {"sku": "TEN-38", "stock": 3}).ok
    change(
        world,
        "UPDATE connection SET product_cursor = 1000000000,"
        " product_checked_at = now() + interval '1 hour'",
    )
    monkeypatch.setattr(audit_steps, "_PATIENCE_SECONDS", 0.0)
    auditor = Auditor(world)
    auditor.audit()
    assert auditor.found() == {("TEN-38", "stock", "3", "10")}
    auditor.ask_for_repair()
    auditor.work()
    assert set(auditor.states().values()) == {"repaired"}
    assert_catalogue_agrees(world)


def test_what_no_pull_has_brought_yet_is_not_decided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.merchant("PUT", "stock", {"sku": "CAM-0", "stock": 3}).ok
    monkeypatch.setattr(audit_steps, "_PATIENCE_SECONDS", 0.0)
    run = Auditor(world).audit()
    assert (run.skus_compared, run.skus_equal, run.skus_moving, run.drift_found) == (8, 7, 1, 0)


def test_what_the_store_never_offered_and_the_hub_sells_is_taken_off_sale_on_request(
    world: World,
) -> None:
    product = make_product("OCULTO", published=False)
    assert world.merchant("POST", "products", product).ok
    world.be_quiet()
    edit_hub(world, "OCULTO", name="De antes", quantity=4, price="5.00")
    auditor = Auditor(world)
    auditor.audit()
    assert {(row.sku, row.field) for row in auditor.drift()} == {
        ("OCULTO", "stock"),
        ("OCULTO", "available"),
    }
    assert auditor.ask_for_repair() == 2
    auditor.work()
    shown = world.api.get_sku("OCULTO")
    assert (shown["quantity"], shown["available"]) == (0, 0)
    assert set(auditor.states().values()) == {"repaired"}


def test_what_the_merchants_rules_make_of_a_product_is_what_is_compared(systems: Systems) -> None:
    """Stock kept back, a raised price, a brand that does not go, and a product that is left."""
    rules = MerchantRules(
        reserve_units=2,
        price_percent=Decimal(10),
        except_brands=("Outra",),
        removed=Removed.LEAVE,
        price_tables=(PriceTableRule("ml", "Mercado Livre", Decimal(50)),),
    )
    world = World(systems, rules)
    for sku in ("A", "B", "C"):
        assert world.merchant("POST", "products", make_product(sku)).ok
    world.be_quiet()
    edit_store(world, "B", brand="Outra")
    (gone,) = [each["product"]["id"] for each in world.feed() if each["product"]["sku"] == "C"]
    assert world.merchant("DELETE", f"products/{gone}").ok
    world.be_quiet()
    shown = world.api.get_sku("A")
    assert (shown["quantity"], Decimal(str(shown["price"]))) == (8, Decimal(110))
    assert world.api.get_sku("C")["available"] == 1
    auditor = Auditor(world)
    run = auditor.audit()
    assert (run.skus_compared, run.skus_equal, run.drift_found) == (1, 1, 0), auditor.found()
    (table,) = shown["price_table"]
    edit_hub(world, "A", quantity=10, price_table=[{"id": table["id"], "price": "1.00"}])
    edit_hub(world, "C", quantity=1)
    auditor.audit()
    assert {(sku, field, store) for sku, field, store, _ in auditor.found()} == {
        ("A", "stock", "8"),
        ("A", "price_table", "ml (Mercado Livre): 165.00"),
    }
    auditor.ask_for_repair()
    auditor.work()
    repaired = world.api.get_sku("A")
    assert repaired["quantity"] == 8
    assert Decimal(str(repaired["price_table"][0]["price"])) == 165
    assert world.api.get_sku("C")["quantity"] == 1


def test_a_sku_that_the_hub_cannot_be_asked_for_holds_nothing_up(world: World) -> None:
    """It stands in no address, so it was never sent: a pendência, and missing."""
    assert world.merchant("POST", "products", make_product(".")).ok
    world.be_quiet()
    auditor = Auditor(world)
    run = auditor.audit(repairs_always=True)
    assert (run.skus_compared, run.skus_equal, run.skus_missing) == (9, 8, 1)
    ((sku, field, refused, state),) = [
        (row.sku, row.field, row.refused, row.state) for row in auditor.drift()
    ]
    assert (sku, field, refused, state) == (".", "product_missing", True, "open")
    # A person may ask all the same, and is told that it was refused again.
    auditor.ask_for_repair()
    auditor.work()
    assert auditor.states() == {".": "open"}
