"""One product looked at live, in the store and in the hub, because a person asks.

Two reads and a pure comparison; nothing is written, and nothing concluded from a side that does not
answer. The comparison is the audit's, so both say the same of the same product.
"""

import asyncio

from msgspec import Struct, UnsetType

from ponte.domain.applying_rules import LeftOut, applier
from ponte.domain.catalogue import StoreProduct
from ponte.domain.comparison import Difference, Field, compare, compare_off_sale, missing
from ponte.domain.failures import Failure, Missing
from ponte.domain.families import FamilyDraft, decode_stock, draft_family
from ponte.domain.hub_body import fields_of
from ponte.domain.hub_product import HubProduct
from ponte.ledger.family_proof import ProofRow
from ponte.sync.runtime import Link, calling_store

# A person waits for it; who answers later is as good as silent.
LONGEST_SECONDS = 12.0


class Looked(Struct, frozen=True):
    """What both sides say at this moment."""

    # None where the store has no such product, or where it did not answer.
    store: StoreProduct | None
    # What of it is to go, by the merchant's rules; None where nothing is.
    draft: FamilyDraft | None
    hub: HubProduct | None
    store_failed: bool = False
    hub_failed: bool = False
    differences: tuple[Difference, ...] = ()
    # The hub did not show everything.
    is_silent: bool = False


async def look(link: Link, row: ProofRow) -> Looked:
    """Ask both, and compare. Failures of a side are part of the answer."""
    (product, store_failed), (shown, hub_failed) = await asyncio.gather(
        _ask_store(link, row), _ask_hub(link, row)
    )
    draft = None
    if product is not None:
        allowed = applier(link.rules)(product)
        if not isinstance(allowed, LeftOut):
            drafted = draft_family(allowed)
            draft = drafted if isinstance(drafted, FamilyDraft) else None
    looked = Looked(product, draft, shown, store_failed, hub_failed)
    if store_failed or hub_failed:
        return looked
    if draft is not None:
        found = missing(draft) if shown is None else compare(draft, shown)
    elif shown is not None:
        found = compare_off_sale(row.sku, decode_stock(row.desired_stock), shown)
    else:
        return looked
    return Looked(product, draft, shown, differences=found.differences, is_silent=found.silent)


async def _ask_store(link: Link, row: ProofRow) -> tuple[StoreProduct | None, bool]:
    """The product, and whether the store failed to say."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            with calling_store():
                found = await link.store.products_by_sku([row.store_sku])
    except (Failure, TimeoutError):
        return None, True
    return next((each for each in found if each.key == row.family_key), None), False


async def _ask_hub(link: Link, row: ProofRow) -> tuple[HubProduct | None, bool]:
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await link.hub.get_sku(row.sku), False
    except Missing:
        return None, False
    except (Failure, TimeoutError):
        return None, True


# Of a description more would push everything else off the page.
_LONGEST_SHOWN = 400
# SKUs of which stock and price are listed.
_MOST_SHOWN = 50


def both_sides(looked: Looked) -> list[tuple[str, str, str, str]]:
    """Field by field what each side says: SKU, field (`comparison.Field`), store, hub."""
    draft, hub = looked.draft, looked.hub
    rows = []
    sku = draft.sku if draft is not None else hub.own.sku if hub is not None else ""
    wanted = {} if draft is None else fields_of(draft.content)
    shown = {} if hub is None else hub.own.fields
    for name in dict.fromkeys([*wanted, *shown]):
        values = wanted.get(name), shown.get(name)
        if any(values):
            rows.append((sku, name, *("" if each is None else str(each) for each in values)))
    offers = {} if hub is None else {hub.own.sku: hub.own}
    if hub is not None and not isinstance(hub.variations, UnsetType):
        offers |= {each.sku: each for each in hub.variations}
    for each in [*(draft.stock if draft is not None else offers)][:_MOST_SHOWN]:
        offer = offers.get(each)
        stock = "" if draft is None else str(draft.stock[each])
        price = "" if draft is None or each not in draft.price else draft.price[each][0]
        rows.append((each, Field.STOCK, stock, _shown(offer and offer.quantity)))
        rows.append((each, Field.PRICE, price, _shown(offer and offer.price)))
    return [
        (each, name, one[:_LONGEST_SHOWN], two[:_LONGEST_SHOWN]) for each, name, one, two in rows
    ]


def _shown(value: object) -> str:
    return "" if value is None or isinstance(value, UnsetType) else str(value)
