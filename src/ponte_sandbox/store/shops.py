"""The shops that this process serves: who they are and how their merchants log in.

One process may be a thousand shops, because the connector has to be tried with that many; they
share an address, and the log-in or the access token tells which shop is meant.
"""

import secrets
from typing import NamedTuple

from stdnum.br import cnpj

from ponte_sandbox.common.storage import Storage

# Where generated merchants have their e-mail; nobody has one there (RFC 2606).
EXAMPLE_DOMAIN = "loja.example"
# All sandbox shops are in São Paulo: the state decides between CFOP 5102 and 6102.
STATE = "SP"

_NAMES = (
    "Loja Aurora", "Casa Ipê", "Empório Maré", "Magazine Jequitibá", "Varejo Mandacaru",
    "Boutique Guará", "Armazém Sabiá", "Bazar Tucumã", "Mundo Araucária", "Outlet Paraty",
)  # fmt: skip


class Shop(NamedTuple):
    """A shop, as stored."""

    shop: int
    store_id: str
    name: str
    username: str
    password: str
    access_token: str
    cnpj: str
    allows_backorders: int


_SELECT = (
    "SELECT shop, store_id, name, username, password, access_token, cnpj, allows_backorders"
    " FROM shops"
)
_INSERT = (
    "INSERT INTO shops (shop, store_id, name, username, password, access_token, cnpj)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Shops:
    """All shops of this process."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def all(self) -> list[Shop]:
        """Every shop by number."""
        rows = self._storage.read(f"{_SELECT} ORDER BY shop")
        return [Shop(*row) for row in rows]

    def first(self, count: int) -> list[Shop]:
        """The first shops whose password can be read."""
        rows = self._storage.read(f"{_SELECT} WHERE password <> '' ORDER BY shop LIMIT ?", (count,))
        return [Shop(*row) for row in rows]

    def get(self, shop: int) -> Shop | None:
        """One shop by number."""
        return self._find(f"{_SELECT} WHERE shop = ?", shop)

    def by_access_token(self, token: str) -> Shop | None:
        """The shop whose fixed access token this is."""
        return self._find(f"{_SELECT} WHERE access_token = ?", token)

    def ensure(self, count: int) -> None:
        """Make shops until there are `count`."""
        self.add(count - len(self.all()))

    def add(self, count: int) -> None:
        """Open `count` more shops with new credentials."""
        row = self._storage.read_one("SELECT coalesce(max(shop), 0) FROM shops")
        first = (row[0] if row else 0) + 1
        for shop in range(first, first + count):
            self._storage.write(
                _INSERT,
                (
                    shop,
                    f"loja-{secrets.token_hex(6)}",
                    _name_of(shop),
                    f"lojista{shop}",
                    secrets.token_urlsafe(9),
                    secrets.token_urlsafe(32),
                    cnpj_of(shop),
                ),
            )
            self._storage.write(
                "INSERT INTO merchants (shop, email) VALUES (?, ?)",
                (shop, f"lojista{shop}@{EXAMPLE_DOMAIN}"),
            )

    def create(self, name: str, email: str) -> int:
        """A shop that a person makes, known by e-mail; its number. It has no readable password."""
        row = self._storage.read_one("SELECT coalesce(max(shop), 0) FROM shops")
        shop = (int(row[0]) if row else 0) + 1
        token = secrets.token_urlsafe(32)
        store_id = f"loja-{secrets.token_hex(6)}"
        self._storage.write(_INSERT, (shop, store_id, name, email, "", token, cnpj_of(shop)))
        return shop

    def rename(self, shop: int, name: str) -> None:
        """Another name for the shop."""
        self._storage.write("UPDATE shops SET name = ? WHERE shop = ?", (name, shop))

    def set_backorders(self, shop: int, *, allowed: bool) -> None:
        """Whether orders for more than is in stock are taken in."""
        self._storage.write(
            "UPDATE shops SET allows_backorders = ? WHERE shop = ?", (int(allowed), shop)
        )

    def _find(self, sql: str, value: object) -> Shop | None:
        row = self._storage.read_one(sql, (value,))
        return Shop(*row) if row else None


def _name_of(shop: int) -> str:
    name = _NAMES[(shop - 1) % len(_NAMES)]
    return name if shop <= len(_NAMES) else f"{name} {shop}"


def cnpj_of(shop: int) -> str:
    """A valid CNPJ for the shop: its number, head office 0001, check digits."""
    base = f"{40_000_000 + shop:08d}0001"
    return base + str(cnpj.calc_check_digits(base))
