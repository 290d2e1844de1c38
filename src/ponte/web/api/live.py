"""A product's live comparison in the shape that programs read.

The clients' types are the two sides' own, and do not say to a program what is what.
"""

from msgspec import Struct

from ponte.domain.comparison import Difference
from ponte.sync.looking import Looked, both_sides


class LiveField(Struct, frozen=True):
    """A field as both sides show it; empty where one shows none. Long texts are cut."""

    sku: str
    field: str
    store: str
    hub: str


class Live(Struct, frozen=True):
    """A product as both sides show it at this moment."""

    in_store: bool
    in_hub: bool
    # Whether the merchant's rules let it go to the hub.
    is_to_go: bool
    store_failed: bool
    hub_failed: bool
    # The hub did not show everything.
    is_silent: bool
    fields: list[LiveField]
    differences: list[Difference]


def shown_live(looked: Looked) -> Live:
    """What both sides say, field by field."""
    return Live(
        in_store=looked.store is not None,
        in_hub=looked.hub is not None,
        is_to_go=looked.draft is not None,
        store_failed=looked.store_failed,
        hub_failed=looked.hub_failed,
        is_silent=looked.is_silent,
        fields=[LiveField(*each) for each in both_sides(looked)],
        differences=list(looked.differences),
    )
