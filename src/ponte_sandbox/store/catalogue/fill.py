"""A generated catalogue on its way into a shop, in portions that bound the memory it takes."""

import itertools
from collections.abc import Iterator

from ponte_sandbox.store.catalogue.generate import generate
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.wire import Product, now

# Families per portion: a megabyte of JSON, and 20 ms in which no other call is served.
BATCH = 200


def batches(
    products: Products, shop: int, families: int, seed: int, defects: bool
) -> Iterator[list[Product]]:
    """The catalogue's families in portions, with new ids of the shop."""
    # Drawn one by one, because the merchant may create a family between two portions.
    ids = iter(lambda: products.next_id(shop), None)
    generated = generate(families, seed, ids, now(), defects=defects)
    while batch := list(itertools.islice(generated, BATCH)):
        yield batch


def fill(products: Products, shop: int, families: int, seed: int, *, defects: bool) -> None:
    """Generate a catalogue into the shop, in the open transaction."""
    for batch in batches(products, shop, families, seed, defects):
        products.add(shop, batch)
