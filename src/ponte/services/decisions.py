"""What a person decides about pendências: to try again, to leave them as they are, to heed them.

A decision about all of a cause may concern half a million products. It takes effect in transactions
that each write a part quickly, so that no loop waits for a person's click, for as long as a person
waits; then it says what is left, and the next one goes on.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from ponte.ledger import connections, differences, orders, problem_lists, reports
from ponte.ledger import problems as problem_ledger
from ponte.ledger.problem_lists import CauseKey, SubjectPlace
from ponte.ledger.problems import CONNECTION, FAMILY, ORDER
from ponte.ledger.queries import Connection
from ponte.ledger.status import refused_families
from ponte.services.actors import Actor, must_change, record
from ponte.services.deadlocks import outlives_deadlocks
from ponte.services.orders import wake_for
from ponte.services.problems import RetryWay, retry_way
from ponte.services.waiting import Waits, waits_for
from ponte.sync.pull import FOUND_BY_PUSH
from ponte.sync.runtime import Loop, Runtime

# Decided about by one transaction: what it writes within a second or so.
MOST_AT_ONCE = 5_000
# Until then another transaction begins.
PATIENCE_SECONDS = 5.0
# More than any cause stands on.
_EVERYTHING = 2**31 - 2
# A sentence; the column's limit.
LONGEST_REASON = 200
# Who does it.
_LOOPS = {
    RetryWay.SEND_AGAIN: Loop.PUSH,
    RetryWay.READ_STORE: Loop.PULL,
    RetryWay.READ_ORDER: Loop.ORDERS,
    RetryWay.TELL_AGAIN: Loop.REPORTS,
}


class Retried(Struct, frozen=True):
    """What trying again came to: so many are tried, by which way; so many of the cause were not
    (more than were taken at once, or nothing can be done); and what that has to wait for."""

    way: RetryWay
    tried: int
    left: int
    waits: list[Waits]


class Decided(Struct, frozen=True):
    """So many were ignored, or count again; so many are left, as counting goes."""

    count: int
    left: int


class BadReason(Exception):
    """A reason is wanted, in a sentence of at most `LONGEST_REASON` characters."""


class NotIgnorable(Exception):
    """An ended access cannot be ignored: nothing works without it."""


class NotRefused(Exception):
    """The hub has not refused a product of this name."""


async def retry(
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    kind: str,
    code: str,
    subject: str | None = None,
) -> Retried:
    """Try one subject of a cause again, ignored or not, or all that count. Does what is possible,
    and says what that is."""
    must_change(actor, connection_id)
    way, tried = retry_way(kind, code), 0
    place: SubjectPlace | None = None
    until = time.monotonic() + PATIENCE_SECONDS
    async with runtime.pool.connection() as conn:
        connection = await connections.read(conn, connection_id)
        standing = await problem_lists.count(conn, connection_id, kind, code, most=_EVERYTHING)
    if connection is None or way is RetryWay.NOTHING:
        return Retried(way, 0, standing, [])

    @outlives_deadlocks
    async def some(behind: SubjectPlace | None) -> tuple[int, SubjectPlace | None]:
        async with runtime.pool.connection() as conn, conn.transaction():
            end = None
            if subject is None:
                end = await problem_lists.next_place(
                    conn, connection_id, kind, code, behind, MOST_AT_ONCE
                )
            again = await _retry(runtime, conn, connection_id, way, code, subject, behind)
            await record(
                conn,
                actor,
                "problems.retried",
                connection_id,
                about=kind,
                code=code,
                subject=subject,
                count=len(again),
            )
        return len(again), end

    while True:
        count, place = await some(place)
        tried += count
        if place is None or time.monotonic() > until:
            break
    left = 0 if subject is not None and tried else max(0, standing - tried)
    return Retried(way, tried, left, waits_for(connection, _LOOPS[way]))


async def _retry(
    runtime: Runtime,
    conn: Connection,
    connection_id: int,
    way: RetryWay,
    code: str,
    subject: str | None,
    place: SubjectPlace | None,
) -> Sequence[str]:
    if way is RetryWay.SEND_AGAIN:
        sent = await problem_lists.retry_sending(
            conn, connection_id, code, subject, MOST_AT_ONCE, FOUND_BY_PUSH, place
        )
        if sent:
            await runtime.waker.wake(conn, Loop.PUSH, connection_id)
        return sent
    if way is RetryWay.READ_STORE:
        asked = await problem_lists.ask_to_reread(
            conn, connection_id, code, subject, MOST_AT_ONCE, place
        )
        if asked:
            await runtime.waker.wake(conn, Loop.PULL, connection_id)
        return asked
    if way is RetryWay.READ_ORDER:
        if subject is None:
            again = await orders.retry_cause(conn, connection_id, code, MOST_AT_ONCE, place)
        else:
            again = [subject] if await orders.retry(conn, connection_id, subject) else []
        await wake_for(runtime, conn, connection_id, again, [])
        return again
    if subject is None:
        retold = await reports.reopen_with_problem(conn, connection_id, MOST_AT_ONCE, code, place)
    else:
        retold = [subject] if await reports.reopen(conn, connection_id, subject) else []
    await wake_for(runtime, conn, connection_id, [], retold)
    return retold


@outlives_deadlocks
async def retry_products(
    runtime: Runtime, actor: Actor, connection_id: int, named: str | None = None
) -> list[str]:
    """Send products again that the hub refused: all, or the one of this key or SKU; their SKUs.
    Raises `NotRefused` where none of this name was."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        refused = await refused_families(conn, connection_id, named)
        if not refused:
            if named is not None:
                raise NotRefused(named)
            return []
        keys = [pair.family_key for pair in refused]
        # None is all of them in one statement; a name may stand for two products at most.
        for key in [None] if named is None else keys:
            await differences.retry_refused(conn, connection_id, key)
        await problem_ledger.clear(conn, connection_id, FAMILY, keys, FOUND_BY_PUSH)
        await runtime.waker.wake(conn, Loop.PUSH, connection_id)
        await record(
            conn, actor, "products.retried", connection_id, named=named, count=len(refused)
        )
    return [pair.sku for pair in refused]


