"""The merchant's list of orders: narrowed by status, origin, number and date, the newest first.

Everything it filters by is in one index (`orders_listed`), so that contents are read for one page
only; a list ends at a bound that nobody pages to.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.wire import OrderStatus

# Orders of a list: finding as many takes 5 ms.
MOST_FOUND = 10_000


class Origin(StrEnum):
    """Where an order comes from (R2)."""

    ANY = ""
    HUB = "hub"
    OWN = "own"


class OrderWish(NamedTuple):
    """Which orders are looked for."""

    status: OrderStatus | None = None
    origin: Origin = Origin.ANY
    # The store's number, the hub's id, or nothing.
    number: str = ""
    since: date | None = None
    until: date | None = None


_FIND = """
SELECT number FROM orders WHERE shop = :shop AND status = coalesce(:status, status)
  AND (:origin = '' OR (hub_order_id IS NULL) = (:origin = 'own'))
  AND (:text = '' OR number = :number OR hub_order_id = :text)
  AND created_at >= :since AND created_at < :until
ORDER BY number DESC LIMIT :limit
"""


def find_orders(storage: Storage, shop: int, wish: OrderWish) -> list[int]:
    """The store's numbers of the newest orders that fit, up to `MOST_FOUND`."""
    text = wish.number.strip()
    is_number = text.isascii() and text.isdigit() and len(text) < 12
    # Stamps are São Paulo's and begin with the date: texts compare as times do.
    until = wish.until + timedelta(days=1) if wish.until and wish.until < date.max else None
    parameters: dict[str, object] = {
        "shop": shop,
        "status": wish.status,
        "origin": wish.origin,
        "text": text,
        "number": int(text) if is_number else -1,
        "since": wish.since.isoformat() if wish.since else "",
        "until": until.isoformat() if until else "~",
        "limit": MOST_FOUND,
    }
    return [number for (number,) in storage.read(_FIND, parameters)]
