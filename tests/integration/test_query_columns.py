"""Every statement of the ledger is one that the database takes, and its columns are the fields of
the struct that its rows become, in their order."""

import ast
import asyncio
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import ponte
from ponte.ledger import queries
from ponte.ledger.database import bring_up_to_date
from ponte.ledger.embedded import EmbeddedDatabase

SOURCES = Path(ponte.__file__).parent
# Lists that are turned over both ways.
LISTS = sorted(name for name in queries.names() if "-- turns" in queries.sql(name))
NAMES = sorted(
    name
    for path in (queries.SQL / "queries").glob("*.sql")
    for name in re.findall(r"^-- name: (\w+)", path.read_text("utf-8"), re.MULTILINE)
)

# To understand a whole module takes a while, and every worker of the suite collects this one.
_ASKS = re.compile(r"\brows?\(")


def _uses() -> Iterator[tuple[str, type[Any]]]:
    """Each statement that `rows` or `row` is called with, and the struct it is to become."""
    for path in SOURCES.rglob("*.py"):
        source = path.read_text("utf-8")
        if not _ASKS.search(source):
            continue
        dotted = ".".join(("ponte", *path.relative_to(SOURCES).with_suffix("").parts))
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Call(
                    func=ast.Name("rows" | "row"),
                    args=[_, ast.Constant(str(name)), ast.Name(shape), *_],
                ):
                    yield name, getattr(importlib.import_module(dotted), shape)


USES = sorted(set(_uses()), key=lambda use: (use[0], use[1].__name__))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection[Any]]:
    embedded = EmbeddedDatabase(tmp_path_factory.mktemp("queries"))
    try:
        asyncio.run(bring_up_to_date(embedded.url))
        with psycopg.connect(embedded.url, autocommit=True) as conn:
            yield conn
    finally:
        embedded.close()


def _columns(
    database: psycopg.Connection[Any], name: str, *, turned: bool = False
) -> tuple[str, ...]:
    """What the statement answers, as the database says without running it."""
    numbers: dict[str, str] = {}
    statement = re.sub(
        r"%\((\w+)\)b",
        lambda found: numbers.setdefault(found[1], f"${len(numbers) + 1}"),
        queries.sql(name, turned=turned),
    )
    connection = database.pgconn
    prepared = connection.prepare(b"", statement.replace("%%", "%").encode())
    assert prepared.status == psycopg.pq.ExecStatus.COMMAND_OK, prepared.error_message.decode()
    described = connection.describe_prepared(b"")
    columns = [described.fname(place) for place in range(described.nfields)]
    return tuple(column.decode() for column in columns if column is not None)


@pytest.mark.parametrize("name", NAMES)
def test_the_database_takes_the_statement(database: psycopg.Connection[Any], name: str) -> None:
    _columns(database, name)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_one_both_ways(database: psycopg.Connection[Any], name: str) -> None:
    assert queries.sql(name, turned=True) != queries.sql(name)
    assert _columns(database, name, turned=True) == _columns(database, name)


def test_there_are_rows_to_speak_of() -> None:
    assert len(USES) > 20


@pytest.mark.parametrize(("name", "shape"), USES, ids=[name for name, _ in USES])
def test_its_columns_are_the_fields_in_their_order(
    database: psycopg.Connection[Any], name: str, shape: type[Any]
) -> None:
    assert _columns(database, name) == shape.__struct_fields__
