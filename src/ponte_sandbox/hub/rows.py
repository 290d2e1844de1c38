"""Small resources of the hub: one JSON object per row, narrowed in lists by a few columns.

Messages, places and labels are kept alike. What each of them means is in its own package; this is
only the row: found by its id, by its columns, page by page, and never one account's for another.
Table and column names are written by this program, values are always bound.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.lists import Conditions, Page, count, read_page
from ponte_sandbox.hub.stamps import now_iso, row_of
from ponte_sandbox.hub.wire import decode_json, encode_json

Body = dict[str, Any]


class Row(NamedTuple):
    """A resource as it is kept."""

    number: int
    id: str
    body: bytes

    def content(self) -> Body:
        """The JSON object, decoded anew each time: the caller may change it."""
        content: Body = decode_json(self.body)
        return content


class Rows:
    """One table of resources of all accounts."""

    def __init__(
        self, storage: Storage, table: str, columns: tuple[str, ...], id_of: Callable[[int], str]
    ) -> None:
        """`columns` are members of the object that the table has beside it."""
        self._storage = storage
        self._table = table
        self._columns = columns
        self._id_of = id_of
        self._last_number: int = storage.read(f"SELECT coalesce(max(number), 0) FROM {table}")[0][0]  # noqa: S608

    def find(self, account: int, identifier: str) -> Row | None:
        """The resource with that id."""
        number = row_of(identifier)
        if number is None:
            return None
        row = self._storage.read_one(
            f"SELECT number, id, body FROM {self._table} WHERE number = ? AND account = ?",  # noqa: S608
            (number, account),
        )
        return Row(*row) if row and row[1] == identifier else None

    def where(self, account: int, column: str, value: str) -> list[Row]:
        """The resources with that value in a column, oldest first."""
        rows = self._storage.read(
            f"SELECT number, id, body FROM {self._table}"  # noqa: S608
            f" WHERE account = ? AND {column} = ? ORDER BY number",
            (account, value),
        )
        return [Row._make(row) for row in rows]

    def insert(self, account: int, content: Body) -> Row:
        """Keep a new resource; it gets its id and times."""
        self._last_number += 1
        number, now = self._last_number, now_iso()
        identifier = self._id_of(number)
        body = encode_json({"id": identifier, "created": now, "modified": now, **content})
        names = ("number", "account", "id", "created", "modified", *self._columns, "body")
        self._storage.write(
            f"INSERT INTO {self._table} ({', '.join(names)})"  # noqa: S608
            f" VALUES ({', '.join('?' * len(names))})",
            (number, account, identifier, now, now, *self._values(content), body),
        )
        return Row(number, identifier, body)

    def update(self, row: Row, content: Body) -> Row:
        """Keep a changed resource."""
        content["modified"] = now = now_iso()
        body = encode_json(content)
        sets = "".join(f", {column} = ?" for column in self._columns)
        self._storage.write(
            f"UPDATE {self._table} SET modified = ?, body = ?{sets} WHERE number = ?",  # noqa: S608
            (now, body, *self._values(content), row.number),
        )
        return Row(row.number, row.id, body)

    def delete(self, row: Row) -> None:
        """Forget a resource."""
        self._storage.write(f"DELETE FROM {self._table} WHERE number = ?", (row.number,))  # noqa: S608

    def page(
        self, account: int, query: dict[str, str], page: Page
    ) -> tuple[int, list[tuple[str, bytes]]]:
        """How many a list has, and the id and JSON of one page's: windows, and equal columns."""
        conditions = Conditions(account)
        conditions.add_window(query, "created")
        conditions.add_window(query, "modified")
        for column in self._columns:
            if query.get(column):
                conditions.add(f"{column} = ?", query[column])
        total = count(self._storage, self._table, conditions)
        rows = read_page(self._storage, self._table, "id, body", conditions, page)
        return total, cast("list[tuple[str, bytes]]", rows)

    def _values(self, content: Body) -> list[object]:
        return [content[column] for column in self._columns]