async def ignore(
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    cause: CauseKey,
    reason: str,
    subject: str | None = None,
) -> Decided:
    """Leave one subject of a cause as it is, or all, and say why. They do not count any more, and
    come back when they change. What holds an order back sets it aside: it is not tried again until
    somebody says so. Raises `BadReason` and `NotIgnorable`."""
    must_change(actor, connection_id)
    said = " ".join(reason.replace("\0", " ").split())
    if not 0 < len(said) <= LONGEST_REASON:
        raise BadReason
    if cause.kind == CONNECTION:
        raise NotIgnorable

    async def some(conn: Connection) -> int:
        ignored = await problem_lists.ignore(
            conn, connection_id, cause, subject, MOST_AT_ONCE, by=actor.name, reason=said
        )
        await _record(conn, actor, "problems.ignored", connection_id, cause, subject, ignored, said)
        return ignored

    count = await _as_many_as_there_is_time_for(runtime, some)
    async with runtime.pool.connection() as conn:
        return Decided(count, await _left(conn, connection_id, cause, subject))


async def heed(
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    cause: CauseKey,
    subject: str | None = None,
) -> Decided:
    """Let one subject of a cause count again, or all. An order set aside is tried again."""
    must_change(actor, connection_id)

    async def some(conn: Connection) -> int:
        heeded = await problem_lists.heed(conn, connection_id, cause, subject, MOST_AT_ONCE)
        if heeded and cause.kind == ORDER:
            await runtime.waker.wake(conn, Loop.ORDERS, connection_id)
        await _record(conn, actor, "problems.heeded", connection_id, cause, subject, heeded, None)
        return heeded

    count = await _as_many_as_there_is_time_for(runtime, some)
    async with runtime.pool.connection() as conn:
        return Decided(count, await _left(conn, connection_id, cause, subject, ignored=True))


async def _as_many_as_there_is_time_for(
    runtime: Runtime, some: Callable[[Connection], Awaitable[int]]
) -> int:
    """Decide about `MOST_AT_ONCE` after `MOST_AT_ONCE`, each in a transaction; about how many."""
    count, until = 0, time.monotonic() + PATIENCE_SECONDS

    @outlives_deadlocks
    async def once() -> int:
        async with runtime.pool.connection() as conn, conn.transaction():
            return await some(conn)

    while True:
        decided = await once()
        count += decided
        if decided < MOST_AT_ONCE or time.monotonic() > until:
            return count


async def _left(
    conn: Connection,
    connection_id: int,
    cause: CauseKey,
    subject: str | None,
    *,
    ignored: bool = False,
) -> int:
    """How many of the cause the decision has not reached."""
    if subject is not None:
        return 0
    return await problem_lists.count(
        conn, connection_id, cause.kind, cause.code, blocking=cause.blocking, ignored=ignored
    )


async def _record(
    conn: Connection,
    actor: Actor,
    action: str,
    connection_id: int,
    cause: CauseKey,
    subject: str | None,
    count: int,
    reason: str | None,
) -> None:
    await record(
        conn,
        actor,
        action,
        connection_id,
        about=cause.kind,
        code=cause.code,
        subject=subject,
        count=count,
        reason=reason,
    )
