"""How merchants log in: by user name or e-mail, with a password that some of them chose.

A generated shop has a readable password, which `/_sandbox/accounts` shows; whoever chooses one has
it hashed, and the readable one is gone. Each new password ends the sessions begun before it, which
carry the number of theirs. Links to a new password are good once, for half an hour.
"""

import hashlib
import hmac
import secrets
import time
from collections import deque
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.passwords import fits, hashed
from ponte_sandbox.store.shops import EXAMPLE_DOMAIN

# How long a link to a new password is good.
RESET_SECONDS = 1800
# Links of one shop that may be open at once: whoever asks for more gets no further mail.
OPEN_RESETS = 5
# NIST SP 800-63B's least length of a password; the most keeps a hash from being work.
LEAST_PASSWORD, MOST_PASSWORD = 8, 200
# Ten wrong passwords within five minutes, and the user waits a minute: thousands of tries a day
# instead of millions, and a merchant with a slip of the hand never notices.
WRONG_TRIES, WRONG_SECONDS, PAUSE_SECONDS = 10, 300.0, 60.0
# Users whose tries are remembered; beyond them the oldest are forgotten.
_MOST_USERS = 10_000

_SELECT = (
    "SELECT m.shop, m.email, s.password, m.password_hash, m.password_version"
    " FROM merchants m JOIN shops s USING (shop)"
)


class LogIn(NamedTuple):
    """A shop's merchant, as stored."""

    shop: int
    email: str
    # Empty when the merchant chose a password.
    readable: str
    password_hash: str | None
    version: int


class LogIns:
    """The merchants of all shops."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def ensure(self) -> None:
        """A merchant for every generated shop that has none yet."""
        self._storage.write(
            "INSERT INTO merchants (shop, email) SELECT shop, username || '@' || ? FROM shops"
            " WHERE shop NOT IN (SELECT shop FROM merchants)",
            (EXAMPLE_DOMAIN,),
        )

    def add(self, shop: int, email: str, password_hash: str) -> None:
        """The merchant of a shop that a person has made."""
        self._storage.write(
            "INSERT INTO merchants (shop, email, password_hash) VALUES (?, ?, ?)",
            (shop, email, password_hash),
        )

    def of(self, shop: int) -> LogIn | None:
        """The merchant of this shop."""
        return self._find(f"{_SELECT} WHERE m.shop = ?", shop)

    def find(self, user: str) -> LogIn | None:
        """The merchant of this user name or e-mail; case does not matter."""
        return self._find(f"{_SELECT} WHERE m.email = ?", user) or self._find(
            f"{_SELECT} WHERE s.username = ?", user
        )

    def has_email(self, email: str) -> bool:
        """Whether some merchant is known by this e-mail."""
        return self.find(email) is not None

    async def check(self, log_in: LogIn | None, password: str) -> bool:
        """Whether it is this merchant's password; as slow for nobody as for somebody."""
        if len(password) > MOST_PASSWORD:
            return False
        if log_in is not None and log_in.readable:
            given = password.encode(errors="replace")
            return hmac.compare_digest(given, log_in.readable.encode())
        stored = log_in.password_hash if log_in is not None else None
        return await fits(stored or await _nobody(), password) and stored is not None

    async def set_password(self, shop: int, password: str) -> int:
        """A new password; ends open links and other sessions. Returns its version."""
        password_hash = await hashed(password)
        with self._storage.writing():
            self._storage.write("UPDATE shops SET password = '' WHERE shop = ?", (shop,))
            self._storage.write(
                "UPDATE merchants SET password_hash = ?, password_version = password_version + 1"
                " WHERE shop = ?",
                (password_hash, shop),
            )
            self._storage.write("DELETE FROM resets WHERE shop = ?", (shop,))
        changed = self.of(shop)
        return changed.version if changed else 0

    def begin_reset(self, shop: int) -> str | None:
        """The token of a new link, or None when enough of them are open."""
        now = time.time()
        token = secrets.token_urlsafe(32)
        with self._storage.writing():
            self._storage.write("DELETE FROM resets WHERE expires_at < ?", (now,))
            open_ones = self._storage.read("SELECT 1 FROM resets WHERE shop = ?", (shop,))
            if len(open_ones) >= OPEN_RESETS:
                return None
            self._storage.write(
                "INSERT INTO resets VALUES (?, ?, ?)", (_hash(token), shop, now + RESET_SECONDS)
            )
        return token

    def reset_shop(self, token: str) -> int | None:
        """The shop whose password the link may set; None when it is used, old or made up."""
        row = self._storage.read_one(
            "SELECT shop FROM resets WHERE token_hash = ? AND expires_at >= ?",
            (_hash(token), time.time()),
        )
        return row[0] if row else None

    def end_reset(self, token: str) -> int | None:
        """Use the link up: the shop, or None when somebody else has used it."""
        shop = self.reset_shop(token)
        self._storage.write("DELETE FROM resets WHERE token_hash = ?", (_hash(token),))
        return shop

    def _find(self, sql: str, value: object) -> LogIn | None:
        row = self._storage.read_one(sql, (value,))
        return LogIn(*row) if row else None


class Attempts:
    """Wrong passwords by user, in memory: who tries many has to wait."""

    def __init__(self) -> None:
        self._tries: dict[str, deque[float]] = {}

    def wait(self, user: str) -> int:
        """Seconds until this user may try again; 0: now."""
        tries = self._tries.get(user)
        if tries is None or len(tries) < WRONG_TRIES:
            return 0
        now = time.monotonic()
        if now - tries[0] > WRONG_SECONDS:
            return 0
        return max(0, round(tries[-1] + PAUSE_SECONDS - now))

    def begin(self, user: str) -> None:
        """A try, counted as wrong until `succeeded` says otherwise: several at once count too."""
        tries = self._tries.pop(user, None) or deque(maxlen=WRONG_TRIES)
        tries.append(time.monotonic())
        self._tries[user] = tries
        if len(self._tries) > _MOST_USERS:
            del self._tries[next(iter(self._tries))]

    def succeeded(self, user: str) -> None:
        """The password was right."""
        self._tries.pop(user, None)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


_nobodys: list[str] = []


async def _nobody() -> str:
    """The hash of a password that nobody has."""
    if not _nobodys:
        _nobodys.append(await hashed(secrets.token_urlsafe(16)))
    return _nobodys[0]
