"""A job ended while the database was away, and its process lives on: nobody said that it ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world import World, running_systems

from ponte.http.exchange import open_session
from ponte.jobs.queue import QueueWaker
from ponte.jobs.worker import LOST_AFTER_SECONDS, take_over_lost_jobs
from ponte.sync.runtime import Runtime

_BEGUN = """WITH job AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status)
    VALUES ('push-1', 'ponte.push', %(name)s, %(name)s, %(args)s, 'doing') RETURNING id)
INSERT INTO procrastinate_events (job_id, type, at)
SELECT id, 'started', now() - make_interval(secs => %(ago)s) FROM job"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connection whose first wake-ups are forgotten."""
    with running_systems(tmp_path) as systems:
        yield World(systems)


def after_a_look(world: World, ago: float) -> list[tuple[Any, ...]]:
    """The jobs there are, a push having begun so many seconds ago and the timer having looked."""
    number = world.connection_id
    values = {"name": f"push:{number}:1", "ago": ago}
    values["args"] = f'{{"connection_id": {number}, "part": 1}}'

    async def look() -> list[tuple[Any, ...]]:
        systems = world.systems
        async with systems.pool.connection() as conn:
            await conn.execute("DELETE FROM procrastinate_jobs")
            await conn.execute(_BEGUN, values)
        async with open_session() as http:
            runtime = Runtime(systems.pool, http, systems.vault, QueueWaker(systems.app), 900)
            await take_over_lost_jobs(systems.app, runtime)
        async with systems.pool.connection() as conn:
            cursor = await conn.execute("SELECT status::text, lock FROM procrastinate_jobs")
            return await cursor.fetchall()

    found: list[tuple[Any, ...]] = world.systems.runner.run(look())
    return found


def test_a_lost_job_is_done_again(world: World) -> None:
    name = f"push:{world.connection_id}:1"
    assert after_a_look(world, LOST_AFTER_SECONDS + 5) == [("todo", name)]


def test_a_job_that_may_be_under_way_is_left_alone(world: World) -> None:
    name = f"push:{world.connection_id}:1"
    assert after_a_look(world, LOST_AFTER_SECONDS - 20) == [("doing", name)]
