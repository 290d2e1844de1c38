"""`--kill`: power cuts. Workers, and once the server, die by signal 9 at random moments.

A killed worker's jobs are taken over by the next one only when its heartbeat is missed for some
seconds, so kills that follow each other faster than that would show nothing but a standstill: two
fall into the export, the others into the working day, and the last ones into what piled up.
"""

import asyncio
import random

from ponte.cli.demo.journal import Journal
from ponte.cli.demo.narration import Narrator
from ponte.cli.demo.processes import Child

# Kills of the worker during the working day; two more fall into the export.
_DAY_KILLS = 3
# Between two kills of the day, in seconds.
_PAUSES = (1.5, 5.0)
# When the export's kills come, by what the hub has.
_EXPORT_SHARES = ((0.05, 0.35), (0.45, 0.8))


class PowerCuts:
    """Kills and restarts worker and server, by a seed. Restarting raises `ProcessDied`."""

    def __init__(
        self, worker: Child, serve: Child, seed: int, journal: Journal, narrator: Narrator
    ) -> None:
        self._worker = worker
        self._serve = serve
        self._chance = random.Random(f"kills/{seed}")  # noqa: S311 - a story from a seed
        self._journal = journal
        self._narrator = narrator
        self._shares = [self._chance.uniform(*bounds) for bounds in _EXPORT_SHARES]
        self.kills = 0

    async def during_export(self, share: float) -> None:
        """Called with the share that is exported: kills the worker when its moment has come."""
        while self._shares and share >= self._shares[0]:
            self._shares.pop(0)
            await self._cut(self._worker, f"with {share:.0%} exported")

    async def during_day(self) -> None:
        """Kill at random moments, the server once among them, and whatever the export spared."""
        times = _DAY_KILLS + len(self._shares)
        self._shares.clear()
        server_turn = self._chance.randrange(times)
        for turn in range(times):
            await asyncio.sleep(self._chance.uniform(*_PAUSES))
            await self._cut(self._worker, "during the day")
            if turn == server_turn:
                await self._cut(self._serve, "during the day")

    async def _cut(self, child: Child, when: str) -> None:
        pid = child.pid
        child.kill()
        self.kills += 1
        self._journal.note(f"killed {child.name}")
        self._narrator.say(f"killed {child.name} (signal 9, process {pid}) {when}", "yellow")
        await child.start()
