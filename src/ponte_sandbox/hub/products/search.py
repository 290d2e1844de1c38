"""Products as a person looks for them: by the beginning of a code, by a part of the name, by state.

Codes (SKU, EAN, external) go by their indexes and are found at once among a million. Names and
states have no index on purpose: every export writes every product, and an index of words would
cost more of each call than all the rest of it. They are looked for in the products themselves,
newest first, in small portions with the loop free in between, and at most `MOST_EXAMINED` at a
time; the page says how many that were, and goes on from there.
"""

import asyncio
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.products.merge import Body
from ponte_sandbox.hub.wire import decode_json

_SQL = named_queries(Path(__file__).with_name("search.sql"))
# About half a second of work; a larger catalogue is looked through in several pages.
MOST_EXAMINED = 50_000
# Looked at before others get their turn: 3 ms.
_PORTION = 250
# Found by a code; more means that the code was too short.
MOST_BY_CODE = 50
# Characters of a name that are looked at: longer ones are broken exports.
_MOST_NAME = 1_000
# Greater than any text that begins with what it is put behind.
_LAST = "\U0010ffff"
# Before the newest product there is.
_START = (_LAST, 2**62)


class Wanted(NamedTuple):
    """What is looked for; what is None or empty does not narrow."""

    text: str = ""
    is_available: bool | None = None
    has_problems: bool | None = None
    has_stock: bool | None = None


class Place(NamedTuple):
    """Where a list goes on: after this product, newest first."""

    created: str
    number: int


class Product(NamedTuple):
    """A product of a list."""

    id: str
    body: Body


class Found(NamedTuple):
    """A part of what there is."""

    products: list[Product]
    # How many were looked at for it; 0 where nothing had to be.
    examined: int
    # Where it goes on; None at the end.
    next: Place | None
    # More codes begin with the text than are shown.
    has_more_codes: bool = False


class _Sold(msgspec.Struct):
    """What is looked at of a variation; the rest of its JSON is passed over."""

    name: str | None = None
    quantity: int = 0


class _Verdict(msgspec.Struct):
    valid: bool = True


class Looked(_Sold):
    """What is looked at of a product: several times faster than reading all of it."""

    available: int | None = None
    variations: list[_Sold] = []
    inspected_fields: dict[str, _Verdict] = {}


_look = msgspec.json.Decoder(Looked).decode


def list_products(storage: Storage, account: int, limit: int, offset: int, total: int) -> Found:
    """A page of all products, newest first; the account has `total` of them."""
    # Places are counted from the nearer end: 0.08 µs for each.
    if offset > total // 2:
        left = max(0, min(limit, total - offset))
        rows = storage.read(_SQL["oldest"], (account, left, max(0, total - offset - limit)))
        rows.reverse()
    else:
        rows = storage.read(_SQL["newest"], (account, limit, offset))
    return Found([Product(identifier, decode_json(body)) for identifier, body in rows], 0, None)


async def find_products(
    storage: Storage, account: int, wanted: Wanted, limit: int, after: Place | None
) -> Found:
    """Products that fit, newest first, beginning `after` a place: at the very beginning also those
    whose codes begin with the text; then at most `limit`. Where one has the text for its code, no
    name is looked at."""
    by_code: dict[int, Product] = {}
    has_more_codes = False
    if wanted.text:
        text = wanted.text
        ranges = (account, text, text + _LAST)
        rows = storage.read(_SQL["by_code"], (*ranges, *ranges, *ranges, account, MOST_BY_CODE))
        has_more_codes = len(rows) == MOST_BY_CODE
        for number, identifier, body in rows:
            if fits(_look(body), wanted, ""):
                by_code[number] = Product(identifier, decode_json(body))
    found = list(by_code.values()) if after is None else []
    if any(wanted.text in _codes_of(product.body) for product in found):
        # Who writes a whole code means that one.
        return Found(found, 0, None)
    sought = folded(wanted.text)
    place: Place | None = after or Place(*_START)
    examined, more = 0, limit
    while place is not None and more > 0 and examined < MOST_EXAMINED:
        rows = storage.read(_SQL["after"], (account, *place, _PORTION))
        for number, created, identifier, body in rows:
            examined += 1
            place = Place(created, number)
            if number not in by_code and fits(_look(body), wanted, sought):
                found.append(Product(identifier, decode_json(body)))
                more -= 1
                if not more:
                    break
        else:
            if len(rows) < _PORTION:
                place = None
        await asyncio.sleep(0)
    return Found(found, examined, place, has_more_codes)


def _codes_of(product: Body) -> list[str | None]:
    skus = [variation["sku"] for variation in product["variations"]]
    return [product["sku"], product["ean"], product["external"], *skus]


def fits(product: Looked, wanted: Wanted, sought: str) -> bool:
    """Whether a product is in the state wanted and has the (folded) text in one of its names."""
    if wanted.is_available is not None and bool(product.available) != wanted.is_available:
        return False
    if wanted.has_stock is not None:
        sold: Sequence[_Sold] = product.variations or (product,)
        if any(one.quantity > 0 for one in sold) != wanted.has_stock:
            return False
    if wanted.has_problems is not None:
        is_bad = not all(verdict.valid for verdict in product.inspected_fields.values())
        if is_bad != wanted.has_problems:
            return False
    if not sought:
        return True
    named: Sequence[_Sold] = (product, *product.variations)
    return any(one.name and sought in folded(one.name[:_MOST_NAME]) for one in named)


def folded(text: str) -> str:
    """Without accents and capitals: how people type."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return "".join(part for part in parts if not unicodedata.combining(part))
