"""All four systems as processes: hub, store, `ponte serve`, `ponte worker`; and merchants on them.

The tests of the rules watch from the outside. The ledger is opened here for two things only: to
connect merchants without a second and a half of start for each, and to know when Ponte has nothing
left to do, so that a test waits neither too short nor too long.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from hub_process import HubProcess, running_hub
from ponte_process import Ponte, PonteService, running_ponte
from sides import Sides
from store_process import StoreProcess, store_process

from ponte.domain.access import Grant
from ponte.domain.rules import MerchantRules
from ponte.hub.tokens import grant_password
from ponte.jobs.installation import Equipment, open_installation
from ponte.settings import Settings
from ponte.sync.joining import HubSide, StoreSide, join
from ponte.sync.runtime import Loop

# A hub that fails a third of the calls needs a few retries, the longest after some seconds.
QUIET_WITHIN_SECONDS = 60.0
_LOOK_SECONDS = 0.05
# A connection's clocks and its open work, in one look. The price and the stock are read with the
# product (one feed), so its clock speaks for the three; each push is behind what was read.
_LOOK = """
    SELECT least(product_checked_at, orders_checked_at, reports_checked_at), clock_timestamp(),
        (SELECT count(*) FROM family WHERE connection_id = %(id)s AND work > 0)
      + (SELECT count(*) FROM hub_order WHERE connection_id = %(id)s
         AND wanted_at IS NOT NULL AND NOT EXISTS (SELECT FROM problem
            WHERE problem.connection_id = %(id)s AND subject = hub_order_id))
      + (SELECT count(*) FROM order_report WHERE connection_id = %(id)s AND is_open)
    FROM connection WHERE connection_id = %(id)s"""


class Bridge:
    """The four systems, Ponte polling as often as its timer ticks unless told otherwise."""

    def __init__(self, hub: HubProcess, store: StoreProcess, ponte: Ponte) -> None:
        self.hub = hub
        self.store = store
        self.ponte = ponte
        self.web = ponte.serve()
        hub.register(f"{self.web.address}/notifications/pluggto")
        self.worker: PonteService = ponte.worker()
        self.runner = asyncio.Runner()
        self._installation = open_installation(Settings(data=ponte.data))
        self._equipment: Equipment = self.runner.run(self._installation.__aenter__())

    @property
    def equipment(self) -> Equipment:
        """The installation, opened in the test's own process."""
        return self._equipment

    def read(
        self, query: str, parameters: Mapping[str, Any] | Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""

        async def rows() -> list[tuple[Any, ...]]:
            async with self._equipment.runtime.pool.connection() as conn:
                cursor = await conn.execute(query.encode(), parameters)
                return await cursor.fetchall() if cursor.description else []

        return self.runner.run(rows())

    @contextmanager
    def nobody_at_work(self) -> Iterator[None]:
        """No worker runs within the block."""
        self.worker.stop()
        yield
        self.worker.start()

    def close(self) -> None:
        """Give the installation back; the processes are stopped by who started them."""
        self.runner.run(self._installation.__aexit__(None, None, None))
        self.runner.close()


@contextmanager
def running_bridge(folder: Path, *hub_options: str, **settings: str) -> Iterator[Bridge]:
    """Start all four in `folder`; stop them at the end."""
    with ExitStack() as stack:
        hub = stack.enter_context(running_hub(folder / "hub", *hub_options))
        store = stack.enter_context(store_process(folder / "store"))
        # A worker's helpers, each of which starts for two seconds, have tests of their own.
        given = {"PONTE_POLL_SECONDS": "0.1", "PONTE_WORKER_PROCESSES": "1", **settings}
        # An empty one is as if nobody had set it.
        chosen = {name: value for name, value in given.items() if value}
        bridge = Bridge(hub, store, stack.enter_context(running_ponte(folder, **chosen)))
        stack.callback(bridge.close)
        yield bridge


class Merchant(Sides):
    """A fresh account and a fresh shop, connected. With `hints` the store sends its hints."""

    def __init__(
        self,
        bridge: Bridge,
        rules: MerchantRules | None = None,
        *,
        hints: bool = True,
        knows_account: bool = True,
    ) -> None:
        super().__init__(bridge.hub, bridge.store)
        self.bridge = bridge
        address = bridge.web.address if hints else None
        joining = self._join(rules or MerchantRules(), address, knows_account)
        self.connection: int = bridge.runner.run(joining)

    async def _join(self, rules: MerchantRules, address: str | None, knows_account: bool) -> int:
        runtime = self.bridge.equipment.runtime
        app = self.account["client_id"], self.account["client_secret"]
        user = self.account["username"], self.account["password"]
        grant = await grant_password(runtime.http, self.hub.base_url, *app, *user)
        number = self.account["account"] if knows_account else None
        hub_side = HubSide(self.hub.base_url, *app, grant, account=number)
        token = Grant(self.shop["access_token"], None, 3600)
        store_side = StoreSide(self.store.base_url, token, is_fixed=True)
        joined = await join(runtime, hub_side, store_side, rules, address)
        return joined.connection_id

    def end(self) -> None:
        """Disconnect: what is not looked at any more costs the other tests nothing."""
        self.bridge.read("DELETE FROM connection WHERE connection_id = %s", [self.connection])

    def troubles(self) -> list[tuple[Any, ...]]:
        """The pendências that stand: kind, subject, code, detail, blocking."""
        return self.bridge.read(
            "SELECT subject_kind, subject, code, detail, blocking FROM problem"
            " WHERE connection_id = %s ORDER BY 1, 2, 3",
            [self.connection],
        )

    def held(self) -> set[str]:
        """Orders that a pendência holds back."""
        return {
            subject
            for kind, subject, _, _, blocking in self.troubles()
            if kind == "order" and blocking
        }

    def listed(self, *options: str) -> dict[str, dict[str, Any]]:
        """What `ponte orders list` prints, by order."""
        listed = self.bridge.ponte.json("orders", "list", str(self.connection), *options)
        return {order["id"]: order for order in listed["orders"]}

    def wait_until_quiet(
        self, seconds: float = QUIET_WITHIN_SECONDS, *, polls_only: bool = False
    ) -> None:
        """Until Ponte has read everything twice since now and nothing is open.

        Twice, because an order that enters changes the shop's stock, which is read after it. What
        is open ends by itself; only the looks that find nothing are hastened, unless `polls_only`.
        """
        deadline = time.monotonic() + seconds
        since: datetime | None = None
        calm = 0
        while calm < 2:
            ((checked, now, open_work),) = self.bridge.read(_LOOK, {"id": self.connection})
            if since is None or open_work:
                since, calm = now, 0
            elif checked is not None and checked > since:
                since, calm = now, calm + 1
            if not open_work and not polls_only:
                self.bridge.runner.run(self._wake_all())
            assert time.monotonic() < deadline, f"{open_work} open: {self.troubles()}"
            time.sleep(_LOOK_SECONDS)

    async def _wake_all(self) -> None:
        runtime = self.bridge.equipment.runtime
        async with runtime.pool.connection() as conn, conn.transaction():
            for loop in Loop:
                await runtime.waker.wake(conn, loop, self.connection)
