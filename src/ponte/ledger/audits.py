"""Audits in the ledger: how far a run is, what it has read, and what it found.

A step writes what it found, what it has read and where it goes on in one transaction, and only
where the run still is where the step began: so a worker that was thought dead and goes on, or a
person who stops the run, can never make a count wrong.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ponte.domain.comparison import Difference
from ponte.ledger.queries import Connection, execute, row, rows, scalar, scalars

# Headers of past runs that are kept: a year of weekly ones, two months of daily ones.
RUNS_KEPT = 60
# Rows of drift that are kept of a run. Whoever has more has another problem than these rows, and
# a repair of these is followed by the next run's; a page counts all of them in less than 0.1 s.
LARGEST_DRIFT = 50_000


class Phase(StrEnum):
    """What a run is doing: reading the hub's list, then looking at some products singly until they
    rest, and at the end judging as they are those that do not."""

    LISTING = "listing"
    LOOKING = "looking"
    DECIDING = "deciding"


class Outcome(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"


class DriftState(StrEnum):
    """What becomes of a difference."""

    OPEN = "open"
    # To be repaired; handed to the push; acknowledged by the hub; not there any more.
    ASKED = "asked"
    SENT = "sent"
    REPAIRED = "repaired"
    GONE = "gone"
    # For information only.
    NOTE = "note"


class AuditRow(Struct, frozen=True):
    """One run. Counts are of SKUs unless they say otherwise."""

    audit_id: int
    connection_id: int
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    seen_at: datetime | None
    progress_at: datetime | None
    phase: str
    cursor: str | None
    pages: int
    restarts: int
    failures: int
    products_total: int | None
    products_read: int
    skus_compared: int
    skus_equal: int
    skus_different: int
    skus_missing: int
    skus_moving: int
    products_different: int
    only_in_hub: int
    drift_found: int
    outcome: str | None
    failure: str | None


class AuditedFamily(Struct, frozen=True):
    """What the ledger says of a product of the hub's list."""

    family_key: str
    sku: str
    store_sku: str
    sequence: int
    retired: bool
    desired_stock: str
    desired_price: str
    desired_content: bytes
    work: int
    acked_at: datetime | None
    refused: bool
    # The store removed it, and the merchant wants it left in the hub as it is.
    is_left: bool


class NewDrift(Struct, frozen=True):
    """A difference to be kept, and the product it belongs to."""

    product_sku: str
    family_key: str | None
    title: str
    difference: Difference
    refused: bool
    state: DriftState


class Step(Struct):
    """What a page of the hub's list, or a look at some products, came to."""

    phase: Phase
    cursor: str | None
    pages: int = 0
    restarts: int = 0
    products: int = 0
    compared: int = 0
    equal: int = 0
    different: int = 0
    missing: int = 0
    products_different: int = 0
    only_in_hub: int = 0
    # Something was found out: the run is not only waiting.
    progress: bool = True


class Plan(Struct, frozen=True):
    """When a connection is audited by itself; `next_at` None for never."""

    every: str
    hour: int
    weekday: int
    next_at: datetime | None
    repairs_always: bool


class DuePlan(Struct, frozen=True):
    """A plan whose time has come; `works` False for a connection that is held or shut out."""

    connection_id: int
    every: str
    hour: int
    weekday: int
    works: bool


async def begin(conn: Connection, connection_id: int, asked_by: str) -> int | None:
    """A new run; None where one is under way."""
    found = await scalar(conn, "begin_audit", connection_id=connection_id, asked_by=asked_by)
    return None if found is None else int(found)


async def under_way(conn: Connection, connection_id: int) -> AuditRow | None:
    """The run that has not ended."""
    return await row(conn, "audit_under_way", AuditRow, connection_id=connection_id)


async def last_complete(conn: Connection, connection_id: int) -> AuditRow | None:
    """The last run that came to its end."""
    return await row(conn, "last_complete_audit", AuditRow, connection_id=connection_id)


async def history(conn: Connection, connection_id: int, count: int) -> list[AuditRow]:
    """The latest runs that have ended, the newest first."""
    return await rows(conn, "audit_history", AuditRow, connection_id=connection_id, count=count)


async def start(conn: Connection, audit_id: int) -> None:
    """A worker takes the run up."""
    await execute(conn, "start_audit", audit_id=audit_id)


async def clock(conn: Connection) -> datetime:
    """The database's time."""
    now: datetime = await scalar(conn, "audit_clock")
    return now


async def seen(conn: Connection, audit_id: int, skus: Collection[str]) -> frozenset[str]:
    """Which of these products the run has read already."""
    return frozenset(await scalars(conn, "seen_in_audit", audit_id=audit_id, skus=list(skus)))


async def families(
    conn: Connection, connection_id: int, skus: Collection[str]
) -> dict[str, AuditedFamily]:
    """The ledger's products of these SKUs, by SKU."""
    found = await rows(
        conn, "audited_families", AuditedFamily, connection_id=connection_id, skus=list(skus)
    )
    return {each.sku: each for each in found}


