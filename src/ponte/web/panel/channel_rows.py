"""The rows of the rules' form in which a merchant names channels: code, percentage and name.

A row is three fields with its place in their names, so that what somebody typed is shown again
where they typed it, and a fault stands at its field.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from ponte.domain.rules import (
    LEAST_PERCENT,
    LONGEST_TABLE_CODE,
    LONGEST_TABLE_LABEL,
    MOST_PERCENT,
    MOST_PRICE_TABLES,
    PriceTableRule,
)
from ponte_ui.formats import number
from ponte_ui.forms import Form
from ponte_ui.language import _

CODE, PERCENT, LABEL = "price_table_code_", "price_table_percent_", "price_table_label_"
# What is longer is no code and no name; the rest is only for being shown again.
_LONGEST_TYPED = 1_000
# Empty rows beside those in use.
_SPARE_ROWS = 2


def has_rows(form: Form) -> bool:
    """Whether the form has such rows, be they all empty."""
    return form.has(f"{CODE}0")


def read_rows(
    form: Form, read_number: Callable[[str], Decimal | None]
) -> tuple[tuple[PriceTableRule, ...], dict[str, str]]:
    """The channels of the rows that say something, and what is wrong, by field. `read_number` is
    how the form reads a number."""
    tables: list[PriceTableRule] = []
    problems: dict[str, str] = {}
    for row in range(MOST_PRICE_TABLES):
        code, percent, label = (
            form.text(f"{name}{row}", _LONGEST_TYPED) for name in (CODE, PERCENT, LABEL)
        )
        if not (code or percent or label):
            continue
        amount = read_number(percent)
        wrong = dict(_faults(row, code, amount, label))
        if not wrong and amount is not None:
            try:
                tables.append(PriceTableRule(code, label or code, amount))
            except ValueError:
                wrong[f"{PERCENT}{row}"] = _("Use no máximo duas casas depois da vírgula.")
        problems |= wrong
    return tuple(tables), problems


def _faults(row: int, code: str, amount: Decimal | None, label: str) -> Iterator[tuple[str, str]]:
    if not 0 < len(code) <= LONGEST_TABLE_CODE or not code.isprintable():
        said = _("Informe o código da tabela de preços, com até %(most)s caracteres.")
        yield f"{CODE}{row}", said % {"most": LONGEST_TABLE_CODE}
    if amount is None or not LEAST_PERCENT <= amount <= MOST_PERCENT:
        bounds = {"least": number(LEAST_PERCENT), "most": number(MOST_PERCENT)}
        yield f"{PERCENT}{row}", _("Informe um valor entre %(least)s e %(most)s.") % bounds
    if len(label) > LONGEST_TABLE_LABEL or not label.isprintable():
        said = _("Use no máximo %(most)s caracteres.")
        yield f"{LABEL}{row}", said % {"most": LONGEST_TABLE_LABEL}


def row_values(
    tables: tuple[PriceTableRule, ...], written: Callable[[Decimal], str]
) -> dict[str, str]:
    """The channels as the rows show them; a name that only repeats the code is left out."""
    values = {}
    for row, table in enumerate(tables):
        values[f"{CODE}{row}"] = table.code
        values[f"{PERCENT}{row}"] = written(table.percent)
        values[f"{LABEL}{row}"] = "" if table.label == table.code else table.label
    return values


def rows_to_show(values: dict[str, str]) -> int:
    """How many rows the page shows at once; further ones are folded away."""
    used = [
        row
        for row in range(MOST_PRICE_TABLES)
        if any(values.get(f"{name}{row}") for name in (CODE, PERCENT, LABEL))
    ]
    return min(MOST_PRICE_TABLES, max(used, default=-1) + 1 + _SPARE_ROWS)
