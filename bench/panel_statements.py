"""What each statement took PostgreSQL, by its own log: of a page, the longest one is what matters.

Only the bench's own sessions and those of its `ponte serve` are told to log (`PGOPTIONS`), and the
product knows nothing of it.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from ponte.ledger import queries
from ponte.ledger.embedded import DATABASE_FOLDER

# Every statement with its milliseconds, without its values.
PGOPTIONS = "-c log_min_duration_statement=0 -c log_parameter_max_length=0"
# What the server writes: a session's process, and how long a step of its statement took.
_STEP = re.compile(
    r"^\S+ \S+ \S+ \[(\d+)\] LOG:  duration: ([\d.]+) ms"
    r"  (parse|bind|execute|statement)[^:]*: (.*)$"
)
_VALUE = re.compile(r"%\(\w+\)[bst]|\$\d+")
_LONGEST_NAME = 40


class Statement(Struct, frozen=True):
    """A statement by its name, and what parsing, planning and executing it took together."""

    name: str
    seconds: float


class StatementLog:
    """The server's log from a moment on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / DATABASE_FOLDER / "log"
        self._from = 0
        self.forget()

    def forget(self) -> None:
        """Look at nothing that was logged until now."""
        self._from = self._path.stat().st_size

    def slowest(self) -> Statement:
        """The longest statement since the log was last looked at."""
        with self._path.open("rb") as log:
            log.seek(self._from)
            written = log.read()
        self._from += len(written)
        return max(
            _statements(written.decode(errors="replace")),
            key=lambda each: each.seconds,
            default=Statement("none", 0.0),
        )


def _statements(text: str) -> Iterator[Statement]:
    # Steps before the last one, by session.
    begun: dict[str, float] = {}
    # Further lines of an entry begin with a tab.
    for entry in text.replace("\n\t", " ").splitlines():
        step = _STEP.match(entry)
        if step is None:
            continue
        session, milliseconds, kind, statement = step.groups()
        seconds = begun.pop(session, 0.0) + float(milliseconds) / 1000
        if kind in ("parse", "bind"):
            begun[session] = seconds
        else:
            yield Statement(_name(statement), seconds)


def _name(statement: str) -> str:
    plain = _plain(statement)
    return _named().get(plain, plain[:_LONGEST_NAME])


@cache
def _named() -> dict[str, str]:
    """The names of our statements, by their texts."""
    names = {_plain(queries.sql(name)): name for name in queries.names()}
    turned = {_plain(queries.sql(name, turned=True)): f"{name}, turned" for name in queries.names()}
    return turned | names


def _plain(statement: str) -> str:
    """A text without what is spelled otherwise in the file and in the log."""
    return " ".join(_VALUE.sub("?", statement.replace("%%", "%")).split()).rstrip("; ")
