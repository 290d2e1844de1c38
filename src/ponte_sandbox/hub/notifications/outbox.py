"""Where notifications wait until the app has taken them.

A notification is written in the same transaction as the change it tells of, so none is sent for a
change that was undone, and none is forgotten by a kill. Each type of notification has a lane of its
own (`LANES`). Orders, invoices and messages are told of one by one. Products are told of once per
product while it waits, because an export changes every product and its hints would otherwise
outnumber the calls; for the same reason only so many wait and the rest are lost, which a hub may do
and a client must survive.
"""

import json
import random
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.wire import encode_json, invalid


class Lane(NamedTuple):
    """How the notifications of one type travel."""

    # Deliveries under way at once: enough for a burst, few enough for a small receiver.
    at_once: int
    # Hints a second; None: as fast as they are taken.
    pace: int | None = None
    # How many wait at most, each resource once; None: all, one by one.
    most_waiting: int | None = None


# A POST costs its sender 0.15 to 0.2 ms of CPU (design.md) and its receiver as much again: one for
# each of an export's calls would halve the export, a hundred a second take 4 % of a core. Ten
# thousand waiting are about two minutes of that pace.
_HINTS_OF_AN_EXPORT = Lane(at_once=4, pace=100, most_waiting=10_000)
# All types there are [D].
LANES = {
    "orders": Lane(at_once=32),
    "products": _HINTS_OF_AN_EXPORT,
    "skus": _HINTS_OF_AN_EXPORT,
    "invoices": Lane(at_once=8),
    "messages": Lane(at_once=8),
}
# What an app hears of when it does not say [A].
USUAL_TYPES = ("orders", "products")


