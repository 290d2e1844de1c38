"""Audits as people ask for them: begin, pause, go on, stop; when by itself; repair; what was found.

Questions are answered for whoever may see the connection; what starts work, or has something sent,
is for those who may change it, and is in the trail.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from ponte.domain.audit_plan import Every, next_audit
from ponte.domain.comparison import Field
from ponte.jobs.audits import BY_PLAN, wake_audit
from ponte.jobs.installation import Equipment
from ponte.ledger import audits, connections, repairs
from ponte.ledger.audits import AuditRow, Outcome, Plan
from ponte.ledger.connections import ConnectionRow
from ponte.ledger.queries import Connection
from ponte.ledger.repairs import DriftRow, FieldCount, Place, StateCount
from ponte.services.actors import Actor, must_change, must_see, record
from ponte.sync.runtime import Runtime

# Fields on one page of the list; what a report reads at a time.
PAGE_ROWS = 50
_REPORT_ROWS = 2_000
# Headers of runs that are shown.
_HISTORY_SHOWN = 30


class Refusal(StrEnum):
    """Why something is not done."""

    UNDER_WAY = "under_way"
    NONE_UNDER_WAY = "none_under_way"
    HELD = "held"
    ACCESS_ENDED = "access_ended"
    NOTHING_TO_REPAIR = "nothing_to_repair"
    WRONG_TIME = "wrong_time"
    # The merchant paused what would send it.
    PAUSED = "paused"


class NotDone(Exception):
    """It is not done; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Figures(Struct, frozen=True):
    """What a run found; SKUs unless it says otherwise."""

    audit_id: int
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    # "complete", "stopped" or "failed"; None while it is under way.
    outcome: str | None
    failure: str | None
    # Nobody asked: it was planned.
    by_plan: bool
    asked_by: str
    compared: int
    equal: int
    different: int
    missing: int
    moving: int
    products_different: int
    only_in_hub: int
    differences: int

    @property
    def all_equal(self) -> bool:
        """Whether every SKU of the store stood in the hub as it should."""
        return self.equal == self.compared


class Progress(Struct, frozen=True):
    """How far the run under way is, in products of the hub."""

    phase: str
    paused: bool
    # No worker has taken it up yet.
    waiting: bool
    read: int
    total: int | None
    per_second: float | None
    seconds_left: int | None
    # A side does not answer, or throttles us, for so many tries.
    failures: int


class Repairs(Struct, frozen=True):
    """How many differences of the last run are in which state."""

    open: int = 0
    under_way: int = 0
    repaired: int = 0
    gone: int = 0


class Overview(Struct, frozen=True):
    """Everything of a connection's audits but the list of differences."""

    connection: int
    store_name: str
    held: bool
    access_ended: bool
    progress: Progress | None
    figures_so_far: Figures | None
    last: Figures | None
    repairs: Repairs
    fields: list[FieldCount]
    plan: Plan
    history: list[Figures]


class UnderWay(Struct, frozen=True):
    """What is going on at present: a run, or repairs of the last one."""

    progress: Progress | None
    differences: int
    repairs: Repairs

    @property
    def rests(self) -> bool:
        """Whether nothing is."""
        return self.progress is None and not self.repairs.under_way


class DriftPage(Struct, frozen=True):
    """Some differences; `following` is where the next page begins, None on the last."""

    rows: list[DriftRow]
    following: Place | None


