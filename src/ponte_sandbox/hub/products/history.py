"""What changed in a product, when, and by which app: for the person who asks who did that.

It is written with every change, on the hot path of an export, so how it is kept follows from what
that costs. A table by product would touch one more page of the file with each call (27 µs measured,
a tenth of the call), so changes are appended to one table for all products (11 µs), each pointing
to the one before of the same product, and the product points to its last; its creation costs
nothing, being two columns of its row. Decoding what a product was takes as long again, so who is
about to change it in place copies only the fields the call is about (`fields_before`).

It stays small, whatever is sent: so many fields of a change, values cut, and of all products
together the newest changes only.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.wire import decode_json, encode_json

_SQL = named_queries(Path(__file__).with_name("history.sql"))

# Changes shown of a product: a day's of stock and price.
SHOWN = 50
# Changes kept of all products together: about 250 MB, the size of half a million products.
MAX_KEPT = 1_000_000
# Every so many changes the oldest are removed; a thousand rows next to each other take 1 ms.
_TRIMMED_EVERY = 1_000
# A change whose JSON is longer is cut: to so many fields, and values of so many characters.
_MAX_BYTES = 4_000
MAX_FIELDS = 40
MAX_VALUE = 200
# The field that stands for all those that had no room.
MORE = "…"
# The hub's own; the verdicts follow from the other fields.
_UNTOLD = frozenset(("id", "created", "modified", "inspected_fields"))
Body = dict[str, Any]
# Lists of objects inside the members of a list: those of a variation.
_INNER_LISTS = ("attributes", "photos")
# What differs, as it is kept: (field, from, to), (list, member, from, to) for a member that came or
# went, (list, member, field, from, to). Put into words only when somebody reads it.
_Found = tuple[Any, ...]


class Change(NamedTuple):
    """A field, by its path, and what it was and is; None: nothing, or it was not there."""

    field: str
    before: str | None
    after: str | None


class Entry(NamedTuple):
    """One call that changed a product."""

    moment: str
    # The app; None: the hub itself.
    client_id: str | None
    app_name: str | None
    changes: tuple[Change, ...]


class Creation(NamedTuple):
    """When a product was created and by which app; None: the hub, or it was not noted yet then."""

    moment: str
    client_id: str | None
    app_name: str | None


class History:
    """The histories of all products."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        known = {row[1] for row in storage.read("PRAGMA table_info(product)")}
        for column, definition in (("created_by", "TEXT"), ("last_change", "INTEGER")):
            # A folder from before there was a history.
            if column not in known:
                storage.write(f"ALTER TABLE product ADD COLUMN {column} {definition}")

    def note(
        self,
        product: int,
        last: int | None,
        versions: tuple[Body, Body],
        now: str,
        client_id: str | None,
    ) -> int | None:
        """Note what fields of a product were and are, after its `last` change; returns what is its
        last change now. Part of the caller's transaction."""
        found = differences(*versions)
        if not found:
            return last
        changes = encode_json(found)
        if len(changes) > _MAX_BYTES:
            changes = encode_json(_shortened(found))
        number = self._storage.insert(_SQL["add"], (product, last, now, client_id, changes))
        if number % _TRIMMED_EVERY == 0 and number > MAX_KEPT:
            self._storage.write(_SQL["trim"], (number - MAX_KEPT,))
        return number

    def of(self, product: int) -> list[Entry]:
        """The newest changes of a product, newest first."""
        return [
            Entry(moment, client_id, app_name, changes_of(decode_json(changes)))
            for moment, client_id, app_name, changes in self._storage.read(
                _SQL["newest"], (product, SHOWN)
            )
        ]

    def creation_of(self, product: int) -> Creation:
        """How it began. The product exists."""
        return Creation(*self._storage.read(_SQL["creation"], (product,))[0])


def fields_before(product: Body, names: Iterable[str]) -> Body:
    """A copy of these fields as deep as a merge changes them in place."""
    copied = {name: product[name] for name in names if name in product}
    for name, value in copied.items():
        if type(value) is list and value:
            copied[name] = [_copied(member) for member in value]
    return copied


def _copied(member: Body) -> Body:
    copied = dict(member)
    for name in _INNER_LISTS:
        inner = copied.get(name)
        if inner:
            copied[name] = [dict(each) for each in inner]
    return copied


def differences(before: Body, after: Body) -> list[_Found]:
    """Where the fields of `before` are different in `after`."""
    found: list[_Found] = []
    for name, old in before.items():
        new = after.get(name)
        if new == old or name in _UNTOLD:
            continue
        if type(new) is list and type(old) is list:
            _find_in_members(name, old, new, found)
        else:
            found.append((name, old, new))
    return found


def _find_in_members(name: str, before: list[Body], after: list[Body], found: list[_Found]) -> None:
    """Members of a list are the same by their id, and are called by what people call them."""
    known = {member["id"]: member for member in before}
    for position, member in enumerate(after, 1):
        old = known.pop(member["id"], None)
        if old == member:
            continue
        label = member.get("sku") or member.get("code") or position
        if old is None:
            found.append((name, label, None, member))
            continue
        for field, value in member.items():
            if old.get(field) != value and not field.endswith("_history"):
                found.append((name, label, field, old.get(field), value))
    if known:
        for position, member in enumerate(before, 1):
            if member["id"] in known:
                label = member.get("sku") or member.get("code") or position
                found.append((name, label, member, None))


def _shortened(found: list[_Found]) -> list[_Found]:
    """The same, cut: its values as texts."""
    kept: list[_Found] = [
        (*(_cut(str(name)) for name in each[:-2]), _text(each[-2]), _text(each[-1]))
        for each in found[:MAX_FIELDS]
    ]
    if len(found) > MAX_FIELDS:
        kept.append((MORE, None, len(found) - MAX_FIELDS))
    return kept


def changes_of(found: Iterable[Sequence[Any]]) -> tuple[Change, ...]:
    """What was kept, in words."""
    return tuple(change for each in found for change in _worded(each))


def _worded(each: Sequence[Any]) -> Iterator[Change]:
    *names, old, new = each
    path = str(names[0])
    if len(names) > 1:
        path += f"[{names[1]}]"
    if len(names) > 2:
        path += f".{names[2]}"
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                yield Change(_cut(f"{path}.{name}"), _text(old.get(name)), _text(new.get(name)))
    else:
        yield Change(_cut(path), _text(old), _text(new))


def _text(value: Any) -> str | None:
    """A value as people read it: an object without its ids and what is empty."""
    if isinstance(value, dict):
        value = {name: each for name, each in value.items() if each and name not in _UNTOLD}
    if value is None:
        return None
    return _cut(encode_json(value).decode() if isinstance(value, dict | list) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
