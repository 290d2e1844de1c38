"""Reports in the ledger: what the store told of its orders, and what the hub acknowledged."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.domain.reports import AckedFacts, OrderFacts
from ponte.domain.store_order import Dispatch, EventType, Invoice, OrderEvent
from ponte.ledger.problem_lists import SubjectPlace, behind
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars


class OpenReport(Struct, frozen=True):
    """A report that may have something to tell."""

    hub_order_id: str
    store_number: str
    invoice: dict[str, Any] | None
    dispatch: dict[str, Any] | None
    delivered_at: datetime | None
    acked_invoice: dict[str, Any] | None
    acked_dispatch: dict[str, Any] | None
    acked_delivered: bool
    facts_version: int
    attempts: int

    def facts(self) -> OrderFacts:
        """Desired."""
        return OrderFacts(_invoice(self.invoice), _dispatch(self.dispatch), self.delivered_at)

    def acked(self) -> AckedFacts:
        """Acknowledged."""
        return AckedFacts(
            _invoice(self.acked_invoice), _dispatch(self.acked_dispatch), self.acked_delivered
        )


def _invoice(kept: dict[str, Any] | None) -> Invoice | None:
    return None if kept is None else msgspec.convert(kept, Invoice)


def _dispatch(kept: dict[str, Any] | None) -> Dispatch | None:
    return None if kept is None else msgspec.convert(kept, Dispatch)


def _kept(fact: Invoice | Dispatch | None) -> Jsonb | None:
    return None if fact is None else Jsonb(msgspec.to_builtins(fact))


class _Told(Struct):
    """What a page of events says of one order; of several, the latest counts."""

    number: str
    invoice: Jsonb | None = None
    dispatch: Jsonb | None = None
    delivered_at: datetime | None = None
    status: EventType = EventType.CREATED
    status_at: datetime | None = None

    def add(self, event: OrderEvent) -> None:
        self.number = event.number or self.number
        self.invoice = _kept(event.invoice) or self.invoice
        self.dispatch = _kept(event.dispatch) or self.dispatch
        self.delivered_at = event.delivered_at or self.delivered_at
        is_further = _PROGRESS.index(event.type) >= _PROGRESS.index(self.status)
        if event.unreadable is None and is_further:
            self.status, self.status_at = event.type, event.occurred_at


# The way of an order at the store; from none of these it goes back to one before.
_PROGRESS = list(EventType)


async def record_facts(
    conn: Connection, connection_id: int, events: Sequence[OrderEvent], cursor: int
) -> None:
    """Write a page of the event feed and its cursor; sales of the store's own stay out (R2)."""
    told: dict[str, _Told] = {}
    for event in events:
        if event.hub_order_id is not None:
            told.setdefault(event.hub_order_id, _Told(event.number)).add(event)
    if told:
        await execute(
            conn,
            "record_facts",
            connection_id=connection_id,
            ids=list(told),
            numbers=[each.number for each in told.values()],
            invoices=[each.invoice for each in told.values()],
            dispatches=[each.dispatch for each in told.values()],
            delivered=[each.delivered_at for each in told.values()],
            statuses=[each.status for each in told.values()],
            status_times=[each.status_at for each in told.values()],
            progress=_PROGRESS,
        )
    await execute(conn, "advance_event_cursor", connection_id=connection_id, cursor=cursor)


async def open_reports(
    conn: Connection, connection_id: int, count: int, in_flight: Collection[str]
) -> list[OpenReport]:
    """Up to `count` reports to look at now."""
    return await rows(
        conn,
        "open_reports",
        OpenReport,
        connection_id=connection_id,
        count=count,
        in_flight=list(in_flight),
    )


async def is_reported(conn: Connection, connection_id: int, hub_order_id: str) -> bool:
    """Whether the store told anything of this order, and so has it."""
    return bool(
        await scalar(conn, "is_reported", connection_id=connection_id, hub_order_id=hub_order_id)
    )


async def settle(
    conn: Connection, connection_id: int, report: OpenReport, acked: AckedFacts
) -> None:
    """Write what the hub knows; the report closes unless the store told more meanwhile."""
    await execute(
        conn,
        "settle_report",
        connection_id=connection_id,
        hub_order_id=report.hub_order_id,
        facts_version=report.facts_version,
        acked_invoice=_kept(acked.invoice),
        acked_dispatch=_kept(acked.dispatch),
        acked_delivered=acked.delivered,
    )


async def postpone(conn: Connection, connection_id: int, hub_order_id: str, wait: float) -> None:
    """A passing failure: try again in `wait` seconds."""
    await execute(
        conn,
        "postpone_report",
        connection_id=connection_id,
        hub_order_id=hub_order_id,
        wait=wait,
    )


async def reopen(conn: Connection, connection_id: int, hub_order_id: str) -> bool:
    """A person asks to send it again, ignored or not; whether there is such a report."""
    return (
        await scalar(conn, "reopen_report", connection_id=connection_id, hub_order_id=hub_order_id)
        is not None
    )


async def reopen_with_problem(
    conn: Connection,
    connection_id: int,
    most: int,
    code: str | None = None,
    place: SubjectPlace | None = None,
) -> list[str]:
    """A person asks to send again what one cause holds back, or any: the oldest `most` behind
    `place`; of which orders."""
    return await scalars(
        conn,
        "reopen_reports_with_problem",
        connection_id=connection_id,
        most=most,
        code=code,
        **behind(place),
    )


async def mark_checked(conn: Connection, connection_id: int, at: datetime) -> None:
    """The event feed was read to its end."""
    await execute(conn, "mark_reports_checked", connection_id=connection_id, at=at)


async def schedule(conn: Connection, connection_id: int, poll_seconds: float, pause: float) -> None:
    """Plan the next wake-up of the report loop, not before `pause` seconds."""
    due_at = await scalar(conn, "next_report_due", connection_id=connection_id)
    await execute(
        conn,
        "schedule_reports",
        connection_id=connection_id,
        due_at=due_at,
        poll_seconds=poll_seconds,
        pause=pause,
    )