async def overview(runtime: Runtime, actor: Actor, connection_id: int) -> Overview | None:
    """How audits stand; None where there is no such connection."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        connection = await connections.read(conn, connection_id)
        if connection is None:
            return None
        run = await audits.under_way(conn, connection_id)
        last = await audits.last_complete(conn, connection_id)
        states = [] if last is None else await repairs.by_state(conn, last.audit_id)
        fields = [] if last is None else await repairs.by_field(conn, last.audit_id)
        plan = await audits.read_plan(conn, connection_id)
        history = await audits.history(conn, connection_id, _HISTORY_SHOWN)
    return Overview(
        connection_id,
        connection.store_name,
        held=connection.released_at is None,
        access_ended=_is_shut_out(connection),
        progress=None if run is None else progress_of(run, datetime.now(UTC)),
        figures_so_far=None if run is None else figures_of(run),
        last=None if last is None else figures_of(last),
        repairs=_repairs(states),
        fields=[each for each in fields if each.field in _FIELDS],
        plan=plan,
        history=[figures_of(each) for each in history],
    )


_FIELDS = frozenset(Field)


async def under_way(runtime: Runtime, actor: Actor, connection_id: int) -> UnderWay:
    """What is going on: cheap enough to be asked every other second."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        run = await audits.under_way(conn, connection_id)
        if run is not None:
            return UnderWay(progress_of(run, datetime.now(UTC)), run.drift_found, Repairs())
        last = await audits.last_complete(conn, connection_id)
        states = [] if last is None else await repairs.by_state(conn, last.audit_id)
    return UnderWay(None, 0, _repairs(states))


async def drift(
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    after: Place | None = None,
    field: Field | None = None,
    count: int = PAGE_ROWS,
) -> DriftPage:
    """A page of what the last complete run found."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        last = await audits.last_complete(conn, connection_id)
        if last is None:
            return DriftPage([], None)
        found = await repairs.read_drift(
            conn,
            last.audit_id,
            after or Place(),
            count + 1,
            None if field is None else field.value,
        )
    rows = found[:count]
    if len(found) <= count:
        return DriftPage(rows, None)
    at = rows[-1]
    return DriftPage(rows, Place(at.product_sku, at.sku, at.field, at.place))


async def start(equipment: Equipment, actor: Actor, connection_id: int) -> int:
    """Begin a run; its number. Raises `NotDone`."""
    must_change(actor, connection_id)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        await _must_work(conn, connection_id)
        audit_id = await audits.begin(conn, connection_id, actor.name)
        if audit_id is None:
            raise NotDone(Refusal.UNDER_WAY)
        await wake_audit(equipment.app, conn, connection_id)
        await record(conn, actor, "audit.started", connection_id)
    return audit_id


async def pause(equipment: Equipment, actor: Actor, connection_id: int) -> None:
    """Let the run rest where it is. Raises `NotDone`."""
    must_change(actor, connection_id)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        if not await audits.pause(conn, connection_id):
            raise NotDone(Refusal.NONE_UNDER_WAY)
        await record(conn, actor, "audit.paused", connection_id)


async def resume(equipment: Equipment, actor: Actor, connection_id: int) -> None:
    """Let it go on from there. Raises `NotDone`."""
    must_change(actor, connection_id)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        await _must_work(conn, connection_id)
        if not await audits.resume(conn, connection_id):
            raise NotDone(Refusal.NONE_UNDER_WAY)
        await wake_audit(equipment.app, conn, connection_id)
        await record(conn, actor, "audit.resumed", connection_id)


async def stop(equipment: Equipment, actor: Actor, connection_id: int) -> None:
    """End the run; the last complete one stays the last. Raises `NotDone`."""
    must_change(actor, connection_id)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        run = await audits.under_way(conn, connection_id)
        if run is None:
            raise NotDone(Refusal.NONE_UNDER_WAY)
        await audits.end(conn, run, Outcome.STOPPED)
        await record(conn, actor, "audit.stopped", connection_id)


async def repair(
    equipment: Equipment, actor: Actor, connection_id: int, product_sku: str | None = None
) -> int:
    """Have what the last run found of a product, or all of it, repaired; how many differences.
    Raises `NotDone`."""
    must_change(actor, connection_id)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        connection = await _must_work(conn, connection_id)
        if connection.catalogue_paused_at is not None:
            raise NotDone(Refusal.PAUSED)
        last = await audits.last_complete(conn, connection_id)
        asked = 0 if last is None else await repairs.ask(conn, last.audit_id, product_sku)
        if not asked:
            raise NotDone(Refusal.NOTHING_TO_REPAIR)
        await wake_audit(equipment.app, conn, connection_id)
        what = {} if product_sku is None else {"sku": product_sku}
        await record(conn, actor, "audit.repair_asked", connection_id, differences=asked, **what)
    return asked


async def schedule(
    equipment: Equipment,
    actor: Actor,
    connection_id: int,
    every: Every,
    hour: int,
    weekday: int,
) -> Plan:
    """When audits begin by themselves, in São Paulo's time. Raises `NotDone`."""
    must_change(actor, connection_id)
    if not 0 <= hour <= 23 or not 0 <= weekday <= 6:
        raise NotDone(Refusal.WRONG_TIME)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        await audits.save_plan(
            conn,
            connection_id,
            every=every.value,
            hour=hour,
            weekday=weekday,
            next_at=next_audit(every, hour, weekday, connection_id, datetime.now(UTC)),
        )
        await record(
            conn,
            actor,
            "audit.planned",
            connection_id,
            every=every.value,
            hour=hour,
            weekday=weekday,
        )
        return await audits.read_plan(conn, connection_id)


