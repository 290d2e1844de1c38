"""Runs: streams of orders the marketplace was asked for, placed at a rate, followed to their end.

A run and every later step of its orders are rows, and an order is placed in the same transaction
that counts it, so a killed hub goes on where it stopped and places none twice. One task does it
all, in small portions, so that placing thousands never keeps the API waiting.
"""

import asyncio
import logging
import random
import time
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.marketplace.channels import CHANNELS_BY_NAME, mix_of
from ponte_sandbox.hub.marketplace.sales import (
    USUAL_DEFECT_SHARE,
    Line,
    line_of,
    make_order,
    make_sale,
    sellable_lines,
)
from ponte_sandbox.hub.orders.fields import check_status
from ponte_sandbox.hub.stamps import iso
from ponte_sandbox.hub.wire import invalid

_logger = logging.getLogger(__name__)

# Orders or steps done before others get their turn on the loop: about 5 ms of work.
_PORTION = 10
# How often something is drawn from the catalogue before it counts as having nothing to sell.
_DRAWS = 200
_IDLE_SECONDS = 0.5
# Orders a second asked for; far more than one process places.
MAX_RATE = 100_000
MAX_ORDERS = 1_000_000
MAX_STEP_SECONDS = 86_400
# Why a run ended that somebody has ended.
STOPPED_BY_HAND = "stopped by hand"
# The app the orders of a file are from, unless they say otherwise: the panel (R9).
_PANEL_APP = 1


# A number that fits into a row; whether there is such an account is asked there.
_Account = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


