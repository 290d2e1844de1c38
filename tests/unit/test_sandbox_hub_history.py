"""A product's history says what changed and who did it, costs little, and stays small."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub import serve
from ponte_sandbox.hub.products import history
from ponte_sandbox.hub.products.history import (
    MAX_FIELDS,
    MAX_VALUE,
    SHOWN,
    Change,
    Creation,
    changes_of,
    fields_before,
)
from ponte_sandbox.hub.products.merge import Body, Merger
from ponte_sandbox.hub.products.shelf import Shelf, Stored, keys_of
from ponte_sandbox.hub.stamps import Ids, now_iso
from ponte_sandbox.hub.wire import decode_json, encode_json

ACCOUNT, APP = 5910, "app-of-the-store"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = Storage(tmp_path / "hub.sqlite", serve._SCHEMA.read_text("utf-8"))
    yield opened
    opened.close()


def create(shelf: Shelf, **sent: object) -> Stored:
    product = Merger(Ids()).merge(None, {"sku": "CAM-1", **sent}, shelf.next_id())
    shelf.insert(ACCOUNT, product, now_iso(), by=APP)
    return found(shelf, product["sku"])


def found(shelf: Shelf, sku: str) -> Stored:
    stored = shelf.find(ACCOUNT, sku)
    assert stored is not None
    return stored


def change(shelf: Shelf, sku: str, sent: Body, *, spares: bool = True) -> Stored:
    stored = found(shelf, sku)
    product = stored.product()
    keys, told = keys_of(product), fields_before(product, sent)
    product = Merger(Ids()).merge(product, sent, stored.id)
    shelf.update(ACCOUNT, stored, product, keys, now_iso(), by=APP, told=told if spares else None)
    return found(shelf, sku)


def newest(shelf: Shelf, stored: Stored) -> dict[str, tuple[str | None, str | None]]:
    """The last call's changes by field."""
    entry = shelf.history.of(stored.number)[0]
    assert entry.client_id == APP
    return {each.field: (each.before, each.after) for each in entry.changes}


@pytest.mark.parametrize("spares", [True, False])
def test_each_changed_field_is_told_with_what_it_was_and_is(storage: Storage, spares: bool) -> None:
    shelf = Shelf(storage, Ids())
    created = create(
        shelf,
        price=Decimal("59.90"),
        dimension={"weight": 1, "width": 2},
        photos=[{"url": "https://a/1.jpg"}, {"url": "https://a/2.jpg"}],
        variations=[
            {"sku": "CAM-1-P", "quantity": 3, "attributes": [{"code": "cor", "value": "azul"}]},
            {"sku": "CAM-1-M", "quantity": 4},
        ],
    )
    product = created.product()
    small, photo = product["variations"][0], product["photos"][0]
    sent = {
        "price": Decimal("49.90"),
        "name": "Camiseta",
        "dimension": {"weight": 2},
        "photos": [{"id": photo["id"], "remove": True}, {"url": "https://a/3.jpg"}],
        "price_table": [{"code": "SHOPEE", "price": 45}],
        "variations": [
            {"sku": "CAM-1-P", "quantity": 0, "attributes": [
                {"id": small["attributes"][0]["id"], "value": "verde"}]},
            {"sku": "CAM-1-M", "remove": True},
            {"sku": "CAM-1-G", "quantity": 9},
        ],
    }  # fmt: skip
    told = newest(shelf, change(shelf, "CAM-1", sent, spares=spares))
    assert told["price"] == ("59.90", "49.90")
    assert told["name"] == (None, "Camiseta")
    assert told["dimension.weight"] == ("1", "2")
    assert told["variations[CAM-1-P].quantity"] == ("3", "0")
    before, after = told["variations[CAM-1-P].attributes"]
    assert "azul" in str(before)
    assert "verde" in str(after)
    assert "CAM-1-M" in str(told["variations[CAM-1-M]"][0])
    assert told["variations[CAM-1-M]"][1] is None
    assert told["photos[1]"] == ('{"url":"https://a/1.jpg"}', None)
    assert told["photos[2]"] == (None, '{"url":"https://a/3.jpg"}')
    assert told["price_table[SHOPEE]"] == (None, '{"code":"SHOPEE","price":45.00}')
    assert "dimension.width" not in told
    assert len(told) == 10