async def set_repairs_always(
    equipment: Equipment, actor: Actor, connection_id: int, *, always: bool
) -> None:
    """Whether what a run finds is repaired without being asked, from the next run on."""
    must_change(actor, connection_id)
    async with equipment.runtime.pool.connection() as conn, conn.transaction():
        await audits.set_repairs_always(conn, connection_id, always)
        await record(conn, actor, "audit.repair_mode", connection_id, always=always)


async def whole_drift(
    runtime: Runtime, actor: Actor, connection_id: int, audit_id: int
) -> AsyncIterator[list[DriftRow]]:
    """Everything that a run found, some thousand at a time: for a report."""
    must_see(actor, connection_id)
    after = Place()
    while True:
        async with runtime.pool.connection() as conn:
            found = await repairs.read_drift(conn, audit_id, after, _REPORT_ROWS)
        if found:
            yield found
        if len(found) < _REPORT_ROWS:
            return
        after = Place(found[-1].product_sku, found[-1].sku, found[-1].field, found[-1].place)


def figures_of(run: AuditRow) -> Figures:
    """A run's counts."""
    return Figures(
        audit_id=run.audit_id,
        asked_at=run.asked_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        outcome=run.outcome,
        failure=run.failure,
        by_plan=run.asked_by == BY_PLAN,
        asked_by=run.asked_by,
        compared=run.skus_compared,
        equal=run.skus_equal,
        different=run.skus_different,
        missing=run.skus_missing,
        moving=run.skus_moving,
        products_different=run.products_different,
        only_in_hub=run.only_in_hub,
        differences=run.drift_found,
    )


def progress_of(run: AuditRow, now: datetime) -> Progress:
    """How far a run is. What was read so far tells how fast, where it did not rest meanwhile."""
    per_second = seconds_left = None
    if run.started_at is not None and run.paused_at is None:
        seconds = (now - run.started_at).total_seconds()
        per_second = run.products_read / seconds if seconds > 1 and run.products_read else None
    if per_second and run.products_total and run.phase == audits.Phase.LISTING:
        seconds_left = round(max(0, run.products_total - run.products_read) / per_second)
    return Progress(
        phase=run.phase,
        paused=run.paused_at is not None,
        waiting=run.started_at is None,
        read=run.products_read,
        total=run.products_total,
        per_second=None if per_second is None else round(per_second, 1),
        seconds_left=seconds_left,
        failures=run.failures,
    )


def _repairs(states: list[StateCount]) -> Repairs:
    count = {each.state: each.rows for each in states}
    return Repairs(
        open=count.get("open", 0),
        under_way=count.get("asked", 0) + count.get("sent", 0),
        repaired=count.get("repaired", 0),
        gone=count.get("gone", 0),
    )


def _is_shut_out(connection: ConnectionRow) -> bool:
    return (
        connection.hub_access_ended_at is not None or connection.store_access_ended_at is not None
    )


async def _must_work(conn: Connection, connection_id: int) -> ConnectionRow:
    connection = await connections.read(conn, connection_id)
    if connection is None or connection.released_at is None:
        raise NotDone(Refusal.HELD)
    if _is_shut_out(connection):
        raise NotDone(Refusal.ACCESS_ENDED)
    return connection
