"""The last audit as a document to file away: on this day, so many of so many SKUs were equal.

The fonts that every reader of PDF has know Western letters only; names from stores hold anything.
What they cannot show stands there as a sign of its own, and the document says so.
"""

from collections.abc import Sequence

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from ponte.ledger.repairs import DriftRow, FieldCount
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
from ponte.web.documents import ROWS_IN_PDF
from ponte_ui.formats import number
from ponte_ui.language import _

# In the place of what the font cannot show.
REPLACED = "¤"
# What is typeset otherwise than typed has a plain sign that says the same.
_PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "•": "-",
        "\u00a0": " ",
    }
)
_LARGE, _NORMAL, _SMALL = 18, 11, 8
# Of a page of 190 mm: SKU, name, field, store, hub, state.
_WIDTHS = (28, 40, 28, 36, 36, 22)
_GREY = (110, 110, 110)


def audit_document(
    store_name: str,
    figures: Figures,
    fields: Sequence[FieldCount],
    rows: Sequence[DriftRow],
) -> bytes:
    """The PDF; `rows` are the first differences, at most `ROWS_IN_PDF` of them are told."""
    document = _Document(format="A4")
    document.set_title(printable(f"{_('Auditoria')} - {store_name}"))
    document.set_creator("Ponte")
    document.set_margin(10)
    document.set_auto_page_break(auto=True, margin=16)
    document.add_page()
    document.say(_("Auditoria"), _LARGE, bold=True)
    document.say(store_name, _NORMAL)
    document.ln(3)
    document.say(sentence(figures), 13, bold=True)
    document.ln(3)
    document.list_counts([(name, number(count)) for name, count in counts(figures)])
    document.ln(3)
    document.say(_("Como foi medido"), _NORMAL, bold=True)
    document.say(how_measured(), 9)
    if fields:
        document.ln(3)
        document.say(_("Diferenças por campo"), _NORMAL, bold=True)
        document.list_counts([(field_name(each.field), number(each.rows)) for each in fields])
    if rows:
        document.ln(3)
        document.say(_("Diferenças"), _NORMAL, bold=True)
        document.list_drift(rows[:ROWS_IN_PDF])
        kept = sum(each.rows for each in fields)
        if cut := cut_note(figures, kept):
            document.say(cut, 9, bold=True)
        if kept > ROWS_IN_PDF:
            rest = number(kept - ROWS_IN_PDF)
            document.say(_("E mais %(rest)s, que estão na planilha.") % {"rest": rest}, 9)
    if document.has_replaced:
        document.ln(2)
        words = _("%(sign)s está no lugar de um sinal que este documento não consegue mostrar.")
        document.say(words % {"sign": REPLACED}, _SMALL)
    return bytes(document.output())


def printable(text: str) -> str:
    """The text in the font's letters, on one line; what it does not know as `REPLACED`."""
    plain = " ".join(text.translate(_PLAIN).split())
    # Some bytes of the encoding are no letters but commands.
    shown = (
        each if each.isprintable() and each.encode("latin-1", "ignore") else REPLACED
        for each in plain
    )
    return "".join(shown)


class _Document(FPDF):
    has_replaced = False

    def footer(self) -> None:
        """The page's number, below each."""
        self.set_y(-12)
        self.set_font("Helvetica", size=_SMALL)
        self.set_text_color(*_GREY)
        self.cell(0, 6, f"{self.page_no()}", align="C")
        self.set_text_color(0)

    def say(self, text: str, size: int, *, bold: bool = False) -> None:
        """A paragraph."""
        self.set_font("Helvetica", style="B" if bold else "", size=size)
        self.multi_cell(
            0, size * 0.5, self._printed(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L"
        )

    def list_counts(self, counted: Sequence[tuple[str, str]]) -> None:
        """Names with their figures."""
        self.set_font("Helvetica", size=10)
        for name, count in counted:
            self.cell(90, 6, self._printed(name))
            self.cell(30, 6, self._printed(count), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def list_drift(self, rows: Sequence[DriftRow]) -> None:
        """The differences as a table, its heading on each page."""
        self.set_font("Helvetica", size=7)
        headings = FontFace(emphasis="BOLD", fill_color=(235, 235, 235))
        with self.table(col_widths=_WIDTHS, headings_style=headings, line_height=4) as table:
            for cells in (
                (_("SKU"), _("Nome"), _("Campo"), _("Na loja"), _("No Plugg.to"), _("Situação")),
                *(
                    (
                        each.sku,
                        each.title,
                        field_name(each.field),
                        value_text(each.field, each.store_value),
                        value_text(each.field, each.hub_value),
                        state_name(each.state),
                    )
                    for each in rows
                ),
            ):
                line = table.row()
                for cell in cells:
                    line.cell(self._printed(cell))

    def _printed(self, text: str) -> str:
        shown = printable(text)
        self.has_replaced = self.has_replaced or (REPLACED in shown and REPLACED not in text)
        return shown
