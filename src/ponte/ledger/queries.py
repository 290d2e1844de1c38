"""The named queries of `sql/queries`, loaded once. Python holds no SQL of its own.

`aiosql` reads the files; the statements run on psycopg's own cursors, which give typed rows and
pipelines.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, LiteralString, TypeVar, cast

import aiosql
from msgspec import Struct
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import scalar_row

SQL = Path(__file__).parent / "sql"
# Parameters are named in the statements themselves.
_QUERIES = aiosql.from_path(SQL / "queries", "apsycopg", mandatory_parameters=False)

Row = TypeVar("Row", bound=Struct)
Connection = AsyncConnection[Any]


def sql(name: str) -> LiteralString:
    """The text of a named query. Our own files are the only source, hence literal.

    Parameters travel in binary: as text, psycopg escapes every element of an array by a regular
    expression, which cost a third of a worker's time in an export. So do results: as text, a body
    has twice its size.
    """
    return cast("LiteralString", getattr(_QUERIES, name).sql.replace(")s", ")b"))


async def execute(conn: Connection, name: str, **values: Any) -> int:
    """Run a statement; answers how many rows it touched."""
    cursor = await conn.execute(sql(name), values)
    return cursor.rowcount


async def rows(conn: Connection, name: str, shape: type[Row], **values: Any) -> list[Row]:
    """All rows, each as a `shape`, whose fields are the columns in their order."""
    async with conn.cursor(binary=True, row_factory=_struct_row(shape)) as cursor:
        await cursor.execute(sql(name), values)
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


async def scalars(conn: Connection, name: str, **values: Any) -> list[Any]:
    """The first column of all rows."""
    async with conn.cursor(binary=True, row_factory=scalar_row) as cursor:
        await cursor.execute(sql(name), values)
        return await cursor.fetchall()


async def scalar(conn: Connection, name: str, **values: Any) -> Any:
    """The first column of the first row, or None."""
    async with conn.cursor(binary=True, row_factory=scalar_row) as cursor:
        await cursor.execute(sql(name), values)
        return await cursor.fetchone()


def schema_files() -> Iterable[Path]:
    """The schema's versions, in order: 001_….sql, 002_….sql, …"""
    return sorted((SQL / "schema").glob("[0-9][0-9][0-9]_*.sql"))
