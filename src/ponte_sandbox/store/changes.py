"""A merchant's busy day in one call: random, seeded changes of the kinds a real shop sees.

Families are picked by a random id and the next one that lives, so no list of them is held. The
answer names every change, so that a test knows what must have reached the other side.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from ponte_sandbox.store.catalogue.generate import MOST_STOCK, generate
from ponte_sandbox.store.products import FIRST_ID, Products
from ponte_sandbox.store.wire import MOST_MONEY, Product, money, now

# Changes made by one call.
MOST_CHANGES = 100_000
# How prices move, as factors: promotions and raises of a few per cent, not measured.
_PRICE_FACTORS = tuple(Decimal(f) for f in ("0.85", "0.90", "0.95", "1.03", "1.05", "1.10"))
_CENT = Decimal("0.01")

_Weight = Annotated[float, Meta(ge=0, le=1_000_000)]


class Kinds(Struct, frozen=True, forbid_unknown_fields=True):
    """How often each kind occurs, relative to the others."""

    stock: _Weight = 0
    price: _Weight = 0
    content: _Weight = 0
    create: _Weight = 0
    delete: _Weight = 0
    unpublish: _Weight = 0


# What a shop does on an ordinary day: mostly selling. Chosen, not measured.
_ORDINARY = Kinds(stock=70, price=15, content=10, create=2, delete=1, unpublish=2)


class ChangeWish(Struct, forbid_unknown_fields=True):
    """How many changes, of which kinds, from which seed."""

    count: Annotated[int, Meta(ge=1, le=MOST_CHANGES)]
    seed: int = 1
    kinds: Kinds = _ORDINARY

    def __post_init__(self) -> None:
        """At least one kind must be able to occur."""
        if not any(_weights(self.kinds)):
            raise ValueError("kinds: at least one must be above 0")


class Changed(Struct):
    """One change that was made; `sku` is what is sold for stock and price, else the family's."""

    kind: str
    id: str
    sku: str


class RandomChanges:
    """Makes random changes in a shop."""

    def __init__(self, products: Products) -> None:
        self._products = products

    def make(self, shop: int, wish: ChangeWish) -> Iterator[Changed]:
        """Make the changes one by one; ends early when the shop has no family left to change."""
        chance = random.Random(wish.seed)
        weights = _weights(wish.kinds)
        for _ in range(wish.count):
            kind = chance.choices(Kinds.__struct_fields__, weights)[0]
            if kind == "create":
                yield self._create(shop, chance)
                continue
            newest = self._products.newest_id(shop)
            product = self._products.near(shop, chance.randint(FIRST_ID, newest))
            if product is None:
                return
            yield self._change(shop, kind, product, chance)

    def _change(self, shop: int, kind: str, product: Product, chance: random.Random) -> Changed:
        sku = product.sku
        if kind == "delete":
            self._products.delete(shop, product)
            return Changed(kind, product.id, sku)
        if kind == "stock":
            sku = _move_stock(product, chance)
        elif kind == "price":
            sku = _move_price(product, chance)
        elif kind == "unpublish":
            product.published = False
        else:
            _rewrite(product, chance)
        self._products.replace(shop, product)
        return Changed(kind, product.id, sku)

    def _create(self, shop: int, chance: random.Random) -> Changed:
        family = self._products.next_id(shop)
        product = next(generate(1, chance.randrange(2**32), iter([family]), now(), defects=False))
        self._products.add(shop, [product])
        return Changed("create", product.id, product.sku)


def _weights(kinds: Kinds) -> list[float]:
    return [getattr(kinds, name) for name in Kinds.__struct_fields__]


def _move_stock(product: Product, chance: random.Random) -> str:
    """A few pieces sold, or a delivery; always another number than before."""
    sold = chance.choice(product.variations) if product.variations else product
    left = chance.randint(0, MOST_STOCK)
    sold.stock = left if left != sold.stock else left + 1
    return sold.sku


def _move_price(product: Product, chance: random.Random) -> str:
    """Another price, and now and then a promotion that begins or ends."""
    sold = chance.choice(product.variations) if product.variations else product
    price = (Decimal(sold.price) * chance.choice(_PRICE_FACTORS)).quantize(_CENT)
    if money(price) == sold.price:
        price += Decimal("1.00")
    price = min(price, MOST_MONEY)
    sold.price = money(price)
    if chance.random() < 0.3:
        promoted = (price * Decimal("0.80")).quantize(_CENT)
        sold.special_price = None if sold.special_price or not promoted else money(promoted)
    elif sold.special_price is not None and Decimal(sold.special_price) >= price:
        sold.special_price = None
    return sold.sku


def _rewrite(product: Product, chance: random.Random) -> None:
    """The text a merchant touches most: a new closing line of the description, a new name."""
    product.description += f"<p>Atualizado: lote {chance.randrange(10**6):06d}.</p>"
    if chance.random() < 0.3:
        product.name = f"{product.name.partition(' | ')[0]} | Oferta {chance.randrange(100)}"
