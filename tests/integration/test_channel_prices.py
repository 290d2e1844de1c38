"""Prices of single channels: what the rules say is what a channel pays in the hub, and no more.

The world is a merchant's: rules are saved, prices change, rules go; what is looked at is the hub.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from agreement import assert_catalogue_agrees, assert_channels_agree
from rules_world import ana, change_rules
from world import Systems, World, running_systems

from ponte.domain.rules import PriceTableRule
from ponte.http.exchange import open_session
from ponte.services import products
from ponte.services.products import ChannelPrice, Proof
from ponte.sync.runtime import Loop

PERCENTS = {"ml": Decimal("12.5"), "shopee": Decimal(-10)}
# The most members that the sandbox hub keeps of one list.
MOST_MEMBERS = 1000
KEY = "SELECT family_key FROM family WHERE connection_id = %s"
FACETS = "SELECT desired_price, acked_price, acked_at FROM family"


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    with running_systems(tmp_path_factory.mktemp("systems")) as running:
        yield running


@pytest.fixture
def world(systems: Systems) -> Iterator[World]:
    """A shop of one simple product, and one whose sizes have two prices; all of it in the hub."""
    world = World(systems)
    world.merchant("POST", "products", {"sku": "CAM", "name": "C", "price": "19.90", "stock": 3})
    sizes = [
        {"sku": f"TEN-{size}", "price": price, "stock": 2}
        for size, price in (("P", "100.00"), ("G", "110.01"))
    ]
    body = {"sku": "TEN", "name": "Tênis", "price": "100.00", "variations": sizes}
    assert world.merchant("POST", "products", body).ok
    world.be_quiet()
    forget_calls(world)
    yield world
    assert_catalogue_agrees(world)


def of(percents: dict[str, Decimal]) -> tuple[PriceTableRule, ...]:
    """Just these tables."""
    return tuple(PriceTableRule(code, code.upper(), each) for code, each in percents.items())


def table_of(world: World, sku: str, code: str) -> dict[str, Any]:
    """A table of a product as the hub shows it."""
    tables = {each["code"]: each for each in world.api.get_sku(sku)["price_table"]}
    found: dict[str, Any] = tables[code]
    return found


def forget_calls(world: World) -> None:
    """Count the hub's calls from here on."""
    world.hub.admin("DELETE", "calls")


def said(world: World, code: str) -> list[str]:
    """The details of the pendências of one cause."""
    return [detail for _, _, each, detail, _ in world.troubles() if each == code]


def test_rules_of_two_channels_arrive_and_go_with_one_call_a_family(world: World) -> None:
    change_rules(world, price_tables=of(PERCENTS))
    world.be_quiet()
    assert_channels_agree(world, PERCENTS)
    assert world.calls("PUT") == {"/skus/{sku}": 2}
    assert table_of(world, "CAM", "ml")["price"] == 22.39
    assert table_of(world, "TEN", "shopee")["action"] == "decrease"

    change_rules(world, price_tables=of({"ml": Decimal(20)}))
    world.be_quiet()
    assert_channels_agree(world, {"ml": Decimal(20)}, dropped=["shopee"])
    change_rules(world, price_tables=())
    world.be_quiet()
    assert_channels_agree(world, {}, dropped=PERCENTS)
    assert world.calls("PUT") == {"/skus/{sku}": 6}
    # Saved again they change nothing, and nothing is sent.
    change_rules(world, price_tables=())
    world.be_quiet()
    assert world.calls("PUT") == {"/skus/{sku}": 6}
    assert said(world, "not_taken") == []


@pytest.mark.parametrize(
    "flip",
    [
        {"null_clears": "no"},
        {"answer_body": "empty_product"},
        {"variations": "replace"},
        {"validation_status": "422"},
        {"unchanged_put": "stamped"},
    ],
)
def test_whatever_the_hub_answers_there_channels_pay_what_the_rules_say(
    world: World, flip: dict[str, str]
) -> None:
    usual = {each["name"]: each["default"] for each in world.hub.admin("GET", "assumptions")}
    world.hub.admin("PUT", "assumptions", usual | flip)
    try:
        change_rules(world, price_tables=of(PERCENTS))
        for sku, price, special in (
            ("CAM", "50.00", "39.90"), ("TEN-G", "100.00", None), ("CAM", "50.00", None),
            ("TEN-G", "70.00", "65.00"),
        ):  # fmt: skip
            price_of = {"sku": sku, "price": price, "special_price": special}
            assert world.merchant("PUT", "price", price_of).ok
            world.be_quiet()
            assert_channels_agree(world, PERCENTS)
        change_rules(world, price_tables=of({"ml": Decimal(-7)}))
        world.be_quiet()
        assert_channels_agree(world, {"ml": Decimal(-7)}, dropped=["shopee"])
        assert said(world, "not_taken") == []
    finally:
        world.hub.admin("PUT", "assumptions", usual)