_Weight = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /_sandbox/marketplace`."""

    account: _Account
    orders: Annotated[int, msgspec.Meta(ge=1, le=MAX_ORDERS)]
    seed: int = 1
    # Orders a second; None: as fast as it goes.
    rate: Annotated[float, msgspec.Meta(gt=0, le=MAX_RATE)] | None = None
    # How long the marketplace takes for each later step, at most.
    step_seconds: Annotated[float, msgspec.Meta(ge=0, le=MAX_STEP_SECONDS)] = 1.0
    # Whether some orders have a defect, or what share of them.
    defects: bool | Annotated[float, msgspec.Meta(ge=0, le=1)] = False
    # Where they come from: names, or a weight for each name; none means every channel.
    channels: list[str] | dict[str, _Weight] = []
    # When the run began, in seconds since 1970; set here, not by the caller.
    began: float = 0.0

    @property
    def defect_share(self) -> float:
        """Of all orders, how many have a defect."""
        if isinstance(self.defects, bool):
            return USUAL_DEFECT_SHARE if self.defects else 0.0
        return self.defects


class FileStep(msgspec.Struct, forbid_unknown_fields=True):
    """A status an order of a file takes later."""

    status: str
    after_ms: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class FileWish(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /_sandbox/marketplace/file`: orders in the hub's own fields, each with its `steps`.

    Real data is replayed as it is: amounts need not add up, and an order may be without items.
    """

    account: _Account
    orders: list[dict[str, Any]]


class RunView(NamedTuple):
    """How far a run is, in figures."""

    number: int
    wanted: int
    placed: int
    stopped: str | None
    waiting_steps: int
    first_order: str | None

    @property
    def is_placing(self) -> bool:
        """Whether more orders come."""
        return self.placed < self.wanted and self.stopped is None

    @property
    def is_done(self) -> bool:
        """Whether nothing more happens, neither an order nor a later step of one."""
        return not self.is_placing and not self.waiting_steps


class Marketplace:
    """Places orders and moves them on."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._storage = hub.storage
        self._woken = asyncio.Event()

    def start(self, wish: Wish) -> int:
        """Begin a run; returns its number. Raises `Refusal` 400 for an unknown account or one
        without a product that can be sold."""
        self._check_account(wish.account)
        mix_of(wish.channels)
        self._pick(wish.account, random.Random(wish.seed))
        wish.began = time.time()
        run = self._storage.insert(
            "INSERT INTO run (account, wish, wanted) VALUES (?, ?, ?)",
            (wish.account, msgspec.json.encode(wish).decode(), wish.orders),
        )
        self._woken.set()
        return run

    def place_file(self, wish: FileWish) -> tuple[int, list[str]]:
        """Place the orders of a file at once; returns the run and the ids in the file's order.

        Raises `Refusal` 400 when one of them cannot be, and then places none.
        """
        self._check_account(wish.account)
        ids: list[str] = []
        with self._storage.writing():
            run = self._storage.insert(
                "INSERT INTO run (account, wish, wanted, placed) VALUES (?, '', ?, ?)",
                (wish.account, len(wish.orders), len(wish.orders)),
            )
            for position, sent in enumerate(wish.orders):
                try:
                    ids.append(self._place_from_file(run, wish.account, position, sent))
                except Refusal as refusal:
                    raise invalid(f"orders[{position}]: {refusal.reason}") from refusal
        self._woken.set()
        return run, ids

    def sells(self, account: int, sku: str) -> bool:
        """Whether something is sold under a SKU, in stock or not."""
        return self._line(account, sku) is not None

    def _line(self, account: int, sku: str) -> Line | None:
        stored = self._hub.shelf.find(account, sku)
        return line_of(stored.product(), sku) if stored else None

    def place_one(self, account: int, sku: str, quantity: int, channel: str, status: str) -> str:
        """Place one order by hand, as a run of its own; returns its id. Raises `Refusal` 400 when
        there is no such channel or status, or nothing is sold under the SKU."""
        self._check_account(account)
        if channel not in CHANNELS_BY_NAME:
            raise invalid(f"There is no channel {channel[:80]!r}")
        check_status(status)
        line = self._line(account, sku)
        if line is None:
            raise invalid(f"Nothing is sold under the SKU {sku[:80]!r}")
        chosen = CHANNELS_BY_NAME[channel]
        with self._storage.writing():
            run = self._storage.insert(
                "INSERT INTO run (account, wish, wanted, placed) VALUES (?, '', 1, 1)", (account,)
            )
            order = make_order(
                random.Random(), f"MKT-{account}-{run}-1", chosen, line, quantity, status
            )
            placed = self._hub.counter.create(account, order, chosen.app_number)
            self._note(run, 0, placed.id, (status, "by_hand", "none"))
        return placed.id

    def stop(self, run: int, account: int | None = None) -> bool:
        """Place no more orders of a run (of that account); whether it was placing any. The orders
        it has placed live on."""
        return bool(
            self._storage.write(
                "UPDATE run SET stopped = ? WHERE id = ? AND placed < wanted AND stopped IS NULL"
                " AND account = coalesce(?, account)",
                (STOPPED_BY_HAND, run, account),
            )
        )

    def newest(self, account: int, limit: int) -> list[RunView]:
        """An account's newest runs, without their orders."""
        rows = self._storage.read(
            "SELECT id, wanted, placed, stopped,"
            " (SELECT count(*) FROM step WHERE step.run = run.id),"
            " (SELECT order_id FROM run_order WHERE run_order.run = run.id AND position = 0)"
            " FROM run WHERE account = ? ORDER BY id DESC LIMIT ?",
            (account, limit),
        )
        return [RunView(*row) for row in rows]

    def progress(self, run: int) -> dict[str, Any] | None:
        """How far a run is; `done` when all is placed and every later step taken."""
        row = self._storage.read_one(
            "SELECT account, wanted, placed, stopped,"
            " (SELECT count(*) FROM step WHERE step.run = run.id) FROM run WHERE id = ?",
            (run,),
        )
        if row is None:
            return None
        account, wanted, placed, stopped, steps = row
        orders = self._storage.read(
            "SELECT order_id, fate, path, defect FROM run_order WHERE run = ? ORDER BY position",
            (run,),
        )
        return {
            "run": run,
            "account": account,
            "wanted": wanted,
            "placed": placed,
            "waiting_steps": steps,
            "stopped": stopped,
            "done": (placed == wanted or stopped is not None) and steps == 0,
            "orders": [
                {"id": identifier, "fate": fate, "path": path, "defect": defect}
                for identifier, fate, path, defect in orders
            ],
        }

    async def work(self) -> None:
        """Place and move on until cancelled."""
        while True:
            self._woken.clear()
            now = time.time()
            busy = self._take_steps(now) + self._place_due(now)
            if busy:
                await self._storage.committed()
                # Others first: a portion of orders is not worth anybody's waiting.
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(self._until_next(now)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _place_due(self, now: float) -> int:
        placed_now = 0
        for run, text, placed, wanted in self._storage.read(
            "SELECT id, wish, placed, wanted FROM run"
            " WHERE placed < wanted AND stopped IS NULL ORDER BY placed, id"
        ):
            if placed_now >= _PORTION:
                break
            wish = msgspec.json.decode(text, type=Wish)
            due = wanted
            if wish.rate is not None:
                due = min(wanted, int((now - wish.began) * wish.rate) + 1)
            for position in range(placed, min(due, placed + _PORTION)):
                try:
                    self._place(run, wish, position)
                except Refusal as refusal:
                    _logger.warning("Marketplace run %d stops: %s", run, refusal.reason)
                    self._storage.write(
                        "UPDATE run SET stopped = ? WHERE id = ?", (refusal.reason, run)
                    )
                    break
                placed_now += 1
        return placed_now

    def _place(self, run: int, wish: Wish, position: int) -> None:
        # A source of its own for each order: a restarted run draws what it would have drawn.
        chance = random.Random(f"{wish.seed}/{position}")
        sale = make_sale(
            chance,
            f"MKT-{wish.account}-{run}-{position + 1}",
            lambda source: self._pick(wish.account, source),
            wish.step_seconds,
            mix=mix_of(wish.channels),
            defect_share=wish.defect_share,
        )
        with self._storage.writing():
            stored = self._hub.counter.create(wish.account, sale.order, sale.app_number)
            self._note(run, position, stored.id, (sale.fate, sale.path, sale.defect))
            for step in sale.steps:
                self._plan(run, wish.account, stored.id, step.after_seconds, step.status)
            self._storage.write("UPDATE run SET placed = ? WHERE id = ?", (position + 1, run))

    def _place_from_file(self, run: int, account: int, position: int, sent: dict[str, Any]) -> str:
        sent = _own_ids_left_out(sent)
        steps = msgspec.convert(sent.pop("steps", []), list[FileStep])
        for step in steps:
            check_status(step.status)
        app_number, created = _origin(sent)
        stored = self._hub.counter.create(account, sent, app_number, created)
        last = steps[-1].status if steps else stored.status
        self._note(run, position, stored.id, (last, "file", "none"))
        for step in steps:
            self._plan(run, account, stored.id, step.after_ms / 1000, step.status)
        return stored.id

    def _note(self, run: int, position: int, order_id: str, course: tuple[str, str, str]) -> None:
        self._storage.write(
            "INSERT INTO run_order VALUES (?, ?, ?, ?, ?, ?)", (run, position, order_id, *course)
        )

    def _plan(self, run: int, account: int, order_id: str, seconds: float, status: str) -> None:
        self._storage.write(
            "INSERT INTO step (run, account, order_id, due, status) VALUES (?, ?, ?, ?, ?)",
            (run, account, order_id, time.time() + seconds, status),
        )

    def _take_steps(self, now: float) -> int:
        steps = self._storage.read(
            "SELECT number, account, order_id, status FROM step WHERE due <= ?"
            " ORDER BY due, number LIMIT ?",
            (now, _PORTION),
        )
        for number, account, order_id, status in steps:
            stored = self._hub.archive.find(account, order_id)
            if stored is not None and stored.status != status:
                self._hub.counter.change(account, stored, {"status": status}, None)
            self._storage.write("DELETE FROM step WHERE number = ?", (number,))
        return len(steps)

    def _until_next(self, now: float) -> float:
        row = self._storage.read_one("SELECT due FROM step ORDER BY due LIMIT 1")
        waits = [_IDLE_SECONDS]
        if row is not None:
            waits.append(row[0] - now)
        for text, placed in self._storage.read(
            "SELECT wish, placed FROM run WHERE placed < wanted AND stopped IS NULL"
        ):
            wish = msgspec.json.decode(text, type=Wish)
            if wish.rate is not None:
                waits.append(wish.began + placed / wish.rate - now)
        return max(0.001, min(waits))

    def _pick(self, account: int, chance: random.Random) -> Line:
        for _ in range(_DRAWS):
            stored = self._hub.shelf.draw(account, chance)
            lines = sellable_lines(stored.product()) if stored else []
            if lines:
                return chance.choice(lines)
        raise invalid(f"Account {account} has no product that can be sold")

    def _check_account(self, account: int) -> None:
        if not self._hub.accounts.exists(account):
            raise invalid(f"There is no account {account}")


def _own_ids_left_out(sent: dict[str, Any]) -> dict[str, Any]:
    """An order as lists answer it, `{"Order": {…}}` or bare, without the ids of its deliveries:
    like the order's own, they are given anew."""
    inner = sent.get("Order")
    order = {**sent, **inner} if isinstance(inner, dict) else dict(sent)
    order.pop("Order", None)
    shipments = order.get("shipments")
    if isinstance(shipments, list):
        order["shipments"] = [
            {name: value for name, value in each.items() if name != "id"}
            if isinstance(each, dict)
            else each
            for each in shipments
        ]
    return order


def _origin(sent: dict[str, Any]) -> tuple[int, str]:
    """The app and the time of creation a replayed order claims; now, by the panel, without."""
    app_number = sent.pop("user_client_id", _PANEL_APP)
    if not isinstance(app_number, int):
        raise invalid("user_client_id is the number of an app")
    created = sent.pop("created", None)
    if created is None:
        return app_number, ""
    try:
        moment = datetime.fromisoformat(created)
        return app_number, iso(moment.astimezone(UTC))
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid("created is an ISO time") from error
