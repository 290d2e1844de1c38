"""The mails of a shop of tests: kept to be looked at on this machine, never sent."""

from typing import NamedTuple

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.wire import now

# The newest are kept and shown.
KEPT = 50


class Mail(NamedTuple):
    """A mail that would have left."""

    recipient: str
    subject: str
    body: str
    # Where in this store its link leads.
    path: str
    sent_at: str


class Mails:
    """The outbox."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def send(self, recipient: str, subject: str, body: str, path: str) -> None:
        """Put a mail into the outbox; the oldest leave it."""
        with self._storage.writing():
            newest = self._storage.insert(
                "INSERT INTO mails (recipient, subject, body, path, sent_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (recipient, subject, body, path, now()),
            )
            self._storage.write("DELETE FROM mails WHERE id <= ?", (newest - KEPT,))

    def newest(self) -> list[Mail]:
        """What is in the outbox, the newest first."""
        rows = self._storage.read(
            "SELECT recipient, subject, body, path, sent_at FROM mails ORDER BY id DESC"
        )
        return [Mail(*row) for row in rows]
