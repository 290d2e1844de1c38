"""Working through wanted things with bounded concurrency, for a slice of time.

Orders and reports have the same shape of work: claim some, handle each by itself, claim again
without those under way. A failure that concerns the account ends the slice; one that concerns a
single thing never does, because it is handled where it happens.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

Item = TypeVar("Item")

# Things handled at once: enough to hide the latency of two systems, few enough to be fair.
CONCURRENCY = 16
# How long one wake-up works before it goes to the end of the queue.
SLICE_SECONDS = 5.0


async def work_through(
    claim: Callable[[int, Collection[str]], Awaitable[list[Item]]],
    handle: Callable[[Item], Awaitable[None]],
    key: Callable[[Item], str],
    halted: Callable[[], bool],
) -> bool:
    """Claim and handle until nothing is left (False), or until the slice is over (True).

    `claim(count, in_flight)` gives up to `count` things that are not in flight.
    """
    in_flight: set[str] = set()
    deadline = time.monotonic() + SLICE_SECONDS
    free = asyncio.Semaphore(CONCURRENCY)

    async def handle_one(item: Item) -> None:
        try:
            await handle(item)
        finally:
            in_flight.discard(key(item))
            free.release()

    async with asyncio.TaskGroup() as group:
        while time.monotonic() < deadline and not halted():
            items = await claim(CONCURRENCY * 2, in_flight)
            if not items:
                if not in_flight:
                    return False
                # What is under way may leave something wanted again; look once a place is free.
                await free.acquire()
                free.release()
                await asyncio.sleep(0.01)
                continue
            for item in items:
                await free.acquire()
                in_flight.add(key(item))
                group.create_task(handle_one(item))
    return True
