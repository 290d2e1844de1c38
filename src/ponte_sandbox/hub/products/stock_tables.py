"""What the hub keeps of a stock table besides what it was sent: its histories.

They are documented to be read back [D]; that they are called `quantity_history` and
`reserved_history`, and what an entry holds, is ours [A]: when, from, to, and who caused it (the
client id of an app, or the id of an order).
"""

from typing import Any, NamedTuple

Body = dict[str, Any]

# Entries of each history, the oldest of which go first: a month of a busy product's changes, and
# little beside the photos of one.
HISTORY_LENGTH = 50


class Cause(NamedTuple):
    """Who changed a stock: an app, an order, or (without an id) the hub's own marketplace."""

    kind: str
    id: str | None


def quantities_of(product: Body) -> dict[str, int]:
    """The quantity of each stock table by the member's id."""
    return {table["id"]: table.get("quantity") or 0 for table in product["stock_table"]}


def note_quantities(product: Body, before: dict[str, int], now: str, cause: Cause) -> None:
    """Note in the histories which quantities are no longer what they were `before`."""
    for table in product["stock_table"]:
        note(table, "quantity", before.get(table["id"], 0), now, cause)


def note(table: Body, figure: str, before: int, now: str, cause: Cause) -> None:
    """One more entry in the history of `quantity` or `reserved`, if it changed."""
    after = table.get(figure) or 0
    if after == before:
        return
    entry = {"date": now, "from": before, "to": after, "cause": cause.kind, "cause_id": cause.id}
    history = f"{figure}_history"
    table[history] = [*table.get(history, ()), entry][-HISTORY_LENGTH:]
