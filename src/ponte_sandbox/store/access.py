"""Who may call: apps, consents, codes and tokens, and what a token opens.

Codes and refresh tokens are good once. Whoever brings one a second time is either a thief or the
robbed, and nobody can tell which, so the consent behind it ends (RFC 6749 §4.1.2, RFC 9700 §4.14).
Only hashes are stored, except each shop's fixed access token, which `/_sandbox/accounts` shows.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import json

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.shops import Shops
from ponte_sandbox.store.wire import now, stamp

SCOPES = ("products:read", "orders:write")
# How long a code waits to be exchanged: the contract's 60 s.
CODE_SECONDS = 60
# How long an access token lasts unless the process is told otherwise: the contract's hour.
TOKEN_SECONDS = 3600
# The app of the fixed access tokens, which nobody registered.
FIXED_CLIENT = "fixed-access-token"


@dataclass(frozen=True)
class Access:
    """What a valid access token opens."""

    shop: int
    client_id: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Client:
    """A registered app: public, known by its id and its redirect addresses."""

    client_id: str
    client_name: str
    redirect_uris: list[str]


@dataclass(frozen=True)
class Tokens:
    """A fresh pair."""

    access_token: str
    refresh_token: str
    scope: str


class App(NamedTuple):
    """An app that a merchant has let in."""

    client_id: str
    name: str
    scopes: list[str]
    # When it was first let in, and last called; None when the file is too old to know.
    since: str | None
    last_used: str | None


class InvalidGrant(Exception):
    """The code or refresh token is unknown, used, expired, or another app's."""


