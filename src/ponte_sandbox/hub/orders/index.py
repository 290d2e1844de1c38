"""What lists and figures of orders are made from: a few columns of each, and sums of them.

A panel that read a hundred thousand bodies for a sum would stop the API meanwhile. So the columns
people look for stand in `sale_index`, written with every change of an order and in its transaction;
triggers keep sums by day and by channel, which are a few hundred rows whatever the number of
orders. A folder from before there was an index is indexed in the background, in small portions.
"""

import asyncio
from decimal import ROUND_HALF_UP
from pathlib import Path
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.fields import MAX_SKU
from ponte_sandbox.hub.orders.fields import Body, amount_of
from ponte_sandbox.hub.stamps import local_day
from ponte_sandbox.hub.wire import decode_json

_SQL = named_queries(Path(__file__).with_name("index.sql"))
# No marketplace has longer ones; a longer text would only be cut later, on the page.
_MAX_TEXT = 100
# Row numbers looked at before others get their turn: when all of them have to be indexed, about
# 10 ms of work.
_PORTION = 100


class Entry(NamedTuple):
    """What is kept of an order."""

    status: str
    channel: str
    original_id: str | None
    cents: int
    skus: frozenset[str]


class Total(NamedTuple):
    """All orders that are in a status now."""

    status: str
    orders: int
    cents: int


class Channel(NamedTuple):
    """All orders of a channel; "" stands for none."""

    name: str
    orders: int


class Day(NamedTuple):
    """Orders of a day of São Paulo's (ISO) that are in a status now."""

    day: str
    status: str
    orders: int
    cents: int


class OrderIndex:
    """The index of all accounts' orders."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        # False while orders of an older folder are still to come.
        self.is_complete = False

    def add(self, number: int, account: int, order: Body) -> None:
        """Index a new order; part of the caller's transaction."""
        entry = entry_of(order)
        created = order["created"]
        self._storage.write(
            _SQL["add"],
            (
                number,
                account,
                created,
                local_day(created),
                entry.status,
                entry.channel,
                entry.original_id,
                entry.cents,
            ),
        )
        self._storage.write_many(_SQL["add_sku"], [(number, sku, account) for sku in entry.skus])

    def change(self, number: int, order: Body) -> None:
        """Index an order's change; part of the caller's transaction."""
        entry = entry_of(order)
        found = self._storage.write(
            _SQL["change"],
            (entry.status, entry.channel, entry.original_id, entry.cents, number),
        )
        if not found:
            self.add(number, order["user_id"], order)
            return
        known = {sku for (sku,) in self._storage.read(_SQL["skus"], (number,))}
        if known != entry.skus:
            gone = [(number, sku) for sku in known - entry.skus]
            new = [(number, sku, order["user_id"]) for sku in entry.skus - known]
            self._storage.write_many(_SQL["remove_sku"], gone)
            self._storage.write_many(_SQL["add_sku"], new)

    async def complete(self) -> None:
        """Index what an older program kept without an index; run once, in the background."""
        last = self._storage.read("SELECT coalesce(max(number), 0) FROM sale")[0][0]
        for begin in range(0, last, _PORTION):
            portion = self._storage.read(_SQL["missing"], (begin, min(begin + _PORTION, last)))
            for number, body in portion:
                with self._storage.writing():
                    self.change(number, decode_json(body))
            if portion:
                await self._storage.committed()
            await asyncio.sleep(0)
        self.is_complete = True

    def totals(self, account: int) -> list[Total]:
        """All orders of an account, by status."""
        return [Total._make(row) for row in self._storage.read(_SQL["statuses"], (account,))]

    def days(self, account: int, since: str) -> list[Day]:
        """The orders since a day (ISO, São Paulo's), by day and status."""
        return [Day._make(row) for row in self._storage.read(_SQL["days"], (account, since))]

    def channels(self, account: int, most: int) -> list[Channel]:
        """The channels with most orders."""
        return [Channel._make(row) for row in self._storage.read(_SQL["channels"], (account, most))]


def entry_of(order: Body) -> Entry:
    """What is kept of an order as it is now."""
    return Entry(
        status=order["status"],
        channel=_cut(order.get("channel")) or "",
        original_id=_cut(order.get("original_id")),
        cents=cents_of(order.get("total")),
        skus=frozenset(_skus(order["items"])),
    )


def cents_of(value: object) -> int:
    """An amount in any of the forms it is sent in, rounded half up to cents; 0 for none."""
    amount = amount_of(value)
    return 0 if amount is None else int((amount * 100).to_integral_value(ROUND_HALF_UP))


def _skus(items: list[Body]) -> list[str]:
    sold = [*items, *(item["variation"] for item in items if item.get("variation"))]
    codes = (one.get("sku") for one in sold)
    return [str(code)[:MAX_SKU] for code in codes if isinstance(code, str | int) and code != ""]


def _cut(value: object) -> str | None:
    return None if value is None or value == "" else str(value)[:_MAX_TEXT]
