"""Prices of a whole catalogue moved by per cent, as merchants do before a campaign. Pure."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ponte_sandbox.store.wire import MOST_MONEY, Product, Variation, money

_CENT = Decimal("0.01")
_ENDING = Decimal("0.90")


class PriceMove(NamedTuple):
    """By how much, and whether prices end in ,90 afterwards."""

    # Above 0: dearer, below: cheaper; more than -100.
    percent: Decimal
    to_90: bool

    def applied(self, price: str) -> str:
        """The price after the move; a price of 0 stays what it is."""
        before = Decimal(price)
        if not before:
            return price
        moved = (before * (100 + self.percent) / 100).quantize(_CENT, ROUND_HALF_UP)
        if self.to_90:
            moved = _nearest_90(moved)
        return money(min(moved, MOST_MONEY))


def move_prices(product: Product, move: PriceMove) -> bool:
    """Move every price of a family in place; whether one changed.

    A promotional price moves along, and ends where it would no longer be below the price.
    """
    sold: list[Product | Variation] = [*product.variations] or [product]
    moved = [_move(each, move) for each in sold]
    return any(moved)


def _move(sold: Product | Variation, move: PriceMove) -> bool:
    before = sold.price, sold.special_price
    sold.price = move.applied(sold.price)
    if sold.special_price is not None:
        special = move.applied(sold.special_price)
        sold.special_price = special if Decimal(special) < Decimal(sold.price) else None
    return before != (sold.price, sold.special_price)


def _nearest_90(amount: Decimal) -> Decimal:
    """The nearest amount that ends in ,90; of two as near the dearer one, and 0,90 at least."""
    above = amount.to_integral_value(ROUND_FLOOR) + _ENDING
    below = above - 1
    nearest = below if amount - below < above - amount else above
    return max(nearest, _ENDING)
