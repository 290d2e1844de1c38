"""Products as both sides have them at present, and what of that is drift.

Store and hub are never read at one moment, and both are written meanwhile. So what differs counts
only where it cannot be a change on its way: the ledger wants just what the store says, has nothing
of it to send, and nobody acknowledged anything since before the hub was read. Everything else is to
be looked at again. What the store does not answer for, although the ledger has it on sale, proves
nothing: it may be a product that could not be read.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct

from ponte.domain.catalogue import ProductChange, StoreProduct
from ponte.domain.comparison import (
    LONGEST_VALUE,
    Comparison,
    Difference,
    Field,
    compare,
    compare_off_sale,
    differing_skus,
    missing,
)
from ponte.domain.failures import Missing, Refused
from ponte.domain.families import decode_stock
from ponte.domain.hub_product import HubProduct
from ponte.domain.packed import PackedDraft
from ponte.domain.skus import hub_sku
from ponte.http.pacing import Pace
from ponte.hub.client import SKU_NOT_ADDRESSABLE
from ponte.ledger import audits
from ponte.ledger import dry_run as ledger_dry_run
from ponte.ledger.audits import AuditedFamily
from ponte.ledger.queries import Connection
from ponte.sync.pull import sort_changes
from ponte.sync.runtime import Link, Runtime, calling_store

# Of what an account may call in a minute, an audit takes this share; stocks need the rest.
_SHARE_OF_CALLS = 0.25
# While the push fills more than half of the window, an audit waits, but not for ever: it has to end
# as well.
_LONGEST_COURTESY_SECONDS = 1.0
_COURTESY_SECONDS = 0.05
# Products looked up singly at a time: a few, as above.
_LOOKS_AT_ONCE = 4
# Compared in one go, some two milliseconds: the answers to others' calls wait no longer.
_TURN_PRODUCTS = 20


class Verdict(Enum):
    """What came of a product."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    ONLY_IN_HUB = "only_in_hub"
    # No verdict yet: it is changing, or was not shown as a whole.
    OPEN = "open"


class Look(Enum):
    """How the hub's side was read, and whether there will be another look."""

    # In a list, which may show less of a product.
    LISTED = "listed"
    SINGLE = "single"
    # There will be none; in the second case a pull has read the store to its end meanwhile.
    LAST = "last"
    LAST_AFTER_PULL = "last_after_pull"


class Absent(Enum):
    """Why there is no product."""

    SURELY = "surely"
    # The hub refused to say.
    PERHAPS = "perhaps"


class Judged(Struct, frozen=True):
    """One product, by its own SKU in the hub."""

    sku: str
    verdict: Verdict
    # How many SKUs it is about: none where it is rightly off sale.
    skus: int = 0
    skus_different: int = 0
    differences: tuple[Difference, ...] = ()
    family_key: str | None = None
    title: str = ""
    refused: bool = False


class StoreSide(Struct, frozen=True):
    """What the store says of some products of the hub, by their SKU there."""

    products: Mapping[str, StoreProduct]
    # What is to be on sale, without SKUs that another family owns.
    drafts: Mapping[str, PackedDraft]
    families: Mapping[str, AuditedFamily]


async def leave_room(pace: Pace) -> None:
    """Before a call: let the push go first, and leave it most of what the account may call."""
    if pace.calls_per_minute:
        await asyncio.sleep(60.0 / pace.calls_per_minute / _SHARE_OF_CALLS)
    waited = 0.0
    while pace.under_way > pace.window // 2 and waited < _LONGEST_COURTESY_SECONDS:
        await asyncio.sleep(_COURTESY_SECONDS)
        waited += _COURTESY_SECONDS


