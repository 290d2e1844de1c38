"""What is wrong with real catalogues, and how much of it: the connector must survive each.

The shares are exact, not drawn: a defect hits every n-th family from a start that the seed moves,
so a test knows how many there are, and a catalogue of a hundred families has each rare one once.
"""

import random
from enum import Enum


class Defect(Enum):
    """One kind of fault; the value says what a merchant would see."""

    NO_EAN = "EAN left empty, on the product and its variations"
    ZERO_WEIGHT = "weight 0"
    PRICE_ZERO = "price 0, on the product and its variations"
    STRANGE_SKU = "slash, spaces or accents in the SKU"
    HUGE_DESCRIPTION = "a description of 70,000 characters"
    NO_CATEGORY = "in no category"
    NO_DIMENSIONS = "no dimensions at all"


# The share of families with each defect. Not measured anywhere public: chosen with the project's
# issue to be frequent enough to meet in a small catalogue and rare enough to stay the exception.
SHARES = {
    Defect.NO_EAN: 0.03,
    Defect.ZERO_WEIGHT: 0.01,
    Defect.PRICE_ZERO: 0.005,
    Defect.STRANGE_SKU: 0.02,
    Defect.HUGE_DESCRIPTION: 0.001,
    Defect.NO_CATEGORY: 0.01,
    Defect.NO_DIMENSIONS: 0.01,
}
# Families that come in addition and claim the SKU of an earlier one.
DUPLICATE_SHARE = 0.002
# From this many families on, every defect is there at least once.
ALL_FROM = 100
# Longer than the 65,535 bytes that many shop databases keep in a TEXT column.
HUGE_LENGTH = 70_000


class Spread:
    """Hits a share of a row of `total` evenly, from a start moved by chance.

    With `apart` (of a share as large or larger) it never hits what that one hits.
    """

    def __init__(
        self, share: float, total: int, chance: random.Random, apart: "Spread | None" = None
    ) -> None:
        if total >= ALL_FROM:
            share = max(share, 1 / total)
        self.share = share
        self.offset = chance.random()
        if apart is not None:
            # Halfway between two places of the other, of which there may be several in a stride.
            stride, other = 1 / share, 1 / apart.share
            between = (1 - apart.offset) * other + other / 2
            first = between + other * int(self.offset * stride / other)
            self.offset = -first / stride % 1

    def hits(self, index: int) -> bool:
        """Whether the family at this place, from 0, is hit."""
        before = int(index * self.share + self.offset)
        return int((index + 1) * self.share + self.offset) > before


class DefectPlan:
    """Which defects each of `total` families has."""

    def __init__(self, total: int, chance: random.Random) -> None:
        spreads: dict[Defect, Spread] = {}
        for defect, share in SHARES.items():
            # Without dimensions there is no weight that could be 0.
            hidden = spreads[Defect.ZERO_WEIGHT] if defect is Defect.NO_DIMENSIONS else None
            spreads[defect] = Spread(share, total, chance, apart=hidden)
        self._spreads = spreads
        # Copies of plain SKUs, too: two oddities in one would hide each other.
        strange = spreads[Defect.STRANGE_SKU]
        self._duplicates = Spread(DUPLICATE_SHARE, total, chance, apart=strange)

    def of(self, index: int) -> frozenset[Defect]:
        """The defects of the family at this place, from 0."""
        return frozenset([defect for defect, spread in self._spreads.items() if spread.hits(index)])

    def duplicated(self, index: int) -> bool:
        """Whether another family follows that claims this one's SKU."""
        return self._duplicates.hits(index)
