"""When a connection is audited by itself: at an hour of São Paulo, spread over that hour.

Ten thousand merchants choose three in the morning; each gets a minute of that hour which is always
the same, so that neither their hub nor we meet all of them in one second.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from ponte.domain import local_time

# Coprime to an hour's seconds: neighbouring numbers are far apart, and no two of 3,600 share one.
_STRIDE = 1601
_HOUR_SECONDS = 3600


class Every(StrEnum):
    """How often."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


def next_audit(
    every: Every, hour: int, weekday: int, connection_id: int, now: datetime
) -> datetime | None:
    """The next moment after `now` (aware); None for never. `weekday` 0 is Monday."""
    if every is Every.NEVER:
        return None
    local = now.astimezone(local_time.zone())
    at = timedelta(seconds=connection_id * _STRIDE % _HOUR_SECONDS)
    planned = local.replace(hour=hour, minute=0, second=0, microsecond=0) + at
    if every is Every.WEEKLY:
        planned += timedelta(days=(weekday - planned.weekday()) % 7)
    if planned <= local:
        planned += timedelta(days=1 if every is Every.DAILY else 7)
    return planned
