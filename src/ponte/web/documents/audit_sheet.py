"""The last audit as a sheet: a summary, and every difference in a row of its own.

Names and values come from a store and a hub, so all of them are written as text: `=HYPERLINK(…)`
must never become a formula in somebody's office. Rows go to the disk as they come; a hundred
thousand of them cost no memory.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from ponte.ledger.repairs import DriftRow
from ponte.services.audits import Figures
from ponte.web.audit_words import (
    counts,
    cut_note,
    field_name,
    how_measured,
    sentence,
    state_name,
    value_text,
)
from ponte_ui.language import _

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class AuditSheet:
    """A workbook in the making at `path`, of a run of which `kept` differences were kept; to be
    closed."""

    def __init__(self, path: Path, store_name: str, figures: Figures, kept: int) -> None:
        self._cut = cut_note(figures, kept)
        self._book = xlsxwriter.Workbook(str(path), _OPTIONS)
        self._bold = self._book.add_format({"bold": True})
        self._summarise(store_name, figures)
        self._drift = self._book.add_worksheet(_("Diferenças"))
        # Above the headings, where nobody misses it.
        self._row = 1 if self._cut else 0
        self._drift.freeze_panes(self._row + 1, 0)
        self._drift.set_column(0, 1, 20)
        self._drift.set_column(2, 2, 40)
        self._drift.set_column(3, 3, 24)
        self._drift.set_column(4, 5, 40)
        self._drift.set_column(6, 6, 18)
        headings = (
            _("Produto"),
            _("SKU"),
            _("Nome"),
            _("Campo"),
            _("Na loja"),
            _("No Plugg.to"),
            _("Situação"),
        )
        if self._cut:
            self._write(self._drift, 0, (self._cut,), self._bold)
        self._write(self._drift, self._row, headings, self._bold)

    def add(self, rows: Sequence[DriftRow]) -> None:
        """Further differences."""
        for each in rows:
            self._row += 1
            cells = (
                each.product_sku,
                each.sku,
                each.title,
                field_name(each.field),
                value_text(each.field, each.store_value),
                value_text(each.field, each.hub_value),
                state_name(each.state),
            )
            self._write(self._drift, self._row, cells)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _summarise(self, store_name: str, figures: Figures) -> None:
        sheet = self._book.add_worksheet(_("Resumo"))
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 18)
        wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        amount = self._book.add_format({"num_format": "#,##0"})
        self._write(sheet, 0, (_("Auditoria"),), self._bold)
        self._write(sheet, 1, (store_name,))
        self._write(sheet, 2, (sentence(figures),))
        for place, (name, count) in enumerate(counts(figures), start=4):
            sheet.write_string(place, 0, name)
            sheet.write_number(place, 1, count, amount)
        last = 5 + len(counts(figures))
        if self._cut:
            self._write(sheet, last, (self._cut,), self._bold)
            last += 2
        sheet.set_row(last, 120)
        self._write(sheet, last, (how_measured(),), wrapped)

    def _write(self, sheet: Any, row: int, cells: Sequence[str], kind: Any = None) -> None:
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text, kind)
