"""The audit's document and sheet: the sentence, the figures, and what a store may call things."""

import io
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import openpyxl
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ponte.domain.comparison import Field
from ponte.ledger.repairs import DriftRow, FieldCount
from ponte.services.audits import Figures
from ponte.web.audit_words import FIELD_NAMES, sentence
from ponte.web.documents.audit_document import REPLACED, audit_document, printable
from ponte.web.documents.audit_sheet import AuditSheet

ENDED = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
EQUAL = Figures(
    audit_id=1, asked_at=ENDED, started_at=ENDED, ended_at=ENDED, outcome="complete", failure=None,
    by_plan=False, asked_by="Olga", compared=48213, equal=48213, different=0, missing=0, moving=0,
    products_different=0, only_in_hub=0, differences=0,
)  # fmt: skip
SENTENCE = "Em 26/11/2026 às 14:30, 48.213 de 48.213 SKUs estavam iguais."
NASTY = [
    '=HYPERLINK("http://mal.example","clique")',
    "+55 11 99999-0000",
    "@SUM(A1)",
    "Camiseta 🎽 日本語 – “azul” \u202e",
    "x" * 300,
    "\x01\x1f controle",
    "<b>&amp;</b>",
    "0001",
]


def drift_row(name: str = "Camisa", field: str = Field.NAME) -> DriftRow:
    return DriftRow("CAM-1", name[:200], field, 0, "77", name, name, "outro", False, "open")


def sheet_of(
    path: Path, rows: list[DriftRow], store_name: str = "Loja", figures: Figures = EQUAL
) -> openpyxl.Workbook:
    sheet = AuditSheet(path / "a.xlsx", store_name, figures, kept=len(rows))
    sheet.add(rows)
    sheet.close()
    return openpyxl.load_workbook(path / "a.xlsx")


def text_of(document: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return " ".join("\n".join(page.extract_text() for page in pages).split())


def test_the_sentence_says_the_day_the_time_and_the_figures() -> None:
    assert sentence(EQUAL) == SENTENCE
    one = msgspec.structs.replace(EQUAL, compared=1, equal=0)
    assert sentence(one) == "Em 26/11/2026 às 14:30, 0 de 1 SKU estava igual."


def test_every_field_has_a_name() -> None:
    assert set(FIELD_NAMES) == set(Field)


def test_the_document_says_whose_and_what() -> None:
    text = text_of(audit_document("Loja Aurora", EQUAL, [], []))
    assert "Loja Aurora" in text
    assert SENTENCE in text
    assert "Como foi medido" in text


def test_the_document_tells_the_first_differences_and_how_many_more() -> None:
    figures = msgspec.structs.replace(EQUAL, differences=250, equal=40000)
    rows = [drift_row(f"Produto {number}") for number in range(250)]
    text = text_of(audit_document("Loja", figures, [FieldCount("name", 250, 250)], rows))
    assert "Produto 199" in text
    assert "Produto 200" not in text
    assert "E mais 50, que estão na planilha." in text


def test_what_was_cut_is_said_with_the_total(tmp_path: Path) -> None:
    figures = msgspec.structs.replace(EQUAL, differences=61_234, equal=40_000)
    said = "Só as primeiras 300 de 61.234 diferenças foram guardadas."
    rows = [drift_row(f"Produto {number}") for number in range(300)]
    text = text_of(audit_document("Loja", figures, [FieldCount("name", 300, 300)], rows))
    assert said in text
    assert "E mais 100, que estão na planilha." in text
    book = sheet_of(tmp_path, rows, figures=figures)
    lines = list(book["Diferenças"].iter_rows(values_only=True))
    assert (lines[0][0], lines[1][0], lines[2][2]) == (said, "Produto", "Produto 0")
    assert len(lines) == 302
    assert said in [cell.value for cell in book["Resumo"]["A"]]
    # Of a run that was kept whole nothing is said.
    whole = sheet_of(tmp_path, rows, figures=msgspec.structs.replace(figures, differences=300))
    assert whole["Diferenças"]["A1"].value == "Produto"


@pytest.mark.parametrize("name", NASTY)
def test_the_document_takes_whatever_a_store_calls_things(name: str) -> None:
    document = audit_document(name, EQUAL, [], [drift_row(name)])
    assert SENTENCE in text_of(document)


def test_what_the_document_cannot_show_is_seen() -> None:
    assert printable("Tênis – “azul” 日") == f'Tênis - "azul" {REPLACED}'
    text = text_of(audit_document("日本", EQUAL, [], []))
    assert f"{REPLACED}{REPLACED}" in text
    assert "está no lugar de um sinal" in text


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_no_name_breaks_the_document(name: str) -> None:
    assert audit_document(name, EQUAL, [], [drift_row(name)]).startswith(b"%PDF")


def test_the_sheet_has_a_summary_and_a_row_for_each_difference(tmp_path: Path) -> None:
    book = sheet_of(tmp_path, [drift_row(), drift_row("Tênis", Field.AVAILABLE)], "Loja Aurora")
    assert book.sheetnames == ["Resumo", "Diferenças"]
    summary = [cell.value for cell in book["Resumo"]["A"]]
    assert "Loja Aurora" in summary
    assert SENTENCE in summary
    assert book["Resumo"]["B5"].value == 48213
    rows = list(book["Diferenças"].iter_rows(values_only=True))
    assert rows[1] == ("CAM-1", "Camisa", "Camisa", "Nome", "Camisa", "outro", "A reparar")
    assert rows[2][3:6] == ("À venda", "não", "não")


@pytest.mark.parametrize("name", [each for each in NASTY if "\x01" not in each])
def test_in_the_sheet_a_name_stays_a_text(name: str, tmp_path: Path) -> None:
    book = sheet_of(tmp_path, [drift_row(name)], name)
    cell = book["Diferenças"]["C2"]
    assert (cell.value, cell.data_type) == (name, "s")
    assert cell.hyperlink is None


def test_control_characters_do_not_break_the_sheet(tmp_path: Path) -> None:
    sheet_of(tmp_path, [drift_row("\x01\x1f controle")])
