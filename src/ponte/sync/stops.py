"""What an operator stopped, as every process knows it within a moment.

A pause stands in the ledger, but a push looks whether it may go on many times a second. So each
process keeps what it last read, and reads it again twice a second.
"""

from ponte.ledger import operation
from ponte.ledger.database import Pool


class Stops:
    """The pauses that stand."""

    def __init__(self) -> None:
        self._platforms: frozenset[str | None] = frozenset()

    async def read(self, pool: Pool) -> None:
        """Look into the ledger."""
        async with pool.connection() as conn:
            self._platforms = frozenset(await operation.paused_platforms(conn))

    def hold(self, store_platform: str) -> bool:
        """Whether nothing is done for the stores of this platform."""
        return bool(self._platforms) and (
            None in self._platforms or store_platform in self._platforms
        )

    async def still_hold(self, pool: Pool, store_platform: str) -> bool:
        """The same, looked at anew where it seems so: a wake-up of just after the end of a pause
        must not be lost."""
        if not self.hold(store_platform):
            return False
        await self.read(pool)
        return self.hold(store_platform)
