"""The helpers of a worker: further processes of its kind, since one Python process fills one core.

A helper ends with the process that started it, also when that is killed, and is started again when
it dies itself. What a dead process was doing is taken over as from any dead worker; while there is
no helper, the process that started it does its share.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

# A helper imports the program and opens the database: a second or two on an idle machine. Its share
# does not wait longer for it.
READY_WITHIN_SECONDS = 10.0
# Before a dead helper is started again; doubled while it does not live, up to the longest.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0
# A helper that lived this long was well.
_WELL_AFTER_SECONDS = 60.0
# Asked to stop, a worker ends the jobs under way within ten seconds.
_END_WITHIN_SECONDS = 15.0


class _Helper:
    """Whether a helper works now."""

    def __init__(self) -> None:
        self.works = asyncio.Event()
        self.rests = asyncio.Event()

    def say(self, *, works: bool) -> None:
        """It works from now on, or does not any more."""
        if works:
            self.works.set()
            self.rests.clear()
        else:
            self.works.clear()
            self.rests.set()

    async def works_in_time(self) -> bool:
        """Wait until it works, but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await self.works.wait()
        return self.works.is_set()


class Crew:
    """Keeps helpers running.

    `command` tells how the helper of a number is started; it says a line on standard output when it
    works. `stand_in` does the share of one until it is cancelled.
    """

    def __init__(
        self, command: Callable[[int], list[str]], stand_in: Callable[[int], Awaitable[None]]
    ) -> None:
        self._command = command
        self._stand_in = stand_in
        self._helpers: dict[int, _Helper] = {}

    async def work(self, helpers: int) -> None:
        """Run helpers 1 to `helpers` until cancelled; they have ended then."""
        self._helpers = {number: _Helper() for number in range(1, helpers + 1)}
        async with asyncio.TaskGroup() as group:
            for number, helper in self._helpers.items():
                group.create_task(self._keep_running(number, helper))
                group.create_task(self._cover(number, helper))
            await asyncio.Event().wait()

    async def all_ready(self) -> None:
        """Wait until every helper works, or its share is done without it."""
        for helper in self._helpers.values():
            await helper.works_in_time()

    async def _keep_running(self, number: int, helper: _Helper) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = loop.time()
            code = await self._run(number, helper)
            if loop.time() - began > _WELL_AFTER_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            log.warning("a helper ended and is started again", helper=number, code=code)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _run(self, number: int, helper: _Helper) -> int:
        """One life of a helper; its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self._command(number), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            if process.stdout is not None and await process.stdout.readline():
                helper.say(works=True)
            return await process.wait()
        finally:
            helper.say(works=False)
            if process.returncode is None:
                await _end(process)

    async def _cover(self, number: int, helper: _Helper) -> None:
        """Have the share of a helper done that does not work."""
        while True:
            if await helper.works_in_time():
                await helper.rests.wait()
                continue
            log.warning("a helper does not work, so its share is done without it", helper=number)
            standing_in = asyncio.ensure_future(self._stand_in(number))
            try:
                await helper.works.wait()
            finally:
                standing_in.cancel()
                await asyncio.wait([standing_in])


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
