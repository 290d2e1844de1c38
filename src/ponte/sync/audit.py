"""Audit: is the hub as the store is, product by product?

A run reads the hub once, in pages of its list, and asks the store for the same products. The list
may shift while it is read: an item may be shown twice, or not at all. So what was read is noted in
the ledger, and what should be on sale and was not listed is looked up by its SKU before it counts
as missing. What was in motion is looked at again at the end, both sides anew, until it rests.

Each step ends in one transaction, so a worker may die between any two of them, and another goes on.
Memory is one page, whatever the catalogue; what was read costs a row of the ledger until the end.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import structlog
from msgspec import Struct

from ponte.domain.failures import Refused, Transient
from ponte.domain.hub_product import HubProduct
from ponte.ledger import audits
from ponte.ledger.audits import AuditRow, DriftState, NewDrift, Outcome, Phase, Step
from ponte.sync.both_sides import (
    Judged,
    Look,
    Verdict,
    judge_all,
    leave_room,
    read_hub,
    read_store,
)
from ponte.sync.runtime import Link, Loop, Runtime

log = structlog.get_logger(__name__)

# Looked up singly in one step: a second's work, which is all that a dead worker loses.
_LOOKS_PER_STEP = 50
# What is in motion is looked at again after this, then after twice as long each time, and judged as
# it is once nothing came to rest for so long: a push that works needs a second, one that waits for
# a throttled hub a minute.
_LOOK_AGAIN_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 30.0
_PATIENCE_SECONDS = 90.0
# A list whose place was lost, because the product that it goes on behind is gone, begins anew; what
# was read is passed over. More often, the hub does not give its list at all.
_LARGEST_RESTARTS = 20
# Ten million products: a list that goes round in circles has to end.
_LARGEST_PAGES = 100_000
# The ledger's index takes no longer ones, and no product of ours has one (the store contract: 64).
_LONGEST_SKU = 500


class StepResult(Struct, frozen=True):
    """Whether the run goes on, and in how many seconds."""

    more: bool
    pause: float = 0.0


async def take_step(
    link: Link, runtime: Runtime, run: AuditRow, *, repairs_always: bool
) -> StepResult:
    """One page, or one look at some products. Raises the failures of both clients; nothing is
    written then."""
    step = _Step(link, runtime, run, repairs_always=repairs_always)
    if run.started_at is None:
        async with runtime.pool.connection() as conn:
            await audits.start(conn, run.audit_id)
        return StepResult(more=True)
    return await (step.list() if run.phase == Phase.LISTING else step.look())


class _Step:
    def __init__(
        self, link: Link, runtime: Runtime, run: AuditRow, *, repairs_always: bool
    ) -> None:
        self._link = link
        self._runtime = runtime
        self._run = run
        self._repairs_always = repairs_always

    async def list(self) -> StepResult:
        """The next page of the hub's list."""
        run = self._run
        await leave_room(self._link.hub_pace)
        since = await self._now()
        try:
            page = await self._link.hub.list_products(run.cursor)
        except Refused as failure:
            if run.cursor is None or run.restarts >= _LARGEST_RESTARTS:
                raise Transient(f"the hub does not give its list: {failure}") from failure
            again = Step(Phase.LISTING, None, restarts=1, pages=1)
            return await self._save(again, [], {})
        listed = {each.own.sku: each for each in page.products if len(each.own.sku) <= _LONGEST_SKU}
        async with self._runtime.pool.connection() as conn:
            known = await audits.seen(conn, run.audit_id, listed)
        fresh: dict[str, HubProduct | None] = {
            sku: product for sku, product in listed.items() if sku not in known
        }
        store = await read_store(self._link, self._runtime, fresh)
        judged = await judge_all(fresh, store, since, Look.LISTED)
        is_last = page.next is None or run.pages >= _LARGEST_PAGES
        step = Step(
            Phase.LOOKING if is_last else Phase.LISTING,
            None if is_last else page.next,
            pages=1,
            products=len(fresh),
        )
        read = {each.sku: each.verdict is Verdict.OPEN for each in judged}
        return await self._save(step, judged, read)

    async def look(self) -> StepResult:
        """Some products that were in motion, or not listed, both sides anew."""
        run = self._run
        async with self._runtime.pool.connection() as conn:
            skus = await audits.open_skus(conn, run.audit_id, run.cursor or "", _LOOKS_PER_STEP)
            families = await audits.families(conn, self._link.connection_id, skus)
        if not skus:
            return await self._end_round()
        # What is being sent is in motion, whatever a look would show.
        resting = [sku for sku in skus if sku not in families or families[sku].work == 0]
        judged: list[Judged] = []
        if resting:
            since = await self._now()
            shown = await read_hub(self._link, resting)
            store = await read_store(self._link, self._runtime, resting)
            judged = await judge_all(shown, store, since, await self._kind_of_look())
        done = {each.sku: False for each in judged if each.verdict is not Verdict.OPEN}
        step = Step(Phase(run.phase), skus[-1], progress=bool(done))
        return await self._save(step, judged, done)

    async def _kind_of_look(self) -> Look:
        if self._run.phase != Phase.DECIDING:
            return Look.SINGLE
        async with self._runtime.pool.connection() as conn:
            pulled_at = await audits.pulled_at(conn, self._link.connection_id)
        rested = self._run.progress_at or self._run.asked_at
        return Look.LAST_AFTER_PULL if pulled_at and pulled_at > rested else Look.LAST

    async def _end_round(self) -> StepResult:
        """All that was open was looked at: is anything left, and worth another look?"""
        run = self._run
        async with self._runtime.pool.connection() as conn, conn.transaction():
            left = await audits.open_skus(conn, run.audit_id, "", 1)
            if not left or run.phase == Phase.DECIDING:
                await audits.end(conn, run, Outcome.COMPLETE)
                return StepResult(more=True)
            rested = run.progress_at or run.asked_at
            idle = (datetime.now(UTC) - rested).total_seconds()
            tired = idle > _PATIENCE_SECONDS
            step = Step(Phase.DECIDING if tired else Phase.LOOKING, None, progress=False)
            await audits.save_step(conn, run, step, [], {})
            if not tired:
                # What the ledger does not know of yet is brought by it.
                await self._runtime.waker.wake(conn, Loop.PULL, self._link.connection_id)
        pause = min(max(idle, _LOOK_AGAIN_SECONDS), _LONGEST_PAUSE_SECONDS)
        return StepResult(more=True, pause=0.0 if tired else pause)

    async def _save(
        self, step: Step, judged: Sequence[Judged], read: dict[str, bool]
    ) -> StepResult:
        _count(step, judged)
        drift = [each for verdict in judged for each in self._drift_of(verdict)]
        run = self._run
        async with self._runtime.pool.connection() as conn, conn.transaction():
            saved = await audits.save_step(conn, run, step, drift, read)
            if saved and run.phase == Phase.LISTING and step.phase is Phase.LOOKING:
                unlisted = await audits.note_unlisted(conn, run.audit_id, self._link.connection_id)
                log.info("hub's list read", connection=self._link.connection_id, unlisted=unlisted)
        return StepResult(more=True)

    def _drift_of(self, judged: Judged) -> Iterable[NewDrift]:
        state = DriftState.ASKED if self._repairs_always and not judged.refused else DriftState.OPEN
        if judged.verdict is Verdict.ONLY_IN_HUB:
            state = DriftState.NOTE
        elif judged.verdict is Verdict.OPEN:
            return
        for difference in judged.differences:
            yield NewDrift(
                judged.sku, judged.family_key, judged.title, difference, judged.refused, state
            )

    async def _now(self) -> datetime:
        async with self._runtime.pool.connection() as conn:
            return await audits.clock(conn)


def _count(step: Step, judged: Sequence[Judged]) -> None:
    for each in judged:
        if each.verdict is Verdict.ONLY_IN_HUB:
            step.only_in_hub += 1
        elif each.verdict is not Verdict.OPEN:
            step.compared += each.skus
            if each.verdict is Verdict.MISSING:
                step.missing += each.skus
            else:
                step.different += each.skus_different
                step.equal += each.skus - each.skus_different
            step.products_different += each.verdict is not Verdict.EQUAL