async def save_step(
    conn: Connection,
    run: AuditRow,
    step: Step,
    drift: Sequence[NewDrift],
    read: dict[str, bool],
) -> bool:
    """Write a step, within the caller's transaction; `read` are products and whether each is to be
    looked at once more. False where the run is not any more where the step began."""
    found = await scalar(
        conn,
        "save_audit_step",
        audit_id=run.audit_id,
        phase_before=run.phase,
        cursor_before=run.cursor,
        pages_before=run.pages,
        drift=len(drift),
        **{name: getattr(step, name) for name in step.__struct_fields__},
    )
    if found is None:
        return False
    if read:
        await execute(
            conn,
            "note_seen",
            audit_id=run.audit_id,
            skus=list(read),
            opens=list(read.values()),
        )
    if drift and run.drift_found < LARGEST_DRIFT:
        await _add_drift(conn, run.audit_id, drift)
    return True


async def _add_drift(conn: Connection, audit_id: int, drift: Sequence[NewDrift]) -> None:
    places: list[int] = []
    taken: dict[tuple[str, str, str], int] = {}
    for each in drift:
        # A field of a member, such as a photo, differs once for each of them.
        of = (each.product_sku, each.difference.sku, each.difference.field)
        places.append(taken.get(of, 0))
        taken[of] = places[-1] + 1
    await execute(
        conn,
        "add_drift",
        audit_id=audit_id,
        product_skus=[each.product_sku for each in drift],
        skus=[each.difference.sku for each in drift],
        fields=[each.difference.field.value for each in drift],
        places=places,
        keys=[each.family_key for each in drift],
        titles=[each.title for each in drift],
        store_values=[each.difference.store_value for each in drift],
        hub_values=[each.difference.hub_value for each in drift],
        refused=[each.refused for each in drift],
        states=[each.state.value for each in drift],
    )


async def pulled_at(conn: Connection, connection_id: int) -> datetime | None:
    """When the ledger last knew all that the store says; None for never."""
    found: datetime | None = await scalar(conn, "pulled_at", connection_id=connection_id)
    return found


async def note_unlisted(conn: Connection, audit_id: int, connection_id: int) -> int:
    """What should be on sale and was not in the hub's list is to be looked up singly; how much."""
    return await execute(conn, "note_unlisted", audit_id=audit_id, connection_id=connection_id)


async def open_skus(conn: Connection, audit_id: int, after: str, count: int) -> list[str]:
    """The next products to be looked at once more."""
    return await scalars(conn, "open_in_audit", audit_id=audit_id, after=after, count=count)


async def end(
    conn: Connection, run: AuditRow, outcome: Outcome, failure: str | None = None
) -> None:
    """End the run, within the caller's transaction, and forget what only it, or only the run
    before it, needed."""
    moving = 0
    if outcome is Outcome.COMPLETE:
        moving = await scalar(
            conn, "count_moving", audit_id=run.audit_id, connection_id=run.connection_id
        )
    await execute(
        conn,
        "end_audit",
        audit_id=run.audit_id,
        outcome=outcome.value,
        failure=failure,
        moving=moving,
    )
    await execute(conn, "forget_seen", audit_id=run.audit_id)
    await execute(conn, "forget_drift", connection_id=run.connection_id)
    await execute(conn, "forget_old_audits", connection_id=run.connection_id, kept=RUNS_KEPT)


async def pause(conn: Connection, connection_id: int) -> bool:
    """Let the run rest; False where none was working."""
    return await execute(conn, "pause_audit", connection_id=connection_id) > 0


async def resume(conn: Connection, connection_id: int) -> bool:
    """Let it go on; False where none rested."""
    return await execute(conn, "resume_audit", connection_id=connection_id) > 0


async def note_failure(conn: Connection, audit_id: int) -> None:
    """A passing failure: the same step is tried again later."""
    await execute(conn, "note_audit_failure", audit_id=audit_id)


async def silent(conn: Connection, silent_seconds: float) -> list[int]:
    """Connections whose run nobody works on, to be woken."""
    return await scalars(conn, "silent_audits", silent_seconds=silent_seconds)


async def hasten(conn: Connection, queueing_lock: str) -> None:
    """A job of this name that waits for a later moment may begin now."""
    await execute(conn, "hasten_job", queueing_lock=queueing_lock)


async def read_plan(conn: Connection, connection_id: int) -> Plan:
    """What the merchant wants of audits."""
    found = await row(conn, "read_audit_plan", Plan, connection_id=connection_id)
    return found or Plan("never", 3, 0, None, repairs_always=False)


async def save_plan(
    conn: Connection,
    connection_id: int,
    *,
    every: str,
    hour: int,
    weekday: int,
    next_at: datetime | None,
) -> None:
    """Change when it is audited by itself."""
    await execute(
        conn,
        "save_audit_plan",
        connection_id=connection_id,
        every=every,
        hour=hour,
        weekday=weekday,
        next_at=next_at,
    )


async def set_repairs_always(conn: Connection, connection_id: int, repairs_always: bool) -> None:
    """Change whether what differs is repaired without being asked."""
    await execute(
        conn, "set_repairs_always", connection_id=connection_id, repairs_always=repairs_always
    )


async def due_plans(conn: Connection, count: int) -> list[DuePlan]:
    """Plans whose time has come; nobody else gets them until the transaction ends."""
    return await rows(conn, "due_audits", DuePlan, count=count)


async def plan_next(conn: Connection, connection_id: int, next_at: datetime | None) -> None:
    """When the next one is due."""
    await execute(conn, "plan_next_audit", connection_id=connection_id, next_at=next_at)
