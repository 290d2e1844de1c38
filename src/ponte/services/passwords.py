"""Hashes of passwords (argon2), outside the event loop and few at a time.

One takes some 50 ms and 64 MB on purpose; a crowd at the log-in must cost neither others' pages nor
the machine's memory.
"""

import asyncio
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# NIST SP 800-63B asks for 8 where nothing else guards; a panel that moves stocks gets two more.
LEAST_PASSWORD = 10
# Long enough for any phrase; what is longer is work for the hash only.
MOST_PASSWORD = 200
# As many as two cores take without starving the loop.
_AT_ONCE = 2
_hasher = PasswordHasher()
_turn = asyncio.Semaphore(_AT_ONCE)


async def hash_password(password: str) -> str:
    """What is stored in the password's place."""
    async with _turn:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Whether it is the password that was hashed; as slow for nobody (None) as for somebody."""
    if len(password) > MOST_PASSWORD:
        return False
    async with _turn:
        fits = await asyncio.to_thread(_verify, stored, password)
    return fits and stored is not None


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobodys(), password)
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    return _hasher.hash(secrets.token_urlsafe(16))
