"""Checks of single values as callers send them: lenient in form, strict in meaning.

Clients of this hub are many and old: numbers come as texts, flags as booleans, codes as numbers
(pluggto-api.md: "Numbers arrive as numbers or as strings"). What is kept has one form per kind,
so that everything that reads it later need not guess. Each check takes the value and the place it
stands at, and returns the value kept or raises `Refusal` 400.

A family's call holds seventy values or so, and each passes here. Hence the common forms are looked
for first, by exact type, and `isinstance` gets tuples: `int | str` is built anew at each check,
which doubles its time.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ponte_sandbox.hub.wire import invalid

Check = Callable[[Any, str], Any]

_CENT = Decimal("0.01")
# Control characters, and the mark that stands for bytes that were no UTF-8.
_BROKEN = re.compile("[\x00-\x1f\x7f\ufffd]")
# No price, stock or number of days in a shop is larger; a text of more digits is a mistake.
_LARGEST = 10**10
# Comparing decimals with decimals is twice as fast as with whole numbers.
_ZERO, _BEYOND = Decimal(0), Decimal(_LARGEST)
# Longer than any SKU in use; a longer one is a broken export (issue 4: "with a reason").
MAX_SKU = 255


def text(value: Any, place: str) -> str | None:
    """A text; numbers are taken as their digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return str(value)
    raise invalid(f"{place} is a text")


def identifier(value: Any, place: str) -> str | None:
    """The id of something that is there, or nothing: null and an empty text find nothing."""
    if value is None or isinstance(value, str):
        return value or None
    raise invalid(f"{place} is a text")


def sku(value: Any, place: str) -> str:
    """A SKU: not empty, not endless, without control characters or broken encoding."""
    written = text(value, place)
    if not written or not written.strip():
        raise invalid(f"{place} is empty")
    if len(written) > MAX_SKU:
        raise invalid(f"{place} is longer than {MAX_SKU} characters")
    if _BROKEN.search(written):
        raise invalid(f"{place} has control characters or a broken encoding")
    return written


def decimal(value: Any, place: str) -> Decimal | None:
    """A number of any precision, not negative; an empty text is none."""
    if type(value) is Decimal:
        number = value
    else:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise invalid(f"{place} is a number")
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise invalid(f"{place} is a number") from error
    if not number.is_finite():
        raise invalid(f"{place} is a number")
    if not _ZERO <= number < _BEYOND:
        raise invalid(f"{place} is a number from 0 to {_LARGEST}")
    return number


def money(value: Any, place: str) -> Decimal | None:
    """An amount, rounded half up to two places."""
    number = decimal(value, place)
    return None if number is None else number.quantize(_CENT, ROUND_HALF_UP)


def whole(value: Any, place: str) -> int | None:
    """A whole number, not negative."""
    # Nearly every one comes as one; `type` because a flag is an int, too.
    if type(value) is int and 0 <= value < _LARGEST:
        return value
    number = decimal(value, place)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise invalid(f"{place} is a whole number")
    return int(number)


def flag(value: Any, place: str) -> int | None:
    """0 or 1; in a form a flag is a word."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return int(value.lower() == "true")
    number = whole(value, place)
    if number not in (None, 0, 1):
        raise invalid(f"{place} is 0 or 1")
    return number


def one_of(*choices: str) -> Check:
    """A text out of a few."""

    def check(value: Any, place: str) -> Any:
        if value is not None and value not in choices:
            raise invalid(f"{place} is one of {', '.join(choices)}")
        return value

    return check


def members(value: Any, place: str) -> list[dict[str, Any]]:
    """A list of objects."""
    if not isinstance(value, list):
        raise invalid(f"{place} is a list of objects")
    for member in value:
        if not isinstance(member, dict):
            raise invalid(f"{place} is a list of objects")
    return value
