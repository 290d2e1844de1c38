"""A catalogue is pushed in parts: together they are all of it, and who has nothing to do sleeps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world import World, running_systems

from ponte.ledger.differences import PARTS
from ponte.sync.runtime import Loop

SKUS = [f"CAM-{number}" for number in range(40)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Forty products, all of them in the hub."""
    folder: Path = tmp_path_factory.mktemp("parts")
    with running_systems(folder) as systems:
        world = World(systems)
        for sku in SKUS:
            product = {"sku": sku, "name": "Camisa", "price": "10.00", "stock": 3}
            assert world.merchant("POST", "products", product).ok
        world.be_quiet()
        yield world


def rows(world: World, query: str) -> list[tuple[Any, ...]]:
    """What the ledger says."""

    async def read() -> list[tuple[Any, ...]]:
        async with world.systems.pool.connection() as conn:
            cursor = await conn.execute(query.encode())
            return await cursor.fetchall() if cursor.description else []

    found: list[tuple[Any, ...]] = world.systems.runner.run(read())
    return found


def woken_by_a_pull(world: World) -> list[str]:
    """The parts that a look at the feed wakes, by the names of their wake-ups."""
    rows(world, "DELETE FROM procrastinate_jobs")
    world.run(Loop.PULL)
    found = rows(world, "SELECT queueing_lock FROM procrastinate_jobs WHERE task_name LIKE '%push'")
    return sorted(name for (name,) in found)


def test_the_parts_share_the_catalogue_out(world: World) -> None:
    shares = dict(rows(world, "SELECT part, count(*) FROM family GROUP BY part"))
    assert shares.keys() == set(range(PARTS))
    assert min(shares.values()) >= len(SKUS) / PARTS / 3


def test_one_change_wakes_one_part(world: World) -> None:
    ((sku, part),) = rows(world, "SELECT sku, part FROM family ORDER BY random() LIMIT 1")
    product = next(each for each in world.merchant("GET", "products").json()["products"]
                   if each["sku"] == sku)  # fmt: skip
    assert world.merchant("PATCH", f"products/{product['id']}", {"stock": 7}).ok
    assert woken_by_a_pull(world) == [f"push:{world.connection_id}:{part}"]
    world.be_quiet()
    assert world.hub_products()[sku]["quantity"] == 7


def test_a_new_name_wakes_all_parts(world: World) -> None:
    """What remains under the old one is a row of its own, in whatever part."""
    product = world.merchant("GET", "products").json()["products"][0]
    assert world.merchant("PATCH", f"products/{product['id']}", {"sku": "NOVA-1"}).ok
    names = [f"push:{world.connection_id}:{part}" for part in range(PARTS)]
    assert woken_by_a_pull(world) == names
    world.be_quiet()
    shown = world.hub_products()
    assert shown["NOVA-1"]["quantity"] == product["stock"]
    assert not shown.get(product["sku"], {"quantity": 0})["quantity"]
