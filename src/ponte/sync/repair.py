"""Repair: what an audit found is closed by the push, which learns what the hub really shows.

Nothing is sent here. Both sides of a product are read anew; where the ledger wants something else
than the store says, it is told so as a pull would; where the ledger believes of the hub what the
hub does not show, it is told that. Then the product differs, and goes the way of all differences. A
row that somebody wrote since it was read is left alone and tried again: a push that acknowledged
meanwhile knows better than an older look.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec
from msgspec import Struct

from ponte.domain.acknowledgement import Acknowledged, look
from ponte.domain.catalogue import ProductChange, StoreProduct
from ponte.domain.families import draft_family
from ponte.domain.hub_body import Members
from ponte.domain.hub_product import HubProduct
from ponte.domain.packed import PackedDraft, pack
from ponte.domain.problems import Problem
from ponte.domain.rules import MerchantRules
from ponte.ledger import problems, repairs
from ponte.ledger.audits import AuditRow, DriftState
from ponte.ledger.repairs import RepairRow, Shown
from ponte.sync.both_sides import StoreSide, read_hub, read_store
from ponte.sync.pull import (
    FOUND_BY_PUSH,
    RulesChanged,
    Sorted,
    sort_changes,
    write_families,
)
from ponte.sync.runtime import Link, Loop, Runtime

# A second's work.
_REPAIRS_PER_STEP = 25
# A product that does not come to rest for so long is left as open: its hub is down, or throttles.
_PATIENCE_SECONDS = 900.0

_NOTHING_THERE = Acknowledged(None, None, None, Members())


class _Plan(Struct):
    """What is to be done for some products."""

    shown: list[Shown]
    # The ledger does not want what the store says: pages as a pull would write them.
    unknown: list[Sorted]
    # SKUs that are as they should be already, and whether we sent something since the audit.
    equal: dict[str, bool]


class _Rules(Struct, frozen=True):
    """What a product is judged by."""

    rules: MerchantRules
    audited_at: datetime | None


async def repair_some(link: Link, runtime: Runtime, audit: AuditRow, after: str) -> str | None:
    """The next products that are to be repaired, behind SKU `after`; the last one's SKU, None when
    there was none. Raises the failures of both clients."""
    async with runtime.pool.connection() as conn:
        skus = await repairs.asked(conn, audit.audit_id, after, _REPAIRS_PER_STEP)
        # Before the hub is read: what is acknowledged later than this must not be overwritten.
        rows = await repairs.families(conn, link.connection_id, skus)
    if not skus:
        return None
    resting = [sku for sku in skus if sku not in rows or rows[sku].work == 0]
    hub = await read_hub(link, resting)
    store = await read_store(link, runtime, resting)
    plan = _Plan([], [], {})
    by = _Rules(link.rules, audit.ended_at)
    for sku in hub:
        _plan(plan, sku, rows.get(sku), store, hub[sku], by)
    if plan.unknown:
        await _tell_as_a_pull(link, runtime, plan.unknown)
    await _write(link, runtime, audit, plan)
    return skus[-1]


async def settle_repairs(link: Link, runtime: Runtime, audit_id: int) -> bool:
    """Note what the push has done meanwhile; whether anything is still under way."""
    async with runtime.pool.connection() as conn, conn.transaction():
        return await repairs.settle(conn, audit_id, link.connection_id, _PATIENCE_SECONDS)


def _plan(
    plan: _Plan,
    sku: str,
    row: RepairRow | None,
    store: StoreSide,
    shown: HubProduct | None,
    by: _Rules,
) -> None:
    product, draft = store.products.get(sku), store.drafts.get(sku)
    if draft is not None and draft.sku != sku:
        draft = None
    if row is None:
        if product is None:
            plan.equal[sku] = False
        else:
            plan.unknown += _as_new(product, draft, by.rules)
        return
    if product is None and not row.retired:
        # It could not be read in the store: that proves nothing.
        return
    wanted = (row.desired_stock, row.desired_price, row.desired_content)
    if draft is None:
        is_known = row.retired
    else:
        says = (draft.stock, draft.price, draft.content_hash)
        is_known = not row.retired and wanted == says
    if not is_known:
        change = ProductChange(row.sequence, row.family_key, product)
        plan.unknown.append(sort_changes([change], by.rules))
    else:
        _plan_look(plan, row, draft, shown, by.audited_at)


def _as_new(product: StoreProduct, draft: PackedDraft | None, rules: MerchantRules) -> list[Sorted]:
    """A product that the ledger does not know. One that is not to be offered is known for a moment
    as if it were, so that the push takes off sale what the hub has of it."""
    page = sort_changes([ProductChange(0, product.key, product)], rules)
    whole = draft_family(product)
    if draft is not None or isinstance(whole, Problem):
        return [page]
    return [Sorted([product.key], [(0, pack(whole))], [], []), page]


def _plan_look(
    plan: _Plan,
    row: RepairRow,
    draft: PackedDraft | None,
    shown: HubProduct | None,
    audited_at: datetime | None,
) -> None:
    state = row.state()
    if draft is not None:
        state = msgspec.structs.replace(state, content=draft.content)
    acked = _NOTHING_THERE if shown is None else look(state, shown)
    is_off_sale = row.retired and shown is None
    facets = (acked.stock, acked.price, acked.tables, acked.content)
    wanted = (state.stock, state.price, state.tables, state.content_hash)
    if is_off_sale or facets == wanted:
        sent = audited_at is not None and row.acked_at is not None and row.acked_at > audited_at
        plan.equal[row.sku] = sent
    else:
        plan.shown.append(Shown(row, acked, state.content))


async def _tell_as_a_pull(link: Link, runtime: Runtime, pages: Sequence[Sorted]) -> None:
    """One by one: a product may stand here twice, first as if it were offered. Where the rules
    were changed meanwhile nothing is told: the pull reads all of the store again under them."""
    with suppress(RulesChanged):
        async with runtime.pool.connection() as conn, conn.transaction():
            for page in pages:
                await write_families(conn, link, runtime, page, cursor=None)


async def _write(link: Link, runtime: Runtime, audit: AuditRow, plan: _Plan) -> None:
    number, audit_id = link.connection_id, audit.audit_id
    async with runtime.pool.connection() as conn, conn.transaction():
        repaired = [sku for sku, sent in plan.equal.items() if sent]
        gone = [sku for sku, sent in plan.equal.items() if not sent]
        await repairs.set_state(conn, audit_id, repaired, DriftState.REPAIRED)
        await repairs.set_state(conn, audit_id, gone, DriftState.GONE)
        if not plan.shown:
            return
        # By key, as a push and a pull write.
        plan.shown.sort(key=lambda each: each.row.family_key)
        changed = await repairs.adopt(conn, number, plan.shown)
        if not changed:
            return
        keys = {family.family_key for family in changed}
        skus = [each.row.sku for each in plan.shown if each.row.family_key in keys]
        await repairs.set_state(conn, audit_id, skus, DriftState.SENT)
        await problems.clear(conn, number, problems.FAMILY, list(keys), FOUND_BY_PUSH)
        parts = {family.part for family in changed}
        await runtime.waker.wake(conn, Loop.PUSH, number, parts)
