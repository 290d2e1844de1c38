"""Group commit: what a handler wrote is on disk when its answer leaves, or not there at all."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from ponte_sandbox.common.storage import Storage

_SCHEMA = "CREATE TABLE IF NOT EXISTS thing (name TEXT PRIMARY KEY)"


def test_a_second_program_cannot_have_the_same_file(tmp_path: Path) -> None:
    first = Storage(tmp_path / "x.sqlite", _SCHEMA)
    with pytest.raises(OSError, match="in use"):
        Storage(tmp_path / "x.sqlite", _SCHEMA)
    first.close()
    Storage(tmp_path / "x.sqlite", _SCHEMA).close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("a shopping list " * 100)
    with pytest.raises(OSError, match="cannot be used"):
        Storage(tmp_path / "x.sqlite", _SCHEMA)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "x.sqlite", _SCHEMA)


def seen_by_others(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "x.sqlite") as other:
        return [name for (name,) in other.execute("SELECT name FROM thing ORDER BY name")]


async def test_nothing_is_seen_before_the_commit_and_all_of_it_after(
    storage: Storage, tmp_path: Path
) -> None:
    storage.write("INSERT INTO thing VALUES ('a')")
    assert seen_by_others(tmp_path) == []
    assert storage.read("SELECT name FROM thing") == [("a",)]

    await storage.committed()

    assert seen_by_others(tmp_path) == ["a"]


async def test_requests_of_one_turn_share_a_commit(storage: Storage, tmp_path: Path) -> None:
    async def request(name: str) -> None:
        storage.write("INSERT INTO thing VALUES (?)", (name,))
        await storage.committed()
        assert name in seen_by_others(tmp_path)

    await asyncio.gather(*(request(f"n{number}") for number in range(50)))

    assert len(seen_by_others(tmp_path)) == 50


async def test_a_failed_request_leaves_nothing_and_spares_its_neighbours(
    storage: Storage, tmp_path: Path
) -> None:
    with storage.writing():
        storage.write("INSERT INTO thing VALUES ('good')")

    def fail_halfway() -> None:
        with storage.writing():
            storage.write("INSERT INTO thing VALUES ('half')")
            storage.write("INSERT INTO thing VALUES ('good')")

    with pytest.raises(sqlite3.IntegrityError):
        fail_halfway()

    await storage.committed()

    assert seen_by_others(tmp_path) == ["good"]


async def test_a_request_given_up_takes_the_commit_from_nobody(
    storage: Storage, tmp_path: Path
) -> None:
    storage.write("INSERT INTO thing VALUES ('a')")
    waiting = [asyncio.create_task(storage.committed()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()

    await asyncio.gather(*waiting[1:])

    assert waiting[0].cancelled()
    assert seen_by_others(tmp_path) == ["a"]


async def test_what_cannot_be_committed_is_confirmed_to_nobody(storage: Storage) -> None:
    storage.write("CREATE TABLE part (thing TEXT REFERENCES thing DEFERRABLE INITIALLY DEFERRED)")
    await storage.committed()
    storage.write("INSERT INTO part VALUES ('missing')")

    outcomes = await asyncio.gather(
        *(storage.committed() for _ in range(3)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError] * 3
    storage.write("INSERT INTO thing VALUES ('next')")
    await storage.committed()
    assert storage.read("SELECT name FROM thing") == [("next",)]
    assert storage.read("SELECT * FROM part") == []


def test_a_block_inside_a_block_is_undone_alone(storage: Storage) -> None:
    def fail_inside() -> None:
        with storage.writing():
            storage.write("INSERT INTO thing VALUES ('inner')")
            raise ValueError("given up")

    with storage.writing():
        storage.write("INSERT INTO thing VALUES ('outer')")
        with pytest.raises(ValueError, match="given up"):
            fail_inside()

    assert storage.read("SELECT name FROM thing") == [("outer",)]


def test_many_writes_tell_how_many_rows_they_touched(storage: Storage) -> None:
    sql = "INSERT INTO thing VALUES (?) ON CONFLICT DO NOTHING"
    assert storage.write_many(sql, [("a",), ("b",)]) == 2
    assert storage.write_many(sql, [("a",), ("c",), ("b",)]) == 1
    assert storage.write_many(sql, []) == 0
