"""What a product costs in one of its price tables. Pure.

A table says what one marketplace or group of buyers pays: an amount of its own (`overwrite`), or so
many percent more or less than what the product costs otherwise [D]. How its parts work together is
ours [A]: a table that names a price says with it whether there is a special price; what `increase`
and `decrease` do, they do to both; the bounds hold for both; and where bounds contradict each
other the lower one holds, because selling too cheap is the damage that cannot be undone.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

Body = dict[str, Any]

_CENT = Decimal("0.01")
_WHOLE = Decimal(100)


class Prices(NamedTuple):
    """A price, and the special one where there is one below it."""

    price: Decimal | None
    special_price: Decimal | None

    @property
    def due(self) -> Decimal | None:
        """What a buyer pays."""
        return self.special_price or self.price


def own_prices(product: Body, variation: Body | None = None) -> Prices:
    """What is sold costs this outside all tables; a variation without a price has its parent's."""
    sold = variation or product
    price = sold["price"] if sold["price"] is not None else product["price"]
    return Prices(price, sold["special_price"])


def price_in_table(product: Body, table: Body, variation: Body | None = None) -> Prices:
    """What the product, or a variation of it, costs in the table: rounded half up to cents."""
    own = own_prices(product, variation)
    action = table.get("action") or "overwrite"
    if action == "overwrite":
        prices = _overwritten(own, table)
    else:
        percentage = Decimal(table.get("percentage") or 0)
        # Taking away more than everything leaves nothing, not a debt.
        factor = (_WHOLE + (percentage if action == "increase" else -percentage)) / _WHOLE
        prices = Prices(_times(own.price, factor), _times(own.special_price, factor))
    price, special = _bounded(prices.price, table), _bounded(prices.special_price, table)
    if special is not None and (not special or price is None or special >= price):
        special = None
    return Prices(price, special)


def table_named(product: Body, tables: str, code: Any) -> Body | None:
    """The member of `price_table` or `stock_table` with that code; None when there is none."""
    if not code:
        return None
    written = str(code)
    for table in product[tables]:
        if table.get("code") == written:
            found: Body = table
            return found
    return None


def _overwritten(own: Prices, table: Body) -> Prices:
    price, special = table.get("price"), table.get("special_price")
    if price is None:
        return Prices(own.price, special if special is not None else own.special_price)
    return Prices(price, special)


def _times(amount: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if amount is None else max(Decimal(0), amount * factor)


def _bounded(amount: Decimal | None, table: Body) -> Decimal | None:
    if amount is None:
        return None
    most, least = table.get("maximum_price"), table.get("minimum_price")
    if most is not None:
        amount = min(amount, most)
    if least is not None:
        amount = max(amount, least)
    return Decimal(amount).quantize(_CENT, ROUND_HALF_UP)
