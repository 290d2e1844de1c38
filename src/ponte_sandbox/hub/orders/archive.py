"""Where orders are kept: one JSON object per row, with the columns lists are narrowed by.

`modified` is what polls go by, so within an account no two changes share it and none is earlier
than the one before, even when the clock is.
"""

from typing import NamedTuple

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.lists import Conditions, Page, count, read_page
from ponte_sandbox.hub.orders.fields import Body
from ponte_sandbox.hub.orders.index import OrderIndex
from ponte_sandbox.hub.stamps import Ids, later_than, row_of
from ponte_sandbox.hub.wire import decode_json, encode_json

# The hub's order numbers have eight digits; ours begin where nobody mistakes them for a position.
FIRST_ORDER_ID = 10_000_000

_COLUMNS = "number, id, status, external_app, body"
# Does an order hold an item of that kind? Blobs would be taken for SQLite's binary JSON, and a
# number would be no text.
_HAS_ITEM = (
    "EXISTS (SELECT 1 FROM json_each(CAST(body AS TEXT), '$.items') AS item WHERE {condition})"
)
_HAS_SKU = _HAS_ITEM.format(
    condition="? IN (CAST(item.value ->> '$.sku' AS TEXT),"
    " CAST(item.value ->> '$.variation.sku' AS TEXT))"
)
_HAS_EAN = _HAS_ITEM.format(
    condition="? IN (CAST(item.value ->> '$.ean' AS TEXT),"
    " CAST(item.value ->> '$.variation.ean' AS TEXT))"
)
_HAS_SUPPLIER = _HAS_ITEM.format(condition="CAST(item.value ->> '$.supplier_id' AS TEXT) = ?")


class Stored(NamedTuple):
    """An order as it is kept."""

    number: int
    id: str
    status: str
    # The client id of the app that set `external`.
    external_app: str | None
    body: bytes

    def order(self) -> Body:
        """The JSON object, decoded anew each time."""
        order: Body = decode_json(self.body)
        return order


class Archive:
    """The orders of all accounts."""

    def __init__(self, storage: Storage, ids: Ids) -> None:
        self._storage = storage
        self._ids = ids
        self.index = OrderIndex(storage)
        self._last_number: int = storage.read("SELECT coalesce(max(number), 0) FROM sale")[0][0]
        self._last_modified: dict[int, str] = dict(
            storage.read("SELECT account, max(modified) FROM sale GROUP BY account")
        )

    def next_id(self) -> tuple[str, int]:
        """The id and the order number the next order inserted will have."""
        number = self._last_number + 1
        return self._ids.of_order(number), FIRST_ORDER_ID + number

    def stamp(self, account: int) -> str:
        """A time for a change of an order of this account, later than all before."""
        moment = self._last_modified[account] = later_than(self._last_modified.get(account, ""))
        return moment

    def find(self, account: int, identifier: str) -> Stored | None:
        """The order with that id."""
        number = row_of(identifier)
        stored = None if number is None else self.find_row(account, number)
        return stored if stored and stored.id == identifier else None

    def find_row(self, account: int, number: int) -> Stored | None:
        """The order of that row."""
        row = self._storage.read_one(
            f"SELECT {_COLUMNS} FROM sale WHERE number = ? AND account = ?",  # noqa: S608
            (number, account),
        )
        return Stored(*row) if row else None

    def insert(self, account: int, order: Body) -> Stored:
        """Keep a new order that has its id and times."""
        self._last_number += 1
        body = encode_json(order)
        self._storage.write(
            "INSERT INTO sale (number, account, id, created, modified, status, external, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._last_number,
                account,
                order["id"],
                order["created"],
                order["modified"],
                order["status"],
                order["external"],
                body,
            ),
        )
        self.index.add(self._last_number, account, order)
        return Stored(self._last_number, order["id"], order["status"], None, body)

    def update(self, stored: Stored, order: Body, external_app: str | None) -> Stored:
        """Keep a changed order."""
        body = encode_json(order)
        self._storage.write(
            "UPDATE sale SET modified = ?, status = ?, external = ?, external_app = ?, body = ?"
            " WHERE number = ?",
            (
                order["modified"],
                order["status"],
                order["external"],
                external_app,
                body,
                stored.number,
            ),
        )
        self.index.change(stored.number, order)
        return Stored(stored.number, stored.id, order["status"], external_app, body)

    def page(self, account: int, query: dict[str, str], page: Page) -> tuple[int, list[Stored]]:
        """How many orders a list has, and one page of them [C]."""
        conditions = Conditions(account, page.zone)
        conditions.add_window(query, "created")
        conditions.add_window(query, "modified")
        statuses = [status.strip() for status in query.get("status", "").split(",")]
        statuses = [status for status in statuses if status]
        if statuses:
            conditions.add(f"status IN ({', '.join('?' * len(statuses))})", *statuses)
        for name, clause in (
            ("external", "external = ?"),
            ("sku", _HAS_SKU),
            ("ean", _HAS_EAN),
            ("supplier_id", _HAS_SUPPLIER),
        ):
            if query.get(name):
                conditions.add(clause, query[name])
        total = count(self._storage, "sale", conditions)
        rows = read_page(self._storage, "sale", _COLUMNS, conditions, page)
        return total, [Stored._make(row) for row in rows]
