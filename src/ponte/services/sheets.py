"""Lists for people to download, as CSV and XLSX, without holding a list in memory.

A cell may carry what a stranger wrote, and spreadsheets run what begins with a sign for a formula:
in XLSX every cell is written as text, in CSV such a one gets an apostrophe in front (OWASP, "CSV
injection"). The sheet is written in a thread, some rows at a time, so that the pages go on.
"""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

# Excel in Brazil expects semicolons, and tells UTF-8 by this mark.
_BOM = "\ufeff"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What Excel takes in one cell, and in one sheet.
_LONGEST_CELL = 32_767
_MOST_ROWS = 1_048_576
_PIECE_BYTES = 64 * 1024
_WIDEST_COLUMN = 60

Row = Sequence[str]
Rows = AsyncIterator[Sequence[Row]]


async def as_csv(heading: Row, rows: Rows) -> AsyncIterator[bytes]:
    """The lines of a CSV file, as they come; `rows` gives some rows at a time."""
    yield _BOM.encode() + _csv_lines([heading])
    async for some in rows:
        yield _csv_lines(some)


def _csv_lines(rows: Sequence[Row]) -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return lines.getvalue().encode(errors="replace")


def _harmless(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA_SIGNS) else cell


async def as_xlsx(title: str, heading: Row, rows: Rows) -> AsyncIterator[bytes]:
    """The bytes of an XLSX file of one sheet; made in a temporary folder, which goes at the end."""
    with tempfile.TemporaryDirectory(prefix="ponte-sheet-") as folder:
        path = Path(folder) / "sheet.xlsx"
        workbook = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
        sheet = workbook.add_worksheet(title[:31])
        bold = workbook.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, cell in enumerate(heading):
            sheet.set_column(column, column, min(_WIDEST_COLUMN, max(12, len(cell) + 2)))
            sheet.write_string(0, column, cell, bold)
        place = 1
        async for some in rows:
            some = some[: _MOST_ROWS - place]
            await asyncio.to_thread(_write_rows, sheet, place, some)
            place += len(some)
        await asyncio.to_thread(workbook.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece


def _write_rows(sheet: Worksheet, place: int, rows: Sequence[Row]) -> None:
    for offset, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(place + offset, column, cell[:_LONGEST_CELL])
