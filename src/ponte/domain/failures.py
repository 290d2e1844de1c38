"""What may go wrong at the other side, told apart by what the caller does next.

Both clients (hub and store) raise these and nothing else, so that one place in each loop decides:
try again soon, slow the account down, tell a person, or stop and ask for a new log-in. A library's
own exception that reached a loop would be treated as a bug of ours and cost an attempt, a backoff
and a log entry for what is only a network in a bad mood.
"""

from typing import Self


class Failure(Exception):
    """A call did not do what was asked. The text names the call and the reason, never a secret."""

    # The answer's HTTP status; 0 where there was no answer.
    status: int = 0

    def answered(self, status: int) -> Self:
        """The same failure, which knows its answer's status."""
        self.status = status
        return self


class Transient(Failure):
    """The other side is down, slow or confused: the same call may succeed soon."""


class Unreadable(Transient):
    """The answer cannot be read, and is no server's failure either. To a loop a passing trouble
    like others; to a person who just named that server, a sign that it is another one."""


class Throttled(Failure):
    """The other side asks us to slow down."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        # Seconds to wait as the answer said, or None where it said nothing.
        self.retry_after = retry_after


class Refused(Failure):
    """The other side understood and said no: the item will not pass until something changes."""

    def __init__(self, message: str, code: str = "refused", details: str = "") -> None:
        super().__init__(message)
        # A short machine word: the store contract's code, or the hub's `type`.
        self.code = code
        # The other side's own words, cut to a bounded length; shown to the merchant.
        self.details = details


class Missing(Refused):
    """The thing asked for does not exist at the other side."""


class AlreadySo(Refused):
    """The order already is as we ask, which is success ("Changes not found", dossier [D])."""


class Unauthorised(Failure):
    """Our access ended and could not be renewed: the merchant has to connect again."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        # RFC 6749's word where there was one: it tells a spent code from an unknown app.
        self.code = code
