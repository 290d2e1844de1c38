"""Reading single values of JSON that others wrote: any value in, a typed value or None out.

Numbers arrive as numbers or strings, absent values as null, "" or missing, booleans as 0/1/"1"
(pluggto-api.md, end of *Orders*). Nothing here raises, whatever the value, because one odd field
must not cost a page of orders. Money never passes through a float: JSON numbers come as Decimal.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

CENT = Decimal("0.01")

# Far inside Decimal's 28 digits even with two places: an exponent like 1e999999 would cost memory
# when written out.
_LARGEST_NUMBER = Decimal(10**18)
# What is smaller than 1e-20 is nothing, and so is a zero with ever so many places.
_SMALLEST_PLACE = -20
# Holds every number between the two limits.
_WIDE = Context(prec=60)
# Ten billion reais, a billion pieces: above any of a shop's, so a larger one is a mistake; and they
# fit the ledger's columns.
_LARGEST_MONEY = Decimal(10**10)
_LARGEST_COUNT = 10**9
# Ids that are numbers (a channel's order number, an EAN) may be longer than any amount.
_LARGEST_ID = 10**40
_BIGINT = 2**63
# Values between these are seconds since 1970 (2001 to 2128), a thousand times that milliseconds.
_EPOCH_SECONDS = range(10**9, 5 * 10**9)

_PLAIN = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_COMMA_DECIMAL = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3}){1,3}|\d{1,18}),\d{0,20}", re.ASCII)
_COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){1,3}\.\d{0,20}", re.ASCII)
_DOT_GROUPS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,3}", re.ASCII)

# Where a time without zone was written (pluggto-api.md gives Brazilian offsets in its examples).
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def text(value: object) -> str | None:
    """The value as text without surrounding space; None for null, "", lists, objects, booleans.

    NUL characters are dropped: PostgreSQL cannot store them.
    """
    if isinstance(value, str):
        stripped = value.strip()
        if "\x00" in stripped:
            stripped = stripped.replace("\x00", "").strip()
        return stripped or None
    if type(value) is int:
        return str(value) if -_LARGEST_ID < value < _LARGEST_ID else None
    return None if value is None else plain_number(value)


def number(value: object) -> Decimal | None:
    """The value as an exact number; strings may use "." or "," ("1.234,56", "R$ 12,50")."""
    if isinstance(value, Decimal):
        if not value.is_finite() or not -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
            return None
        if value.adjusted() <= _SMALLEST_PLACE:
            return Decimal(0)
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent < _SMALLEST_PLACE:
            return value.quantize(Decimal((0, (1,), _SMALLEST_PLACE)), context=_WIDE)
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if -_LARGEST_NUMBER < value < _LARGEST_NUMBER else None
    if isinstance(value, str):
        return _spelled_number(value.strip())
    return None


def _spelled_number(spelled: str) -> Decimal | None:
    if _PLAIN.fullmatch(spelled):
        return Decimal(spelled)
    spelled = spelled.removeprefix("R$").strip()
    if _COMMA_DECIMAL.fullmatch(spelled):
        return Decimal(spelled.replace(".", "").replace(",", "."))
    if _COMMA_GROUPS.fullmatch(spelled):
        return Decimal(spelled.replace(",", ""))
    if _DOT_GROUPS.fullmatch(spelled):
        return Decimal(spelled.replace(".", ""))
    return Decimal(spelled) if _PLAIN.fullmatch(spelled) else None


def plain_number(value: object) -> str | None:
    """The number as its shortest text, so that "10", 10, 10.0 and "10.00" compare equal: "10"."""
    exact = None if value is None else number(value)
    if exact is None:
        return None
    if not exact:
        return "0"
    shortest = format(exact, "f")
    return shortest.rstrip("0").rstrip(".") if "." in shortest else shortest


def money(value: object) -> Decimal | None:
    """Reais with two places, rounded half up (an answer may say 19.900000000000002)."""
    exact = number(value)
    if exact is None or not -_LARGEST_MONEY < exact < _LARGEST_MONEY:
        return None
    # Adding 0 turns -0.00 into 0.00, which are equal but not written alike.
    return exact.quantize(CENT, ROUND_HALF_UP) + 0


def whole(value: object) -> int | None:
    """An integer of up to 64 bits, also as "5" or 5.0; None for 5.5."""
    if type(value) is int:
        return value if -_BIGINT <= value < _BIGINT else None
    exact = number(value)
    return int(exact) if exact is not None and exact == exact.to_integral_value() else None


def count(value: object) -> int | None:
    """A number of pieces, days or instalments; None beyond a billion either way."""
    pieces = whole(value)
    return pieces if pieces is not None and -_LARGEST_COUNT < pieces < _LARGEST_COUNT else None


def flag(value: object) -> bool | None:
    """A boolean, also as 0, 1, "0", "1", "true", "false"."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word in {"true", "yes"}:
            return True
        if word in {"false", "no"}:
            return False
    exact = number(value)
    return bool(exact) if exact is not None and exact in (0, 1) else None


def moment(value: object) -> datetime | None:
    """A time in UTC from ISO text (without zone: São Paulo's) or seconds or ms since 1970."""
    try:
        if isinstance(value, str):
            written = datetime.fromisoformat(value.strip())
            if written.tzinfo is None:
                written = written.replace(tzinfo=SAO_PAULO)
            return written.astimezone(UTC)
        epoch = whole(value)
        if epoch is None:
            return None
        if epoch in _EPOCH_SECONDS:
            return datetime.fromtimestamp(epoch, UTC)
        if epoch // 1000 in _EPOCH_SECONDS:
            return datetime.fromtimestamp(epoch // 1000, UTC) + timedelta(milliseconds=epoch % 1000)
    except (ValueError, OverflowError):  # not a time, or one before year 1 in UTC
        return None
    return None


def mapping(value: object) -> dict[str, object]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def members(value: object) -> list[object]:
    """The members of a list, also where it came as an object keyed by place ({"0": …}).

    JSON encoders of PHP write a list with a hole so; anything else has no members.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return []