async def read_hub(link: Link, skus: Iterable[str]) -> dict[str, HubProduct | None]:
    """Products as the hub has them, looked up one by one; None where it has none, left out where
    it does not say. All calls end before the first passing failure of one is raised."""
    free = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def read(sku: str) -> HubProduct | Absent:
        async with free:
            await leave_room(link.hub_pace)
            try:
                shown = await link.hub.get_sku(sku)
            except Missing:
                return Absent.SURELY
            except Refused as refusal:
                # One SKU that cannot stand in an address must not hold up all others.
                never = refusal.code == SKU_NOT_ADDRESSABLE
                return Absent.SURELY if never else Absent.PERHAPS
        # Of another product that has a variation of this name, this one is none.
        return shown if shown.own.sku == sku else Absent.SURELY

    wanted = list(skus)
    found = await asyncio.gather(*(read(sku) for sku in wanted), return_exceptions=True)
    answers: dict[str, HubProduct | None] = {}
    for sku, each in zip(wanted, found, strict=True):
        if isinstance(each, BaseException):
            raise each
        if each is not Absent.PERHAPS:
            answers[sku] = None if isinstance(each, Absent) else each
    return answers


async def read_store(link: Link, runtime: Runtime, skus: Collection[str]) -> StoreSide:
    """The store's side of products of these SKUs (a few hundred), read after the hub's, and what
    the ledger says of them, read last."""
    async with runtime.pool.connection() as conn:
        before = await audits.families(conn, link.connection_id, skus)
    names = [before[sku].store_sku if sku in before else sku for sku in skus]
    with calling_store():
        answered = await link.store.products_by_sku(names) if names else ()
    async with runtime.pool.connection() as conn:
        families = await audits.families(conn, link.connection_id, skus)
        products = _by_sku(skus, answered, families)
        drafts = await _drafts(conn, link, products, families)
    return StoreSide(products, drafts, families)


def _by_sku(
    skus: Collection[str],
    answered: Sequence[StoreProduct],
    families: Mapping[str, AuditedFamily],
) -> dict[str, StoreProduct]:
    """Which product is meant by a SKU of the hub: the ledger's, else the one that has it in the
    store. A variation of another product is not meant."""
    by_key = {product.key: product for product in answered}
    by_own = {hub_sku(product.sku): product for product in reversed(answered)}
    products = {}
    for sku in skus:
        family = families.get(sku)
        product = by_own.get(sku) if family is None else by_key.get(family.family_key)
        if product is not None:
            products[sku] = product
    return products


async def _drafts(
    conn: Connection,
    link: Link,
    products: Mapping[str, StoreProduct],
    families: Mapping[str, AuditedFamily],
) -> dict[str, PackedDraft]:
    changes = [
        ProductChange(families[sku].sequence if sku in families else 0, product.key, product)
        for sku, product in products.items()
    ]
    by_key: dict[str, PackedDraft] = {}
    for begin in range(0, len(changes), _TURN_PRODUCTS):
        await asyncio.sleep(0)
        turn = sort_changes(changes[begin : begin + _TURN_PRODUCTS], link.rules)
        by_key |= {draft.key: draft for _, draft in turn.drafts}
    drafts = {sku: by_key[each.key] for sku, each in products.items() if each.key in by_key}
    # Whose facets are what the ledger wants has no SKU of another family.
    doubtful = [draft for sku, draft in drafts.items() if not _is_wanted(families.get(sku), draft)]
    contested: dict[str, set[str]] = {}
    if doubtful:
        for pair in await ledger_dry_run.owned_by_others(conn, link.connection_id, doubtful):
            contested.setdefault(pair.family_key, set()).add(pair.sku)
    return {sku: draft.without(contested.get(draft.key, ())) for sku, draft in drafts.items()}


def _is_wanted(family: AuditedFamily | None, draft: PackedDraft) -> bool:
    """Whether the ledger wants in the hub just what the store says now."""
    return (
        family is not None
        and not family.retired
        and family.desired_stock == draft.stock
        and family.desired_price == draft.price
        and family.desired_content == draft.content_hash
    )


