"""A small world for tests of promises: a hub, a store and a ledger, its loops driven by hand.

The systems are real (sandbox processes, PostgreSQL) and faults come from the sandboxes. Only time
is helped along: what waits for a retry is made due, because a test cannot wait for five minutes. A
*crash* cancels a loop wherever it happens to be and forgets everything the process knew.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

from cryptography.fernet import Fernet
from hub_process import HubProcess, running_hub
from pyreqwest.client import Client
from ready_ledger import lay_ledger
from sides import Sides
from store_process import StoreProcess, store_process

from ponte.domain.access import Grant
from ponte.domain.rules import MerchantRules
from ponte.http.exchange import Observe, open_session
from ponte.hub.tokens import grant_password
from ponte.jobs.loops import Loops
from ponte.jobs.queue import QueueWaker, make_app
from ponte.ledger import orders
from ponte.ledger.database import Pool, open_pool
from ponte.ledger.differences import PARTS
from ponte.ledger.embedded import EmbeddedDatabase
from ponte.ledger.vault import Vault
from ponte.services import rules as rules_service
from ponte.services.actors import COMMAND
from ponte.sync.joining import HubSide, StoreSide, join
from ponte.sync.runtime import Loop, Runtime

# Rounds of all four loops until nothing differs; a hub that needs a read-back, a fuller call and a
# released SKU needs five.
QUIET_ROUNDS = 8
# Long enough for a loop to read its page, on a busy machine too.
_INTO_A_LOOP_SECONDS = 1.0
# Everything that waits for a retry is due now.
_TIME_PASSES = (
    "UPDATE family SET due_at = now() WHERE connection_id = %s",
    "UPDATE hub_order SET due_at = now() WHERE connection_id = %s",
    "UPDATE order_report SET due_at = now() WHERE connection_id = %s",
)


class Systems:
    """The processes that many worlds share: one hub, one store, one database."""

    def __init__(self, hub: HubProcess, store: StoreProcess, database_url: str) -> None:
        self.hub = hub
        self.store = store
        self.runner = asyncio.Runner()
        self.vault = Vault([Fernet.generate_key().decode()])
        self._open = self.runner.run(self._enter(database_url))

    async def _enter(self, url: str) -> Any:
        self._pool_context = open_pool(url, 10)
        pool = await self._pool_context.__aenter__()
        self.app = make_app()
        await self.app.open_async(pool=pool).__aenter__()
        return pool

    @property
    def pool(self) -> Pool:
        """The pool of the shared database."""
        pool: Pool = self._open
        return pool

    def close(self) -> None:
        """Close the pool and the event loop."""
        self.runner.run(self._pool_context.__aexit__(None, None, None))
        self.runner.close()


@contextmanager
def running_systems(folder: Path, *hub_options: str) -> Iterator[Systems]:
    """Start hub, store and database in `folder`; end them afterwards."""
    lay_ledger(folder / "ponte")
    database = EmbeddedDatabase(folder / "ponte")
    try:
        with (
            running_hub(folder / "hub", *hub_options) as hub,
            store_process(folder / "store") as store,
        ):
            systems = Systems(hub, store, database.url)
            try:
                yield systems
            finally:
                systems.close()
    finally:
        database.close()


class World(Sides):
    """One fresh account and shop, joined. Calls block; each is one event of the story."""

    def __init__(
        self,
        systems: Systems,
        rules: MerchantRules | None = None,
        *,
        knows_account: bool = True,
    ) -> None:
        super().__init__(systems.hub, systems.store)
        self.systems = systems
        # Faults that Ponte will meet; the world's own looks at the systems are spared.
        self.hub_weather: dict[str, Any] = {}
        self.store_weather: dict[str, Any] = {}
        self.connection_id = self._run(
            self._join(rules or MerchantRules(), knows_account=knows_account)
        )
        self._runtime: Runtime | None = None

    def _run(self, coroutine: Any) -> Any:
        return self.systems.runner.run(coroutine)

    def join_again(self) -> int:
        """The same account and shop are joined once more; the connection's number."""
        number: int = self._run(self._join(MerchantRules(), knows_account=True))
        return number

    async def _join(self, rules: MerchantRules, *, knows_account: bool) -> int:
        async with open_session() as http:
            runtime = self._make_runtime(http)
            grant = await grant_password(
                http,
                self.systems.hub.base_url,
                self.account["client_id"],
                self.account["client_secret"],
                self.account["username"],
                self.account["password"],
            )
            joined = await join(
                runtime,
                HubSide(
                    self.systems.hub.base_url,
                    self.account["client_id"],
                    self.account["client_secret"],
                    grant,
                    account=self.account["account"] if knows_account else None,
                ),
                StoreSide(
                    self.systems.store.base_url,
                    Grant(self.shop["access_token"], None, 3600),
                    is_fixed=True,
                ),
                rules,
                None,
            )
        return joined.connection_id

    def _make_runtime(self, http: Client) -> Runtime:
        # Every look is a poll: hints are only ever a reason to look earlier.
        return self.runtime(http, poll_seconds=0.001)

    def runtime(
        self, http: Client, observe: Observe | None = None, poll_seconds: float = 900.0
    ) -> Runtime:
        """A process's equipment on this database."""
        waker = QueueWaker(self.systems.app)
        systems = self.systems
        return Runtime(systems.pool, http, systems.vault, waker, poll_seconds, observe)

    def fill(self, products: int) -> None:
        """So many plain products in the shop, and in the ledger; not in the hub yet."""
        for number in range(products):
            product = {"sku": f"CAM-{number}", "name": "Camisa", "price": "10.00", "stock": 3}
            assert self.merchant("POST", "products", product).ok
        self.run(Loop.PULL)

    # What Ponte does.

    def set_rules(self, rules: MerchantRules) -> None:
        """The merchant saves other rules."""

        async def save() -> None:
            async with open_session() as http:
                runtime = self._make_runtime(http)
                now = await rules_service.read(runtime, COMMAND, self.connection_id)
                await rules_service.save(runtime, COMMAND, self.connection_id, rules, now.version)

        self._run(save())

    def hint_order(self, hub_order_id: str) -> None:
        """A notification arrived, true or not."""

        async def hint() -> None:
            async with self.systems.pool.connection() as conn:
                await orders.want(conn, self.connection_id, hub_order_id)

        self._run(hint())

    def run(self, *loops: Loop, crash_after: float | None = None) -> None:
        """Run loops one after the other; with `crash_after` seconds, all of it dies there."""
        self._set_faults(self.hub_weather, self.store_weather)
        try:
            self._run(self._run_loops(loops, crash_after))
        finally:
            self._set_faults({}, {})

    async def _run_loops(self, loops: tuple[Loop, ...], crash_after: float | None) -> None:
        async with open_session() as http:
            runner = Loops(self._make_runtime(http))

            async def story() -> None:
                for loop in loops:
                    for part in range(PARTS if loop is Loop.PUSH else 1):
                        await runner.run(loop, self.connection_id, part)

            task = asyncio.create_task(story())
            done, _ = await asyncio.wait([task], timeout=crash_after)
            if not done:
                task.cancel()
                await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    def be_quiet(self) -> None:
        """No more faults and changes: let Ponte work until nothing is open."""
        self.hub_weather, self.store_weather = {}, {}
        calm = 0
        for _ in range(QUIET_ROUNDS):
            self._run(self._pass_time())
            self.run(Loop.PULL, Loop.PUSH, Loop.ORDERS, Loop.REPORTS)
            # Taking an order in changes the shop's stock, which the next look at the feed brings.
            calm = 0 if self._run(self._open_work()) else calm + 1
            if calm == 2:
                return
        raise AssertionError(f"not quiet after {QUIET_ROUNDS} rounds: {self.troubles()}")

    async def _pass_time(self) -> None:
        async with self.systems.pool.connection() as conn:
            for statement in _TIME_PASSES:
                await conn.execute(statement, [self.connection_id])

    async def _open_work(self) -> int:
        """Differences, wanted orders without a pendência, and open reports."""
        async with self.systems.pool.connection() as conn:
            cursor = await conn.execute(
                """SELECT
                    (SELECT count(*) FROM family WHERE connection_id = %(id)s AND work > 0)
                  + (SELECT count(*) FROM hub_order WHERE connection_id = %(id)s
                     AND wanted_at IS NOT NULL AND NOT EXISTS (SELECT FROM problem
                        WHERE problem.connection_id = %(id)s AND subject = hub_order_id))
                  + (SELECT count(*) FROM order_report WHERE connection_id = %(id)s AND is_open)""",
                {"id": self.connection_id},
            )
            found = await cursor.fetchone()
            assert found is not None
            return int(found[0])

    def run_during(self, statement: str, loop: Loop) -> None:
        """Begin the loop while somebody's `statement` is not committed yet."""

        async def story() -> None:
            async with self.systems.pool.connection() as conn, conn.transaction():
                await conn.execute(statement.encode())
                task = asyncio.create_task(self._run_loops((loop,), None))
                await asyncio.sleep(_INTO_A_LOOP_SECONDS)
                assert not task.done()
            await task

        self._run(story())

    def rows(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        """What a statement about this connection, %s, answers."""

        async def ask() -> list[tuple[Any, ...]]:
            async with self.systems.pool.connection() as conn:
                cursor = await conn.execute(statement, [self.connection_id])
                return await cursor.fetchall()

        return list(self._run(ask()))

    def kept(self) -> tuple[int, int]:
        """How many families and SKUs the ledger has of this connection."""

        async def read() -> Any:
            async with self.systems.pool.connection() as conn:
                cursor = await conn.execute(
                    "SELECT (SELECT count(*) FROM family WHERE connection_id = %(id)s),"
                    " (SELECT count(*) FROM sku_owner WHERE connection_id = %(id)s)",
                    {"id": self.connection_id},
                )
                return await cursor.fetchone()

        found: tuple[int, int] = self._run(read())
        return found

    def troubles(self) -> list[tuple[Any, ...]]:
        """The pendências that stand."""

        async def read() -> list[tuple[Any, ...]]:
            async with self.systems.pool.connection() as conn:
                cursor = await conn.execute(
                    "SELECT subject_kind, subject, code, detail, blocking FROM problem"
                    " WHERE connection_id = %s ORDER BY 1, 2, 3",
                    [self.connection_id],
                )
                return await cursor.fetchall()

        found: list[tuple[Any, ...]] = self._run(read())
        return found

    def crash_moment(self, seed: int) -> float:
        """Some moment within a loop's run, from a seed."""
        return random.Random(seed).uniform(0.001, 0.08)
