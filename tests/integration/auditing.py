"""An audit in a test's own process: the job's steps, one after the other, on a `World`."""

from collections.abc import Callable
from typing import Any

from world import World

from ponte.http.exchange import open_session
from ponte.jobs import audits as job
from ponte.ledger import audits, repairs
from ponte.ledger.audits import AuditRow
from ponte.ledger.repairs import DriftRow, Place
from ponte.sync.audit import take_step
from ponte.sync.runtime import Loop, Runtime

# A step is a page; no test has so many.
_STEPS = 10_000


class Auditor:
    """Audits the world's connection."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = world.connection_id

    def _run(self, work: Callable[[Runtime], Any]) -> Any:
        world = self.world

        async def story() -> Any:
            async with open_session() as http:
                return await work(world._make_runtime(http))

        world._set_faults(world.hub_weather, world.store_weather)
        try:
            return world._run(story())
        finally:
            world._set_faults({}, {})

    def begin(self) -> None:
        """Somebody asks for one."""

        async def begin(runtime: Runtime) -> None:
            async with runtime.pool.connection() as conn:
                assert await audits.begin(conn, self.number, "test") is not None

        self._run(begin)

    def step(self, times: int = 1, *, repairs_always: bool = False) -> bool:
        """Some steps, as one worker would take them; whether the run goes on. A worker forgets
        everything between two calls, like one that was killed."""

        async def steps(runtime: Runtime) -> bool:
            for _ in range(times):
                link = await runtime.link(self.number)
                async with runtime.pool.connection() as conn:
                    run = await audits.under_way(conn, self.number)
                assert link is not None
                if run is None:
                    return False
                await take_step(link, runtime, run, repairs_always=repairs_always)
            return True

        going: bool = self._run(steps)
        return going

    def audit(self, *, repairs_always: bool = False) -> AuditRow:
        """A whole run; what it came to."""
        self.begin()
        return self.go_on(repairs_always=repairs_always)

    def go_on(self, *, repairs_always: bool = False) -> AuditRow:
        """The rest of a run."""
        assert not self.step(_STEPS, repairs_always=repairs_always)
        return self.last()

    def last(self) -> AuditRow:
        """The last complete run."""

        async def read(runtime: Runtime) -> AuditRow | None:
            async with runtime.pool.connection() as conn:
                return await audits.last_complete(conn, self.number)

        found: AuditRow | None = self._run(read)
        assert found is not None
        return found

    def under_way(self) -> AuditRow | None:
        """The run that has not ended."""

        async def read(runtime: Runtime) -> AuditRow | None:
            async with runtime.pool.connection() as conn:
                return await audits.under_way(conn, self.number)

        found: AuditRow | None = self._run(read)
        return found

    def drift(self) -> list[DriftRow]:
        """Everything the last run found."""
        last = self.last()

        async def read(runtime: Runtime) -> list[DriftRow]:
            async with runtime.pool.connection() as conn:
                return await repairs.read_drift(conn, last.audit_id, Place(), 10_000)

        found: list[DriftRow] = self._run(read)
        return found

    def found(self) -> set[tuple[str, str, str, str]]:
        """SKU, field, and both values."""
        return {(row.sku, row.field, row.store_value, row.hub_value) for row in self.drift()}

    def states(self) -> dict[str, str]:
        """How far each SKU's repair is."""
        return {row.sku: row.state for row in self.drift()}

    def ask_for_repair(self, sku: str | None = None) -> int:
        """Somebody presses *Reparar*."""
        last = self.last()

        async def ask(runtime: Runtime) -> int:
            async with runtime.pool.connection() as conn:
                return await repairs.ask(conn, last.audit_id, sku)

        asked: int = self._run(ask)
        return asked

    def work(self, rounds: int = 6) -> None:
        """The job and the push take turns until nothing is under way."""
        for _ in range(rounds):
            if self.slice() is None:
                return
            self.world.run(Loop.PUSH)
        raise AssertionError(f"not repaired after {rounds} rounds: {self.drift()}")

    def slice(self) -> float | None:
        """One look of the job."""

        async def work(runtime: Runtime) -> float | None:
            link = await runtime.link(self.number)
            assert link is not None
            return await job._work(link, runtime)

        found: float | None = self._run(work)
        return found

    def run_job(self) -> None:
        """The whole job, as a worker runs it."""

        async def work(runtime: Runtime) -> None:
            await job.run_audit(self.world.systems.app, runtime, self.number)

        self._run(work)
