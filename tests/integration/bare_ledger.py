"""A ledger without neighbours, for promises about figures: nothing runs but PostgreSQL."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ready_ledger import lay_ledger

from ponte.ledger.database import Pool, open_pool
from ponte.ledger.embedded import EmbeddedDatabase

_T = TypeVar("_T")
# A connection with all that must be there, `number` of them.
_CONNECTIONS = """
    INSERT INTO connection (hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
        store_url, store_id, store_name, hint_secret, released_at, product_checked_at,
        price_checked_at, stock_checked_at, orders_checked_at, reports_checked_at)
    SELECT 'https://hub.example', 10000 + number, 'app', '', %(platform)s,
        'https://loja-' || number || '.example', number::text, 'Loja ' || number, '', now(), now(),
        now(), now(), now(), now()
    FROM generate_series(%(first)s::int, %(last)s::int) AS number
    RETURNING connection_id"""


class BareLedger:
    """The database, and the test's own event loop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.runner = asyncio.Runner()
        self._opening = open_pool(url, 4)
        self.pool: Pool = self.runner.run(self._opening.__aenter__())
        self._made = 0

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something of the program's."""
        return self.runner.run(work)

    def sql(
        self, statement: str, values: Mapping[str, Any] | Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows of a statement."""

        async def execute() -> list[tuple[Any, ...]]:
            async with self.pool.connection() as conn:
                cursor = await conn.execute(statement.encode(), values)
                return await cursor.fetchall() if cursor.description else []

        return self.run(execute())

    def connect(self, count: int = 1, platform: str = "webstore") -> list[int]:
        """So many connections at rest; their numbers."""
        first = self._made + 1
        self._made += count
        made = self.sql(
            _CONNECTIONS, {"platform": platform, "first": first, "last": first + count - 1}
        )
        return [number for (number,) in made]

    def forget_all(self) -> None:
        """Back to an empty installation."""
        self.sql("DELETE FROM connection")
        self.sql(
            "TRUNCATE call_minute, call_hour, outage, alert, alert_delivery, pause, process,"
            " procrastinate_workers CASCADE"
        )
        self.sql("UPDATE watch SET looked_at = '-infinity'")

    def close(self) -> None:
        """Give the pool back."""
        self.runner.run(self._opening.__aexit__(None, None, None))
        self.runner.close()


@contextmanager
def bare_ledger(folder: Path) -> Iterator[BareLedger]:
    """Start it in `folder`; end it afterwards."""
    lay_ledger(folder)
    database = EmbeddedDatabase(folder)
    try:
        ledger = BareLedger(database.url)
        try:
            yield ledger
        finally:
            ledger.close()
    finally:
        database.close()
