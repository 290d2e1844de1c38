"""The index of orders agrees with the orders, whatever happened to them and to the folder."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub import serve
from ponte_sandbox.hub.orders.archive import Archive
from ponte_sandbox.hub.orders.fields import Body
from ponte_sandbox.hub.orders.index import Channel, Day, Total, cents_of, entry_of
from ponte_sandbox.hub.orders.merge import changed_order, new_order
from ponte_sandbox.hub.stamps import Ids, local_day

ACCOUNT = 5910


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = Storage(tmp_path / "hub.sqlite", serve._SCHEMA.read_text("utf-8"))
    yield opened
    opened.close()


def place(archive: Archive, created: str = "2026-11-25T12:00:00.000Z", **sent: object) -> Body:
    identifier, number = archive.next_id()
    order = new_order({"items": [], **sent}, Ids(), identifier, number, ACCOUNT)
    order["created"] = order["modified"] = created
    archive.insert(ACCOUNT, order)
    return order


def change(archive: Archive, order: Body, **sent: object) -> Body:
    stored = archive.find(ACCOUNT, order["id"])
    assert stored is not None
    changed = changed_order(stored.order(), sent, Ids(), "")
    archive.update(stored, changed, None)
    return changed


def item(sku: str, **further: object) -> dict[str, object]:
    return {"sku": sku, "quantity": 1, **further}


def skus(storage: Storage) -> set[tuple[int, str]]:
    return set(storage.read("SELECT sale, sku FROM sale_sku"))


def test_sums_follow_every_change(storage: Storage) -> None:
    archive = Archive(storage, Ids())
    first = place(archive, channel="Shopee", total="10.50", status="pending")
    place(archive, "2026-11-26T02:59:59.999Z", channel="Shopee", total=Decimal("1.005"))
    place(archive, "2026-11-26T03:00:00.000Z", total=None)
    change(archive, first, status="approved", total=20, channel="Amazon")
    assert archive.index.totals(ACCOUNT) == [
        Total("approved", 1, 2000),
        Total("pending", 2, 101),
    ]
    assert archive.index.channels(ACCOUNT, 2) == [Channel("", 1), Channel("Amazon", 1)]
    change(archive, first, channel="Shopee")
    assert archive.index.channels(ACCOUNT, 5) == [Channel("Shopee", 2), Channel("", 1)]
    assert archive.index.days(ACCOUNT, "2026-11-25") == [
        Day("2026-11-25", "approved", 1, 2000),
        Day("2026-11-25", "pending", 1, 101),
        Day("2026-11-26", "pending", 1, 0),
    ]
    assert archive.index.days(ACCOUNT, "2026-11-27") == []
    assert archive.index.totals(5911) == []


def test_an_order_is_found_by_what_it_holds_now(storage: Storage) -> None:
    archive = Archive(storage, Ids())
    order = place(archive, items=[item("A"), item("B", variation={"sku": "B-P"})])
    assert skus(storage) == {(1, "A"), (1, "B"), (1, "B-P")}
    change(archive, order, items=[item("A"), item("C", variation={"sku": None})])
    assert skus(storage) == {(1, "A"), (1, "C")}


async def test_an_older_folder_is_indexed_in_the_background(storage: Storage) -> None:
    archive = Archive(storage, Ids())
    orders = [place(archive, total=1, items=[item(f"S-{number}")]) for number in range(250)]
    for table in ("sale_index", "sale_sku", "sale_channel", "sale_day"):
        storage.write(f"DELETE FROM {table}")  # noqa: S608
    reopened = Archive(storage, Ids())
    # One is changed, and one placed, before their turn has come.
    change(reopened, orders[200], status="approved")
    place(reopened, total=1)
    was_complete = reopened.index.is_complete
    await reopened.index.complete()
    assert (was_complete, reopened.index.is_complete) == (False, True)
    assert reopened.index.totals(ACCOUNT) == [
        Total("approved", 1, 100),
        Total("pending", 250, 25000),
    ]
    assert len(skus(storage)) == 250
    before = storage.read("SELECT * FROM sale_index")
    await Archive(storage, Ids()).index.complete()
    assert storage.read("SELECT * FROM sale_index") == before


_ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(_ANY, _ANY, _ANY)
def test_whatever_a_marketplace_sends_has_an_entry(
    scalar: Any, sku: Any, variation_sku: Any
) -> None:
    entry = entry_of(
        {
            "status": "pending",
            "channel": scalar,
            "original_id": scalar,
            "items": [{"sku": sku, "variation": {"sku": variation_sku}}, {"variation": None}],
        }
    )
    assert len(entry.channel) <= 100
    assert all(0 < len(code) <= 255 for code in entry.skus)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("12.345", 1235), (Decimal("0.005"), 1), (7, 700), (None, 0), ("", 0), ("x", 0),
        ("-3.10", -310), (True, 0), ("1e-999999", 0),
    ],
)  # fmt: skip
def test_cents(value: object, cents: int) -> None:
    assert cents_of(value) == cents


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-26T02:59:59.999Z", "2026-11-25"),
        ("2026-11-26T03:00:00.000Z", "2026-11-26"),
        # Summer time, last in force in 2019: two hours from UTC.
        ("2019-01-01T01:59:59.000Z", "2018-12-31"),
        ("2019-01-01T02:00:00.000Z", "2019-01-01"),
        ("0001-01-01T00:00:00.000Z", "0001-01-01"),
        ("1-01-01T00:00:00.000Z", "1-01-01T00"),
    ],
)
def test_a_moment_belongs_to_sao_paulos_day(moment: str, day: str) -> None:
    assert local_day(moment) == day