async def judge_all(
    shown: Mapping[str, HubProduct | None],
    store: StoreSide,
    since: datetime,
    look: Look = Look.SINGLE,
) -> list[Judged]:
    """A verdict on each product; `since` is when the hub was about to be read."""
    verdicts = []
    for place, (sku, product) in enumerate(shown.items()):
        if place % _TURN_PRODUCTS == 0:
            await asyncio.sleep(0)
        verdicts.append(judge(sku, product, store, since, look))
    return verdicts


def judge(
    sku: str,
    shown: HubProduct | None,
    store: StoreSide,
    since: datetime,
    look: Look = Look.SINGLE,
) -> Judged:
    """The verdict on one."""
    family, product = store.families.get(sku), store.products.get(sku)
    draft = store.drafts.get(sku)
    if family is None and product is None:
        return _only_in_hub(sku, shown)
    if family is not None and family.is_left and draft is None:
        return Judged(sku, Verdict.EQUAL)
    if family is not None and product is None and not family.retired:
        return Judged(sku, Verdict.OPEN, family_key=family.family_key)
    if draft is not None and draft.sku != sku:
        # Renamed in the store: under this SKU nothing is to be on sale.
        draft = None
    sellable = _sellable(sku, family, product, draft)
    found = _compare(sku, sellable, draft, shown)
    if found.silent and look is Look.LISTED:
        return Judged(sku, Verdict.OPEN)
    if not found.differences:
        return Judged(sku, Verdict.EQUAL, len(sellable) if draft is not None else 0)
    if not _is_settled(family, draft, since, look):
        return Judged(sku, Verdict.OPEN)
    return Judged(
        sku,
        Verdict.MISSING if shown is None else Verdict.DIFFERENT,
        len(sellable),
        differing_skus(sku, sellable, found),
        found.differences,
        None if family is None else family.family_key,
        _title(product, shown),
        family is not None and family.refused,
    )


def _only_in_hub(sku: str, shown: HubProduct | None) -> Judged:
    if shown is None:
        return Judged(sku, Verdict.EQUAL)
    title = _title(None, shown)
    note = Difference(sku, Field.ONLY_IN_HUB, "", title or sku)
    return Judged(sku, Verdict.ONLY_IN_HUB, differences=(note,), title=title)


def _sellable(
    sku: str,
    family: AuditedFamily | None,
    product: StoreProduct | None,
    draft: PackedDraft | None,
) -> list[str]:
    if draft is not None:
        return list(decode_stock(draft.stock))
    if family is not None:
        return list(decode_stock(family.desired_stock))
    variations = () if product is None else product.variations
    return [member for each in variations if (member := hub_sku(each.sku))] or [sku]


def _compare(
    sku: str, sellable: Sequence[str], draft: PackedDraft | None, shown: HubProduct | None
) -> Comparison:
    if draft is None:
        return Comparison() if shown is None else compare_off_sale(sku, sellable, shown)
    return missing(draft.unpacked()) if shown is None else compare(draft.unpacked(), shown)


def _is_settled(
    family: AuditedFamily | None, draft: PackedDraft | None, since: datetime, look: Look
) -> bool:
    """Whether what differs cannot be a change on its way."""
    if family is None:
        # What the store does not offer and the ledger never had is nobody's to send.
        return draft is None or look is Look.LAST_AFTER_PULL
    if family.work > 0:
        return False
    is_known = family.retired if draft is None else _is_wanted(family, draft)
    if look is Look.LAST or look is Look.LAST_AFTER_PULL:
        # What a pull did not bring by now is no change on its way either.
        return is_known or look is Look.LAST_AFTER_PULL
    return is_known and (family.acked_at is None or family.acked_at < since)


def _title(product: StoreProduct | None, shown: HubProduct | None) -> str:
    name = product.name if product is not None else None
    if name is None and shown is not None:
        name = shown.own.fields.get("name")
    return (name or "").strip()[:LONGEST_VALUE]
