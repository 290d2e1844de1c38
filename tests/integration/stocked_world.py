"""An installation with something to show: a catalogue that was exported, orders, pendências of
both, an audit that found drift, a dry run and a preview; and then nobody who works any more.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from bridge import Bridge, Merchant, running_bridge
from people_world import PeopleWorld
from wares import make_product

_WITHIN_SECONDS = 120.0
_LOOK_SECONDS = 0.2


class StockedWorld(PeopleWorld):
    """The people of an installation, and connection `stocked` of the merchant `shop`."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge.ponte, bridge.web)
        self.shop = Merchant(bridge)
        self.stocked = self.shop.connection
        self.program = self.token(self.operator, "operator")
        for product in (
            make_product("CAM-1"),
            make_product("CAM-2", photos=[]),
            # Without them it goes, with a warning.
            make_product("CAM-3", ean="", ncm=""),
        ):
            assert self.shop.merchant("POST", "products", product).ok
        self.order = self.shop.order("CAM-1")
        # A pendência: nobody sells that.
        self.held_order = self.shop.order("NINGUEM")
        self.shop.wait_until_quiet()
        self.shop.api.put_sku("CAM-1", quantity=77)
        self.ask("POST", "dry-run")
        self.ask("POST", "audit/start")
        rules = self.ask("GET", "rules")
        wanted = {**rules["rules"], "reserve_units": 1}
        self.ask("POST", "rules/preview", {"version": rules["version"], "rules": wanted})
        self._wait("audit", lambda found: found["last"] is not None)
        self._wait("dry-run", lambda found: found["ended_at"] is not None)
        self._wait("rules/preview", lambda found: found["state"] == "done")
        bridge.worker.stop()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What a program is answered about the connection; it must be well."""
        url = f"{self.address}/api/v1/connections/{self.stocked}/{path}"
        headers = {"authorization": f"Bearer {self.program}"}
        answer = requests.request(method, url, headers=headers, json=body, timeout=30)
        assert answer.ok, (method, path, answer.text)
        return answer.json()

    def _wait(self, path: str, is_done: Any) -> None:
        deadline = time.monotonic() + _WITHIN_SECONDS
        while not is_done(found := self.ask("GET", path)):
            assert time.monotonic() < deadline, (path, found)
            time.sleep(_LOOK_SECONDS)


@contextmanager
def stocked_world(folder: Path, **settings: str) -> Iterator[StockedWorld]:
    """Start it."""
    with running_bridge(folder, **settings) as bridge:
        yield StockedWorld(bridge)
