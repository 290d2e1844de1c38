"""Reports: invoice, dispatch and delivery from the store's events to the hub (R6, R7, R8).

The event feed becomes facts in the ledger, page and cursor in one transaction. Then each open
report is worked through by itself: the order is read from the hub, what it already shows is
acknowledged, and the steps that are missing are sent one after the other.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from ponte.domain.failures import AlreadySo, Missing, Refused, Transient
from ponte.domain.hub_order import HubOrder
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.reports import AckedFacts, ReportStep, next_step, shown_facts
from ponte.domain.rules import Pausable
from ponte.domain.store_order import OrderEvent
from ponte.ledger import pauses, problems, reports
from ponte.ledger.problems import REPORT, Standing
from ponte.ledger.reports import OpenReport
from ponte.sync.many import Worked, work_through
from ponte.sync.runtime import Link, Runtime, calling_store

# The contract's largest page of events.
PAGE_EVENTS = 500
# Invoice, dispatch, delivery, and one more look.
LONGEST_REPORT = 4

_FOUND_HERE = (ProblemCode.INVALID_INVOICE_KEY, ProblemCode.HUB_REFUSED_REPORT)


class ReportLoop:
    """One run of the loop over one connection."""

    def __init__(self, link: Link, runtime: Runtime) -> None:
        self._link = link
        self._runtime = runtime

    async def run(self) -> Worked:
        """Read the event feed, then tell what is to be told."""
        await self._read_events()
        return await work_through(self, self._link.hub_pace)

    async def _read_events(self) -> None:
        at = datetime.now(UTC)
        cursor = self._link.row.event_cursor
        while True:
            with calling_store():
                page = await self._link.store.order_events(cursor, PAGE_EVENTS)
            if page.events:
                await self._write_events(page.events, page.next_after)
            cursor = page.next_after
            if not page.has_more:
                break
        async with self._runtime.pool.connection() as conn:
            await reports.mark_checked(conn, self._link.connection_id, at)

    async def _write_events(self, events: tuple[OrderEvent, ...], cursor: int) -> None:
        unreadable = [
            Standing(
                event.hub_order_id,
                Problem(ProblemCode.EVENT_UNREADABLE, (event.unreadable or "")[:200]),
                blocking=True,
            )
            for event in events
            if event.unreadable is not None and event.hub_order_id is not None
        ]
        named = [event.hub_order_id for event in events if event.hub_order_id is not None]
        async with self._runtime.pool.connection() as conn, conn.transaction():
            await reports.record_facts(conn, self._link.connection_id, events, cursor)
            await problems.set_all(
                conn,
                self._link.connection_id,
                REPORT,
                named,
                unreadable,
                (ProblemCode.EVENT_UNREADABLE,),
            )

    async def claim(self, count: int, in_flight: Collection[str]) -> list[OpenReport]:
        """Reports to look at now."""
        if self._runtime.stops.hold(self._link.row.store_platform):
            return []
        async with self._runtime.pool.connection() as conn:
            if await pauses.is_paused(conn, self._link.connection_id, Pausable.REPORTS):
                return []
            return await reports.open_reports(conn, self._link.connection_id, count, in_flight)

    async def handle(self, report: OpenReport) -> None:
        """Tell the hub what it does not know of one order yet; what stops it is a pendência."""
        problem = await self._tell(report)
        subject = report.hub_order_id
        standing = [] if problem is None else [Standing(subject, problem, blocking=True)]
        async with self._runtime.pool.connection() as conn:
            await problems.set_all(
                conn, self._link.connection_id, REPORT, [subject], standing, _FOUND_HERE
            )

    async def postpone(self, report: OpenReport, wait: float) -> None:
        """Look at it again in `wait` seconds."""
        async with self._runtime.pool.connection() as conn:
            await reports.postpone(conn, self._link.connection_id, report.hub_order_id, wait)

    async def _tell(self, report: OpenReport) -> Problem | None:
        """Send the missing steps in order; the problem that stopped them, or None."""
        facts = report.facts()
        try:
            order = await self._link.hub.get_order(report.hub_order_id)
        except Missing as failure:
            await self._settle(report, report.acked())
            return _refusal(failure)
        acked = shown_facts(facts, report.acked(), order)
        for _ in range(LONGEST_REPORT):
            step = next_step(facts, acked, order, self._link.rules.report_mode)
            if not isinstance(step, ReportStep):
                await self._settle(report, acked)
                return step
            try:
                order = await self._send(order, step)
            except Refused as failure:
                if not step.optional:
                    await self._settle(report, acked)
                    return _refusal(failure)
            acked = step.acked
        raise Transient(f"hub order {report.hub_order_id}: the report does not come to an end")

    async def _send(self, order: HubOrder, step: ReportStep) -> HubOrder:
        """One step; the order afterwards, with the ids that the next step needs."""
        try:
            try:
                answer = await self._link.hub.update_order(order.id, step.body)
            except AlreadySo:
                answer = None
            except Refused:
                if step.fallback is None:
                    raise
                answer = await self._link.hub.update_order(order.id, step.fallback)
        except AlreadySo:
            answer = None
        if answer is not None and answer.status and answer.shipments:
            return answer
        return await self._link.hub.get_order(order.id)

    async def _settle(self, report: OpenReport, acked: AckedFacts) -> None:
        async with self._runtime.pool.connection() as conn:
            await reports.settle(conn, self._link.connection_id, report, acked)


def _refusal(failure: Refused) -> Problem:
    return Problem(
        ProblemCode.HUB_REFUSED_REPORT, f"{failure.code}: {failure.details}".strip(": ")[:200]
    )
