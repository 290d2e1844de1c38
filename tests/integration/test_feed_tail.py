"""While a long feed is read in slices, its newest changes are looked at ahead of their turn."""

import pytest
from world import World

from ponte.sync import pull
from ponte.sync.runtime import Loop

PAGE = 5
SKUS = [f"CAM-{number:02}" for number in range(6 * PAGE)]


@pytest.fixture
def long_feed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A feed of six pages, of which a slice reads one; each slice is a worker of its own."""
    monkeypatch.setattr(pull, "PAGE_FAMILIES", PAGE)
    monkeypatch.setattr(pull, "SLICE_SECONDS", 0.0)
    for sku in SKUS:
        product = {"sku": sku, "name": "Camisa", "price": "10.00", "stock": 3}
        assert world.merchant("POST", "products", product).ok
    return world


def set_stock(world: World, sku: str, stock: int) -> None:
    """The merchant changes a stock, which moves the product to the feed's end."""
    products = world.merchant("GET", "products").json()["products"]
    (number,) = (product["id"] for product in products if product["sku"] == sku)
    assert world.merchant("PATCH", f"products/{number}", {"stock": stock}).ok


def slice_of_work(world: World) -> dict[str, int]:
    """What the hub has after one more slice of the feed, by another worker than the last one."""
    world.run(Loop.PULL, Loop.PUSH)
    return {sku: shown["quantity"] for sku, shown in world.hub_products().items()}


def test_a_change_does_not_wait_for_its_turn_in_the_feed(long_feed: World) -> None:
    assert len(slice_of_work(long_feed)) == PAGE
    set_stock(long_feed, SKUS[-1], 41)
    assert slice_of_work(long_feed) == dict.fromkeys(SKUS[: 2 * PAGE], 3) | {SKUS[-1]: 41}
    set_stock(long_feed, SKUS[0], 42)
    shown = slice_of_work(long_feed)
    assert len(shown) == 3 * PAGE + 1
    assert shown[SKUS[0]] == 42


def test_the_next_long_feed_has_a_tail_of_its_own(long_feed: World) -> None:
    for _ in range(0, len(SKUS), PAGE):
        shown = slice_of_work(long_feed)
    assert shown.keys() == set(SKUS)
    for sku in SKUS:
        set_stock(long_feed, sku, 8)
    assert list(slice_of_work(long_feed).values()).count(8) == PAGE
    set_stock(long_feed, SKUS[-1], 51)
    for _ in range(0, len(SKUS), PAGE):
        shown = slice_of_work(long_feed)
        assert shown[SKUS[-1]] == 51
    assert {shown[sku] for sku in SKUS[:-1]} == {8}
