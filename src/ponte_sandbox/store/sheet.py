"""A merchant's product file (CSV) read line by line, each with what it asks for or what is wrong.

People save these files from spreadsheets of every kind: UTF-8 or Latin-1, `;` or `,`, comma or
point in amounts. Whatever stands in a cell is text: a formula is never reckoned, HTML never shown.
An empty cell leaves the product as it is, `-` empties what may be empty.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ponte_sandbox.store import typed
from ponte_sandbox.store.shelf import fold
from ponte_sandbox.store.typed import Mistake
from ponte_ui.language import _

# Lines of a file; 20 MB of shortest lines would be millions.
MOST_LINES = 200_000
# What is written to empty a cell's field.
EMPTY = "-"

Read = Callable[[str], Any]


class Problem(NamedTuple):
    """What is wrong with a line."""

    line: int
    column: str
    value: str
    reason: str


class Line(NamedTuple):
    """A line that can be read."""

    number: int
    sku: str
    # The product whose variation it is; empty for a product of its own.
    parent: str
    # What it sets, in the words of `ProductEdit`.
    given: dict[str, Any]


class BadFile(Exception):
    """The file as a whole cannot be read; the text says why and what would do."""


def _flag(text: str) -> bool:
    word = fold(text)
    if word in ("sim", "s", "1", "true", "verdadeiro", "yes"):
        return True
    if word in ("nao", "n", "0", "false", "falso", "no"):
        return False
    raise Mistake(_("Escreva sim ou não."))


def _short(text: str) -> str:
    if len(text) > 500:
        raise Mistake(_("O texto é longo demais."))
    return text


def _categories(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()][: typed.MOST_CATEGORIES]


def _photos(text: str) -> list[dict[str, Any]]:
    addresses = [part.strip() for part in text.split("|") if part.strip()]
    if len(addresses) > typed.MOST_PHOTOS:
        raise Mistake(_("São fotos demais."))
    return [{"url": typed.read_photo(one), "position": n} for n, one in enumerate(addresses)]


def _attributes(text: str) -> list[dict[str, str]]:
    pairs = [part.partition("=") for part in text.split("|") if part.strip()]
    if any(not label.strip() or not value.strip() for label, _sign, value in pairs):
        raise Mistake(_("Escreva atributos como Cor=Azul|Tamanho=M."))
    return [
        {
            "code": typed.code_of(_short(label)),
            "label": label.strip(),
            "value_code": typed.code_of(_short(value)),
            "value": value.strip(),
        }
        for label, _sign, value in pairs
    ]


# Column, the edit's field, and how a cell is read.
_COLUMNS: dict[str, tuple[str, Read]] = {
    "nome": ("name", typed.read_name),
    "preco": ("price", typed.read_money),
    "preco_promocional": ("special_price", typed.read_money),
    "estoque": ("stock", typed.read_whole),
    "ean": ("ean", typed.read_ean),
    "ncm": ("ncm", typed.read_ncm),
    "marca": ("brand", _short),
    "descricao": ("description", str),
    "peso_kg": ("weight", typed.read_measure),
    "comprimento_cm": ("length_cm", typed.read_measure),
    "largura_cm": ("width_cm", typed.read_measure),
    "altura_cm": ("height_cm", typed.read_measure),
    "categorias": ("categories", _categories),
    "fotos": ("photos", _photos),
    "publicado": ("published", _flag),
    "atributos": ("attributes", _attributes),
}
COLUMNS = ("sku", *list(_COLUMNS)[:-1], "sku_pai", "atributos")
_MEASURES = ("weight", "length_cm", "width_cm", "height_cm")
# What `-` empties, and to what.
_EMPTIED: dict[str, Any] = {
    "special_price": None, "ean": None, "ncm": None, "brand": None, "description": "",
    "categories": [], "photos": [], "attributes": [],
}  # fmt: skip

# The file to begin with: a simple product, and one with two variations.
EXAMPLE = (
    ("CAN-001", "Caneca de porcelana", "39,90", "34,90", "25", "7891000315507", "69111010",
     "Casa Boa", "Caneca de 300 ml.", "0,350", "12", "10", "11", "Casa > Cozinha",
     "https://exemplo.com.br/caneca.jpg", "sim", "", ""),
    ("CAM-100", "Camiseta básica", "", "", "", "", "61091000", "Malha Viva", "Algodão.", "0,200",
     "30", "25", "3", "Moda > Camisetas", "", "sim", "", ""),
    ("CAM-100-AZ-M", "Camiseta básica azul M", "59,90", "", "8", "", "", "", "", "", "", "", "", "",
     "", "", "CAM-100", "Cor=Azul|Tamanho=M"),
    ("CAM-100-AZ-G", "Camiseta básica azul G", "59,90", "", "5", "", "", "", "", "", "", "", "", "",
     "", "", "CAM-100", "Cor=Azul|Tamanho=G"),
)  # fmt: skip


def decode(raw: bytes) -> str:
    """The file's text: UTF-8, or what Windows calls Latin-1. Raises `BadFile`."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"PK\x03\x04")):
        raise BadFile(_("Isto não é um CSV. Na planilha, use “Salvar como” e escolha CSV."))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def read_lines(text: str) -> Iterator[Line | list[Problem]]:
    """Every line, readable or with its problems. Raises `BadFile`."""
    head, _end, _rest = text.partition("\n")
    delimiter = max(";,\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [_column(cell) for cell in next(rows, [])]
        _judge_columns(columns)
        for count, (first, row) in enumerate(_numbered(rows)):
            if count >= MOST_LINES:
                raise BadFile(_("O arquivo tem mais de %d linhas. Divida-o.") % MOST_LINES)
            if any(cell.strip() for cell in row):
                yield _read_line(first, columns, row)
    except csv.Error as error:
        reason = _("A partir da linha %d o arquivo não é um CSV que se possa ler (%s).")
        raise BadFile(reason % (rows.line_num, error)) from error


def _numbered(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line of the file on which it begins."""
    first = rows.line_num + 1
    for row in rows:
        yield first, row
        first = rows.line_num + 1


def _column(cell: str) -> str:
    return "_".join(fold(cell).split())


def _judge_columns(columns: list[str]) -> None:
    if "sku" not in columns:
        raise BadFile(
            _(
                "A primeira linha precisa ter os nomes das colunas, e uma delas é sku."
                " Baixe o modelo."
            )
        )
    unknown = [name for name in columns if name and name not in COLUMNS]
    if unknown:
        raise BadFile(_("Coluna desconhecida: %s. Baixe o modelo.") % unknown[0][:100])
    if len(set(columns)) < len(columns):
        raise BadFile(_("Uma coluna aparece duas vezes na primeira linha."))


def _read_line(number: int, columns: list[str], row: list[str]) -> Line | list[Problem]:
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if name}
    problems: list[Problem] = []
    if len(row) > len(columns):
        reason = _("A linha tem mais células do que colunas. Há um separador sem aspas?")
        problems.append(Problem(number, "", row[-1][:100], reason))
    given: dict[str, Any] = {}

    def read(column: str, cell: str, reader: Read) -> Any:
        try:
            return reader(cell)
        except Mistake as mistake:
            problems.append(Problem(number, column, cell[:100], str(mistake)))
            return None

    sku = read("sku", cells.pop("sku", ""), typed.read_sku)
    parent = cells.pop("sku_pai", "")
    for column, cell in cells.items():
        field, reader = _COLUMNS[column]
        if cell == EMPTY and field in _EMPTIED:
            given[field] = _EMPTIED[field]
        elif cell:
            given[field] = read(column, cell, reader)
    if parent and parent == sku:
        reason = _("Um produto não é variação de si mesmo.")
        problems.append(Problem(number, "sku_pai", parent[:100], reason))
    _gather_measures(number, given, problems)
    return problems or Line(number, sku, parent, given)


def _gather_measures(number: int, given: dict[str, Any], problems: list[Problem]) -> None:
    measures = {name: given.pop(name) for name in _MEASURES if name in given}
    if measures and len(measures) < len(_MEASURES):
        reason = _("Informe as quatro medidas, ou nenhuma.")
        problems.append(Problem(number, "peso_kg", "", reason))
    elif measures:
        given["dimensions"] = measures
