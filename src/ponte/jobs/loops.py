"""What a wake-up does: run one loop of one connection, and decide when it is woken next.

This is the one place where failures of a whole loop are handled: passing ones postpone it, an ended
access pauses the connection and tells the merchant. Failures of single families and orders never
come up here.
"""

import asyncio

import psycopg
import structlog

from ponte.domain.failures import Failure, Refused, Throttled, Transient, Unauthorised
from ponte.ledger import connections, differences, orders, reports
from ponte.ledger.connections import HUB, STORE
from ponte.sync.orders import OrderLoop
from ponte.sync.pull import pull
from ponte.sync.push import push
from ponte.sync.reports import ReportLoop
from ponte.sync.runtime import Link, Loop, Runtime, StoreAccessEnded, wait_after

log = structlog.get_logger(__name__)

# A slice is five seconds, and the calls under way at its end last thirty at most, twice where an
# answer has to be read back. Whatever takes longer would hold the loop's lock for nothing.
LONGEST_RUN_SECONDS = 120.0


class Loops:
    """Runs loops in one process; remembers how often each failed in a row."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._failures: dict[tuple[Loop, int], int] = {}

    async def run(self, loop: Loop, connection_id: int, part: int = 0) -> None:
        """One wake-up; `part` of the catalogue where it is a push."""
        link = await self._runtime.link(connection_id)
        if link is None or _is_paused(link, loop):
            return
        if await self._runtime.stops.still_hold(self._runtime.pool, link.row.store_platform):
            return
        key = (loop, connection_id)
        try:
            async with asyncio.timeout(LONGEST_RUN_SECONDS):
                await self._run(loop, link, part)
        except TimeoutError:
            stuck = Transient(f"{loop} did not end within {LONGEST_RUN_SECONDS:.0f} s")
            await self._postpone(loop, connection_id, 0, stuck)
        except Unauthorised as failure:
            side = STORE if isinstance(failure, StoreAccessEnded) else HUB
            log.warning("access ended", connection=connection_id, side=side, reason=str(failure))
            await self._runtime.end_access(connection_id, side)
        except (Transient, Throttled, Refused) as failure:
            await self._count_and_postpone(loop, connection_id, failure)
        except psycopg.OperationalError as error:
            # Away, or it ended one of two transactions that waited for each other: what was wanted
            # is wanted still, and may go well in a moment.
            trouble = Transient(f"the database failed it ({type(error).__name__})")
            await self._count_and_postpone(loop, connection_id, trouble)
        else:
            self._failures.pop(key, None)

    async def _count_and_postpone(self, loop: Loop, connection_id: int, failure: Failure) -> None:
        failures = self._failures.get((loop, connection_id), 0)
        self._failures[loop, connection_id] = failures + 1
        await self._postpone(loop, connection_id, failures, failure)

    async def _postpone(
        self, loop: Loop, connection_id: int, failures: int, failure: Failure
    ) -> None:
        wait = min(wait_after(failures, failure), self._runtime.poll_seconds)
        log.warning(
            "loop postponed",
            loop=loop,
            connection=connection_id,
            seconds=round(wait, 1),
            reason=str(failure),
        )
        async with self._runtime.pool.connection() as conn:
            await connections.postpone_loop(conn, connection_id, loop, wait)

    async def _run(self, loop: Loop, link: Link, part: int) -> None:
        poll_seconds = self._runtime.poll_seconds
        number = link.connection_id
        if loop is Loop.PULL:
            pulled = await pull(link, self._runtime)
            if pulled.families:
                log.info("pulled", connection=number, families=pulled.families)
            if pulled.more:
                await self._again(loop, number)
        elif loop is Loop.PUSH:
            pushed = await push(link, self._runtime, part)
            if pushed.calls:
                log.info("pushed", connection=number, part=part, calls=pushed.calls)
            async with self._runtime.pool.connection() as conn:
                await differences.schedule_push(conn, number, part, poll_seconds, pushed.pause)
            if pushed.more and not pushed.pause:
                await self._again(loop, number, part)
        elif loop is Loop.ORDERS:
            worked = await OrderLoop(link, self._runtime).run()
            async with self._runtime.pool.connection() as conn:
                await orders.schedule(conn, number, poll_seconds, worked.pause)
            if worked.more and not worked.pause:
                await self._again(loop, number)
        else:
            worked = await ReportLoop(link, self._runtime).run()
            async with self._runtime.pool.connection() as conn:
                await reports.schedule(conn, number, poll_seconds, worked.pause)
            if worked.more and not worked.pause:
                await self._again(loop, number)

    async def _again(self, loop: Loop, connection_id: int, part: int = 0) -> None:
        """The slice ended before the work: to the end of the queue."""
        async with self._runtime.pool.connection() as conn, conn.transaction():
            await self._runtime.waker.wake(conn, loop, connection_id, (part,))


def _is_paused(link: Link, loop: Loop) -> bool:
    """Whether the connection is held, its merchant paused the loop, or an ended access makes it
    useless."""
    if link.row.released_at is None or _was_paused(link, loop):
        return True
    if link.row.store_access_ended_at is not None and loop is not Loop.PUSH:
        return True
    return link.row.hub_access_ended_at is not None and loop is not Loop.PULL


def _was_paused(link: Link, loop: Loop) -> bool:
    if loop is Loop.ORDERS:
        return link.row.orders_paused_at is not None
    if loop is Loop.REPORTS:
        return link.row.reports_paused_at is not None
    return link.row.catalogue_paused_at is not None
