"""Accounts, the app they share, and the tokens that say which account a call is about.

The danger is in the tokens: a refresh token is good once [D], so using it and storing its
successor is one transaction, and an access token is looked up on every call, so the living ones
are remembered in memory and their number is bounded.
"""

import base64
import secrets
import time
from typing import NamedTuple

import msgspec

from ponte_sandbox.common.asgi import Scope, header_of, query_of
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.apps import FIRST_APPS, WEBSTORE_APP, WEBSTORE_NAME
from ponte_sandbox.hub.wire import OAuthRefusal

# The account of the manual's screenshots (R9).
FIRST_ACCOUNT = 5910
# "good once and for a few minutes" [D].
CODE_SECONDS = 300
# Living access tokens kept in memory; beyond it they are read from the database again.
_REMEMBERED_TOKENS = 20_000


class Credentials(msgspec.Struct, frozen=True):
    """What one account's plugin is configured with: `GET /_sandbox/accounts`."""

    account: int
    client_id: str
    client_secret: str
    username: str
    password: str
    # What a person logs in to the panel with.
    panel_user: str
    panel_password: str


class Caller(NamedTuple):
    """Whom an access token speaks for."""

    account: int
    client_id: str
    expires_at: float


class Accounts:
    """Accounts, apps, tokens and codes."""

    def __init__(self, storage: Storage, token_seconds: int) -> None:
        self._storage = storage
        self._token_seconds = token_seconds
        self._callers: dict[str, Caller] = {}

    def ensure(self, count: int) -> None:
        """Have at least `count` accounts and the app; what exists keeps its credentials."""
        with self._storage.writing():
            if self._storage.read_one("SELECT 1 FROM app") is None:
                self._storage.write(
                    "INSERT INTO app VALUES (?, ?, ?, ?, NULL, ?)",
                    (
                        secrets.token_hex(16),
                        WEBSTORE_APP,
                        WEBSTORE_NAME,
                        secrets.token_urlsafe(24),
                        '["orders","products"]',
                    ),
                )
            (existing,) = self._storage.read("SELECT count(*) FROM account")[0]
            self._storage.write_many(
                "INSERT INTO account VALUES (?, ?, ?, ?, ?)",
                [
                    (
                        number,
                        f"Conta {number}",
                        f"conta{number}@example.com",
                        f"api{number}",
                        secrets.token_urlsafe(18),
                    )
                    for number in range(FIRST_ACCOUNT + existing, FIRST_ACCOUNT + count)
                ],
            )
            # Also for accounts of a file from before there was a panel.
            self._storage.write_many(
                "INSERT INTO account_app VALUES (?, ?, 1, ?)",
                [
                    (number, app, time.time())
                    for (number,) in self._storage.read(
                        "SELECT number FROM account"
                        " WHERE number NOT IN (SELECT account FROM account_app)"
                    )
                    for app in FIRST_APPS
                ],
            )
            self._storage.write_many(
                "INSERT INTO panel_access VALUES (?, ?)",
                [
                    (number, secrets.token_urlsafe(9))
                    for (number,) in self._storage.read(
                        "SELECT number FROM account"
                        " WHERE number NOT IN (SELECT account FROM panel_access)"
                    )
                ],
            )

    def panel_account(self, user: str, password: str) -> int | None:
        """The account a person may see with this e-mail, number or user, and password."""
        row = self._storage.read_one(
            "SELECT a.number, p.password FROM account a JOIN panel_access p ON p.account = a.number"
            " WHERE ? IN (a.email, CAST(a.number AS TEXT), a.username)",
            (user.lower(),),
        )
        expected = row[1] if row else secrets.token_urlsafe(9)
        if not secrets.compare_digest(expected.encode(), password.encode(errors="replace")):
            return None
        return int(row[0]) if row else None

    def panel_log_ins(self, most: int) -> list[dict[str, object]]:
        """What the first accounts log in to the panel with."""
        rows = self._storage.read(
            "SELECT a.email, p.password FROM account a JOIN panel_access p ON p.account = a.number"
            " ORDER BY a.number LIMIT ?",
            (most,),
        )
        return [{"user": email, "password": password} for email, password in rows]

    def add(self, count: int) -> None:
        """Make `count` more accounts."""
        (existing,) = self._storage.read("SELECT count(*) FROM account")[0]
        self.ensure(existing + count)

    def credentials(self) -> list[Credentials]:
        """Every account with what logs in to it."""
        rows = self._storage.read(
            "SELECT a.number, p.client_id, p.client_secret, a.username, a.password, a.email,"
            " s.password FROM account a JOIN panel_access s ON s.account = a.number, app p"
            " ORDER BY a.number"
        )
        return [Credentials(*row) for row in rows]

    def profile(self, account: int) -> dict[str, object]:
        """`GET /users` [A]."""
        row = self._storage.read_one("SELECT name, email FROM account WHERE number = ?", (account,))
        name, email = row or ("", "")
        return {"id": account, "name": name, "email": email}

    def exists(self, account: int) -> bool:
        """Whether there is such an account."""
        return (
            self._storage.read_one("SELECT 1 FROM account WHERE number = ?", (account,)) is not None
        )

    def caller_of(self, scope: Scope) -> Caller | None:
        """Whom the request's access token speaks for, from the header or the query [C]."""
        token = _bearer(scope)
        if not token:
            return None
        caller = self._callers.get(token)
        if caller is None:
            row = self._storage.read_one(
                "SELECT account, client_id, expires_at FROM access_token WHERE token = ?", (token,)
            )
            if row is None:
                return None
            caller = Caller(*row)
            if len(self._callers) >= _REMEMBERED_TOKENS:
                self._callers.clear()
            self._callers[token] = caller
        return caller if caller.expires_at > time.time() else None

    def issue_code(self, account: int, client_id: str) -> str:
        """A `pluggtocode` for an account and an app; raises `OAuthRefusal` for an unknown one."""
        self._known_app(client_id)
        if not self.exists(account):
            raise OAuthRefusal(404, "invalid_request", f"There is no account {account}")
        code = secrets.token_urlsafe(24)
        self._storage.write("DELETE FROM code WHERE expires_at < ?", (time.time(),))
        self._storage.write(
            "INSERT INTO code VALUES (?, ?, ?, ?)",
            (code, account, client_id, time.time() + CODE_SECONDS),
        )
        return code

    def revoke(self, account: int, client_id: str) -> None:
        """End everything an app may do for an account: tokens and codes die at once."""
        for table in ("access_token", "refresh_token", "code"):
            self._storage.write(
                f"DELETE FROM {table} WHERE account = ? AND client_id = ?",  # noqa: S608
                (account, client_id),
            )
        self._callers = {
            token: caller
            for token, caller in self._callers.items()
            if (caller.account, caller.client_id) != (account, client_id)
        }

    def grant(self, scope: Scope, fields: dict[str, str]) -> tuple[int, dict[str, object]]:
        """The token endpoint: the account and the answer; raises `OAuthRefusal`."""
        client_id = self._authenticated_client(scope, fields)
        with self._storage.writing():
            match fields.get("grant_type", ""):
                case "password":
                    account = self._by_password(client_id, fields)
                case "authorization_code":
                    account = self._by_code(client_id, fields.get("code", ""))
                case "refresh_token":
                    account = self._by_refresh(client_id, fields.get("refresh_token", ""))
                case "":
                    raise OAuthRefusal(400, "invalid_request", "grant_type is missing")
                case other:
                    raise OAuthRefusal(400, "unsupported_grant_type", f"Not offered: {other[:60]}")
            return account, self._issue(account, client_id)

    def _issue(self, account: int, client_id: str) -> dict[str, object]:
        access, refresh = secrets.token_hex(20), secrets.token_hex(20)
        now = time.time()
        # Old tokens leave one by one; nobody asks for them any more.
        self._storage.write("DELETE FROM access_token WHERE expires_at < ?", (now - 86_400,))
        self._storage.write(
            "INSERT INTO access_token VALUES (?, ?, ?, ?)",
            (access, account, client_id, now + self._token_seconds),
        )
        self._storage.write(
            "INSERT INTO refresh_token VALUES (?, ?, ?)", (refresh, account, client_id)
        )
        return {
            "access_token": access,
            "expires_in": self._token_seconds,
            "token_type": "Bearer",
            "refresh_token": refresh,
        }

    def _by_password(self, client_id: str, fields: dict[str, str]) -> int:
        row = self._storage.read_one(
            "SELECT number, password FROM account WHERE username = ?",
            (fields.get("username", ""),),
        )
        given = fields.get("password", "")
        if row is None or not secrets.compare_digest(row[1].encode(), given.encode()):
            raise OAuthRefusal(400, "invalid_grant", "Invalid username and password combination")
        account = int(row[0])
        # A plugin without a screen need not be on the account's list; a removed one is not welcome.
        removed = self._storage.read_one(
            "SELECT 1 FROM account_app x JOIN app p ON p.number = x.app"
            " WHERE x.account = ? AND p.client_id = ? AND NOT x.is_present",
            (account, client_id),
        )
        if removed is not None:
            raise OAuthRefusal(
                400,
                "invalid_grant",
                f"The app was removed from account {account}; its merchant has to add it again",
            )
        return account

    def _by_code(self, client_id: str, code: str) -> int:
        row = self._storage.read_one(
            "SELECT account, client_id, expires_at FROM code WHERE code = ?", (code,)
        )
        if row is None or row[1] != client_id or row[2] < time.time():
            raise OAuthRefusal(400, "invalid_grant", "The code is unknown, used or too old")
        self._storage.write("DELETE FROM code WHERE code = ?", (code,))
        return int(row[0])

    def _by_refresh(self, client_id: str, token: str) -> int:
        row = self._storage.read_one(
            "SELECT account, client_id FROM refresh_token WHERE token = ?", (token,)
        )
        if row is None or row[1] != client_id:
            raise OAuthRefusal(400, "invalid_grant", "The refresh token is unknown or was used")
        self._storage.write("DELETE FROM refresh_token WHERE token = ?", (token,))
        return int(row[0])

    def _authenticated_client(self, scope: Scope, fields: dict[str, str]) -> str:
        client_id, client_secret = fields.get("client_id", ""), fields.get("client_secret", "")
        authorization = header_of(scope, b"authorization")
        if authorization[:6].lower() == "basic ":
            client_id, client_secret = _basic(authorization[6:])
        row = self._storage.read_one(
            "SELECT client_secret FROM app WHERE client_id = ?", (client_id,)
        )
        if row is None or not secrets.compare_digest(row[0].encode(), client_secret.encode()):
            raise OAuthRefusal(401, "invalid_client", "Unknown client id or wrong client secret")
        return client_id

    def _known_app(self, client_id: str) -> None:
        if self._storage.read_one("SELECT 1 FROM app WHERE client_id = ?", (client_id,)) is None:
            raise OAuthRefusal(404, "invalid_client", "There is no app with this client id")


def _bearer(scope: Scope) -> str:
    authorization = header_of(scope, b"authorization")
    if authorization[:7].lower() == "bearer ":
        return authorization[7:].strip()
    if b"access_token=" in scope["query_string"]:
        return query_of(scope).get("access_token", "")
    return ""


def _basic(text: str) -> tuple[str, str]:
    try:
        client_id, _, client_secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError as error:
        raise OAuthRefusal(401, "invalid_client", "The Basic authorization is broken") from error
    return client_id, client_secret
