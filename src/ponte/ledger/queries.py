"""The named queries of `sql/queries`, each file loaded once it is needed. Python holds no SQL of
its own.

`aiosql` reads the files; the statements run on psycopg's own cursors, which give typed rows and
pipelines.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, TypeVar, cast

import aiosql
from msgspec import Struct
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import scalar_row

SQL = Path(__file__).parent / "sql"
_NAME = re.compile(r"^-- name: (\w+)", re.MULTILINE)

Row = TypeVar("Row", bound=Struct)
Connection = AsyncConnection[Any]


@cache
def _places() -> dict[str, Path]:
    """In which file each query is."""
    files = sorted((SQL / "queries").glob("*.sql"))
    return {
        name: path for path in files for name in _NAME.findall(path.read_text(encoding="utf-8"))
    }


def names() -> Iterable[str]:
    """Of all queries."""
    return _places()


@cache
def _loaded(path: Path) -> Any:
    """The queries of a file: of all of them a command needs a few, and loading one takes 7 ms."""
    # Parameters are named in the statements themselves.
    return aiosql.from_path(path, "apsycopg", mandatory_parameters=False)


# What a list's statement says on a line with this mark is the other way round where it is turned.
_TURNING = re.compile(r"^.*-- turns$", re.MULTILINE)
_WAYS = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "ASC": "DESC", "DESC": "ASC"}
_WAY = re.compile(r"[<>]=?|\bASC\b|\bDESC\b")


@cache
def sql(name: str, *, turned: bool = False) -> LiteralString:
    """The text of a named query. Our own files are the only source, hence literal.

    A list is read behind a place in its order; `turned`, it is read before that place, nearest
    first. Lines that end with `-- turns` say where it begins and how it is sorted.

    Parameters travel in binary: as text, psycopg escapes every element of an array by a regular
    expression, which cost a third of a worker's time in an export. So do results: as text, a body
    has twice its size.
    """
    text = getattr(_loaded(_places()[name]), name).sql
    if turned:
        text = _TURNING.sub(lambda line: _WAY.sub(lambda way: _WAYS[way[0]], line[0]), text)
    return cast("LiteralString", text.replace(")s", ")b"))


async def execute(conn: Connection, name: str, **values: Any) -> int:
    """Run a statement; answers how many rows it touched."""
    cursor = await conn.execute(sql(name), values)
    return cursor.rowcount


async def rows(
    conn: Connection, name: str, shape: type[Row], *, turned: bool = False, **values: Any
) -> list[Row]:
    """All rows, each as a `shape`, whose fields are the columns in their order; of a list `turned`
    those before a place, nearest first."""
    async with conn.cursor(binary=True, row_factory=_struct_row(shape)) as cursor:
        await cursor.execute(sql(name, turned=turned), values)
        return await cursor.fetchall()


async def row(conn: Connection, name: str, shape: type[Row], **values: Any) -> Row | None:
    """The first row, or None."""
    async with conn.cursor(binary=True, row_factory=_struct_row(shape)) as cursor:
        await cursor.execute(sql(name), values)
        return await cursor.fetchone()


def _struct_row(shape: type[Row]) -> Callable[[AsyncCursor[Any]], Callable[[Sequence[Any]], Row]]:
    """Psycopg's `class_row`, by position: by name, a row of twenty columns takes 1.3 µs instead of
    0.1. So the columns have to be the fields in their order; TypeError where they are not."""

    def made_for(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], Row]:
        columns = tuple(column.name for column in cursor.description or ())
        if columns != shape.__struct_fields__:
            raise TypeError(f"{shape.__name__} has other fields than the columns {columns}")
        return lambda values: shape(*values)

    return made_for


async def scalars(conn: Connection, name: str, *, turned: bool = False, **values: Any) -> list[Any]:
    """The first column of all rows; of a list `turned` those before a place, nearest first."""
    async with conn.cursor(binary=True, row_factory=scalar_row) as cursor:
        await cursor.execute(sql(name, turned=turned), values)
        return await cursor.fetchall()


async def scalar(conn: Connection, name: str, **values: Any) -> Any:
    """The first column of the first row, or None."""
    async with conn.cursor(binary=True, row_factory=scalar_row) as cursor:
        await cursor.execute(sql(name), values)
        return await cursor.fetchone()


async def plan_for_this(conn: Connection) -> None:
    """For the rest of `conn`'s transaction, plans are made for the values at hand: goes before a
    list with filters that may be left out."""
    await execute(conn, "plan_for_this")


def schema_files() -> Iterable[Path]:
    """The schema's versions, in order: 001_….sql, 002_….sql, …"""
    return sorted((SQL / "schema").glob("[0-9][0-9][0-9]_*.sql"))
