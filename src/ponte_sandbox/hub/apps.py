"""The apps there are, which of them an account has, and what each costs it (R9).

An account's answer about an app has three values, and the third is the danger: an app it has, an
app it never heard of, and one it has *removed*. Programs that log in with the account's own API
user have no screen in the hub [D] and work without the app being on the list, but a merchant who
removed it means it; so a removal is remembered, and `Accounts` grants nothing against it.
"""

import time
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.wire import invalid

# The connector's app, as the manual's screenshots name and number it (R9).
WEBSTORE_APP = 221
WEBSTORE_NAME = "Webstore Plataforma de Ecommerce"

# Those of the account in the manual are its (R9), the other numbers are ours.
CATALOGUE = {
    1: "Painel",
    2: "Mercado Livre",
    WEBSTORE_APP: WEBSTORE_NAME,
    245: "Magazine Luiza",
    259: "Learn",
    270: "Amazon",
    275: "B2W",
    276: "Via",
    280: "Rihappy",
    309: "Shopee",
}
# What an account has before anybody touches it (R9).
FIRST_APPS = (1, 2, 259, 280, 309)

# The longest address kept; browsers and proxies in the field refuse longer ones too.
MAX_ADDRESS = 2000
# A table a person fills by hand.
MAX_BILLING_ROWS = 50
MAX_MONTHS = 120
MAX_PRICE_CENTS = 99_999_999
# A month of billing, as long as one is on average.
_MONTH_SECONDS = 365.25 * 86_400 / 12


