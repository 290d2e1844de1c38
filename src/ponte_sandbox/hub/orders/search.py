"""Orders as a person looks for them: by status, channel, days, or by a number written on a note.

Everything goes by an index and none by an order's body. The danger is the count: with a hundred
thousand orders counting takes longer than showing, so it ends at `MOST`, and the page says so.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.lists import Conditions
from ponte_sandbox.hub.orders.archive import FIRST_ORDER_ID
from ponte_sandbox.hub.stamps import SAO_PAULO, iso, row_of

_SQL = named_queries(Path(__file__).with_name("search.sql"))
# Four hundred pages; nobody leafs further, and counting so many takes 2 ms.
MOST = 10_000
# Digits of the largest row number there can be.
_MOST_DIGITS = 18


class Wanted(NamedTuple):
    """What is looked for; what is empty does not narrow."""

    # A number, id, number at the channel, number in the store, or SKU, as it stands.
    text: str = ""
    status: str = ""
    # None: of any channel; "": of none.
    channel: str | None = None
    # Days of São Paulo's, both included.
    first: date | None = None
    last: date | None = None


class Row(NamedTuple):
    """An order in a list."""

    number: int
    id: str
    created: str
    status: str
    channel: str
    original_id: str | None
    cents: int
    external: str | None

    @property
    def order_id(self) -> int:
        """The hub's number of it."""
        return FIRST_ORDER_ID + self.number

    @property
    def amount(self) -> Decimal:
        """Its total, in reais."""
        return Decimal(self.cents) / 100


class Found(NamedTuple):
    """One page of what was found, and how much it is: `MOST` stands for at least so many."""

    total: int
    rows: list[Row]


def find_orders(storage: Storage, account: int, wanted: Wanted, limit: int, page: int) -> Found:
    """A page of an account's orders, newest first.

    Raises OverflowError for days at the end of all time.
    """
    source, names = _source(account, wanted.text)
    conditions = _conditions(account, wanted)
    where, values = conditions.where, [*names, *conditions.values]
    total = storage.read(_SQL["count"].format(source=source, where=where), [*values, MOST])[0][0]
    offset = min((page - 1) * limit, MOST)
    rows = storage.read(
        _SQL["page"].format(source=source, where=where),
        [*values, min(limit, MOST - offset), offset],
    )
    return Found(total, [Row._make(row) for row in rows])


def _source(account: int, text: str) -> tuple[str, list[object]]:
    """What is narrowed further: all orders, or those that are called by the text."""
    if not text:
        return "sale_index", []
    number = 0
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        number = int(text) - FIRST_ORDER_ID
    row = row_of(text.lower()) or 0
    names = (account, text, account, text, account, text, row, text.lower(), number)
    return _SQL["named"], list(names)


def _conditions(account: int, wanted: Wanted) -> Conditions:
    conditions = Conditions(account)
    if wanted.status:
        conditions.add("status = ?", wanted.status)
    if wanted.channel is not None:
        conditions.add("channel = ?", wanted.channel)
    if wanted.first:
        conditions.add("created >= ?", _midnight(wanted.first))
    if wanted.last:
        conditions.add("created < ?", _midnight(wanted.last + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> str:
    """A day's beginning in São Paulo, as the hub writes times."""
    return iso(datetime.combine(day, time(), SAO_PAULO).astimezone(UTC))
