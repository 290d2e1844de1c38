"""A page of a list: read with one row more than it shows, which tells whether there is another."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

Row = TypeVar("Row")


class Cut(Struct, Generic[Row], frozen=True):
    """The rows of a page, and whether the list has any on both sides of it."""

    rows: list[Row]
    has_before: bool
    has_behind: bool


def cut(found: Sequence[Row], count: int, *, goes_on: bool, backwards: bool) -> Cut[Row]:
    """Of up to `count` + 1 rows, in the list's order, a page of `count`: read from the beginning,
    or behind a place (`goes_on`), or `backwards` from one. Nothing is around an empty page."""
    is_full = len(found) > count
    if not found:
        return Cut([], has_before=False, has_behind=False)
    if backwards:
        return Cut(list(found[-count:]), has_before=is_full, has_behind=True)
    return Cut(list(found[:count]), has_before=goes_on, has_behind=is_full)