def test_a_products_proof_shows_what_channels_pay(world: World) -> None:
    change_rules(world, price_tables=of(PERCENTS))
    world.run(Loop.PULL)

    def channels(sku: str) -> list[ChannelPrice]:
        ((key,),) = world.rows(f"{KEY} AND sku = '{sku}'")

        async def look() -> Proof:
            async with open_session() as http:
                return await products.read(
                    world.runtime(http), ana(world), world.connection_id, key
                )

        found: Proof = world.systems.runner.run(look())
        return found.channels

    assert channels("CAM") == [
        ChannelPrice("ml", "ML", "22.39", None, None, is_acked=False),
        ChannelPrice("shopee", "SHOPEE", "17.91", None, None, is_acked=False),
    ]
    world.be_quiet()
    assert [(each.percent, each.is_acked) for each in channels("TEN")] == [
        ("12.5", True),
        ("-10", True),
    ]
    change_rules(world, price_tables=of({"ml": Decimal(5)}))
    world.run(Loop.PULL)
    assert [(each.code, each.percent, each.is_acked) for each in channels("TEN")] == [
        ("ml", "5", False),
        ("shopee", None, False),
    ]
    world.be_quiet()
    assert [each.code for each in channels("TEN")] == ["ml"]


def test_a_new_price_is_a_new_price_in_each_channel(world: World) -> None:
    change_rules(world, price_tables=of(PERCENTS))
    world.be_quiet()
    forget_calls(world)
    price = {"sku": "CAM", "price": "50.00", "special_price": "39.90"}
    assert world.merchant("PUT", "price", price).ok
    assert world.merchant("PUT", "price", {"sku": "TEN-G", "price": "100.00"}).ok
    world.be_quiet()
    assert_channels_agree(world, PERCENTS)
    assert table_of(world, "CAM", "ml")["special_price"] == 44.89
    # Of one price now, so an amount.
    assert table_of(world, "TEN", "ml")["action"] == "overwrite"
    assert world.calls("PUT") == {"/skus/{sku}": 2}


def test_tables_of_others_are_left_alone(world: World) -> None:
    theirs = {"code": "deles", "label": "Deles", "action": "increase", "percentage": 3}
    world.api.put_sku("CAM", price_table=[theirs])
    change_rules(world, price_tables=of(PERCENTS))
    world.be_quiet()
    change_rules(world, price_tables=())
    world.be_quiet()
    (kept,) = world.api.get_sku("CAM")["price_table"]
    assert kept["code"] == "deles"
    assert kept["percentage"] == 3


def test_what_somebody_did_to_a_table_of_ours_is_undone_at_the_next_change(world: World) -> None:
    change_rules(world, price_tables=of(PERCENTS))
    world.be_quiet()
    edited = {"code": "ml", "price": 1, "maximum_price": 2}
    deleted = {"id": table_of(world, "CAM", "shopee")["id"], "remove": True}
    world.api.put_sku("CAM", price_table=[edited, deleted])
    assert world.merchant("PUT", "stock", {"sku": "CAM", "stock": 9}).ok
    world.be_quiet()
    assert_channels_agree(world, PERCENTS)


def test_a_table_deleted_in_the_hub_does_not_hold_up_the_price(world: World) -> None:
    """The id that Ponte knows is no member's any more, and the hub refuses it."""
    change_rules(world, price_tables=of(PERCENTS))
    world.be_quiet()
    ids = [each["id"] for each in world.api.get_sku("CAM")["price_table"]]
    world.api.put_sku("CAM", price_table=[{"id": each, "remove": True} for each in ids])
    assert world.merchant("PUT", "price", {"sku": "CAM", "price": "70.00"}).ok
    world.be_quiet()
    assert_channels_agree(world, PERCENTS)
    assert said(world, "hub_refused_product") == []


def test_a_hub_that_has_no_room_for_a_table_is_a_pendencia_and_asked_once(world: World) -> None:
    full = [{"code": f"c{number}"} for number in range(MOST_MEMBERS)]
    world.api.put_sku("CAM", price_table=full)
    forget_calls(world)
    change_rules(world, price_tables=of(PERCENTS))
    world.be_quiet()
    (detail,) = said(world, "hub_refused_product")
    assert "price_table" in detail
    assert world.calls("PUT") == {"/skus/{sku}": 2}
    # The rule goes, and with it the pendência.
    change_rules(world, price_tables=())
    world.be_quiet()
    assert said(world, "hub_refused_product") == []


def test_an_upgrade_sends_nothing(world: World) -> None:
    """Rules saved before there were price tables, and a feed that is read again."""
    before = world.rows(f"{FACETS} WHERE connection_id = %s ORDER BY family_key")
    assert all('""' not in price for price, _, _ in before)
    world.rows(
        "UPDATE connection SET rules = rules - 'price_tables' - 'dropped_tables',"
        " product_cursor = 0 WHERE connection_id = %s RETURNING 1"
    )
    world.be_quiet()
    assert world.rows(f"{FACETS} WHERE connection_id = %s ORDER BY family_key") == before
    assert world.calls("PUT") == {}
