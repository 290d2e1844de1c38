"""The job queue: a job is only a wake-up ("look at the catalogue of connection 7").

Wake-ups of one loop of one connection share a `queueing_lock`, so that a thousand hints leave one
waiting job, and a `lock`, so that the loop runs in one place at a time. They are deferred on the
connection that writes the ledger, in its transaction: a hint is never lost and never early.

A push is woken in parts, each of which has a queue of its own. The processes of one worker share
these queues out among themselves, so that a merchant's mountain of work keeps every core busy; all
other wake-ups are taken by whoever is free.
"""

from collections.abc import Collection

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from ponte.ledger import connections
from ponte.ledger.differences import PARTS
from ponte.ledger.queries import Connection
from ponte.sync.runtime import Loop

# The names of the tasks, by which the web process defers what the worker runs.
TASKS = {loop: f"ponte.{loop}" for loop in Loop}


# Where everything waits that any process may take: the library's own name.
_COMMON_QUEUE = "default"
_ALL_PARTS = tuple(range(PARTS))


def _queue_of(part: int) -> str:
    return f"push-{part}"


def queues_of(number: int, processes: int) -> list[str]:
    """The queues of process `number` (from 0) of a worker that has `processes` of them."""
    return [_COMMON_QUEUE, *share_of(number, processes)]


def share_of(number: int, processes: int) -> list[str]:
    """Those of them that no other process of this worker takes."""
    return [_queue_of(part) for part in _ALL_PARTS if part % processes == number]


def make_app() -> App:
    """The queue's application; open it with the process's own pool."""
    return App(connector=PsycopgConnector())


class QueueWaker:
    """`Waker` on the job queue."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def wake(
        self,
        conn: Connection,
        loop: Loop,
        connection_id: int,
        parts: Collection[int] | None = None,
    ) -> None:
        """Wake `loop` once `conn`'s transaction is committed; of a push only `parts`, or all.

        A wake-up that already waits is locked until then: a worker that took it a moment earlier
        would look before there is anything to see, and go back to sleep.
        """
        if loop is Loop.PUSH:
            places = {
                f"{loop}:{connection_id}:{part}": (_queue_of(part), part)
                for part in (_ALL_PARTS if parts is None else parts)
            }
        else:
            places = {f"{loop}:{connection_id}": (_COMMON_QUEUE, 0)}
        waiting = await connections.lock_waiting_jobs(conn, places)
        for name in sorted(places.keys() - waiting):
            queue, part = places[name]
            await self._defer(conn, loop, connection_id, name, queue, part)

    async def _defer(
        self, conn: Connection, loop: Loop, connection_id: int, name: str, queue: str, part: int
    ) -> None:
        try:
            async with conn.transaction():
                await self._app.configure_task(
                    TASKS[loop], lock=name, queueing_lock=name, queue=queue, connection=conn
                ).defer_async(connection_id=connection_id, part=part)
        except AlreadyEnqueued:
            # Somebody else deferred it between our look and our insert.
            await connections.lock_waiting_jobs(conn, [name])
