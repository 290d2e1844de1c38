"""Where products are kept: one JSON object per row, found by SKU, by a variation's SKU, or by id.

Nothing of the catalogue is held in memory, so a million SKUs cost the disk only. Measured on a
2-core machine with 250,000 families of four SKUs each, sent by one aiohttp client: 4,000 creates a
second (0.18 ms of CPU each), 550 MB on disk, 123 MB of memory, started again in 0.4 s. A SKU
belongs to one product of an account, be it the product's own or a variation's; the table `sku` is
what prevents a second owner, not a look beforehand.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.lists import Conditions, Page, count, read_page
from ponte_sandbox.hub.products.history import History
from ponte_sandbox.hub.products.merge import Body, skus_of
from ponte_sandbox.hub.stamps import Ids, row_of
from ponte_sandbox.hub.wire import decode_json, encode_json, invalid

_SQL = named_queries(Path(__file__).with_name("shelf.sql"))
_COLUMNS = ("ean", "external", "supplier_id")
# A row of the table `sku`: account, SKU, product, whether it is a variation's.
_Claim = tuple[int, str, int, int]


class Stored(NamedTuple):
    """A product as it is kept; `is_variation`: it was found by a variation's SKU."""

    number: int
    id: str
    body: bytes
    is_variation: int
    # Where its history begins; see `history.py`.
    last_change: int | None

    def product(self) -> Body:
        """The JSON object, decoded anew each time: the caller may change it."""
        product: Body = decode_json(self.body)
        return product


