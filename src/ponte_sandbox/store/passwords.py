"""Hashes of the passwords that people choose (argon2), outside the loop and few at a time.

One takes 50 ms and 64 MB on purpose; a crowd at the log-in must cost neither the shop's answers nor
the machine's memory.
"""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# As many as the machine has cores for without starving the loop.
_AT_ONCE = 2
_hasher = PasswordHasher()
_turn = asyncio.Semaphore(_AT_ONCE)


async def hashed(password: str) -> str:
    """What is stored instead of the password."""
    async with _turn:
        return await asyncio.to_thread(_hasher.hash, password)


async def fits(stored: str, password: str) -> bool:
    """Whether it is the password that was hashed."""
    async with _turn:
        return await asyncio.to_thread(_verify, stored, password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
