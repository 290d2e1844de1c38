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
