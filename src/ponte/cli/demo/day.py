"""A working day in seconds: marketplaces sell, the merchant changes, sells, invoices, dispatches.

Everything at once and on both sides, while calls fail and notifications are lost, repeated and
late. Two things a shop must not do, because no bridge could then keep its promise, are not done: an
order whose parcel left is not canceled, and a product is deleted only when no order asks for it.
"""

import asyncio
import random
import time
from collections.abc import Iterable
from typing import Any

from ponte.cli.demo.journal import Journal
from ponte.cli.demo.neighbours import Hub, Store
from ponte.cli.demo.shapes import FeedEntry, StoreFamily, StoreOrder

# Orders a second, so that the default of 300 makes a day of 15 seconds; none is shorter or longer.
_ORDERS_A_SECOND = 20
_SHORTEST_DAY_SECONDS = 4.0
_LONGEST_DAY_SECONDS = 15.0
_TICK_SECONDS = 0.5
# A later step of the marketplace's comes within this.
_STEP_SECONDS = 1.0
# Of 2,000 families 600 changes a day; of one order in eight a sale of the shop's own.
_CHANGES_PER_FAMILY = 0.3
_FEWEST_CHANGES = 30
_ORDERS_PER_OWN_SALE = 8
# What changes, relative to each other: like a shop's day, with enough of the rare kinds.
_KINDS = {"stock": 55, "price": 20, "content": 15, "create": 5, "unpublish": 4}
# What becomes of an order in the shop, and how often; "cancel" is the buyer's, in the hub.
_COURSES: tuple[tuple[tuple[str, ...], int], ...] = (
    ((), 10),
    (("invoice",), 20),
    (("invoice", "dispatch"), 25),
    (("invoice", "dispatch", "deliver"), 20),
    (("inform-delivery",), 15),
    (("inform-delivery", "deliver"), 5),
    (("cancel",), 5),
)
# An order goes a step further at a tick with this chance.
_STEP_CHANCE = 0.6
# Steps that are left when everything else is over are taken within this.
_OVERTIME_SECONDS = 5.0
# Families touched in the evening: one in a hundred deleted, as many lose a variation.
_RETIRED_PER_FAMILY = 0.01
_FEWEST_RETIRED = 3
_BURST = 10

# Every thirtieth call fails somehow; every fifth notification is lost, another repeated, all late.
_HUB_FAULTS = {
    "error_share": 0.02,
    "drop_before_share": 0.005,
    "drop_after_share": 0.01,
    "notifications": {"lost_share": 0.2, "repeat_share": 0.2, "delay_ms_max": 800},
}
_STORE_FAULTS = {"error_share": 0.02, "drop_before_share": 0.005, "drop_after_share": 0.01}


