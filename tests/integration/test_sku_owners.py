"""A SKU is free for another product as soon as nothing stands behind its owner any more."""

from world import World

from ponte.sync.runtime import Loop

CAM_1 = {"sku": "CAM-1", "name": "Camisa", "price": "10.00", "stock": 3}


def test_a_product_that_was_gone_before_it_was_sent_leaves_its_sku_free(world: World) -> None:
    first = world.merchant("POST", "products", CAM_1).json()
    world.run(Loop.PULL)
    assert world.merchant("DELETE", f"products/{first['id']}").ok
    world.run(Loop.PULL, Loop.PUSH)
    world.merchant("POST", "products", {**CAM_1, "stock": 4})
    world.be_quiet()
    assert not [trouble for trouble in world.troubles() if trouble[2] == "duplicate_sku"]
    assert world.hub_products()["CAM-1"]["quantity"] == 4


def test_a_connection_that_is_deleted_leaves_nothing_behind(world: World) -> None:
    world.merchant("POST", "products", CAM_1)
    world.be_quiet()
    assert world.kept() == (1, 1)
    world.merchant("POST", "products", {**CAM_1, "sku": "CAM-2"})
    gone = f"DELETE FROM connection WHERE connection_id = {world.connection_id}"  # noqa: S608 - ours
    world.run_during(gone, Loop.PULL)
    assert world.kept() == (0, 0)
