"""A product's proof and its live comparison, in the shapes that programs read.

The ledger keeps calls as bare lists, and the clients' types are the two sides' own; neither says to
a program what is what.
"""

from datetime import UTC, datetime

from msgspec import Struct

from ponte.domain.comparison import Difference
from ponte.domain.made_calls import CallOutcome, MadeCall
from ponte.domain.standing import Facet, Standing
from ponte.services.products import ChannelPrice, Offer, Proof, StandingProblem
from ponte.sync.looking import Looked, both_sides


class Call(Struct, frozen=True):
    """One call to the hub."""

    at: datetime
    # What for: stock, price, content, or probe for a look.
    kind: str
    outcome: CallOutcome
    milliseconds: int
    # Of the answer; 0 where there was none, or where it was good.
    status: int
    # The hub's, where it said no.
    words: str


class ProductProof(Struct, frozen=True):
    """How a product stands, with the evidence."""

    family_key: str
    sku: str
    store_sku: str
    title: str
    standing: Standing
    differs: Facet
    # What the hub refused.
    refused: Facet
    offers: list[Offer]
    channels: list[ChannelPrice]
    content_is_equal: bool
    is_known: bool
    is_to_send: bool
    stock_since: datetime | None
    price_since: datetime | None
    content_since: datetime | None
    acked_at: datetime | None
    # When the next try is due, where something is to be sent.
    due_at: datetime | None
    problems: list[StandingProblem]
    # The newest first.
    calls: list[Call]
    # The product that has the SKU, where another one does.
    taken_by: str | None


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


def shown_proof(proof: Proof) -> ProductProof:
    """The proof, its calls with their fields' names."""
    same = {name: getattr(proof, name) for name in Proof.__struct_fields__ if name != "calls"}
    return ProductProof(**same, calls=[_call(each) for each in proof.calls])


def _call(made: MadeCall) -> Call:
    at = datetime.fromtimestamp(made.at / 1000, UTC)
    return Call(at, made.kind, made.outcome, made.milliseconds, made.status, made.words)


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
