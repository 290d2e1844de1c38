"""The barcode of an invoice says what the key says: read back here as a scanner would."""

import itertools

import pytest

from ponte_sandbox.store.barcode import _WIDTHS, bars

KEY = "35261140000001000150550010000000011212345695"
STARTS = {103: "A", 104: "B", 105: "C"}


def scan(text: str) -> str:
    """The text in the bars: widths, values, check, and what the values mean."""
    drawn, width = bars(text)
    spaces = [b[0] - (a[0] + a[1]) for a, b in itertools.pairwise(drawn)]
    runs = [run for pair in zip([w for _, w in drawn], [*spaces, 0], strict=True) for run in pair]
    assert drawn[0][0] == width - (drawn[-1][0] + drawn[-1][1]) >= 10
    assert runs[-8:-1] == [2, 3, 3, 1, 1, 1, 2]
    signs = ["".join(map(str, runs[at : at + 6])) for at in range(0, len(runs) - 8, 6)]
    table = [_WIDTHS[at : at + 6] for at in range(0, len(_WIDTHS), 6)]
    start, *values, check = [table.index(sign) for sign in signs]
    assert check == (start + sum(n * v for n, v in enumerate(values, start=1))) % 103
    if STARTS[start] == "C":
        return "".join(f"{value:02d}" for value in values)
    return "".join(chr(value + 32) for value in values)


@pytest.mark.parametrize("text", [KEY, KEY.replace("4000", "A0B9"), "123", "00", "aZ ~!"])
def test_what_is_drawn_is_what_is_read(text: str) -> None:
    assert scan(text) == text


def test_digits_are_drawn_two_by_two() -> None:
    assert bars(KEY)[1] == 20 + 11 * (1 + 22 + 1) + 13


def test_every_sign_is_eleven_modules_and_no_two_are_alike() -> None:
    table = [_WIDTHS[at : at + 6] for at in range(0, len(_WIDTHS), 6)]
    assert len(set(table)) == len(table) == 106
    for sign in table:
        assert sum(map(int, sign)) == 11
        assert sum(map(int, sign[::2])) % 2 == 0


@pytest.mark.parametrize("text", ["ção", "a\n", "\x00"])
def test_what_cannot_be_drawn_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        bars(text)
