"""Reads the entries of a form one by one and gathers what is wrong with them, each at its field.

A page shows all problems at once with what was typed, so nothing here raises: an entry that cannot
be used leaves its problem in `problems`, and its value is the lowest allowed one.
"""

import re
from decimal import Decimal

from litestar.exceptions import NotFoundException

from ponte_ui.forms import Form
from ponte_ui.language import _

# A number of this many signs is more than anybody means.
_LONGEST_NUMBER = 24
_WHOLE = re.compile(r"^[+-]?[0-9]{1,18}$")
_DECIMAL = re.compile(r"^[0-9]{1,12}(\.[0-9]{1,6})?$")


def row_number(number: int) -> int:
    """A number out of a path, if a row can have it; 404 beyond."""
    if abs(number) >= 2**63:
        raise NotFoundException
    return number


class Entries:
    """The entries of one form that was sent."""

    def __init__(self, form: Form) -> None:
        self.form = form
        # By field, in words for the person who filled it in.
        self.problems: dict[str, str] = {}

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        text = self.form.text(name)
        if _WHOLE.match(text) and low <= int(text) <= high:
            return int(text)
        self.problems[name] = _("Digite um número inteiro de %(low)s a %(high)s.") % {
            "low": low,
            "high": high,
        }
        return low

    def whole_or_none(self, name: str, low: int, high: int) -> int | None:
        """A whole number, or nothing when the field is empty."""
        return self.whole(name, low, high) if self.form.text(name) else None

    def decimal(self, name: str, low: int, high: int) -> Decimal:
        """A number from `low` to `high`; nothing is zero. Comma and point are decimal signs."""
        text = self.form.text(name).replace(" ", "")
        if not text:
            return Decimal(max(low, 0))
        number = _decimal(text)
        if number is not None and low <= number <= high:
            return number
        self.problems[name] = _("Digite um número de %(low)s a %(high)s.") % {
            "low": low,
            "high": high,
        }
        return Decimal(low)

    def cents(self, name: str, most: int) -> int:
        """An amount of money as a person writes it (1.234,50 or 1234.5), in cents."""
        number = _decimal(self.form.text(name).removeprefix("R$").strip())
        if number is not None and number * 100 <= most and number * 100 == int(number * 100):
            return int(number * 100)
        self.problems[name] = _("Digite um valor em reais, como 49,90.")
        return 0


def _decimal(text: str) -> Decimal | None:
    if len(text) > _LONGEST_NUMBER:
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    return Decimal(text) if _DECIMAL.match(text) else None
