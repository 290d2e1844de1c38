"""Stock locations. The resource exists [D]; its fields are ours [A], named as an order's address.

`code` is what the stock tables of products call a place by. It is unique within an account by a
key of the table, and a table's entry may name a code that is no place: the hub documents no check.
"""

from typing import Any

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub import fields
from ponte_sandbox.hub.fields import Check
from ponte_sandbox.hub.rows import Body, Row, Rows
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import encode_json, invalid

# Longer than any street's or town's name.
_MAX_LINE = 255


def _line(value: Any, place: str) -> str | None:
    written = fields.text(value, place)
    if written is not None and len(written) > _MAX_LINE:
        raise invalid(f"{place} is longer than {_MAX_LINE} characters")
    return written


_PLACE: dict[str, Check] = {
    "code": fields.sku,
    "name": _line,
    "type": fields.one_of("own", "supplier"),
    "active": fields.flag,
    **dict.fromkeys(
        (
            "address", "address_number", "address_complement", "neighborhood", "city", "state",
            "country", "zipcode",
        ),
        _line,
    ),
}  # fmt: skip
_WHEN_EMPTY: Body = {"type": "own", "active": 1, "country": "BR"}


class Register:
    """The places of all accounts."""

    def __init__(self, storage: Storage, ids: Ids) -> None:
        self.rows = Rows(storage, "place", ("code",), ids.of_place)

    def create(self, account: int, sent: Body) -> Row:
        """A new place. Raises `Refusal` 400 for a code that is missing or taken."""
        blank: Body = {name: _WHEN_EMPTY.get(name) for name in _PLACE}
        place = _merged(blank, {**sent, "code": sent.get("code")})
        self._check_code_is_free(account, place["code"])
        return self.rows.insert(account, place)

    def change(self, account: int, row: Row, sent: Body) -> Row:
        """Only the fields sent change. Raises `Refusal` 400."""
        current = row.content()
        place = _merged(current, sent)
        if encode_json(place) == row.body:
            return row
        if place["code"] != current["code"]:
            self._check_code_is_free(account, place["code"])
        return self.rows.update(row, place)

    def by_code(self, account: int, code: str) -> Body | None:
        """The place that stock tables call so."""
        rows = self.rows.where(account, "code", code)
        return rows[0].content() if rows else None

    def _check_code_is_free(self, account: int, code: str) -> None:
        if self.rows.where(account, "code", code):
            raise invalid(f"The code {code!r} is another place's")


def _merged(current: Body, sent: Body) -> Body:
    place = dict(current)
    for name, check in _PLACE.items():
        if name in sent:
            kept = check(sent[name], name)
            place[name] = _WHEN_EMPTY.get(name) if kept is None else kept
    return place
