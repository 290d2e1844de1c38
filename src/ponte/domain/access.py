"""How a client comes by its access, without knowing where tokens are kept.

Access tokens live an hour and refresh tokens die when used, so two processes that refresh at once
lose the account. The clients therefore never refresh: they ask an `AccessToken`, whose ledger-side
implementation refreshes under a row lock and stores the new grant before anybody uses it.
"""

from typing import Protocol

from msgspec import Struct


class Grant(Struct, frozen=True):
    """What a token endpoint gave. Secrets: `repr` shows none of them."""

    access_token: str
    # None where the server gives none; a refresh that names no new one keeps the old.
    refresh_token: str | None
    # Seconds from now.
    expires_in: int

    def __repr__(self) -> str:
        return f"Grant(…, expires_in={self.expires_in})"


class AccessToken(Protocol):
    """Access to one account, kept fresh by whoever owns the grant."""

    async def token(self) -> str:
        """The access token to use now."""

    async def renewed(self, stale: str) -> str:
        """A newer token than `stale`, which was just refused; raises `Unauthorised` if none."""
