"""Deeds of people that outlive a deadlock.

A loop and a person may write the same rows in opposite orders. PostgreSQL then ends one of the two
transactions within a second. A loop is run again by itself; a person's deed is begun again here.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from psycopg.errors import DeadlockDetected

log = structlog.get_logger(__name__)

# A loop holds its rows for milliseconds: meeting one twice in a row is an accident already.
_TIMES = 3

P = ParamSpec("P")
T = TypeVar("T")


def outlives_deadlocks(deed: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A deed of one transaction, and of nothing else, which is done again where that was ended for
    a deadlock. Raises `DeadlockDetected` when it was ended each time."""

    @wraps(deed)
    async def done(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_TIMES - 1):
            with suppress(DeadlockDetected):
                return await deed(*args, **kwargs)
            log.info("met a loop and begins again", deed=deed.__name__)
        return await deed(*args, **kwargs)

    return done
