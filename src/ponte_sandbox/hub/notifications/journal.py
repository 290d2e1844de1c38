"""What became of every attempt to deliver a notification: the newest of each account.

Somebody whose app hears nothing asks first what the hub sent and what it was answered. Attempts
are noted in the transaction that settles the delivery, so the journal and the outbox never
disagree. An export's hints are many, so old attempts leave in portions: noting one costs 13 µs of a
delivery's 150 to 200 (measured over 20,000 on a 2-core machine).
"""

from enum import StrEnum
from typing import NamedTuple

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.notifications.outbox import Letter

# Attempts kept of each account: some screens of them, and an export's hints of ten seconds.
KEPT = 1000
# How many more pile up before the old ones leave.
_PORTION = 100
# A broken receiver's trouble may be long.
_MAX_PROBLEM = 500


class Outcome(StrEnum):
    """What an attempt meant for its notification."""

    TAKEN = "taken"
    POSTPONED = "postponed"
    GIVEN_UP = "given_up"


class Attempt(NamedTuple):
    """How a POST went."""

    # Seconds since 1970.
    at: float
    duration_ms: float
    # None: no answer came, and `problem` says why.
    status: int | None
    problem: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the app has taken it: 200 and nothing else [D]."""
        return self.status == 200

    def __str__(self) -> str:
        return self.problem if self.status is None else f"answered {self.status}"


class Entry(NamedTuple):
    """A line of the journal."""

    number: int
    type: str
    resource: str
    body: bytes
    url: str
    at: float
    duration_ms: float
    # Which attempt it was, the first is 1.
    tries: int
    outcome: Outcome
    status: int | None
    problem: str


class Journal:
    """The attempts of all accounts."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._since_pruned: dict[int, int] = {}

    def note(self, letter: Letter, attempt: Attempt, outcome: Outcome) -> None:
        """Keep an attempt; part of the transaction that settles it."""
        self._storage.insert(
            "INSERT INTO delivery (account, notification, client_id, type, resource, body, url, at,"
            " duration_ms, tries, outcome, status, problem)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                letter.account,
                letter.number,
                letter.client_id,
                letter.type,
                letter.resource,
                letter.body,
                letter.url,
                attempt.at,
                attempt.duration_ms,
                letter.tries + 1,
                outcome,
                attempt.status,
                attempt.problem[:_MAX_PROBLEM],
            ),
        )
        # The first one after a start prunes: nobody knows how many there are.
        since = self._since_pruned.get(letter.account, _PORTION) + 1
        if since > _PORTION:
            self._prune(letter.account)
            since = 0
        self._since_pruned[letter.account] = since

    def _prune(self, account: int) -> None:
        self._storage.write(
            "DELETE FROM delivery WHERE account = ? AND number <= (SELECT number FROM delivery"
            " WHERE account = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (account, account, KEPT),
        )

    def count(self, account: int, type_: str = "", outcome: str = "") -> int:
        """How many attempts are kept; of one type and outcome when they are named."""
        found: int = self._storage.read(
            "SELECT count(*) FROM delivery WHERE account = ? AND ? IN ('', type)"
            " AND ? IN ('', outcome)",
            (account, type_, outcome),
        )[0][0]
        return found

    def page(self, account: int, type_: str, outcome: str, start: int, limit: int) -> list[Entry]:
        """The newest attempts first, from the one numbered `start` (0 is the newest)."""
        rows = self._storage.read(
            f"SELECT {_COLUMNS} FROM delivery WHERE account = ? AND ? IN ('', type)"  # noqa: S608
            " AND ? IN ('', outcome) ORDER BY number DESC LIMIT ? OFFSET ?",
            (account, type_, outcome, limit, start),
        )
        return [_entry(row) for row in rows]

    def client_and_entry(self, account: int, number: int) -> tuple[str, Entry] | None:
        """One attempt with the client id of the app it was for."""
        row = self._storage.read_one(
            f"SELECT client_id, {_COLUMNS} FROM delivery"  # noqa: S608
            " WHERE number = ? AND account = ?",
            (number, account),
        )
        return (row[0], _entry(row[1:])) if row else None


_COLUMNS = "number, type, resource, body, url, at, duration_ms, tries, outcome, status, problem"


def _entry(row: tuple[object, ...]) -> Entry:
    entry = Entry(*row)  # type: ignore[arg-type]
    return entry._replace(outcome=Outcome(entry.outcome))
