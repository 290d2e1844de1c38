"""The sleep of loops that run until they are cancelled.

Before Python 3.12 `wait_for`, by which the database's driver waits, may lose a cancellation that
comes at the moment of an answer. A loop that lost one would go on for ever, and its process with
it, so each turn ends by asking.
"""

import asyncio


async def rest(seconds: float) -> None:
    """Sleep; raises `CancelledError` at once where the present task was told to end before."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    await asyncio.sleep(seconds)
