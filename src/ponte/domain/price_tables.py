"""What a channel is to pay: the hub's price tables as the ledger keeps them, sends and judges them.

A table stands on a product and holds for its variations too (pluggto-api.md [D] knows none on a
variation). So an amount of our own is sent where one amount is right for every SKU of the family:
it is to the cent ours, and an answer that shows it proves it, whatever the hub would make of a
percentage. Where the SKUs differ, an amount would sell the dear one at the cheap one's price, and
the percentage is what is sent and proven.

The danger here is a table that stays: leaving one out removes nothing [D], and a call whose answer
was lost may have set one that no acknowledgement knows. So that a table is *not* there is desired
and proven like everything else (`NoTable`). Tables of other codes are not looked at.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, UnsetType

from ponte.domain.hub_body import KnownTable
from ponte.domain.hub_product import HubTable


class AmountTable(Struct, frozen=True, array_like=True, tag="amount"):
    """This much in the channel, whatever the product costs elsewhere; reais as texts."""

    code: str
    label: str
    price: str
    special_price: str | None


class PercentTable(Struct, frozen=True, array_like=True, tag="percent"):
    """So many percent more than elsewhere; less where the number is negative."""

    code: str
    label: str
    percent: str


class NoTable(Struct, frozen=True, array_like=True, tag="none"):
    """No table of this code: it was ours, and its rule is gone."""

    code: str


PriceTable = AmountTable | PercentTable | NoTable
# One a code, in the order of the codes.
PriceTables = tuple[PriceTable, ...]
# Ids that the hub gave our tables.
KnownTables = tuple[KnownTable, ...]


class TablesSeen(Struct, frozen=True):
    """What an answer proves of the tables of a family."""

    acked: PriceTables
    known: KnownTables
    not_taken: tuple[str, ...] = ()
    # The answer says nothing of tables, and the call was about them.
    silent: bool = False


_OVERWRITE = "overwrite"
_NOTHING_WANTED = TablesSeen((), ())
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(PriceTables)


def encode_tables(tables: PriceTables) -> str:
    """Tables as text: equal ones have equal texts."""
    return _encode(tables).decode()


def decode_tables(text: str) -> PriceTables:
    """Tables from their text."""
    return _decoder.decode(text)


def table_changes(
    tables: Iterable[PriceTable], known: KnownTables, *, exists: bool, attempts: int
) -> list[dict[str, Any]]:
    """The members of `price_table` that bring `tables` about.

    Where the product exists a table that has to go is named even if its id was never shown: a call
    without an answer may have set it.
    """
    changes: list[dict[str, Any]] = []
    for table in tables:
        ids = [each.id for each in known if each.code == table.code and each.id is not None]
        if not isinstance(table, NoTable):
            named = {"id": ids[0]} if ids else {}
            changes.append({**named, **_body(table, attempts)})
            ids = ids[1:]
        elif not ids and exists:
            changes.append({"code": table.code, "remove": True})
        changes += [{"id": each, "remove": True} for each in ids]
    return changes


def _body(table: AmountTable | PercentTable, attempts: int) -> dict[str, Any]:
    """All fields of it: what somebody else put into a table of ours is overwritten (R4)."""
    body: dict[str, Any] = {"code": table.code, "label": table.label}
    if isinstance(table, AmountTable):
        price = Decimal(table.price)
        special = None if table.special_price is None else Decimal(table.special_price)
        # As with the product's own: a hub that null does not clear ([A]) gets the price itself.
        special = price if special is None and attempts else special
        body |= {
            "action": _OVERWRITE,
            "percentage": None,
            "price": price,
            "special_price": special,
        }
    else:
        percent = Decimal(table.percent)
        body |= {
            "action": _action(percent),
            "percentage": abs(percent),
            "price": None,
            "special_price": None,
        }
    return body | {"maximum_price": None, "minimum_price": None}


def see_tables(
    wanted: PriceTables,
    acked: PriceTables,
    known: KnownTables,
    shown: tuple[HubTable, ...] | UnsetType,
    *,
    carried: bool,
    read_back: bool,
) -> TablesSeen:
    """What an answer that shows `shown` proves; `carried` says that the call was about them.

    A table once proven gone is not looked for again: who sets one of that code later is not us.
    """
    if not wanted:
        return _NOTHING_WANTED
    if isinstance(shown, UnsetType):
        if carried and read_back:
            return TablesSeen(wanted, known)
        return TablesSeen(acked, known, silent=carried)
    proven = tuple(each for each in wanted if _is_proven(each, acked, shown))
    codes = {each.code for each in wanted}
    ours = tuple(KnownTable(each.code, each.id) for each in shown if each.code in codes)
    # A table that is to go and was not known before could not be named by its id.
    named = {each.code for each in known}
    lacking = [
        f"price table {each.code}"
        for each in wanted
        if each not in proven and (each.code in named or not isinstance(each, NoTable))
    ]
    return TablesSeen(proven, ours, tuple(lacking) if carried else ())


def _is_proven(table: PriceTable, acked: PriceTables, shown: tuple[HubTable, ...]) -> bool:
    if isinstance(table, NoTable):
        return table in acked or all(each.code != table.code for each in shown)
    return is_proven(table, shown)


def is_proven(table: AmountTable | PercentTable, shown: tuple[HubTable, ...]) -> bool:
    """Whether the table is shown as wanted, and once."""
    matching = [each for each in shown if each.code == table.code]
    return len(matching) == 1 and _is_same(table, matching[0])


def wanted_of(table: AmountTable | PercentTable) -> str:
    """The table in a line, to be read beside `said_of`."""
    label = f"{table.code} ({table.label})"
    if isinstance(table, PercentTable):
        return f"{label}: {table.percent} %"
    return f"{label}: {' / '.join(filter(None, (table.price, table.special_price)))}"


def said_of(shown: HubTable) -> str:
    """A table of the hub in a line."""
    label = f"{shown.code} ({shown.label or ''})"
    if shown.action not in (None, _OVERWRITE):
        sign = "-" if shown.action == _action(Decimal(-1)) else ""
        return f"{label}: {sign}{shown.percentage or 0} %"
    bounds = [
        f"{sign} {amount}"
        for sign, amount in (("≥", shown.minimum_price), ("≤", shown.maximum_price))
        if amount
    ]
    amounts = [str(each) for each in (shown.price, shown.special_price) if each is not None]
    return f"{label}: {' / '.join(amounts + bounds)}"


def _is_same(table: AmountTable | PercentTable, shown: HubTable) -> bool:
    """Whether a channel pays what is wanted. Fields that the action does not use may be anything;
    bounds may not, for they change the amount."""
    if shown.maximum_price or shown.minimum_price:
        return False
    # A label or an action that is not shown is taken as right.
    if shown.label is not None and shown.label != table.label:
        return False
    if isinstance(table, PercentTable):
        percent = Decimal(table.percent)
        return shown.action in (None, _action(percent)) and (shown.percentage or 0) == abs(percent)
    price = Decimal(table.price)
    if shown.action not in (None, _OVERWRITE) or shown.price != price:
        return False
    # No promotion may be shown as nothing, as 0, or as the price itself.
    special = None if table.special_price is None else Decimal(table.special_price)
    promotion = shown.special_price or None
    return promotion == special or {promotion, special} == {None, price}


def _action(percent: Decimal) -> str:
    return "decrease" if percent < 0 else "increase"