class AppAddress(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /_sandbox/apps`: where an app is opened from the panel."""

    client_id: str
    # None: nowhere.
    url: str | None


class App(NamedTuple):
    """An entry of the catalogue, as somebody searches it."""

    number: int
    name: str
    is_present: bool


class BillingRow(NamedTuple):
    """A row of *Formato de cobrança*."""

    number: int
    order: int
    months: int
    price_cents: int
    months_used: int


class AccountApp(NamedTuple):
    """An app of an account."""

    number: int
    name: str
    billing: tuple[BillingRow, ...]


class Apps:
    """Catalogue, accounts' apps, billing, and the addresses apps are opened at."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def name(self, identifier: str) -> str | None:
        """The name of an app by its number or client id (`GET /clientInfo/{id}` [C])."""
        if identifier.isascii() and identifier.isdigit() and len(identifier) < 9:
            return CATALOGUE.get(int(identifier))
        row = self._storage.read_one("SELECT name FROM app WHERE client_id = ?", (identifier,))
        return row[0] if row else None

    def client_id(self, number: int) -> str | None:
        """The client id of an app that logs in; None for one that never does."""
        row = self._storage.read_one("SELECT client_id FROM app WHERE number = ?", (number,))
        return row[0] if row else None

    def webstore_client(self) -> str:
        """The client id of the connector's app, which every hub has."""
        rows = self._storage.read("SELECT client_id FROM app WHERE number = ?", (WEBSTORE_APP,))
        client_id: str = rows[0][0]
        return client_id

    def number(self, client_id: str) -> int | None:
        """The number of an app by its client id."""
        row = self._storage.read_one("SELECT number FROM app WHERE client_id = ?", (client_id,))
        return row[0] if row else None

    def has(self, account: int, number: int) -> bool:
        """Whether the app is on the account's list."""
        return (
            self._storage.read_one(
                "SELECT 1 FROM account_app WHERE account = ? AND app = ? AND is_present",
                (account, number),
            )
            is not None
        )

    def add(self, account: int, number: int) -> bool:
        """Put an app on the account's list; whether it was not there before."""
        return bool(
            self._storage.write(
                "INSERT INTO account_app VALUES (?, ?, 1, ?)"
                " ON CONFLICT DO UPDATE SET is_present = 1, added_at = excluded.added_at"
                " WHERE NOT is_present",
                (account, number, time.time()),
            )
        )

    def remove(self, account: int, number: int) -> bool:
        """Take an app off the account's list with its billing; whether it was there."""
        gone = self._storage.write(
            "UPDATE account_app SET is_present = 0 WHERE account = ? AND app = ? AND is_present",
            (account, number),
        )
        self._storage.write("DELETE FROM billing WHERE account = ? AND app = ?", (account, number))
        return bool(gone)

    def of_account(self, account: int) -> list[AccountApp]:
        """The account's apps in the order of their numbers."""
        now = time.time()
        apps = self._storage.read(
            "SELECT app, added_at FROM account_app WHERE account = ? AND is_present ORDER BY app",
            (account,),
        )
        rows: dict[int, list[tuple[int, int, int]]] = {}
        for app, *row in self._storage.read(
            "SELECT app, number, months, price_cents FROM billing WHERE account = ?"
            " ORDER BY app, number",
            (account,),
        ):
            rows.setdefault(app, []).append((row[0], row[1], row[2]))
        return [
            AccountApp(
                number,
                CATALOGUE.get(number, str(number)),
                billing_rows(rows.get(number, []), int((now - added_at) / _MONTH_SECONDS)),
            )
            for number, added_at in apps
        ]

    def search(self, account: int, words: str) -> list[App]:
        """The apps of the catalogue whose name contains the words; accents and case do not count.
        No words find nothing."""
        needle = plain(words)
        if not needle:
            return []
        return [
            App(number, name, self.has(account, number))
            for number, name in CATALOGUE.items()
            if needle in plain(name)
        ]

    def add_billing(self, account: int, app: int, months: int, price_cents: int) -> None:
        """Add a row to an app of the account; raises `Refusal` 400 when it has not that app, or
        enough rows already."""
        if not self.has(account, app):
            raise invalid(f"Account {account} has no app {app}")
        (rows,) = self._storage.read(
            "SELECT count(*) FROM billing WHERE account = ? AND app = ?", (account, app)
        )[0]
        if rows >= MAX_BILLING_ROWS:
            raise invalid(f"An app has at most {MAX_BILLING_ROWS} billing rows")
        self._storage.insert(
            "INSERT INTO billing (account, app, months, price_cents) VALUES (?, ?, ?, ?)",
            (account, app, months, price_cents),
        )

    def remove_billing(self, account: int, app: int, number: int) -> bool:
        """Remove a row; whether there was one."""
        return bool(
            self._storage.write(
                "DELETE FROM billing WHERE account = ? AND app = ? AND number = ?",
                (account, app, number),
            )
        )

    def register(self, wish: AppAddress) -> None:
        """Change where an app is opened; raises `Refusal` 400 for an unknown app or no address."""
        if self.number(wish.client_id) is None:
            raise invalid("There is no app with this client_id")
        if wish.url is None:
            self._storage.write("DELETE FROM app_address WHERE client_id = ?", (wish.client_id,))
            return
        if not is_web_address(wish.url):
            raise invalid("url is an http address or null")
        self._storage.write(
            "INSERT INTO app_address VALUES (?, ?) ON CONFLICT DO UPDATE SET url = excluded.url",
            (wish.client_id, wish.url),
        )

    def address(self, number: int) -> str | None:
        """Where an app is opened; None when nobody has said."""
        row = self._storage.read_one(
            "SELECT url FROM app_address JOIN app USING (client_id) WHERE number = ?", (number,)
        )
        return row[0] if row else None

    def listed(self) -> list[dict[str, object]]:
        """`GET /_sandbox/apps`: the apps that log in, and where they are opened."""
        rows = self._storage.read(
            "SELECT client_id, number, name, url FROM app LEFT JOIN app_address USING (client_id)"
        )
        return [
            {"client_id": client_id, "number": number, "name": name, "url": url}
            for client_id, number, name, url in rows
        ]


def billing_rows(rows: Sequence[tuple[int, int, int]], months: int) -> tuple[BillingRow, ...]:
    """Rows of (number, months, cents) with the months used of each, when the app has been on the
    account for so many: they are used up one after the other."""
    made = []
    for order, (number, own, price_cents) in enumerate(rows, 1):
        used = min(own, months)
        months -= used
        made.append(BillingRow(number, order, own, price_cents, used))
    return tuple(made)


def plain(text: str) -> str:
    """A text without accents and case, for searching."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def is_web_address(text: str) -> bool:
    """Whether a text is an http address with a host, such as a browser can be sent to."""
    if len(text) > MAX_ADDRESS or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        # Reading the port is what checks it.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
