"""The hub's ids and times.

Ids have 24 hexadecimal characters [D]: eight of the second, five drawn once per process, one that
tells kinds apart (products, orders, members of lists, …), ten of a number. But for members that
number is the row, so an id finds its row without an index; whether it really is that row's id is
checked by the caller. Times are UTC, in milliseconds, ISO with `Z`; `later_than` keeps an account's
orders in a strict order even when several change in a millisecond, because clients ask for
"everything modified since".
"""

import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_ID = re.compile(r"^[0-9a-f]{24}$")
_NUMBER_DIGITS = 10
# Whose days people mean.
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
_PRODUCT, _ORDER, _MEMBER, _MESSAGE, _PLACE, _LABEL = "a", "b", "c", "d", "e", "f"


class Ids:
    """Hands out ids. One per process."""

    def __init__(self) -> None:
        self._salt = secrets.token_hex(3)[1:]
        # Members of lists get ids too; their counter begins anew with each start and salt.
        self._members = 0
        self._member_prefix = f"{int(time.time()):08x}{self._salt}{_MEMBER}"

    def of_product(self, number: int) -> str:
        """The id of a new product's row."""
        return self._id(_PRODUCT, number)

    def of_order(self, number: int) -> str:
        """The id of a new order's row."""
        return self._id(_ORDER, number)

    def of_message(self, number: int) -> str:
        """The id of a new message's row."""
        return self._id(_MESSAGE, number)

    def of_place(self, number: int) -> str:
        """The id of a new stock location's row."""
        return self._id(_PLACE, number)

    def of_label(self, number: int) -> str:
        """The id of a new shipping label's row."""
        return self._id(_LABEL, number)

    def of_member(self) -> str:
        """The id of a new member of a list (photo, category, shipment, …)."""
        self._members += 1
        return f"{self._member_prefix}{self._members:0{_NUMBER_DIGITS}x}"

    def _id(self, kind: str, number: int) -> str:
        return f"{int(time.time()):08x}{self._salt}{kind}{number:0{_NUMBER_DIGITS}x}"


def row_of(identifier: str) -> int | None:
    """The row number inside an id, or None when it is no id at all."""
    return int(identifier[-_NUMBER_DIGITS:], 16) if _ID.match(identifier) else None


def iso(moment: datetime) -> str:
    """A time as the hub writes it: `2024-07-05T14:25:31.123Z`. Sorts like the time itself."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@lru_cache(maxsize=4)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def now_iso() -> str:
    """The present, as `iso`; cheap enough to be called thousands of times a second."""
    second, rest = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{_written(second)}.{rest:03d}Z"


def later_than(last: str) -> str:
    """The present, or the millisecond after `last` when that is not earlier."""
    now = now_iso()
    if now > last:
        return now
    return iso(datetime.fromisoformat(last) + timedelta(milliseconds=1))


def local_day(moment: str) -> str:
    """The day a time (ISO with an offset) belongs to in São Paulo: `2024-07-05`."""
    try:
        return datetime.fromisoformat(moment).astimezone(SAO_PAULO).date().isoformat()
    except (ValueError, OverflowError):
        # Before the year 1000, which is written shorter, or in the last hours there are.
        return moment[:10]