class WorkingDay:
    """One day; afterwards `placed` and `own_sales` say what the comparison needs to know."""

    def __init__(
        self, hub: Hub, store: Store, journal: Journal, seed: int, products: int, orders: int
    ) -> None:
        self._hub = hub
        self._store = store
        self._journal = journal
        self._seed = seed
        self._products = products
        self._orders = orders
        self._chance = random.Random(seed)  # noqa: S311 - a story from a seed, not a secret
        self._plans: dict[str, list[str]] = {}
        self._newest_number = 0
        self._fates: dict[str, str] = {}
        self._all_placed = asyncio.Event()
        self.placed: frozenset[str] = frozenset()
        self.own_sales = 0
        seconds = min(_LONGEST_DAY_SECONDS, orders / _ORDERS_A_SECOND)
        self._seconds = max(_SHORTEST_DAY_SECONDS, seconds)

    async def live(self, until: asyncio.Event) -> None:
        """The day, with faults from its first to its last moment; not over before `until`."""
        await self._hub.admin("PUT", "faults", {**_HUB_FAULTS, "seed": self._seed})
        await self._store.admin("PUT", "faults", {**_STORE_FAULTS, "seed": self._seed})
        families = [
            entry.product for entry in await self._store.feed() if entry.product is not None
        ]
        sold = [sku for family in families for sku in _sold_skus(family)]
        async with asyncio.TaskGroup() as people:
            people.create_task(self._sell_by_marketplace())
            people.create_task(self._change())
            people.create_task(self._sell_in_the_shop(sold))
            people.create_task(self._fulfil(until))
        await self._end_the_day()
        await self._hub.admin("PUT", "faults", {})
        await self._store.admin("PUT", "faults", {})

    async def _sell_by_marketplace(self) -> None:
        wish = {
            "account": self._hub.account["account"],
            "orders": self._orders,
            "seed": self._seed,
            "rate": self._orders / self._seconds,
            "step_seconds": _STEP_SECONDS,
        }
        run = (await self._hub.admin("POST", "marketplace", wish))["run"]
        done = False
        while not done:
            await asyncio.sleep(_TICK_SECONDS)
            progress = await self._hub.admin("GET", f"marketplace/{run}")
            for order in progress["orders"]:
                if order["id"] not in self._fates:
                    self._fates[order["id"]] = order["fate"]
                    self._journal.note("placed", order["id"], detail=order["path"])
            done = progress["done"]
        self.placed = frozenset(self._fates)
        self._all_placed.set()

    async def _change(self) -> None:
        """Stock, prices, texts; new products, and some that are taken off sale."""
        ticks = int(self._seconds / _TICK_SECONDS)
        changes = max(_FEWEST_CHANGES, int(self._products * _CHANGES_PER_FAMILY))
        for tick in range(ticks):
            await asyncio.sleep(_TICK_SECONDS)
            count = changes * (tick + 1) // ticks - changes * tick // ticks
            if count:
                wish = {"seed": self._chance.randrange(2**31), "count": count, "kinds": _KINDS}
                self._note_changes(await self._store.merchant("POST", "changes", wish))

    def _note_changes(self, changes: Iterable[dict[str, Any]]) -> None:
        for change in changes:
            self._journal.note(f"{change['kind']} in the store", change["sku"])

    async def _sell_in_the_shop(self, skus: list[str]) -> None:
        """Sales of the shop's own, which must stay at home (R2)."""
        sales = max(2, self._orders // _ORDERS_PER_OWN_SALE)
        for _ in range(sales):
            await asyncio.sleep(self._seconds / sales)
            sku = self._chance.choice(skus)
            wish = {"sku": sku, "quantity": self._chance.randint(1, 3)}
            await self._store.merchant("POST", "sales", wish)
            self.own_sales += 1
            self._journal.note("sold in the shop itself", sku)

    async def _fulfil(self, until: asyncio.Event) -> None:
        """Orders go their ways, until nobody has anything more to do, or closing time."""
        closing: float | None = None
        while closing is None or (any(self._plans.values()) and time.monotonic() < closing):
            if closing is None and self._all_placed.is_set() and until.is_set():
                closing = time.monotonic() + _OVERTIME_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            await self._plan_new_orders()
            for order_id in [order_id for order_id, steps in self._plans.items() if steps]:
                if self._chance.random() < _STEP_CHANCE:
                    await self._take_step(order_id, self._plans[order_id].pop(0))

    async def _plan_new_orders(self) -> None:
        for order in await self._store.orders(self._newest_number):
            if order.hub_order_id is not None and order.hub_order_id not in self._fates:
                # Its fate is not known yet: the marketplace may be about to cancel it.
                return
            self._newest_number = int(order.number)
            self._plan(order)

    def _plan(self, order: StoreOrder) -> None:
        order_id = order.hub_order_id
        if order_id is None or self._fates[order_id] != "approved":
            return
        courses = [course for course, _ in _COURSES]
        weights = [weight for _, weight in _COURSES]
        self._plans[order_id] = list(self._chance.choices(courses, weights)[0])

    async def _take_step(self, order_id: str, step: str) -> None:
        if step == "cancel":
            await self._hub.cancel(order_id)
            self._journal.note("canceled in the hub", order_id)
            return
        await self._store.merchant("POST", f"orders/{order_id}/{step}")
        self._journal.note(f"{step} in the store", order_id)

    async def _end_the_day(self) -> None:
        """What is only possible when nothing is on order: products and variations go for good.

        And a shelf is counted: many stock changes of one SKU in a moment.
        """
        ordered = {
            str(sku)
            for order in await self._hub.orders()
            for item in order.items
            for sku in (item.sku, (item.variation or {}).get("sku"))
        }
        feed = await self._store.feed()
        free = [family for family in _families(feed) if not _spellings(family) & ordered]
        self._chance.shuffle(free)
        count = max(_FEWEST_RETIRED, int(self._products * _RETIRED_PER_FAMILY))
        for family in free[:count]:
            await self._store.merchant("DELETE", f"products/{family.id}")
            self._journal.note("deleted in the store", *_spellings(family))
        varied = [family for family in free[count:] if len(family.variations) > 2]
        for family in varied[:count]:
            gone = self._chance.choice(family.variations).sku
            edit = {"variations": [{"sku": gone, "remove": True}]}
            await self._store.merchant("PATCH", f"products/{family.id}", edit)
            self._journal.note("variation removed in the store", *_spellings(family), detail=gone)
        hidden = _families(feed, published=False)
        for family in hidden[: len(hidden) // 2]:
            await self._store.merchant("PATCH", f"products/{family.id}", {"published": True})
            self._journal.note("published again in the store", *_spellings(family))
        await self._count_a_shelf(free[count:] or free[:0])

    async def _count_a_shelf(self, families: list[StoreFamily]) -> None:
        simple = next((family for family in families if not family.variations), None)
        if simple is None:
            return
        for stock in range(_BURST):
            await self._store.merchant("PUT", "stock", {"sku": simple.sku, "stock": stock})
            self._journal.note("stock counted in the store", simple.sku)


def _families(feed: Iterable[FeedEntry], *, published: bool = True) -> list[StoreFamily]:
    return [
        entry.product
        for entry in feed
        if entry.product is not None and entry.product.published == published
    ]


def _sold_skus(family: StoreFamily) -> list[str]:
    return [variation.sku for variation in family.variations] or [family.sku]


def _spellings(family: StoreFamily) -> set[str]:
    """Every name of a family and its members, the store's and the hub's."""
    skus = [family.sku, *(variation.sku for variation in family.variations)]
    return {spelling for sku in skus for spelling in (sku, sku.strip().replace("/", "-"))}
