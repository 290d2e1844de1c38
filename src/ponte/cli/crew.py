"""The helpers of a worker: further processes of its kind, since one Python process fills one core.

A helper ends with the process that started it, also when that is killed, and is started again when
it dies itself. What a dead process was doing is taken over as from any dead worker.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

# A helper imports the program and opens the database: a second or two on an idle machine.
READY_WITHIN_SECONDS = 60.0
# Before a dead helper is started again; doubled while it does not live, up to the longest.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0
# A helper that lived this long was well.
_WELL_AFTER_SECONDS = 60.0
# Asked to stop, a worker ends the jobs under way within ten seconds.
_END_WITHIN_SECONDS = 15.0


class Crew:
    """Keeps helpers running; `command` tells how the one of a number is started."""

    def __init__(self, command: Callable[[int], list[str]]) -> None:
        self._command = command
        self._ready: dict[int, asyncio.Event] = {}

    async def work(self, helpers: int) -> None:
        """Run helpers 1 to `helpers` until cancelled; they have ended then."""
        self._ready = {number: asyncio.Event() for number in range(1, helpers + 1)}
        async with asyncio.TaskGroup() as group:
            for number in self._ready:
                group.create_task(self._keep_running(number))
            await asyncio.Event().wait()

    async def all_ready(self) -> None:
        """Wait until all helpers work. One that cannot start is no reason to stand still: the
        others do its share more slowly, as its log says."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                for event in self._ready.values():
                    await event.wait()

    async def _keep_running(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = loop.time()
            code = await self._run(number)
            if loop.time() - began > _WELL_AFTER_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            log.warning("a helper ended and is started again", helper=number, code=code)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _run(self, number: int) -> int:
        """One life of a helper; its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self._command(number), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            if process.stdout is not None and await process.stdout.readline():
                self._ready[number].set()
            return await process.wait()
        finally:
            if process.returncode is None:
                await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(_END_WITHIN_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def end_with_parent() -> None:
    """In a helper: die when standard input is closed, that is, when the process that holds its
    other end is dead. At once, as if the same signal had reached both."""
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), gone.set)
    await gone.wait()
    os._exit(1)
