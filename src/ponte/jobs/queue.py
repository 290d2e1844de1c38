"""The job queue: a job is only a wake-up ("look at the catalogue of connection 7").

Wake-ups of one loop of one connection share a `queueing_lock`, so that a thousand hints leave one
waiting job, and a `lock`, so that the loop runs in one place at a time. They are deferred on the
connection that writes the ledger, in its transaction: a hint is never lost and never early.
"""

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from ponte.ledger import connections
from ponte.ledger.queries import Connection
from ponte.sync.runtime import Loop

# The names of the tasks, by which the web process defers what the worker runs.
TASKS = {loop: f"ponte.{loop}" for loop in Loop}


def make_app() -> App:
    """The queue's application; open it with the process's own pool."""
    return App(connector=PsycopgConnector())


class QueueWaker:
    """`Waker` on the job queue."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def wake(self, conn: Connection, loop: Loop, connection_id: int) -> None:
        """Wake `loop` once `conn`'s transaction is committed.

        A wake-up that already waits is locked until then: a worker that took it a moment earlier
        would look before there is anything to see, and go back to sleep.
        """
        name = f"{loop}:{connection_id}"
        async with conn.transaction():
            if await connections.lock_waiting_job(conn, name):
                return
        try:
            async with conn.transaction():
                await self._app.configure_task(
                    TASKS[loop], lock=name, queueing_lock=name, connection=conn
                ).defer_async(connection_id=connection_id)
        except AlreadyEnqueued:
            # Somebody else deferred it between our look and our insert.
            await connections.lock_waiting_job(conn, name)
