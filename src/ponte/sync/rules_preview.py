"""What candidate rules would change, found out from the store's feed without writing or sending.

Page by page, so that a catalogue of any size costs one page of memory; the small look at the first
products takes one request, and shows a person something within a second.
"""

import asyncio
from collections.abc import Awaitable, Callable

from ponte.domain.catalogue import ChangePage
from ponte.domain.problems import ProblemCode
from ponte.domain.rule_effects import Comparing, Effect
from ponte.domain.rules import MerchantRules
from ponte.ledger import catalogue
from ponte.ledger import rules_preview as ledger
from ponte.sync.pull import PAGE_FAMILIES
from ponte.sync.runtime import Link, Runtime, calling_store

# A glance at the catalogue: one small answer of the store.
FIRST_FAMILIES = 50
# Families compared in one go, some milliseconds' work: other jobs of the process wait no longer.
_TURN_FAMILIES = 25


async def preview_rules(
    link: Link,
    runtime: Runtime,
    candidate: MerchantRules,
    seen: Callable[[Effect], Awaitable[bool]],
) -> Effect:
    """Read the whole feed; `seen` is told after each page and answers whether anybody still wants
    to know. Raises the store client's failures."""
    comparing = await _comparing(link, runtime, candidate)
    after = 0
    while True:
        with calling_store():
            page = await link.store.product_changes(after, PAGE_FAMILIES)
        await _compare_page(link, runtime, comparing, page, candidate)
        if not page.has_more:
            comparing.end()
        wanted = await seen(comparing.effect)
        if not page.has_more or not wanted:
            return comparing.effect
        after = page.next_after


async def glance(link: Link, runtime: Runtime, candidate: MerchantRules) -> Effect:
    """The same of the feed's first products only."""
    comparing = await _comparing(link, runtime, candidate)
    with calling_store():
        page = await link.store.product_changes(0, FIRST_FAMILIES)
    await _compare_page(link, runtime, comparing, page, candidate)
    return comparing.effect


async def _comparing(link: Link, runtime: Runtime, candidate: MerchantRules) -> Comparing:
    """With what is known without the store: orders and reports."""
    comparing = Comparing(link.rules, candidate)
    number = link.connection_id
    async with runtime.pool.connection() as conn:
        if candidate.order_tolerance != link.rules.order_tolerance:
            comparing.effect.orders = await ledger.count_orders_with(
                conn, number, ProblemCode.TOTAL_MISMATCH
            )
        if candidate.report_mode is not link.rules.report_mode:
            comparing.effect.reports = await ledger.count_reports(conn, number)
    return comparing


async def _compare_page(
    link: Link,
    runtime: Runtime,
    comparing: Comparing,
    page: ChangePage,
    candidate: MerchantRules,
) -> None:
    removed: list[str] = []
    for place, change in enumerate(page.changes):
        if place % _TURN_FAMILIES == 0:
            await asyncio.sleep(0)
        if change.product is not None:
            comparing.add(change.product)
        elif change.deleted:
            removed.append(change.key)
    if removed and candidate.removed is not link.rules.removed:
        async with runtime.pool.connection() as conn:
            for family in await catalogue.known(conn, link.connection_id, removed):
                comparing.add_removed(family.sku)