class AccessBook:
    """Apps, consents and tokens of all shops."""

    def __init__(self, storage: Storage, shops: Shops, token_seconds: int) -> None:
        self._storage = storage
        self._shops = shops
        self.token_seconds = token_seconds
        # When each consent was last used: in memory, because a write for every call would be dear.
        self._used: dict[int, float] = {}

    def register(self, client_name: str, redirect_uris: list[str]) -> Client:
        """A new app."""
        client = Client(f"app_{secrets.token_hex(8)}", client_name, redirect_uris)
        self._storage.write(
            "INSERT INTO clients (client_id, client_name, redirect_uris) VALUES (?, ?, ?)",
            (client.client_id, client_name, json.encode(redirect_uris).decode()),
        )
        return client

    def client(self, client_id: str) -> Client | None:
        """A registered app, or None."""
        row = self._storage.read_one(
            "SELECT client_id, client_name, redirect_uris FROM clients WHERE client_id = ?",
            (client_id,),
        )
        return Client(row[0], row[1], json.decode(row[2], type=list[str])) if row else None

    def issue_code(
        self, shop: int, client: Client, redirect_uri: str, scope: str, challenge: str
    ) -> str:
        """The merchant consents: a code for the app, bound to its address and PKCE challenge."""
        code = secrets.token_urlsafe(24)
        with self._storage.writing():
            grant = self._storage.insert(
                "INSERT INTO grants (shop, client_id, scope, created_at) VALUES (?, ?, ?, ?)",
                (shop, client.client_id, scope, now()),
            )
            self._storage.write(
                "INSERT INTO codes (code_hash, grant_id, redirect_uri, challenge, expires_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (_hash(code), grant, redirect_uri, challenge, time.time() + CODE_SECONDS),
            )
        return code

    def exchange_code(self, client_id: str, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """Tokens for a code; raises `InvalidGrant`."""
        row = self._storage.read_one(
            "SELECT c.grant_id, c.redirect_uri, c.challenge, c.expires_at, c.used, g.client_id"
            " FROM codes c JOIN grants g USING (grant_id) WHERE c.code_hash = ? AND g.revoked = 0",
            (_hash(code),),
        )
        if row is None or row[5] != client_id:
            raise InvalidGrant("The code is unknown or was given to another app")
        grant, bound_uri, challenge, expires_at, used, _ = row
        if used:
            self._revoke(grant)
            raise InvalidGrant("The code was used before; what it had opened is closed now")
        self._storage.write("UPDATE codes SET used = 1 WHERE code_hash = ?", (_hash(code),))
        if time.time() > expires_at:
            raise InvalidGrant(f"The code is older than {CODE_SECONDS} s")
        if bound_uri != redirect_uri:
            raise InvalidGrant("redirect_uri is not the one the code was sent to")
        if not hmac.compare_digest(challenge_of(verifier), challenge):
            raise InvalidGrant("code_verifier does not fit the challenge")
        return self._issue(grant)

    def refresh(self, client_id: str, refresh_token: str) -> Tokens:
        """A new pair for a refresh token, which dies; raises `InvalidGrant`."""
        row = self._storage.read_one(
            "SELECT t.grant_id, t.used, g.client_id FROM tokens t JOIN grants g USING (grant_id)"
            " WHERE t.token_hash = ? AND t.kind = 'refresh' AND g.revoked = 0",
            (_hash(refresh_token),),
        )
        if row is None or row[2] != client_id:
            raise InvalidGrant("The refresh token is unknown, revoked, or another app's")
        grant, used, _ = row
        if used:
            self._revoke(grant)
            raise InvalidGrant("The refresh token was used before; the access is closed now")
        self._storage.write(
            "UPDATE tokens SET used = 1 WHERE token_hash = ?", (_hash(refresh_token),)
        )
        return self._issue(grant)

    def revoke(self, token: str) -> None:
        """End the consent behind a token of either kind; an unknown one is no error (RFC 7009)."""
        row = self._storage.read_one(
            "SELECT grant_id FROM tokens WHERE token_hash = ?", (_hash(token),)
        )
        if row is not None:
            self._revoke(row[0])

    def open(self, token: str) -> Access:
        """What the access token opens; raises `Refusal` 401 when it is unknown or expired."""
        row = self._storage.read_one(
            "SELECT g.shop, g.client_id, g.scope, t.expires_at, g.revoked, g.grant_id FROM tokens t"
            " JOIN grants g USING (grant_id) WHERE t.token_hash = ? AND t.kind = 'access'",
            (_hash(token),),
        )
        if row is None:
            shop = self._shops.by_access_token(token)
            if shop is None:
                raise Refusal(401, "unauthorized", "The access token is unknown")
            return Access(shop.shop, FIXED_CLIENT, frozenset(SCOPES))
        shop_number, client_id, scope, expires_at, revoked, grant = row
        if revoked:
            raise Refusal(401, "unauthorized", "The access was revoked")
        if time.time() > expires_at:
            raise Refusal(401, "unauthorized", "The access token has expired")
        self._used[grant] = time.time()
        return Access(shop_number, client_id, frozenset(scope.split()))

    def apps(self, shop: int) -> list[App]:
        """The apps that have access to the shop, each once, the newest first."""
        rows = self._storage.read(
            "SELECT g.grant_id, g.client_id, c.client_name, g.scope, g.created_at, g.last_used_at"
            " FROM grants g JOIN clients c USING (client_id) WHERE g.shop = ? AND g.revoked = 0"
            # What was never exchanged opens nothing once its code is too old.
            " AND (EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.grant_id) OR EXISTS"
            "  (SELECT 1 FROM codes k WHERE k.grant_id = g.grant_id AND k.expires_at > ?))"
            " ORDER BY g.grant_id DESC",
            (shop, time.time()),
        )
        apps: dict[str, App] = {}
        for grant, client_id, name, scope, created_at, last_used in rows:
            used = self._used.get(grant)
            stamps = [last_used, stamp(used) if used else None]
            known = apps.get(client_id)
            scopes = scope.split()
            if known is not None:
                stamps.append(known.last_used)
                scopes = list(dict.fromkeys([*known.scopes, *scopes]))
            latest = max((each for each in stamps if each), default=None)
            apps[client_id] = App(client_id, name, scopes, created_at, latest)
        return list(apps.values())

    def revoke_app(self, shop: int, client_id: str) -> bool:
        """End every consent of the shop to the app, used or not; whether there was one."""
        grants = self._storage.read(
            "SELECT grant_id FROM grants WHERE shop = ? AND client_id = ? AND revoked = 0",
            (shop, client_id),
        )
        with self._storage.writing():
            for (grant,) in grants:
                self._revoke(grant)
        return bool(grants)

    def _issue(self, grant: int) -> Tokens:
        row = self._storage.read_one("SELECT scope FROM grants WHERE grant_id = ?", (grant,))
        self._storage.write("UPDATE grants SET last_used_at = ? WHERE grant_id = ?", (now(), grant))
        tokens = Tokens(secrets.token_urlsafe(32), secrets.token_urlsafe(32), row[0] if row else "")
        self._storage.write_many(
            "INSERT INTO tokens (token_hash, grant_id, kind, expires_at) VALUES (?, ?, ?, ?)",
            [
                (_hash(tokens.access_token), grant, "access", time.time() + self.token_seconds),
                (_hash(tokens.refresh_token), grant, "refresh", None),
            ],
        )
        return tokens

    def _revoke(self, grant: int) -> None:
        self._storage.write("UPDATE grants SET revoked = 1 WHERE grant_id = ?", (grant,))
        self._storage.write(
            "DELETE FROM webhooks WHERE (shop, client_id) IN"
            " (SELECT shop, client_id FROM grants WHERE grant_id = ?) AND NOT EXISTS"
            " (SELECT 1 FROM grants g JOIN grants ended USING (shop, client_id)"
            "  WHERE ended.grant_id = ? AND g.revoked = 0"
            # A log-in that never came to tokens opens nothing.
            "  AND EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.grant_id))",
            (grant, grant),
        )


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
