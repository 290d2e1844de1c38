"""The store may act on an order before Ponte knows that the order entered."""

from agreement import assert_orders_agree, assert_reports_agree
from world import World

from ponte.sync.runtime import Loop


def test_an_order_reported_before_its_import_was_answered_is_confirmed(world: World) -> None:
    world.merchant("POST", "products", {"sku": "CAM-1", "name": "Camisa", "price": "10.00"})
    world.run(Loop.PULL, Loop.PUSH)
    placed = world.api.post_order(status="approved", payer_cpf="52998224725", payer_name="Ana")
    # The store takes the order in, and its answer is lost.
    world.store_weather = {"drop_after_share": 1.0, "only_paths": ["/api/v1/orders"]}
    world.run(Loop.ORDERS)
    world.store_weather = {}
    # It is dispatched and reported before Ponte looks at the order again.
    world.merchant("POST", f"orders/{placed['id']}/inform-delivery", {})
    world.run(Loop.REPORTS)
    assert world.api.get_order(placed["id"])["status"] == "shipped"
    world.be_quiet()
    assert_orders_agree(world)
    assert_reports_agree(world)
