"""A file of products does what its preview said, line by line, and nothing by accident."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.importing import Import, Outcome
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.sheet import COLUMNS, EXAMPLE, BadFile, decode, read_lines
from ponte_sandbox.store.wire import Product

SHOP = 1


@pytest.fixture
def products(tmp_path: Path) -> Iterator[Products]:
    schema = files("ponte_sandbox.store").joinpath("schema.sql").read_text(encoding="utf-8")
    storage = Storage(tmp_path / "store.sqlite", schema)
    yield Products(storage, Address("http://127.0.0.1:1"), lambda shop: None)
    storage.close()


def run(products: Products, text: str, *, write: bool) -> Outcome:
    outcome = Outcome()
    for _ in Import(products, SHOP, text).run(outcome, write=write):
        pass
    return outcome


def take(products: Products, text: str) -> Outcome:
    """Look at the file, take it in, and hold that both said the same."""
    before = products.newest_sequence(SHOP)
    shown = run(products, text, write=False)
    assert products.newest_sequence(SHOP) == before
    done = run(products, text, write=True)
    assert (shown.new, shown.changed, shown.refused) == (done.new, done.changed, done.refused) or (
        # Lines of a product that the file itself creates elsewhere are counted as new beforehand.
        shown.new + shown.changed == done.new + done.changed
    )
    return done


def read(products: Products, sku: str) -> Product:
    [family] = products.claims(SHOP, sku)
    found = products.read(SHOP, family)
    assert found is not None
    return found


def test_the_template_is_a_file_that_can_be_taken_in(products: Products) -> None:
    text = "\n".join(";".join(f'"{cell}"' for cell in row) for row in (COLUMNS, *EXAMPLE))
    done = take(products, text)
    assert (done.new, done.refused) == (2, 0)
    assert [v.stock for v in read(products, "CAM-100").variations] == [8, 5]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_every_kind_are_read(
    products: Products, delimiter: str, encoding: str, end: str
) -> None:
    rows = [("Sku", "NOME", "Preço"), ("A-1", "Maçã", '"1.234,50"')]
    raw = end.join(delimiter.join(row) for row in rows).encode(encoding)
    assert take(products, decode(raw)).new == 1
    found = read(products, "A-1")
    assert (found.name, found.price) == ("Maçã", "1234.50")


def test_an_empty_cell_leaves_and_a_dash_empties(products: Products) -> None:
    head = "sku;nome;preco;preco_promocional;marca;estoque\n"
    take(products, f"{head}A;Caneca;10;9;Boa;5")
    assert take(products, f"{head}A;;;;;").same == 1
    done = take(products, f"{head}A;;12,00;-;;")
    assert done.changed == 1
    found = read(products, "A")
    assert (found.name, found.price, found.special_price) == ("Caneca", "12.00", None)
    assert (found.brand, found.stock) == ("Boa", 5)


def test_a_line_that_names_only_a_variation_finds_it(products: Products) -> None:
    take(products, "sku;nome;preco;sku_pai\nP;Camisa;;\nP-M;;10;P\nP-G;;12;P")
    done = take(products, "sku;estoque\nP-G;7\nP-M;2")
    assert (done.changed, done.refused) == (1, 0)
    assert {v.sku: v.stock for v in read(products, "P").variations} == {"P-M": 2, "P-G": 7}


def test_formulas_and_tags_are_text(products: Products) -> None:
    name = '=HYPERLINK("http://x")<script>'
    quoted = name.replace('"', '""')
    take(products, f'sku;nome;preco\n+1;"{quoted}";1')
    assert read(products, "+1").name == name


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (";X;1;;", "sku"),
        ("A;X;um real;;", "preco"),
        ("A;X;1;1,5;", "estoque"),
        ("A;X;1;;1234567890123", "ean"),
        ("A;;1;;", ""),
        ("A;X;;;", ""),
        ("A;X;1;;;;sobra", ""),
    ],
)
def test_a_line_with_a_problem_is_named_and_left_out(
    products: Products, line: str, column: str
) -> None:
    done = take(products, f"sku;nome;preco;estoque;ean\nB;Boa;1;;\n{line}")
    assert (done.new, done.refused) == (1, 1)
    [problem] = done.problems
    assert (problem.line, problem.column) == (3, column)
    assert products.count(SHOP) == 1


def test_prices_of_a_product_with_variations_are_theirs(products: Products) -> None:
    take(products, "sku;nome;preco;sku_pai\nP;Camisa;;\nP-M;;10;P")
    done = take(products, "sku;preco\nP;99")
    assert (done.refused, read(products, "P").price) == (1, "10.00")
    assert "variações" in done.problems[0].reason


def test_a_sku_that_comes_twice_is_taken_once(products: Products) -> None:
    done = take(products, "sku;nome;preco\nA;Um;1\nA;Dois;2")
    assert (done.new, done.refused) == (1, 1)
    assert read(products, "A").name == "Um"
    assert "linha 2" in done.problems[0].reason


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nome;preco\nA;1",
        b"sku;sku\nA;B",
        b"sku;cor do carro\nA;B",
        b"PK\x03\x04xxxx",
        b"\xff\xfes\x00k\x00u\x00",
        b'sku;nome\nA;"' + b"x" * 200_000,
    ],
)
def test_what_is_no_product_file_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(BadFile):
        list(read_lines(decode(raw)))


def test_bytes_of_any_kind_never_break_the_reading() -> None:
    lines = list(read_lines(decode(b"sku;nome;preco\n\x00;\x81\x8d;1\n\xe9\xff;x;1\n\n;;\n")))
    assert len(lines) == 2
