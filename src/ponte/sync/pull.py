"""Pull: the store's change feed into the ledger's desired state.

A page and its cursor are written in one transaction, so a crash repeats a page and never skips one.
Only rows that really change are touched, and if any did, the push loop is woken in the same
transaction. One strange product is a pendência of its own and holds nobody up.

A change goes to the feed's end, so while a whole catalogue is read, its newest changes would wait
behind all of it. Where the store tells its head, they are looked at between the pages.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ponte.domain.applying_rules import LeftOut, applier
from ponte.domain.catalogue import ChangePage, ProductChange
from ponte.domain.channel_prices import with_tables
from ponte.domain.families import FamilyDraft, draft_family
from ponte.domain.packed import PackedDraft, pack
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.rules import MerchantRules, Removed
from ponte.ledger import (
    catalogue,
    catalogue_list,
    orders,
    problem_lists,
    problems,
    sku_owners,
)
from ponte.ledger.catalogue import Fate, Gone
from ponte.ledger.problems import FAMILY, Standing
from ponte.ledger.queries import Connection
from ponte.ledger.sku_owners import FreeToClaim
from ponte.sync.runtime import Link, Loop, Runtime, calling_store

# The contract's largest page: fewer requests, and about a megabyte of answer.
PAGE_FAMILIES = 500
# Families read and judged in one go, a millisecond's work: the hub's answers wait no longer.
_TURN_FAMILIES = 25
# How long one wake-up pulls before it lets others have their turn.
SLICE_SECONDS = 5.0

# What a look at the store can find, and what only the hub can; the latter is forgotten when a
# family changes, because it is sent anew.
_FOUND_BY_PULL = (
    ProblemCode.NO_SKU,
    ProblemCode.DUPLICATE_SKU,
    ProblemCode.UNREADABLE_PRODUCT,
    ProblemCode.NO_PRICE,
    ProblemCode.NO_EAN,
    ProblemCode.NO_WEIGHT,
    ProblemCode.NO_CATEGORY,
)
FOUND_BY_PUSH = (ProblemCode.HUB_REFUSED_PRODUCT, ProblemCode.NOT_TAKEN)


# What the merchant's rules make of a product that the store removed.
_FATES = {Removed.OFF_SALE: None, Removed.DELETE: Fate.DELETE, Removed.LEAVE: Fate.LEAVE}


class PullResult(Struct, frozen=True):
    """What a pull came to; `more` when the feed goes on."""

    families: int
    more: bool


class Sorted(Struct, frozen=True):
    """A page taken apart: what to have in the hub, what to take off sale, what is wrong."""

    keys: list[str]
    drafts: list[tuple[int, PackedDraft]]
    gone: list[Gone]
    problems: list[Standing]


async def pull(link: Link, runtime: Runtime) -> PullResult:
    """Read the feed from the cursor until its end, or until the slice is over."""
    began = time.monotonic()
    at = datetime.now(UTC)
    cursor, tail = link.row.product_cursor, link.row.feed_tail
    families = 0
    sizes_known = False
    while True:
        with calling_store():
            page = await link.store.product_changes(cursor, PAGE_FAMILIES)
        if page.changes:
            families += len(page.changes)
            if not await _write_page(link, runtime, page, cursor=page.next_after):
                return PullResult(families, more=True)
        cursor = page.next_after
        if not page.has_more:
            break
        tail = await _read_newest(link, runtime, page.head, tail)
        if not sizes_known:
            async with runtime.pool.connection() as conn:
                sizes_known = await catalogue.know_sizes(conn)
        is_stopped = runtime.stops.hold(link.row.store_platform)
        if is_stopped or time.monotonic() - began > SLICE_SECONDS:
            return PullResult(families, more=True)
    more = await _read_again(link, runtime)
    async with runtime.pool.connection() as conn:
        checked = await catalogue.mark_checked(
            conn, link.connection_id, link.row.rules_version, at, runtime.poll_seconds
        )
    return PullResult(families, more=more or not checked)


class _Sorting:
    """Judges each change by itself (R4: nothing waits for another's defect)."""

    def __init__(self, rules: MerchantRules) -> None:
        self._rules = rules
        self._apply = applier(rules)
        self._fate_of_removed = _FATES[rules.removed]
        self._keys: list[str] = []
        self._drafts: dict[str, tuple[int, PackedDraft]] = {}
        self._gone: dict[str, Gone] = {}
        self._problems: list[Standing] = []

    def add(self, change: ProductChange) -> None:
        """One change; a later one of the same family counts."""
        self._keys.append(change.key)
        product = change.product
        if product is None:
            if change.unreadable is not None:
                problem = Problem(ProblemCode.UNREADABLE_PRODUCT, change.unreadable[:200])
                self._problems.append(Standing(change.key, problem, blocking=True))
            else:
                self._gone[change.key] = Gone(change.sequence, change.key, self._fate_of_removed)
            return
        allowed = self._apply(product)
        if isinstance(allowed, LeftOut):
            self._gone[change.key] = Gone(change.sequence, change.key, None)
            return
        draft = draft_family(allowed)
        if isinstance(draft, Problem):
            self._problems.append(Standing(change.key, draft, blocking=True))
            return
        self._drafts[change.key] = (change.sequence, pack(with_tables(draft, self._rules)))
        for warning in draft.warnings:
            self._problems.append(Standing(change.key, warning, blocking=False))

    def sorted(self) -> Sorted:
        """What came of them."""
        gone = list(self._gone.values())
        return Sorted(self._keys, list(self._drafts.values()), gone, self._problems)


def sort_changes(changes: Sequence[ProductChange], rules: MerchantRules) -> Sorted:
    """Take a page apart."""
    sorting = _Sorting(rules)
    for change in changes:
        sorting.add(change)
    return sorting.sorted()


async def _sort_in_turns(changes: Sequence[ProductChange], rules: MerchantRules) -> Sorted:
    """The same, and calls to the hub go on meanwhile."""
    sorting = _Sorting(rules)
    for place, change in enumerate(changes):
        if place % _TURN_FAMILIES == 0:
            await asyncio.sleep(0)
        sorting.add(change)
    return sorting.sorted()


async def _read_newest(
    link: Link, runtime: Runtime, head: int | None, tail: int | None
) -> int | None:
    """What changed since the feed's head was first seen, up to where; its own place in the feed
    comes later. `tail` is up to where that was looked at before."""
    if head is None or (tail is not None and tail >= head):
        return tail
    if tail is not None:
        with calling_store():
            newest = await link.store.product_changes(tail, PAGE_FAMILIES)
        if newest.changes:
            await _write_page(link, runtime, newest, cursor=None)
        head = newest.next_after
    async with runtime.pool.connection() as conn:
        await catalogue.set_feed_tail(conn, link.connection_id, head)
    return head


class RulesChanged(Exception):
    """The page was judged by rules that are others by now: nothing of it is written."""


async def _write_page(
    link: Link, runtime: Runtime, page: ChangePage, *, cursor: int | None
) -> bool:
    """Write a page, and the cursor behind it where the page was next in line; whether to go on:
    not where the catalogue was paused, or the rules have changed, which sets the cursor back."""
    sorted_page = await _sort_in_turns(page.changes, link.rules)
    return await _write(link, runtime, sorted_page, cursor)


async def _write(link: Link, runtime: Runtime, page: Sorted, cursor: int | None) -> bool:
    try:
        async with runtime.pool.connection() as conn, conn.transaction():
            return await write_families(conn, link, runtime, page, cursor)
    except RulesChanged:
        return False


async def write_families(
    conn: Connection, link: Link, runtime: Runtime, page: Sorted, cursor: int | None
) -> bool:
    """Write what a page says into the ledger, and wake the loops that have something to do now;
    whether the pull may go on. Raises `RulesChanged`."""
    connection_id = link.connection_id
    if not await catalogue.hold(conn, connection_id):
        return False
    await catalogue.retire(conn, connection_id, page.gone)
    page_drafts = [draft for _, draft in page.drafts]
    known = await catalogue.known_keys(conn, connection_id, [draft.key for draft in page_drafts])
    renamed = await catalogue.split_renamed(
        conn, connection_id, [draft for draft in page_drafts if draft.key in known]
    )
    claim = await sku_owners.claim(conn, connection_id, page_drafts, known)
    held_back: set[str] = set()
    standing = list(page.problems)
    drafts = []
    for sequence, draft in page.drafts:
        contested = claim.contested.get(draft.key)
        if not contested:
            drafts.append((sequence, draft))
            continue
        problem = Problem(ProblemCode.DUPLICATE_SKU, contested[0])
        standing.append(Standing(draft.key, problem, blocking=True))
        rest = draft.without(contested)
        if draft.sku in contested or not rest.sells_something:
            held_back.add(draft.key)
            drafts.append((sequence, draft))
        else:
            drafts.append((sequence, rest))
    written = {draft.sku for _, draft in drafts if draft.key not in held_back}
    await sku_owners.clear_the_way(conn, connection_id, claim.losing, written)
    # By key, as a push writes.
    drafts.sort(key=lambda each: each[1].key)
    changed = await catalogue.upsert(conn, connection_id, drafts, held_back)
    await catalogue_list.index_names(conn, connection_id, [draft for _, draft in drafts])
    await problems.set_all(conn, connection_id, FAMILY, page.keys, standing, _FOUND_BY_PULL)
    # Nobody will ask the hub again.
    left = [each.key for each in page.gone if each.fate is Fate.LEAVE]
    if left:
        await problems.clear(conn, connection_id, FAMILY, left, FOUND_BY_PUSH)
    if changed:
        keys = [family.family_key for family in changed]
        await problems.clear(conn, connection_id, FAMILY, keys, FOUND_BY_PUSH)
    works = await catalogue.settle_page(conn, connection_id, link.row.rules_version, cursor)
    if works is None:
        raise RulesChanged
    if page.gone or renamed or claim.losing:
        # More rows than those written may have become work, in any part.
        await runtime.waker.wake(conn, Loop.PUSH, connection_id)
    elif changed:
        parts = {family.part for family in changed}
        await runtime.waker.wake(conn, Loop.PUSH, connection_id, parts)
    # Orders that waited for one of these SKUs can enter now.
    awaited = await orders.awaited_skus(conn, connection_id) if claim.new_skus else frozenset()
    if (found := awaited.intersection(claim.new_skus)) and await orders.want_with_problem(
        conn, connection_id, [ProblemCode.UNKNOWN_SKU], found
    ):
        await runtime.waker.wake(conn, Loop.ORDERS, connection_id)
    return works


async def _read_again(link: Link, runtime: Runtime) -> bool:
    """Families that missed a SKU which is free now, and those that a person asked for, are read
    from the store again; whether there are more of the latter."""
    async with runtime.pool.connection() as conn:
        free = await sku_owners.free_to_claim(conn, link.connection_id)
        asked = await problem_lists.to_reread(conn, link.connection_id, PAGE_FAMILIES)
    if not free and not asked:
        return False
    keys = [family.family_key for family in asked]
    # One request takes no more than a page.
    await read_by_sku(link, runtime, free)
    await read_by_sku(link, runtime, asked)
    async with runtime.pool.connection() as conn:
        await problem_lists.end_reread(conn, link.connection_id, keys)
    return len(asked) == PAGE_FAMILIES


async def read_by_sku(link: Link, runtime: Runtime, free: Sequence[FreeToClaim]) -> bool:
    """Read families from the store again and write what it says of them; whether it showed any."""
    if not free:
        return False
    with calling_store():
        products = await link.store.products_by_sku([family.store_sku for family in free])
    sequences = {family.family_key: family.sequence for family in free}
    changes = [
        ProductChange(sequences[product.key], product.key, product)
        for product in products
        if product.key in sequences
    ]
    if changes:
        await _write(link, runtime, sort_changes(changes, link.rules), None)
    return bool(changes)


async def refresh_contents(
    link: Link, runtime: Runtime, store_skus: dict[str, str]
) -> frozenset[str]:
    """Read families again whose body the ledger does not keep; the keys whose body is there now.

    `store_skus` are the families' SKUs in the store's spelling, by family key.
    """
    with calling_store():
        products = await link.store.products_by_sku(list(store_skus.values()))
    drafts = {}
    apply = applier(link.rules)
    for product in products:
        allowed = apply(product)
        if product.key in store_skus and not isinstance(allowed, LeftOut):
            draft = draft_family(allowed)
            if isinstance(draft, FamilyDraft):
                drafts[product.key] = pack(with_tables(draft, link.rules))
    async with runtime.pool.connection() as conn, conn.transaction():
        if not await catalogue.hold(conn, link.connection_id):
            return frozenset()
        claim = await sku_owners.claim(conn, link.connection_id, list(drafts.values()), drafts)
        written = {draft.sku for draft in drafts.values()}
        await sku_owners.clear_the_way(conn, link.connection_id, claim.losing, written)
        if claim.losing:
            await runtime.waker.wake(conn, Loop.PUSH, link.connection_id)
        wanted = [draft.without(claim.contested.get(key, ())) for key, draft in drafts.items()]
        return frozenset(await catalogue.attach_contents(conn, link.connection_id, wanted))