class Shelf:
    """The products of all accounts."""

    def __init__(self, storage: Storage, ids: Ids) -> None:
        self._storage = storage
        self._ids = ids
        self.history = History(storage)
        self._last_number: int = storage.read(_SQL["last_number"])[0][0]
        # Kept as a number: counting a million index entries for each page would stop the world.
        self._counts: dict[int, int] = dict(storage.read(_SQL["count_accounts"]))

    def find(self, account: int, sku: str) -> Stored | None:
        """The product that has or contains the SKU."""
        row = self._storage.read_one(_SQL["find"], (account, sku))
        return Stored(*row) if row else None

    def find_id(self, account: int, identifier: str) -> Stored | None:
        """The product with that id."""
        number = row_of(identifier)
        found = None if number is None else self.find_row(account, number)
        return found if found is not None and found.id == identifier else None

    def find_row(self, account: int, number: int) -> Stored | None:
        """The product in that row."""
        row = self._storage.read_one(_SQL["find_number"], (number, account))
        return Stored(*row) if row else None

    def next_id(self) -> str:
        """The id the next product inserted will have."""
        return self._ids.of_product(self._last_number + 1)

    def insert(self, account: int, product: Body, now: str, *, by: str | None = None) -> bytes:
        """Keep a new product under `next_id()`, made by an app (its client id) or by the hub;
        returns its JSON. Raises `Refusal` 400 when one of its SKUs belongs to another product."""
        number = self._last_number + 1
        own, variations = skus_of(product)
        claims = [(account, own, number, 0)]
        claims += [(account, sku, number, 1) for sku in variations]
        self._claim(claims)
        product["created"] = product["modified"] = now
        body = encode_json(product)
        keys = [product[column] for column in _COLUMNS]
        self._storage.write(
            _SQL["insert"], (number, account, product["id"], now, now, *keys, body, by)
        )
        self._last_number = number
        self._counts[account] = self._counts.get(account, 0) + 1
        return body

    def update(
        self,
        account: int,
        stored: Stored,
        product: Body,
        before: Body,
        now: str,
        *,
        by: str | None = None,
        told: Body | None = None,
        stamp: bool = False,
    ) -> bytes | None:
        """Keep a product changed by an app (its client id) or by the hub; returns its JSON, or None
        when nothing changed and it need not be stamped all the same.

        `before` are the SKUs and keys it had (see `keys_of`), since `product` was changed in place;
        `told` what the changed fields were, for its history (`fields_before`); without it all are
        compared.
        """
        unstamped = encode_json(product)
        if not stamp and unstamped == stored.body:
            return None
        after = keys_of(product)
        if after["skus"] != before["skus"]:
            own, variations = after["skus"]
            old_own, old_variations = before["skus"]
            for gone in {old_own, *old_variations} - {own, *variations}:
                self._storage.write(_SQL["release_sku"], (account, gone))
            known = set(old_variations)
            claims = [(account, own, stored.number, 0)] if own != old_own else []
            claims += [(account, sku, stored.number, 1) for sku in variations if sku not in known]
            self._claim(claims)
        if after["columns"] != before["columns"]:
            self._storage.write(_SQL["update_keys"], (*after["columns"], stored.number))
        # The first one is the product's own: only `id` and `created` stand before it. To encode all
        # of it once more takes ten times as long.
        body = unstamped.replace(_modified(product["modified"]), _modified(now), 1)
        product["modified"] = now
        versions = (told if told is not None else stored.product(), product)
        last = self.history.note(stored.number, stored.last_change, versions, now, by)
        self._storage.write(_SQL["update"], (now, body, last, stored.number))
        return body

    def delete(self, account: int, stored: Stored) -> None:
        """Forget a product and its SKUs."""
        own, variations = skus_of(stored.product())
        for sku in (own, *variations):
            self._storage.write(_SQL["release_sku"], (account, sku))
        self._storage.write(_SQL["delete"], (stored.number,))
        self._counts[account] -= 1

    def count(self, account: int) -> int:
        """How many products the account has."""
        return self._counts.get(account, 0)

    def count_since(self, account: int, column: str, moment: str, most: int) -> int:
        """How many were `created` or `modified` since a time; counted up to `most` only."""
        found: int = self._storage.read(_SQL[f"count_{column}"], (account, moment, most))[0][0]
        return found

    def draw(self, account: int, chance: random.Random) -> Stored | None:
        """Any product of the account, each as likely; None when it has none."""
        count_of_products = self._counts.get(account, 0)
        if not count_of_products:
            return None
        position = chance.randrange(count_of_products)
        row = self._storage.read_one(_SQL["at_position"], (account, position))
        return Stored(*row) if row else None

    def page(
        self, account: int, query: dict[str, str], page: Page
    ) -> tuple[int, list[tuple[str, bytes]]]:
        """How many products a list has, and the id and JSON of one page's [C]."""
        conditions = Conditions(account, page.zone)
        conditions.add_window(query, "created")
        conditions.add_window(query, "modified")
        for column in _COLUMNS:
            if query.get(column):
                conditions.add(f"{column} = ?", query[column])
        if query.get("sku"):
            conditions.add(_SQL["has_sku"], account, query["sku"])
        everything = len(conditions.clauses) == 1
        total = (
            self._counts.get(account, 0)
            if everything
            else count(self._storage, "product", conditions)
        )
        rows = read_page(self._storage, "product", "id, body", conditions, page)
        return total, cast("list[tuple[str, bytes]]", rows)

    def skus(self, account: int, beginning: str, limit: int) -> list[str]:
        """The first SKUs of an account that begin like this."""
        until = beginning + "\U0010ffff"
        return [
            sku
            for (sku,) in self._storage.read(
                _SQL["skus_beginning"], (account, beginning, until, limit)
            )
        ]

    def _claim(self, claims: Sequence[_Claim]) -> None:
        if self._storage.write_many(_SQL["claim_sku"], claims) == len(claims):
            return
        for account, sku, *wanted in claims:
            if self._storage.read(_SQL["claimed_by"], (account, sku)) != [tuple(wanted)]:
                raise invalid(f"The SKU {sku!r} belongs to another product")


def _modified(moment: str) -> bytes:
    return b'"modified":"%s"' % moment.encode()


def keys_of(product: Body) -> Body:
    """What has to be compared before and after a change, besides the body."""
    return {"skus": skus_of(product), "columns": [product[column] for column in _COLUMNS]}
