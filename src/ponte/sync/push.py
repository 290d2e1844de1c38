"""Push: close the differences of the catalogue, one call per family and pass, stock first.

A feeder keeps a short line of differing families (short, so that a stock change overtakes an
export within a moment), senders make the calls as fast as the account's pace allows, and an
acknowledger writes what the answers showed in batches. Nothing is marked before a call and nothing
is needed after a crash: what was not acknowledged still differs, and the write is absolute.

A push works for a slice of time, then ends; if there is more, it is woken again behind whoever
waits meanwhile, so that no merchant's mountain delays another's stock.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from operator import attrgetter

from msgspec import Struct

from ponte.domain.acknowledgement import Acknowledged, acknowledge, adopt, all_taken
from ponte.domain.failures import (
    Missing,
    Refused,
    Throttled,
    Transient,
    Unauthorised,
)
from ponte.domain.hub_body import Members
from ponte.domain.planner import (
    CallKind,
    FamilyState,
    HubCall,
    NeedsContent,
    NeedsProbe,
    Step,
)
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.rules import Pausable
from ponte.ledger import differences, pauses
from ponte.ledger.differences import DifferingRow, outcome
from ponte.sync.acknowledging import write_passes
from ponte.sync.line import Line, planned, stage
from ponte.sync.passes import (
    LARGEST_ATTEMPTS,
    Pass,
    answered,
    forgotten,
    gone,
    may_be_stale,
    noted,
    nothing_to_send,
    refused,
)
from ponte.sync.pull import refresh_contents
from ponte.sync.runtime import Link, Loop, Runtime, wait_after

# How long one wake-up pushes before it goes to the end of the queue.
SLICE_SECONDS = 5.0
# Families in the line. At three thousand calls a second it is refilled, and so looked for stock
# changes, some three times a second for each part; each look has a price of its own.
LINE_FAMILIES = 800
# Refilled when this few are left, so that the senders never run dry.
REFILL_BELOW = 300
# As many senders as the widest window of a pace.
SENDERS = 128
# Acknowledged together: one statement costs little more for a hundred rows than for one. Not more,
# and not later: what is not written when a worker is killed, the next one sends again.
ACK_FAMILIES = 128
# An answer waits at most this long for others to be written with; not at all when it was the last.
ACK_SECONDS = 0.1
# How long the feeder waits for progress before it looks by itself.
PATIENCE_SECONDS = 0.06
# How long an account that is throttled or down is left alone at least.
SHORTEST_PAUSE_SECONDS = 1.0
# How often a push looks whether somebody paused the catalogue: what a person takes for at once.
PAUSE_LOOK_SECONDS = 0.5


class PushResult(Struct, frozen=True):
    """What a push came to; `more` when the slice ended before the work."""

    calls: int
    more: bool
    # Seconds before which another try is useless: the account is throttled or the hub is down.
    pause: float = 0.0


async def push(link: Link, runtime: Runtime, part: int) -> PushResult:
    """Send what differs in a part of the catalogue (`differences.PARTS`) until nothing does or the
    slice is over. `Unauthorised` ends it, and whatever the ledger raises."""
    run = _Push(link, runtime, part)
    return await run.run()


class _Push:
    """One run of the loop over one connection."""

    def __init__(self, link: Link, runtime: Runtime, part: int) -> None:
        self._link = link
        self._runtime = runtime
        self._part = part
        self._line = Line()
        # In the line, being sent, or sent and not yet written.
        self._in_flight: set[str] = set()
        self._done: list[Pass] = []
        self._progress = asyncio.Event()
        self._all_written = asyncio.Event()
        self._worth_writing = asyncio.Event()
        self._deadline = time.monotonic() + SLICE_SECONDS
        self._calls = 0
        self._under_way = 0
        self._denied: Unauthorised | None = None
        # The account is throttled or the hub is down: further calls would fail as well.
        self._halted = False
        self._broken = False
        self._paused = False
        self._next_look = time.monotonic() + PAUSE_LOOK_SECONDS

    async def run(self) -> PushResult:
        """Feed, send and acknowledge until the end."""
        senders: list[asyncio.Task[None]] = []
        try:
            async with asyncio.TaskGroup() as group:
                acknowledger = group.create_task(self._acknowledge_all())
                async with self._calls_end_first():
                    exhausted = await self._feed(group, senders)
                    await self._drain()
                for task in (*senders, acknowledger):
                    task.cancel()
        except ExceptionGroup as group:
            await self._write_in_spite_of(group)
            # One broke it, and the others ended with it; whoever calls knows it by its type.
            raise group.exceptions[0] from group
        await self._flush()
        if self._denied is not None:
            raise self._denied
        pause = max(SHORTEST_PAUSE_SECONDS, self._link.hub_pace.throttled_seconds)
        return PushResult(self._calls, more=not exhausted, pause=pause if self._halted else 0.0)

    async def _feed(self, group: asyncio.TaskGroup, senders: list[asyncio.Task[None]]) -> bool:
        """Keep the line filled; True when nothing that is due differs any more."""
        while time.monotonic() < self._deadline and not self._stopped:
            if await self._is_paused():
                continue
            if len(self._line) >= REFILL_BELOW:
                await self._wait_for_progress()
                continue
            wanted = LINE_FAMILIES - len(self._line)
            found = await self._find_work(wanted)
            self._in_flight.update(row.family_key for row in found)
            self._line.add(found)
            while len(senders) < min(SENDERS, len(self._line) + len(senders)):
                senders.append(group.create_task(self._send_all()))
            if len(found) < wanted:
                if not found and not self._in_flight:
                    return True
                await self._wait_for_more()
        return False

    @property
    def _stopped(self) -> bool:
        return self._denied is not None or self._halted or self._broken or self._paused

    async def _is_paused(self) -> bool:
        """Whether the merchant paused the catalogue, or an operator stopped it: then what is in the
        line is left there, and whoever waits for a turn to call does not get it."""
        if self._runtime.stops.hold(self._link.row.store_platform):
            self._paused = True
        elif time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + PAUSE_LOOK_SECONDS
            async with self._runtime.pool.connection() as conn:
                self._paused = await pauses.is_paused(
                    conn, self._link.connection_id, Pausable.CATALOGUE
                )
        if self._paused:
            self._link.hub_pace.send_away("it was paused")
        return self._paused

    @asynccontextmanager
    async def _calls_end_first(self) -> AsyncIterator[None]:
        """Where the block fails, the group is left once no call is under way: one that was given up
        could reach the hub after the next push's, and put an older stock over a newer."""
        try:
            yield
        except Exception:
            self._broken = True
            while self._under_way:
                await self._wait_for_progress()
            raise

    async def _wait_for_more(self) -> None:
        """The ledger had no more: look again when all of it is written, or when somebody may have
        written new differences. To look at each progress would be to look at every few answers, as
        long as the pull is not far ahead."""
        self._all_written.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._all_written.wait()

    async def _wait_for_progress(self) -> None:
        self._progress.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._progress.wait()

    async def _drain(self) -> None:
        """Let the calls under way end; what only waits is left for the next slice."""
        self._in_flight.difference_update(self._line.clear())
        while self._in_flight:
            await self._wait_for_progress()

    async def _find_work(self, count: int) -> list[DifferingRow]:
        async with self._runtime.pool.connection() as conn:
            found = await differences.differing(
                conn, self._link.connection_id, self._part, count, self._in_flight
            )
        bare = {
            row.family_key: each.state
            for row in found
            if row.content is None and isinstance((each := planned(row)).step, NeedsContent)
        }
        if not bare:
            return found
        await self._fetch_contents(list(bare.values()))
        return [row for row in found if row.family_key not in bare]

    async def _fetch_contents(self, bare: Sequence[FamilyState]) -> None:
        """Bodies that the ledger does not keep; families whose body changed meanwhile wait for the
        pull that will bring it."""
        try:
            fetched = await refresh_contents(
                self._link, self._runtime, {state.key: state.store_sku for state in bare}
            )
        except (Transient, Throttled) as failure:
            waits = {state.key: wait_after(state.failures, failure) for state in bare}
            async with self._runtime.pool.connection() as conn:
                await differences.postpone(conn, self._link.connection_id, waits)
            return
        missed = [state for state in bare if state.key not in fetched]
        if missed:
            other = Transient("the store shows other content than the ledger expects")
            waits = {state.key: wait_after(state.failures, other) for state in missed}
            async with self._runtime.pool.connection() as conn, conn.transaction():
                await differences.postpone(conn, self._link.connection_id, waits)
                await self._runtime.waker.wake(conn, Loop.PULL, self._link.connection_id)

    async def _send_all(self) -> None:
        while True:
            family = await self._line.next()
            if len(self._line) < REFILL_BELOW:
                self._progress.set()
            if self._stopped:
                self._in_flight.discard(family.state.key)
                self._progress.set()
            else:
                await stage()
                # Awaited apart: a flush swaps the list while the call is under way.
                self._under_way += 1
                began = time.time()
                try:
                    done = await self._send(family.state, family.step)
                finally:
                    self._under_way -= 1
                if family.step is not None:
                    done.calls = noted(family, done, began, time.time())
                self._done.append(done)
            if len(self._done) >= min(ACK_FAMILIES, len(self._in_flight)):
                self._worth_writing.set()

    async def _send(self, state: FamilyState, step: Step) -> Pass:
        """One pass over one family; failures become what is to be done next."""
        try:
            if isinstance(step, HubCall):
                return await self._call(state, step)
            if isinstance(step, NeedsProbe):
                return await self._probe(state)
        except Unauthorised as failure:
            self._denied = failure
            return Pass(state.key, wait=0.0, failure=failure)
        except Throttled as failure:
            self._halted = True
            return Pass(state.key, wait=wait_after(0, failure), failure=failure)
        except Transient as failure:
            self._halted = self._link.hub_pace.down
            return Pass(state.key, wait=wait_after(state.failures, failure), failure=failure)
        return Pass(state.key, outcome=nothing_to_send(state))

    async def _call(self, state: FamilyState, call: HubCall) -> Pass:
        self._calls += 1
        try:
            if call.kind is CallKind.DELETE:
                await self._link.hub.delete_sku(call.sku)
                return gone(state)
            acked = await self._make(state, call)
        except Missing as failure:
            if call.kind in (CallKind.RETIRE, CallKind.DELETE):
                return gone(state)
            if call.kind is CallKind.CONTENT:
                return refused(state, call, failure)
            return Pass(state.key, outcome=forgotten(state), failure=failure)
        except Refused as failure:
            return await self._after_refusal(state, call, failure)
        return answered(state, call, acked)

    async def _make(self, state: FamilyState, call: HubCall) -> Acknowledged:
        """Make the call; what its answer proves, or, where that is silent, a look at the hub."""
        hub = self._link.hub
        if call.hoped is not None:
            shown = await hub.put_family(call.sku, call.body, call.hoped, call.hoped_tables)
            await stage()
            if isinstance(shown, Members):
                return all_taken(state, shown)
            answer = shown
        elif call.quantity is not None:
            answer = await hub.put_stock(call.sku, call.quantity)
        else:
            answer = await hub.put_sku(call.sku, call.body)
        acked = acknowledge(state, call, answer)
        if acked.silent:
            acked = acknowledge(state, call, await hub.get_sku(state.sku), read_back=True)
        return acked

    async def _after_refusal(self, state: FamilyState, call: HubCall, failure: Refused) -> Pass:
        """A refused call may have named members that somebody removed in the hub: learn what it
        has, and try once more, before a person is asked."""
        attempts = state.attempts + 1
        if attempts >= LARGEST_ATTEMPTS or not may_be_stale(state, call):
            return refused(state, call, failure)
        try:
            answer = await self._link.hub.get_sku(state.sku)
        except Refused:
            return Pass(state.key, outcome=forgotten(state), failure=failure)
        adopted = outcome(state, adopt(state, answer), attempts=attempts)
        return Pass(state.key, outcome=adopted, failure=failure)

    async def _probe(self, state: FamilyState) -> Pass:
        """A family gone from the store, never acknowledged: does the hub have it?"""
        try:
            answer = await self._link.hub.get_sku(state.sku)
        except Missing:
            return Pass(state.key, drop=True)
        except Refused as failure:
            problem = Problem(ProblemCode.HUB_REFUSED_PRODUCT, failure.details[:200])
            wait = wait_after(state.failures, failure)
            return Pass(state.key, wait=wait, problem=problem, failure=failure)
        return Pass(state.key, outcome=outcome(state, adopt(state, answer)))

    async def _acknowledge_all(self) -> None:
        async with self._calls_end_first():
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ACK_SECONDS):
                        await self._worth_writing.wait()
                self._worth_writing.clear()
                await self._flush()

    async def _write_in_spite_of(self, error: Exception) -> None:
        """The slice is broken; what its answers showed is written all the same, where that goes, or
        the next slice would send it once more."""
        try:
            await self._flush()
        except Exception as again:  # noqa: BLE001 (told with the first)
            error.add_note(f"what was done is not written either: {again!r}")

    async def _flush(self) -> None:
        """Write what was done, and let those families be looked at again; kept where it fails."""
        # By key, as a pull writes: so the two seldom wait for each other's rows.
        done, self._done = sorted(self._done, key=attrgetter("key")), []
        if not done:
            return
        try:
            await write_passes(self._link, self._runtime, done)
        except BaseException:
            self._done = done + self._done
            raise
        self._in_flight.difference_update(each.key for each in done)
        self._progress.set()
        if not self._in_flight:
            self._all_written.set()
