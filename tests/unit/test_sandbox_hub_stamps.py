"""Ids find their rows again; an account's orders never share a time of change."""

from pathlib import Path

import ponte_sandbox.hub.serve as hub_serve
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.orders.archive import Archive
from ponte_sandbox.hub.stamps import Ids, later_than, now_iso, row_of


def test_changes_within_a_millisecond_still_have_an_order(tmp_path: Path) -> None:
    schema = Path(hub_serve.__file__).with_name("schema.sql").read_text("utf-8")
    archive = Archive(Storage(tmp_path / "hub.sqlite", schema), Ids())
    stamps = [archive.stamp(5910) for _ in range(500)]
    assert stamps == sorted(set(stamps))


def test_a_clock_set_back_does_not_turn_time_round() -> None:
    assert later_than("2999-12-31T23:59:59.999Z") == "3000-01-01T00:00:00.000Z"
    assert later_than("2001-01-01T00:00:00.000Z") >= now_iso()[:10]


def test_ids_are_24_hexadecimal_characters_and_tell_their_row() -> None:
    ids = Ids()
    made = [ids.of_product(7), ids.of_order(7), ids.of_member(), ids.of_member()]
    assert len(set(made)) == 4
    assert all(len(one) == 24 and int(one, 16) for one in made)
    assert row_of(made[0]) == row_of(made[1]) == 7
    assert row_of("6b04ab9d27e64a000000000g") is None
    assert row_of("7") is None
