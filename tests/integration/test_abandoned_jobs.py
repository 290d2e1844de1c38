"""Jobs that nobody works on any more are done again; those that only look so are left alone."""

from collections.abc import Callable
from typing import Any

import pytest
from world import World

from ponte.http.exchange import open_session
from ponte.jobs.abandoned import DEAD_AFTER_SECONDS, LOST_AFTER_SECONDS, Abandoned

_BEGUN = """WITH worker AS (
    INSERT INTO procrastinate_workers (last_heartbeat)
    VALUES (now() - make_interval(secs => %(silent)s)) RETURNING id
), job AS (
    INSERT INTO procrastinate_jobs
        (queue_name, task_name, lock, queueing_lock, args, status, worker_id)
    SELECT 'push-1', 'ponte.push', %(name)s, %(name)s, %(args)s, 'doing', id FROM worker
    RETURNING id)
INSERT INTO procrastinate_events (job_id, type, at)
SELECT id, 'started', now() - make_interval(secs => %(ago)s) FROM job"""
_HEARTBEAT = "UPDATE procrastinate_workers SET last_heartbeat = now()"


class Story:
    """A push that a worker began, and the timer of another one that looks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._now = 0.0
        self._abandoned: Abandoned | None = None
        self.name = f"push:{world.connection_id}:1"

    def begin(self, *, ago: float = 1.0, silent: float = 0.0) -> None:
        """It began so many seconds ago, and its worker has been silent for so many."""
        number = self._world.connection_id
        args = f'{{"connection_id": {number}, "part": 1}}'
        self._execute("DELETE FROM procrastinate_jobs")
        self._execute(_BEGUN, {"name": self.name, "args": args, "ago": ago, "silent": silent})

    def heartbeat(self) -> None:
        """The worker shows that it lives."""
        self._execute(_HEARTBEAT)

    def look(self, later: float = 0.0) -> list[tuple[Any, ...]]:
        """The jobs there are after one more look, so much later by a clock that never leaps."""
        self._now += later

        async def look() -> list[tuple[Any, ...]]:
            systems = self._world.systems
            async with open_session() as http:
                runtime = self._world.runtime(http)
                if self._abandoned is None:
                    self._abandoned = Abandoned(systems.app, runtime, lambda: self._now)
                await self._abandoned.take_over()
            async with systems.pool.connection() as conn:
                cursor = await conn.execute("SELECT status::text, lock FROM procrastinate_jobs")
                return await cursor.fetchall()

        found: list[tuple[Any, ...]] = self._world.systems.runner.run(look())
        return found

    def _execute(self, statement: Any, values: dict[str, Any] | None = None) -> None:
        async def execute() -> None:
            async with self._world.systems.pool.connection() as conn:
                await conn.execute(statement, values)

        self._world.systems.runner.run(execute())


@pytest.fixture
def story(world: World) -> Story:
    return Story(world)


SILENT: dict[str, Callable[[Story], None]] = {
    "a dead worker's": lambda story: story.begin(silent=DEAD_AFTER_SECONDS + 5),
    "one whose end nobody wrote down": lambda story: story.begin(ago=LOST_AFTER_SECONDS + 5),
}


@pytest.mark.parametrize("begin", SILENT.values(), ids=SILENT)
def test_an_abandoned_job_is_done_again(story: Story, begin: Callable[[Story], None]) -> None:
    begin(story)
    assert story.look() == [("doing", story.name)]
    assert story.look(later=20.0) == [("todo", story.name)]


def test_a_job_of_a_living_worker_is_left_alone(story: Story) -> None:
    story.begin(ago=LOST_AFTER_SECONDS - 60, silent=DEAD_AFTER_SECONDS - 4)
    assert story.look() == [("doing", story.name)]
    story.heartbeat()
    assert story.look(later=20.0) == [("doing", story.name)]


def test_a_clock_that_leaps_makes_no_worker_dead(story: Story) -> None:
    """As after a machine has slept: all look silent, until they have had the time to speak."""
    story.begin(silent=3600.0)
    assert story.look() == [("doing", story.name)]
    story.heartbeat()
    assert story.look(later=20.0) == [("doing", story.name)]
    # And what was suspected once is not for ever.
    story.begin(silent=DEAD_AFTER_SECONDS + 5)
    assert story.look(later=20.0) == [("doing", story.name)]
