"""Ponte against hubs that differ where nobody knows ([A] in the dossier): it must not depend on it.

For each answer turned, a merchant's day: an export, changes of every kind, orders of every fate,
reports step by step. Then the hub is turned back, so that the comparison reads the usual shapes,
and both sides have to agree at once: nothing may be left for Ponte to repair. What an answer means
is decided by the loops, so that they are driven by hand here; the days on which every token ends
are lived by `ponte serve` and `ponte worker`, because renewals are shared by processes.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from agreement import (
    assert_catalogue_agrees,
    assert_channels_agree,
    assert_orders_agree,
    assert_reports_agree,
)
from bridge import Bridge, Merchant, running_bridge
from hub_process import HubProcess
from sides import Sides
from wares import make_photo, make_sizes
from world import Systems, World

from ponte.domain.rules import MerchantRules, PriceTableRule, ReportMode

FLIPS = [
    "users_resource=missing",
    "not_updated_status=200",
    "not_updated_status=422",
    "missing_status=400",
    "validation_status=422",
    "repeated_status=refused",
    "variations=replace",
    "shipped_status=refused",
    "delivered_status=refused",
    "null_clears=no",
    "external_shape=object",
    "numbers=string",
    "status_history=absent",
    "answer_body=empty_product",
    "list_totals=absent",
    "list_next=always",
    "list_order=newest",
    "window_days=brasilia",
    "variation_put=refused",
    "variation_delete=product",
    "new_available=no",
    "unchanged_put=stamped",
    "own_changes=untold",
    "users_shape=enveloped",
]
# Flips that concern reports are tried with both ways of reporting.
AT_ONCE = ["repeated_status=refused", "not_updated_status=200", "answer_body=empty_product"]
# Shorter than a day of the story, so that every token ends in the middle of it.
TOKEN_SECONDS = 2
DEARER = (PriceTableRule("ml", "Mercado Livre", Decimal("12.5")),)


def turn(hub: HubProcess, flips: dict[str, str]) -> None:
    """Turn the hub's answers; without any, as they are by default."""
    defaults = {each["name"]: each["default"] for each in hub.admin("GET", "assumptions")}
    hub.admin("PUT", "assumptions", {**defaults, **flips})


@pytest.mark.parametrize(
    ("flip", "mode"),
    [
        *((flip, ReportMode.IN_STEPS) for flip in FLIPS),
        *((flip, ReportMode.AT_ONCE) for flip in AT_ONCE),
    ],
)
def test_whatever_the_hub_answers_there_both_sides_agree(
    systems: Systems, flip: str, mode: ReportMode
) -> None:
    name, _, value = flip.partition("=")
    turn(systems.hub, {name: value})
    try:
        rules = MerchantRules(report_mode=mode, price_tables=DEARER)
        world = World(systems, rules, knows_account=False)
        held = live_a_day(world, world.be_quiet)
        assert world.rows("SELECT hub_account FROM connection WHERE connection_id = %s") == [
            (world.account["account"],)
        ]
        turn(systems.hub, {})
        assert_all_agrees(world, held, delivered_is_told=flip != "delivered_status=refused")
        assert_channels_agree(world, {table.code: table.percent for table in DEARER})
    finally:
        turn(systems.hub, {})


@pytest.fixture(scope="module")
def hasty_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """A hub whose access tokens end all the time."""
    folder = tmp_path_factory.mktemp("hasty")
    with running_bridge(folder, "--token-seconds", str(TOKEN_SECONDS)) as running:
        yield running


@pytest.mark.parametrize("status", ["401", "400", "403"])
def test_an_ended_token_is_renewed_whatever_the_hub_calls_it(
    hasty_bridge: Bridge, status: str
) -> None:
    turn(hasty_bridge.hub, {"expired_token_status": status})
    merchant = Merchant(hasty_bridge)
    try:
        held = live_a_day(merchant, merchant.wait_until_quiet)
        merchant.log_in_again()
        assert_all_agrees(merchant, held)
        ((ended,),) = hasty_bridge.read(
            "SELECT hub_access_ended_at FROM connection WHERE connection_id = %s",
            [merchant.connection],
        )
        assert ended is None
    finally:
        merchant.end()