class Changes(NamedTuple):
    """Which of the things the hub tells apart changed [D]."""

    status: bool
    stock: bool
    price: bool


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /_sandbox/notifications`: where an app wants to be told, and of what."""

    client_id: str
    # None: nowhere.
    url: str | None
    types: tuple[str, ...] = USUAL_TYPES


class Letter(NamedTuple):
    """A notification that is due."""

    number: int
    url: str
    body: bytes
    tries: int
    account: int
    client_id: str
    type: str
    resource: str


class Waiting(NamedTuple):
    """A notification that is not taken yet, as a person is shown it."""

    number: int
    type: str
    resource: str
    body: bytes
    due: float
    # Attempts so far.
    tries: int


class Outbox:
    """The notifications of all accounts and apps."""

    def __init__(self, storage: Storage, faults: FaultBox) -> None:
        self._storage = storage
        self._faults = faults
        self._apps: list[tuple[str, str, frozenset[str]]] = []
        self._load_apps()
        self._waiting = self._count_waiting()
        # Apps that were removed from an account, each with that account.
        self._silenced: set[tuple[str, int]] = set(
            storage.read(
                "SELECT p.client_id, x.account FROM account_app x JOIN app p ON p.number = x.app"
                " WHERE NOT x.is_present"
            )
        )
        # Numbers of the letters being delivered: they no longer stand for a later change.
        self._under_way: set[int] = set()
        # Called when something new waits; the courier puts its own here.
        self.wake: Callable[[str], None] = _nobody

    def register(self, wish: Registration) -> None:
        """Change an app's address; raises `Refusal` 400 for an unknown app or type or address."""
        unknown = set(wish.types) - set(LANES)
        if unknown:
            raise invalid(f"types are {', '.join(LANES)}, not {', '.join(sorted(unknown))[:80]}")
        if wish.url is not None and not wish.url.startswith(("http://", "https://")):
            raise invalid("url is an http address or null")
        found = self._storage.write(
            "UPDATE app SET notification_url = ?, notification_types = ? WHERE client_id = ?",
            (wish.url, json.dumps(wish.types), wish.client_id),
        )
        if not found:
            raise invalid("There is no app with this client_id")
        self._load_apps()
        if wish.url is None:
            self._storage.write("DELETE FROM notification WHERE client_id = ?", (wish.client_id,))
            self._waiting = self._count_waiting()

    def registrations(self) -> list[dict[str, object]]:
        """Every app's registration and how many notifications wait for it."""
        rows = self._storage.read(
            "SELECT a.client_id, a.notification_url, a.notification_types,"
            " (SELECT count(*) FROM notification AS n WHERE n.client_id = a.client_id) FROM app a"
        )
        return [
            {"client_id": client_id, "url": url, "types": json.loads(types), "waiting": waiting}
            for client_id, url, types, waiting in rows
        ]

    def registration(self, client_id: str) -> Registration:
        """Where an app is told of what; nowhere for an unknown one."""
        row = self._storage.read_one(
            "SELECT notification_url, notification_types FROM app WHERE client_id = ?", (client_id,)
        )
        url, types = row or (None, "[]")
        return Registration(client_id, url, tuple(json.loads(types)))

    def put(
        self,
        account: int,
        type_: str,
        resource: str,
        action: str,
        changes: Changes,
        *,
        but_not: str | None = None,
    ) -> None:
        """Let every app that wants it (`but_not` one) know of a change; part of the caller's
        transaction."""
        for client_id, _, types in self._apps:
            if client_id == but_not or (client_id, account) in self._silenced:
                continue
            if type_ in types and self._has_room(type_, client_id, resource):
                self._put(client_id, account, type_, resource, action, changes)

    def _put(
        self,
        client_id: str,
        account: int,
        type_: str,
        resource: str,
        action: str,
        changes: Changes,
    ) -> None:
        faults, chance = self._faults.faults.notifications, self._faults.chance
        if faults.lost_share and chance.random() < faults.lost_share:
            return
        body = encode_json(
            {
                "type": type_,
                "id": resource,
                "action": action,
                "user": account,
                "changes": changes._asdict(),
            }
        )
        times = 2 if faults.repeat_share and chance.random() < faults.repeat_share else 1
        for _ in range(times):
            due = time.time() + _delay(faults.delay_ms_max, chance)
            self._post((client_id, account, type_, resource, body, due))

    def _post(self, letter: tuple[str, int, str, str, bytes, float]) -> None:
        self._storage.write(
            "INSERT INTO notification (client_id, account, type, resource, body, due)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            letter,
        )
        type_ = letter[2]
        self._waiting[type_] += 1
        self.wake(type_)

    def send_again(
        self, client_id: str, account: int, type_: str, resource: str, body: bytes
    ) -> bool:
        """Send a notification once more, by hand: no fault touches it. False when its app has no
        address, or was removed from the account."""
        has_address = any(client_id == known for known, _, _ in self._apps)
        if not has_address or (client_id, account) in self._silenced:
            return False
        self._post((client_id, account, type_, resource, body, time.time()))
        return True

    def hurry(self, account: int, number: int) -> bool:
        """Try a waiting notification now; whether it still waits."""
        row = self._storage.read_one(
            "SELECT type FROM notification WHERE number = ? AND account = ?", (number, account)
        )
        if row is None:
            return False
        self._storage.write(
            "UPDATE notification SET due = ? WHERE number = ?", (time.time(), number)
        )
        self.wake(row[0])
        return True

    def waiting(self, account: int, limit: int) -> tuple[int, list[Waiting]]:
        """How many notifications of an account wait, and the first ones of them."""
        count: int = self._storage.read(
            "SELECT count(*) FROM notification WHERE account = ?", (account,)
        )[0][0]
        rows = self._storage.read(
            "SELECT number, type, resource, body, due, tries FROM notification"
            " WHERE account = ? ORDER BY due LIMIT ?",
            (account, limit),
        )
        return count, [Waiting(*row) for row in rows]

    def silence(self, account: int, client_id: str) -> None:
        """Tell an app nothing more of an account, and forget what waits for it."""
        self._storage.write(
            "DELETE FROM notification WHERE account = ? AND client_id = ?", (account, client_id)
        )
        self._waiting = self._count_waiting()
        self._silenced.add((client_id, account))

    def hear(self, account: int, client_id: str) -> None:
        """Tell an app of an account from now on."""
        self._silenced.discard((client_id, account))

    def due(self, type_: str, now: float, limit: int) -> list[Letter]:
        """The letters to send now, oldest first; each is under way until `taken` or `postpone`."""
        if limit <= 0:
            return []
        addresses = {client_id: url for client_id, url, _ in self._apps}
        rows = self._storage.read(
            "SELECT number, client_id, body, tries, account, resource FROM notification"
            " WHERE type = ? AND due <= ? ORDER BY due LIMIT ?",
            (type_, now, limit + len(self._under_way)),
        )
        letters = [
            Letter(number, addresses[client_id], body, tries, account, client_id, type_, resource)
            for number, client_id, body, tries, account, resource in rows
            if number not in self._under_way and client_id in addresses
        ][:limit]
        self._under_way.update(letter.number for letter in letters)
        return letters

    def next_due(self, type_: str, now: float) -> float | None:
        """When the next letter that is not due yet will be; None when there is none."""
        row = self._storage.read_one(
            "SELECT due FROM notification WHERE type = ? AND due > ? ORDER BY due LIMIT 1",
            (type_, now),
        )
        return row[0] if row else None

    def taken(self, letter: Letter, type_: str) -> None:
        """Forget a letter that was taken, or given up."""
        self._under_way.discard(letter.number)
        gone = self._storage.write("DELETE FROM notification WHERE number = ?", (letter.number,))
        self._waiting[type_] -= gone

    def postpone(self, letter: Letter, seconds: float) -> None:
        """Try a letter again later."""
        self._under_way.discard(letter.number)
        self._storage.write(
            "UPDATE notification SET due = ?, tries = ? WHERE number = ?",
            (time.time() + seconds, letter.tries + 1, letter.number),
        )

    def _has_room(self, type_: str, client_id: str, resource: str) -> bool:
        most = LANES[type_].most_waiting
        if most is None:
            return True
        if self._waiting[type_] >= most:
            return False
        # One waiting hint per product is enough: it only says what to read again.
        waiting = self._storage.read(
            "SELECT number FROM notification WHERE resource = ? AND client_id = ? AND type = ?",
            (resource, client_id, type_),
        )
        return all(number in self._under_way for (number,) in waiting)

    def _count_waiting(self) -> dict[str, int]:
        sql = "SELECT type, count(*) FROM notification GROUP BY type"
        counted: dict[str, int] = dict(self._storage.read(sql))
        return {type_: counted.get(type_, 0) for type_ in LANES}

    def _load_apps(self) -> None:
        rows = self._storage.read(
            "SELECT client_id, notification_url, notification_types FROM app"
            " WHERE notification_url IS NOT NULL"
        )
        self._apps = [
            (client_id, url, frozenset(json.loads(types))) for client_id, url, types in rows
        ]


def _delay(most_ms: float, chance: random.Random) -> float:
    return chance.uniform(0.0, most_ms) / 1000 if most_ms else 0.0


def _nobody(_: str) -> None:
    """Nobody delivers yet."""
