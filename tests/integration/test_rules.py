"""The manual's rules R1 to R8, each by its name, over real processes.

Every test has an account and a shop of its own; what it asserts is read from the two systems, as a
merchant would see it in their panels.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from agreement import (
    assert_catalogue_agrees,
    assert_orders_agree,
    assert_reports_agree,
    differing_fields,
)
from bridge import Bridge, Merchant
from hub_process import wait_until
from wares import make_photo, make_sizes

from ponte.domain.rules import MerchantRules, ReportMode

MakeMerchant = Callable[..., Merchant]
# R3.
LONGEST_POLL = timedelta(minutes=15)


# R1: products travel from the store to the hub only.


def test_r1_a_product_of_the_hub_never_appears_in_the_store(merchant: Merchant) -> None:
    merchant.add("CAM-1")
    merchant.wait_until_quiet()
    merchant.api.put_sku("SO-NO-HUB", name="Do painel", price=10, quantity=5, available=1)
    merchant.api.put_sku("CAM-1", name="Editado no painel")
    merchant.wait_until_quiet()
    (change,) = merchant.feed()
    assert change["product"]["name"] == "Produto CAM-1"
    # Nor does Ponte touch what the store never had.
    assert merchant.api.get_sku("SO-NO-HUB")["quantity"] == 5


def test_r1_what_was_edited_in_the_hub_is_overwritten_at_the_next_change(
    merchant: Merchant,
) -> None:
    product = merchant.add("CAM-1")
    merchant.wait_until_quiet()
    merchant.api.put_sku("CAM-1", name="Editado", price=1, quantity=999, brand="Outra")
    merchant.wish("PATCH", f"products/{product['id']}", {"description": "<p>nova</p>"})
    merchant.wait_until_quiet()
    assert_catalogue_agrees(merchant)


# R2: orders travel from the hub to the store only.


def test_r2_an_own_sale_of_the_store_never_reaches_the_hub_but_its_stock_does(
    merchant: Merchant,
) -> None:
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    sold = merchant.wish("POST", "sales", {"sku": "CAM-1", "quantity": 3})
    merchant.wish("POST", f"orders/{sold['number']}/inform-delivery")
    merchant.wait_until_quiet()
    assert merchant.hub_orders() == {}
    assert merchant.api.get_sku("CAM-1")["quantity"] == 7
    assert "/orders/{id}" not in merchant.calls("PUT")
    assert "/orders" not in merchant.calls("POST")


def test_r2_an_order_of_the_hub_enters_the_store_as_it_is(merchant: Merchant) -> None:
    merchant.add("CAM-1", stock=10)
    merchant.add("TÊN/2", **make_sizes("TÊN/2", "P", "G"))
    merchant.wait_until_quiet()
    placed = merchant.order(
        items=[
            {"sku": "CAM-1", "quantity": 2, "price": "49.90", "total": "99.80"},
            {
                "sku": "TÊN-2",
                "variation": {"sku": "TÊN-2-G"},
                "quantity": 1,
                "price": 200.2,
                "total": 200.2,
            },
        ],
        discount="10.00",
        shipping=15.9,
        total="305.90",
        payments=[
            {"payment_type": "credit", "payment_installments": "10", "payment_total": "205.90"},
            {"payment_type": "voucher", "payment_installments": 1, "payment_total": 100},
        ],
    )
    merchant.wait_until_quiet()
    taken = merchant.store_order(placed)
    assert [(item["sku"], item["quantity"], item["unit_price"]) for item in taken["items"]] == [
        ("CAM-1", 2, "49.90"),
        ("TÊN/2-G", 1, "200.20"),
    ]
    assert taken["totals"] == {
        "items": "300.00",
        "shipping": "15.90",
        "discount": "10.00",
        "interest": "0.00",
        "total": "305.90",
    }
    assert [(paid["installments"], paid["total"]) for paid in taken["payments"]] == [
        (10, "205.90"),
        (1, "100.00"),
    ]
    assert (taken["buyer"]["document_type"], taken["buyer"]["document"]) == ("cpf", "52998224725")
    assert_orders_agree(merchant)
    assert_catalogue_agrees(merchant)
    assert merchant.api.get_sku("CAM-1")["quantity"] == 8


# R3: three separate updates, each every fifteen minutes.


def test_r3_polls_alone_bring_product_price_and_stock_and_keep_three_clocks(
    connect: MakeMerchant,
) -> None:
    merchant = connect(hints=False)
    product = merchant.add("CAM-1")
    merchant.wait_until_quiet(polls_only=True)
    assert_catalogue_agrees(merchant)
    merchant.hub.admin("DELETE", "calls")
    merchant.wish("PATCH", f"products/{product['id']}", {"name": "Outro nome"})
    wait_until(lambda: merchant.api.get_sku("CAM-1")["name"] == "Outro nome")
    merchant.wish("PUT", "price", {"sku": "CAM-1", "price": "89.90", "special_price": "79.90"})
    wait_until(lambda: Decimal(str(merchant.api.get_sku("CAM-1")["price"])) == Decimal("89.90"))
    merchant.wish("PUT", "stock", {"sku": "CAM-1", "stock": 3})
    wait_until(lambda: merchant.api.get_sku("CAM-1")["quantity"] == 3)
    merchant.wait_until_quiet(polls_only=True)
    assert_catalogue_agrees(merchant)
    # Three changes at three moments are three calls, and polls that find nothing are none.
    assert sum(merchant.calls("PUT").values()) == 3
    shown = merchant.bridge.ponte.json("status", str(merchant.connection))
    (status,) = shown["connections"]
    for clock in ("product", "price", "stock"):
        view = status["catalogue"][clock]
        assert view["unsent"] == 0, clock
        assert 0 <= view["checked_seconds_ago"] < LONGEST_POLL.total_seconds(), clock


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_r3_a_poll_slower_than_fifteen_minutes_is_refused(bridge: Bridge, command: str) -> None:
    ended = bridge.ponte.run(command, PONTE_POLL_SECONDS="900.5")
    assert ended.returncode == 2
    assert "PONTE_POLL_SECONDS" in ended.stderr
    assert "900" in ended.stderr


# R4: there are no locks on product registration.

EDITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # What the store changes, and what somebody had changed in the hub before.
    "name": ({"name": "Da loja"}, {"name": "Do hub"}),
    "description": ({"description": "<p>Da loja</p>"}, {"description": "do hub"}),
    "brand": ({"brand": "Loja"}, {"brand": "Hub"}),
    "model": ({"model": "L-1"}, {"model": "H-1"}),
    "ean": ({"ean": "7891000100103"}, {"ean": "0000000000000"}),
    "ncm": ({"ncm": "62052000"}, {"ncm": "00000000"}),
    "cost": ({"cost": "12.34"}, {"cost": 99}),
    "link": ({"link": "https://loja.example/p"}, {"link": "https://hub.example/p"}),
    "warranty": ({"warranty_months": 6}, {"warranty_time": 60}),
    "handling": ({"handling_days": 2}, {"handling_time": 20}),
    "price": ({"price": "59.90"}, {"price": 1}),
    "special price": ({"special_price": "49.90"}, {"special_price": 2}),
    "no special price": ({"special_price": None, "price": "90.00"}, {"special_price": 3}),
    "stock": ({"stock": 4}, {"quantity": 400}),
    "dimensions": (
        {"dimensions": {"length_cm": "30", "width_cm": "20", "height_cm": "10", "weight": "1.5"}},
        {"dimension": {"length": 1, "width": 1, "height": 1, "weight": 9}},
    ),
    "categories": ({"categories": ["Casa > Mesa"]}, {"categories": [{"name": "Hub > Só"}]}),
    "photos": (
        {"photos": [make_photo("b", 0), make_photo("a", 1)]},
        {"photos": [{"url": "https://img.example/hub.jpg", "order": 7}]},
    ),
    "attributes": (
        {"attributes": [{"code": "cor", "label": "Cor", "value_code": "az", "value": "Azul"}]},
        {"attributes": [{"code": "cor", "label": "Cor", "value": {"code": "v", "label": "V"}}]},
    ),
}
# Fields of the hub that `differing_fields` does not look at: our value there.
SHOWN = {
    "model": ("model", "L-1"),
    "cost": ("cost", Decimal("12.34")),
    "link": ("link", "https://loja.example/p"),
    "warranty": ("warranty_time", 6),
    "handling": ("handling_time", 2),
}


def test_r4_every_field_changed_in_the_store_overwrites_the_hubs(merchant: Merchant) -> None:
    products = {what: merchant.add(f"P-{place}") for place, what in enumerate(EDITS)}
    merchant.wait_until_quiet()
    assert_catalogue_agrees(merchant)
    for what, (ours, theirs) in EDITS.items():
        merchant.api.put_sku(products[what]["sku"], **theirs)
        merchant.wish("PATCH", f"products/{products[what]['id']}", ours)
    merchant.wait_until_quiet()
    assert [trouble for trouble in merchant.troubles() if trouble[4]] == []
    families = {change["sku"]: change["product"] for change in merchant.feed()}
    shown = merchant.hub_products()
    for what, product in products.items():
        wrong = differing_fields(families[product["sku"]], shown[product["sku"]])
        assert wrong == [], f"{what}: {wrong}"
    for what, (field, value) in SHOWN.items():
        seen = shown[products[what]["sku"]][field]
        assert (Decimal(str(seen)) if isinstance(value, Decimal) else seen) == value, what
    size = shown[products["dimensions"]["sku"]]["dimension"]
    assert {name: Decimal(str(number)) for name, number in size.items()} == {
        "length": 30,
        "width": 20,
        "height": 10,
        "weight": Decimal("1.5"),
    }


def test_r4_a_family_gains_and_loses_variations_freely(merchant: Merchant) -> None:
    product = merchant.add("TEN", **make_sizes("TEN", "P", "M"))
    merchant.wait_until_quiet()
    edit = {
        "variations": [
            {"sku": "TEN-P", "remove": True},
            {"sku": "TEN-M", "price": "70.00", "stock": 1},
            {"sku": "TEN-G", "price": "80.00", "stock": 2},
        ]
    }
    merchant.wish("PATCH", f"products/{product['id']}", edit)
    merchant.wait_until_quiet()
    assert_catalogue_agrees(merchant)
    offers = {each["sku"]: each["quantity"] for each in merchant.api.get_sku("TEN")["variations"]}
    assert (offers["TEN-M"], offers["TEN-G"], offers.get("TEN-P", 0)) == (1, 2, 0)


# R5: only approved orders enter.


def test_r5_only_approved_orders_enter(merchant: Merchant) -> None:
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    waiting = {
        status: merchant.order("CAM-1", status=status)
        for status in ("pending", "under_review", "partial_payment")
    }
    approved = merchant.order("CAM-1")
    merchant.wait_until_quiet()
    assert [order["hub_order_id"] for order in merchant.store_orders()] == [approved]
    assert merchant.api.get_sku("CAM-1")["quantity"] == 9
    merchant.api.put_order(waiting["pending"], status="approved")
    merchant.wait_until_quiet()
    assert {order["hub_order_id"] for order in merchant.store_orders()} == {
        approved,
        waiting["pending"],
    }
    assert_orders_agree(merchant)


def test_r5_an_order_that_left_approved_before_it_was_read_is_judged_by_its_history(
    bridge: Bridge, merchant: Merchant
) -> None:
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    with bridge.nobody_at_work():
        courses = {
            course: merchant.order("CAM-1", status=course[0])
            for course in (
                ("approved", "in_separation"),
                ("pending", "approved", "waiting_invoice"),
                ("approved", "canceled"),
                ("pending", "canceled"),
                ("pending", "in_separation"),
            )
        }
        for course, placed in courses.items():
            for status in course[1:]:
                assert merchant.api.put_order(placed, status=status).ok
    merchant.wait_until_quiet()
    entered = {order["hub_order_id"] for order in merchant.store_orders()}
    assert entered == {placed for course, placed in list(courses.items())[:2]}
    assert_orders_agree(merchant)


def test_r5_an_order_canceled_after_it_entered_is_canceled_in_the_store_once(
    merchant: Merchant,
) -> None:
    merchant.add("CAM-1", stock=10)
    merchant.wait_until_quiet()
    placed = merchant.order("CAM-1", "CAM-1")
    merchant.wait_until_quiet()
    assert merchant.api.get_sku("CAM-1")["quantity"] == 8
    merchant.api.put_order(placed, status="canceled")
    merchant.wait_until_quiet()
    (order,) = merchant.store_orders()
    assert order["canceled_at"]
    assert merchant.api.get_sku("CAM-1")["quantity"] == 10
    assert merchant.troubles() == []


# R6, R7: Faturado, then Despachado.


def test_r6_faturado_reaches_the_hub_with_the_invoice(merchant: Merchant) -> None:
    merchant.add("CAM-1")
    merchant.wait_until_quiet()
    placed = merchant.order("CAM-1")
    merchant.wait_until_quiet()
    merchant.wish("POST", f"orders/{placed}/invoice")
    merchant.wait_until_quiet()
    (in_store,) = merchant.store_orders()
    told = merchant.api.get_order(placed)
    (shipment,) = told["shipments"]
    invoice = in_store["invoice"]
    assert told["status"] == "invoiced"
    assert len(shipment["nfe_key"]) == 44
    assert shipment["nfe_key"] == invoice["key"]
    assert (shipment["nfe_number"], shipment["nfe_serie"]) == (invoice["number"], invoice["series"])
    assert shipment["nfe_link"] == invoice["xml_url"]
    assert shipment["cfops"] == ",".join(invoice["cfops"])
    assert shipment["nfe_date"]
    assert not shipment.get("track_code")


def test_r7_despachado_follows_with_tracking_on_the_same_delivery(merchant: Merchant) -> None:
    merchant.add("CAM-1")
    merchant.wait_until_quiet()
    placed = merchant.order("CAM-1")
    merchant.wait_until_quiet()
    merchant.wish("POST", f"orders/{placed}/invoice")
    merchant.wait_until_quiet()
    (invoiced,) = merchant.api.get_order(placed)["shipments"]
    merchant.wish("POST", f"orders/{placed}/dispatch")
    merchant.wait_until_quiet()
    told = merchant.api.get_order(placed)
    (shipment,) = told["shipments"]
    (in_store,) = merchant.store_orders()
    assert told["status"] == "shipped"
    assert shipment["id"] == invoiced["id"]
    assert shipment["nfe_key"] == invoiced["nfe_key"]
    assert shipment["track_code"] == in_store["shipment"]["tracking_code"]
    assert shipment["shipping_company"] == in_store["shipment"]["carrier"]
    assert shipment["date_shipped"]
    merchant.wish("POST", f"orders/{placed}/deliver")
    merchant.wait_until_quiet()
    told = merchant.api.get_order(placed)
    assert [each["status"] for each in told["status_history"]] == [
        "approved",
        "invoiced",
        "shipped",
        "delivered",
    ]
    assert_reports_agree(merchant)


# R8: Entrega informada, once, with both.


def test_r8_entrega_informada_is_told_once_with_invoice_and_dispatch(
    connect: MakeMerchant,
) -> None:
    merchant = connect(MerchantRules(report_mode=ReportMode.AT_ONCE))
    merchant.add("CAM-1")
    merchant.wait_until_quiet()
    in_steps, at_once = merchant.order("CAM-1"), merchant.order("CAM-1")
    merchant.wait_until_quiet()
    merchant.wish("POST", f"orders/{in_steps}/invoice")
    merchant.wait_until_quiet()
    assert merchant.api.get_order(in_steps)["status"] == "approved"
    merchant.wish("POST", f"orders/{in_steps}/dispatch")
    merchant.wish("POST", f"orders/{at_once}/inform-delivery")
    merchant.wait_until_quiet()
    in_store = {order["hub_order_id"]: order for order in merchant.store_orders()}
    for placed in (in_steps, at_once):
        told = merchant.api.get_order(placed)
        history = [each["status"] for each in told["status_history"]]
        assert history == ["approved", "shipping_informed"]
        (shipment,) = told["shipments"]
        assert shipment["nfe_key"] == in_store[placed]["invoice"]["key"]
        assert shipment["track_code"] == in_store[placed]["shipment"]["tracking_code"]
    assert_reports_agree(merchant)