def live_a_day(merchant: Sides, be_quiet: Callable[[], None]) -> set[str]:
    """A catalogue, orders, and what becomes of both; returns the orders that cannot enter.

    `be_quiet` lets Ponte work until nothing is open.
    """
    simple = merchant.add("CAM-1", stock=50, warranty_months=6)
    family = merchant.add("TEN", **make_sizes("TEN", "P", "M", photos=[make_photo("t", 0)]))
    gone = merchant.add("SAI")
    be_quiet()
    merchant.log_in_again()
    placed, canceled = merchant.order("CAM-1"), merchant.order("CAM-1")
    later = merchant.order("CAM-1", status="pending")
    never = merchant.order("CAM-1", status="pending")
    held = merchant.order("CAM-1", payer_cpf="")
    merchant.wish("PUT", "stock", {"sku": "TEN-M", "stock": 3})
    merchant.wish("PUT", "price", {"sku": "TEN-P", "price": "90.00", "special_price": "80.00"})
    be_quiet()
    merchant.log_in_again()
    for order_id, status in ((canceled, "canceled"), (later, "approved"), (never, "canceled")):
        assert merchant.api.put_order(order_id, status=status).ok
    merchant.wish("POST", f"orders/{placed}/invoice")
    edit_everything(merchant, simple, family, gone)
    be_quiet()
    merchant.wish("POST", f"orders/{placed}/dispatch")
    merchant.wish("POST", f"orders/{later}/inform-delivery")
    merchant.wish("PUT", "price", {"sku": "CAM-1", "price": "101.00", "special_price": None})
    merchant.wish("PUT", "stock", {"sku": "TEN-G", "stock": 8})
    be_quiet()
    merchant.wish("POST", f"orders/{placed}/deliver")
    be_quiet()
    return {held}


def edit_everything(
    merchant: Sides, simple: dict[str, Any], family: dict[str, Any], gone: dict[str, Any]
) -> None:
    """Fields set and emptied, members and variations added and removed, a product deleted."""
    edit = {
        "name": "Outro nome",
        "brand": None,
        "ean": None,
        "ncm": None,
        "warranty_months": None,
        "dimensions": None,
        "photos": [make_photo("nova", 0), make_photo("CAM-1-1", 1)],
        "categories": ["Casa > Mesa"],
        "special_price": "95.00",
    }
    merchant.wish("PATCH", f"products/{simple['id']}", edit)
    sizes = [
        {"sku": "TEN-P", "remove": True},
        {"sku": "TEN-G", "price": "120.00", "stock": 7},
    ]
    merchant.wish("PATCH", f"products/{family['id']}", {"variations": sizes})
    merchant.wish("DELETE", f"products/{gone['id']}")


def assert_all_agrees(merchant: Sides, held: set[str], *, delivered_is_told: bool = True) -> None:
    """Catalogue, orders and reports; the held order's reason was said once."""
    assert_catalogue_agrees(merchant)
    assert_orders_agree(merchant, held=held)
    if delivered_is_told:
        assert_reports_agree(merchant)
    assert len(merchant.store_orders()) == 3
    shown = merchant.api.get_sku("CAM-1")
    emptied = (shown["warranty_time"], *(shown["dimension"] or {}).values())
    assert [number for number in emptied if number] == []
    for order in merchant.hub_orders().values():
        logged = order.get("log_history") or []
        assert len(logged) == (order["id"] in held), order["id"]
        assert len(order.get("shipments") or []) <= 1, order["id"]
        if order["shipments"]:
            assert order["status"] in {"shipping_informed", "shipped", "delivered"}
        assert Decimal(str(order["total"])) == Decimal("115.90")
    blocking = [trouble for trouble in merchant.troubles() if trouble[4]]
    assert [(kind, code) for kind, _, code, _, _ in blocking] == [("order", "invalid_document")]
