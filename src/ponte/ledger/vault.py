"""Tokens and secrets at rest: encrypted with a key that does not live in the database.

The key comes from the setting PONTE_SECRET_KEYS (several, newest first, so that keys can be
rotated), or from a file in the data folder that is made on first use and readable only by us.
"""

import base64
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_FILE = "secret.key"


class WrongKey(Exception):
    """A key is none, or not the one a secret was sealed with; the message says what to check."""


class Vault:
    """Seals and opens short secrets."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            # Not chained into words: nothing of a key belongs into a message.
            raise WrongKey(
                "a key for secrets at rest is none: 32 bytes in URL-safe base64 are wanted;"
                " check PONTE_SECRET_KEYS or the file secret.key in the data folder"
            ) from error
        self._keys = [base64.urlsafe_b64decode(key) for key in keys]

    def seal(self, secret: str) -> bytes:
        """The secret as it may be stored."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret. `WrongKey` when none fits: the database is of another installation."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken as error:
            raise WrongKey(
                "a stored secret does not open with this installation's keys;"
                " check PONTE_SECRET_KEYS or the file secret.key in the data folder"
            ) from error

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use, the same in every process with the same newest key."""
        return self.derive_all(purpose)[0]

    def derive_all(self, purpose: str) -> list[bytes]:
        """The same of every key, newest first: to look for what was made before a rotation."""
        return [
            HKDF(SHA256(), 32, salt=None, info=f"ponte {purpose}".encode()).derive(key)
            for key in self._keys
        ]

    def __repr__(self) -> str:
        return "Vault(…)"


def open_vault(keys: str, data: Path) -> Vault:
    """The vault of the comma-separated `keys`, or of the key file in `data`, made if missing."""
    given = [key.strip() for key in keys.split(",") if key.strip()]
    return Vault(given or [_key_from_file(data / KEY_FILE)])


def _key_from_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    if not path.exists():
        # Written aside and linked into place: of two processes at first start, one key wins whole.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(Fernet.generate_key().decode())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
