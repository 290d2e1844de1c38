"""The hub's lists: what is asked for in the query, and the page that is answered.

Two ways of paging are in use by clients [C]: `page=2`, and `next=<id of the last item>`. The second
is stable while rows come and go; it continues after the last item in the order asked for. Windows
include both ends; whose days they are, and what a list begins with, is assumed [A].
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec

from ponte_sandbox.common.asgi import Answer
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.stamps import iso, row_of
from ponte_sandbox.hub.wire import encode_json, invalid

# The largest page a list gives [C].
MAX_LIMIT = 100
# Beyond any list's length; keeps the product with the limit within a 64-bit offset.
_MAX_PAGE = 10_000_000
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
# What lists can be sorted by; the rows have both.
_SORTS = ("created", "modified")
# Brazil has had no summer time since 2019.
_BRASILIA = timezone(timedelta(hours=-3))


class Page(msgspec.Struct, frozen=True):
    """Which part of a list: by number, or after an id; in which order; and whose days count."""

    limit: int
    offset: int
    after: str
    column: str
    down: bool
    zone: timezone = UTC


class Conditions:
    """A WHERE clause being put together; every value is bound, never written into it."""

    def __init__(self, account: int, zone: timezone = UTC) -> None:
        self._zone = zone
        self.clauses = ["account = ?"]
        self.values: list[object] = [account]

    def add(self, clause: str, *values: object) -> None:
        """One more condition."""
        self.clauses.append(clause)
        self.values += values

    def add_window(self, query: dict[str, str], column: str) -> None:
        """`created=AtoB`, when asked for."""
        window = window_of(query, column, self._zone)
        if window is not None:
            self.add(f"{column} >= ? AND {column} < ?", *window)

    @property
    def where(self) -> str:
        """The clause."""
        return " AND ".join(self.clauses)


def count(storage: Storage, table: str, conditions: Conditions) -> int:
    """How many rows of a table fulfil the conditions."""
    sql = f"SELECT count(*) FROM {table} WHERE {conditions.where}"  # noqa: S608
    total: int = storage.read(sql, conditions.values)[0][0]
    return total


def read_page(
    storage: Storage, table: str, columns: str, conditions: Conditions, page: Page
) -> list[tuple[object, ...]]:
    """The columns of one page's rows. Raises `Refusal` 400 when `next` is no item of the list."""
    clauses, values = list(conditions.clauses), list(conditions.values)
    offset = page.offset
    if page.after:
        last = storage.read_one(
            f"SELECT {page.column}, number FROM {table}"  # noqa: S608
            " WHERE number = ? AND account = ? AND id = ?",
            (row_of(page.after), conditions.values[0], page.after),
        )
        beyond = "<" if page.down else ">"
        number = row_of(page.after)
        if last is not None:
            clauses.append(f"({page.column}, number) {beyond} (?, ?)")
            values += last
        elif number and table == "product" and page.column == "created":
            # It was deleted meanwhile; products stand in the order of their rows.
            clauses.append(f"number {beyond} ?")
            values.append(number)
        else:
            raise invalid("next is the id of the last item received")
        offset = 0
    way = "DESC" if page.down else "ASC"
    return storage.read(
        f"SELECT {columns} FROM {table} WHERE {' AND '.join(clauses)}"  # noqa: S608
        f" ORDER BY {page.column} {way}, number {way} LIMIT ? OFFSET ?",
        [*values, page.limit, offset],
    )


def listed(
    assumptions: Assumptions, name: str, page: Page, total: int, bodies: Iterable[tuple[str, bytes]]
) -> Answer:
    """A list [C]: `{"total", "showing", "limit", "next", "result": [{"Product": {…}}, …]}`."""
    key = name.encode()
    items = list(bodies)
    result = [b'{"%s":%s}' % (key, body) for _, body in items]
    head: dict[str, object] = {"limit": page.limit}
    if assumptions["list_totals"] == "present":
        head = {"total": total, "showing": len(result), **head}
    # A full page may have a successor; a short one is the last.
    goes_on = len(items) == page.limit or assumptions["list_next"] == "always"
    head["next"] = items[-1][0] if items and goes_on else None
    return Answer(encode_json(head)[:-1] + b',"result":[' + b",".join(result) + b"]}")


def page_of(query: dict[str, str], assumptions: Assumptions | None = None) -> Page:
    """`limit` (at most 100), `page=2` or `next=<id>`, `sort=-created`, `order=desc` [C].

    Without `assumptions` a list that is not told otherwise begins with the oldest, and days are
    UTC's. Raises `Refusal` 400 for what cannot be read.
    """
    limit = _whole(query, "limit", MAX_LIMIT, MAX_LIMIT)
    number = _whole(query, "page", 1, _MAX_PAGE)
    column, down = _order_of(query)
    zone: timezone = UTC
    if assumptions is not None:
        if not query.get("sort") and not query.get("order"):
            down = assumptions["list_order"] == "newest"
        if assumptions["window_days"] == "brasilia":
            zone = _BRASILIA
    return Page(limit, (number - 1) * limit, query.get("next", ""), column, down, zone)


def _whole(query: dict[str, str], name: str, default: int, largest: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) < 1:
        raise invalid(f"{name} is a number from 1, not {text[:40]!r}")
    return min(int(text), largest)


def window_of(query: dict[str, str], name: str, zone: timezone = UTC) -> tuple[str, str] | None:
    """`created=AtoB` as [from, until) in the hub's time format, or None when not asked for.

    A and B are a day or an ISO time; one day alone is that day [C]. Days, and times that do not
    say, are the `zone`'s; the last day is included whole, the last time to its millisecond [A].
    """
    text = query.get(name, "")
    if not text:
        return None
    begin, separator, end = text.partition("to")
    first, _ = _span(name, begin, zone)
    _, last = _span(name, end if separator else begin, zone)
    return first, last


def _span(name: str, text: str, zone: timezone) -> tuple[str, str]:
    try:
        if len(text) == len("2024-07-01"):
            day = date.fromisoformat(text)
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            return iso(midnight), _after(midnight, timedelta(days=1))
        # A `+` of an offset that was not percent-encoded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        return iso(moment), _after(moment, timedelta(milliseconds=1))
    except (ValueError, OverflowError) as error:
        raise invalid(f"{name} takes days or ISO times, not {text[:40]!r}") from error


def _after(moment: datetime, later: timedelta) -> str:
    """Clients ask for "until the end of time" by its last day."""
    return iso(moment + later if moment < _LAST_MOMENT - later else _LAST_MOMENT)


def _order_of(query: dict[str, str]) -> tuple[str, bool]:
    sort = query.get("sort", "")
    column = sort.removeprefix("-") or "created"
    if column not in _SORTS:
        raise invalid(f"sort is one of {', '.join(_SORTS)}, not {sort[:40]!r}")
    direction = query.get("order", "").lower()
    if direction not in ("", "asc", "desc"):
        raise invalid(f"order is asc or desc, not {direction[:40]!r}")
    return column, sort.startswith("-") or direction == "desc"
