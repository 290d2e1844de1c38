"""What the merchant's list searches: one narrow row a family, so that filters are quick.

A hundred thousand families are looked through in 30 ms, in portions of ids with a turn of the event
loop between them, because the shop goes on serving meanwhile.
"""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.wire import Product, product_decoder

# Ids looked through before other calls get their turn: 6 ms of work.
PORTION = 20_000
# What of a family's words is searched; further variations are found by their whole SKU.
MOST_WORDS = 500
# Terms of a search; each is looked for in every family.
MOST_TERMS = 5
# Families written at once when the list of an old file is made.
_FILL = 500

_INSERT = (
    "INSERT OR REPLACE INTO shelf (shop, id, published, sold_out, promoted, words)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)

# What is left of accents once they stand apart from their letters.
_ACCENTS = re.compile("[\u0300-\u036f]+")


class Condition(StrEnum):
    """What the list can be narrowed to."""

    ANY = ""
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    SOLD_OUT = "sold_out"
    PROMOTED = "promoted"


# What each asks of `published`, `sold_out` and `promoted`; None: nothing.
_CONDITIONS: dict[Condition, tuple[int | None, int | None, int | None]] = {
    Condition.ANY: (None, None, None),
    Condition.PUBLISHED: (1, None, None),
    Condition.UNPUBLISHED: (0, None, None),
    Condition.SOLD_OUT: (None, 1, None),
    Condition.PROMOTED: (None, None, 1),
}
# `instr` finds an empty term everywhere: there are always as many as `MOST_TERMS`.
_FIND = """
SELECT id FROM shelf WHERE shop = ? AND id > ? AND id <= ?
  AND published = coalesce(?, published) AND sold_out = coalesce(?, sold_out)
  AND promoted = coalesce(?, promoted)
  AND instr(words, ?) AND instr(words, ?) AND instr(words, ?) AND instr(words, ?)
  AND instr(words, ?)
"""
_FIND_SKU = """
SELECT s.id FROM skus k JOIN shelf s ON s.shop = k.shop AND s.id = k.family
WHERE k.shop = ? AND k.sku = ?
  AND published = coalesce(?, published) AND sold_out = coalesce(?, sold_out)
  AND promoted = coalesce(?, promoted)
"""


class Wish(NamedTuple):
    """Which families are looked for."""

    text: str = ""
    condition: Condition = Condition.ANY

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it."""
        return not self.text.strip() and self.condition is Condition.ANY


class Shelf:
    """The searchable rows of all shops."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, shop: int, products: Iterable[Product]) -> None:
        """Write the rows of new or changed families."""
        self._storage.write_many(_INSERT, [_row(shop, product) for product in products])

    def drop(self, shop: int, family: int) -> None:
        """The family is gone."""
        self._storage.write("DELETE FROM shelf WHERE shop = ? AND id = ?", (shop, family))

    def fill(self) -> None:
        """Make the rows of a file from before there was a list; nothing when they are there."""
        live = "SELECT count(*) FROM families WHERE deleted = 0"
        if self._storage.read(live) == self._storage.read("SELECT count(*) FROM shelf"):
            return
        missing = self._storage.read(
            "SELECT shop, id FROM families WHERE deleted = 0 EXCEPT SELECT shop, id FROM shelf"
        )
        for start in range(0, len(missing), _FILL):
            rows = []
            for shop, family in missing[start : start + _FILL]:
                found = self._storage.read_one(
                    "SELECT product FROM families WHERE shop = ? AND id = ?", (shop, family)
                )
                if found is not None:
                    rows.append(_row(shop, product_decoder.decode(found[0])))
            self._storage.write_many(_INSERT, rows)

    def page(self, shop: int, offset: int, limit: int) -> list[int]:
        """Ids of families, the newest first."""
        rows = self._storage.read(
            "SELECT id FROM shelf WHERE shop = ? ORDER BY id DESC LIMIT ? OFFSET ?",
            (shop, limit, offset),
        )
        return [family for (family,) in rows]

    def sold_out(self, shop: int, most: int) -> int:
        """How many families have nothing left, counted up to `most`."""
        row = self._storage.read_one(
            "SELECT count(*) FROM (SELECT 1 FROM shelf WHERE shop = ? AND sold_out = 1 LIMIT ?)",
            (shop, most),
        )
        return int(row[0]) if row else 0

    async def find(self, shop: int, wish: Wish) -> list[int]:
        """Ids of all families that fit, the newest first; lets others have their turn."""
        terms = fold(wish.text).split()[:MOST_TERMS]
        sought = (*_CONDITIONS[wish.condition], *terms, *[""] * (MOST_TERMS - len(terms)))
        row = self._storage.read_one("SELECT max(id) FROM shelf WHERE shop = ?", (shop,))
        upper = (row[0] if row else None) or 0
        exact = self._of_sku(shop, wish) if terms else set()
        found: list[int] = []
        while upper > 0:
            lower = upper - PORTION
            ids = {family for (family,) in self._storage.read(_FIND, (shop, lower, upper, *sought))}
            ids |= {family for family in exact if lower < family <= upper}
            found.extend(sorted(ids, reverse=True))
            upper = lower
            await asyncio.sleep(0)
        return found

    def _of_sku(self, shop: int, wish: Wish) -> set[int]:
        """Families that claim exactly this SKU, and fulfil the condition."""
        sku = writable(wish.text.strip())
        rows = self._storage.read(_FIND_SKU, (shop, sku, *_CONDITIONS[wish.condition]))
        return {family for (family,) in rows}


def fold(text: str) -> str:
    """A text without accents and case, as it is searched."""
    if text.isascii():
        return text.casefold()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", writable(text))).casefold()


def writable(text: str) -> str:
    """The text without halves of characters, which no database takes."""
    return text.encode(errors="replace").decode()


def _row(shop: int, product: Product) -> tuple[int, int, int, int, int, str]:
    members = " ".join(variation.sku for variation in product.variations[:50])
    promoted = product.special_price is not None or any(
        variation.special_price is not None for variation in product.variations
    )
    words = fold(f"{product.sku[:200]} {product.name[:300]} {members}")[:MOST_WORDS]
    return (
        shop,
        int(product.id),
        int(product.published),
        int(product.stock <= 0),
        int(promoted),
        words,
    )