def test_a_call_that_changes_nothing_leaves_no_trace(storage: Storage) -> None:
    shelf = Shelf(storage, Ids())
    created = create(shelf, quantity=5)
    change(shelf, "CAM-1", {"quantity": 5})
    assert shelf.history.of(created.number) == []
    assert shelf.history.creation_of(created.number) == Creation(
        created.product()["created"], APP, None
    )


def test_histories_of_products_do_not_mix_and_end(storage: Storage) -> None:
    shelf = Shelf(storage, Ids())
    first, second = create(shelf), create(shelf, sku="CAM-2")
    for quantity in range(1, SHOWN + 10):
        change(shelf, "CAM-1", {"quantity": quantity})
        change(shelf, "CAM-2", {"quantity": 1000 + quantity})
    entries = shelf.history.of(first.number)
    assert [entry.changes[0].after for entry in entries] == [
        str(quantity) for quantity in range(SHOWN + 9, 9, -1)
    ]
    assert shelf.history.of(second.number)[0].changes == (Change("quantity", "1058", "1059"),)


def test_the_oldest_changes_of_all_products_go(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_KEPT", 20)
    monkeypatch.setattr(history, "_TRIMMED_EVERY", 10)
    shelf = Shelf(storage, Ids())
    stored = create(shelf)
    for quantity in range(1, 41):
        change(shelf, "CAM-1", {"quantity": quantity})
    assert storage.read("SELECT count(*) FROM product_change") == [(20,)]
    assert len(shelf.history.of(stored.number)) == 20


def test_a_change_of_any_size_is_kept_small(storage: Storage) -> None:
    shelf = Shelf(storage, Ids())
    create(shelf, description="a" * 5000)
    variations = [
        {"sku": f"CAM-1-{number}", "name": "ç" * 5000} for number in range(MAX_FIELDS + 10)
    ]
    stored = change(shelf, "CAM-1", {"description": "b" * 5000, "variations": variations})
    [entry] = shelf.history.of(stored.number)
    assert len(entry.changes) == MAX_FIELDS + 1
    assert entry.changes[0] == Change("description", "a" * 199 + "…", "b" * 199 + "…")
    assert entry.changes[-1] == Change(history.MORE, None, "11")
    assert all(len(each.after or "") <= MAX_VALUE for each in entry.changes)
    [(size,)] = storage.read("SELECT length(changes) FROM product_change")
    assert size < MAX_FIELDS * (MAX_VALUE * 2 + 100)


def test_a_folder_from_before_histories_opens(tmp_path: Path) -> None:
    schema = serve._SCHEMA.read_text("utf-8")
    begin = schema.index("    body BLOB NOT NULL,\n    -- The client id of the app that created")
    end = schema.index(");", begin)
    older = schema[:begin] + "    body BLOB NOT NULL\n" + schema[end:]
    file = tmp_path / "hub.sqlite"
    storage = Storage(file, older)
    product = Merger(Ids()).merge(None, {"sku": "CAM-1"}, Ids().of_product(1))
    storage.write(
        "INSERT INTO product (number, account, id, created, modified, body)"
        " VALUES (1, ?, ?, '2026', '2026', ?)",
        (ACCOUNT, product["id"], encode_json(product)),
    )
    storage.write("INSERT INTO sku VALUES (?, 'CAM-1', 1, 0)", (ACCOUNT,))
    storage.close()
    storage = Storage(file, schema)
    shelf = Shelf(storage, Ids())
    assert shelf.history.creation_of(1) == Creation("2026", None, None)
    assert newest(shelf, change(shelf, "CAM-1", {"quantity": 2})) == {"quantity": ("0", "2")}
    storage.close()
    # And once more, with the columns in place.
    storage = Storage(file, schema)
    assert len(Shelf(storage, Ids()).history.of(1)) == 1
    storage.close()


def test_what_was_kept_is_put_into_words() -> None:
    kept = decode_json(b'[["a",null,1],["l",2,"f","x",null],["d",{"k":1},{"k":2,"n":null}]]')
    assert changes_of(kept) == (
        Change("a", None, "1"),
        Change("l[2].f", "x", None),
        Change("d.k", "1", "2"),
    )
