"""One merchant's two sides as an outsider meets them: an account of the hub, a shop of the store.

Everything here goes through the systems' public or administration APIs, so that what a test asserts
is what a person could see. Who is between the two sides is the business of the subclasses.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import requests
from hub_process import HubApi, HubProcess
from store_process import StoreProcess
from wares import make_order, make_product

# The hub's and the store's largest pages.
HUB_PAGE = 100
STORE_PAGE = 500


class Sides(ABC):
    """A fresh account and a fresh, empty shop."""

    def __init__(self, hub: HubProcess, store: StoreProcess) -> None:
        self.hub = hub
        self.store = store
        self.account: dict[str, Any] = hub.admin("POST", "accounts", {"count": 1})[-1]
        self.shop: dict[str, Any] = store.admin("POST", "accounts", json={"count": 1}).json()[0]
        self.api: HubApi = hub.api(self.account["account"])

    @abstractmethod
    def troubles(self) -> list[tuple[Any, ...]]:
        """The pendências that stand: kind, subject, code, detail, blocking."""

    def log_in_again(self) -> None:
        """A fresh token for our own looks, where the hub's end soon."""
        self.api = self.hub.api(self.account["account"])

    def merchant(self, method: str, path: str, body: object = None) -> requests.Response:
        """A merchant's action in the shop; the answer as it came."""
        return self.store.admin(method, f"shops/{self.shop['shop']}/{path}", json=body)

    def add(self, sku: str, **further: Any) -> dict[str, Any]:
        """A new product of the shop, complete unless told otherwise."""
        return self.wish("POST", "products", make_product(sku, **further))

    def wish(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """A merchant's action that must succeed; its JSON."""
        answer = self.merchant(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        done: dict[str, Any] = answer.json() if answer.content else {}
        return done

    def order(self, *skus: str, **further: Any) -> str:
        """An order of one piece of each SKU from a marketplace; its id in the hub."""
        placed: str = self.api.post_order(**make_order(*skus, **further))["id"]
        return placed

    def feed(self) -> list[dict[str, Any]]:
        """The shop's whole change feed."""
        return self._pages("products/changes", "items")

    def store_orders(self) -> list[dict[str, Any]]:
        """The shop's whole order list."""
        return self._pages("orders", "orders")

    def store_order(self, hub_order_id: str) -> dict[str, Any]:
        """An order as the shop took it in."""
        answer = self.store.api("GET", f"orders/{hub_order_id}", token=self.shop["access_token"])
        assert answer.status_code == 200, answer.text[:300]
        order: dict[str, Any] = answer.json()
        return order

    def _pages(self, path: str, member: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        after = 0
        while True:
            answer = self.store.api(
                "GET",
                path,
                token=self.shop["access_token"],
                params={"after": after, "limit": STORE_PAGE},
            )
            assert answer.status_code == 200, answer.text[:300]
            page = answer.json()
            entries += page[member]
            after = page["next_after"]
            if not page["has_more"]:
                return entries

    def hub_products(self) -> dict[str, dict[str, Any]]:
        """Every product of the account, by SKU."""
        return {product["sku"]: product for product in self._hub_list("products", "Product")}

    def hub_orders(self) -> dict[str, dict[str, Any]]:
        """Every order of the account, by id."""
        return {order["id"]: order for order in self._hub_list("orders", "Order")}

    def _hub_list(self, path: str, envelope: str) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            answer = self.api.call("GET", f"/{path}", limit=str(HUB_PAGE), page=str(page))
            assert answer.status_code == 200, answer.text[:300]
            entries = answer.json()["result"]
            for entry in entries:
                yield entry[envelope]
            if len(entries) < HUB_PAGE:
                return
            page += 1

    def calls(self, method: str) -> dict[str, int]:
        """Calls of this method at the hub for this account, by route, since the last reset."""
        counted: dict[str, int] = {}
        for call in self.hub.admin("GET", "calls")["calls"]:
            if call["method"] == method and call["account"] == str(self.account["account"]):
                counted[call["route"]] = counted.get(call["route"], 0) + call["count"]
        return counted

    def _set_faults(self, hub: dict[str, Any], store: dict[str, Any]) -> None:
        self.hub.admin("PUT", "faults", hub)
        answer = self.store.admin("PUT", "faults", json=store)
        assert answer.ok, answer.text
