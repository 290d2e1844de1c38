"""Whose trouble is it: one merchant's, or that of everybody at the same hub or platform?

Ten thousand connections that fail at once are one event with one cause, and must be told as one:
"the hub answers 503 for 92 % of accounts since 10:04". Judged by accounts and not by calls, because
one merchant's export makes more calls than a thousand others together.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

# Fewer than two accounts cannot tell a server's trouble from an account's.
_FEWEST_ACCOUNTS = 2
# It begins when half of those who call fail, and ends when nearly all get answers again: in between
# it goes on as it is, so that it does not begin and end with every wave.
_BEGINS_SHARE = 0.5
_ENDS_SHARE = 0.2
# Nobody called for so long (everything is paused, nobody is connected): nothing is known any more.
_FORGOTTEN_AFTER = timedelta(minutes=30)


class Weather(Struct, frozen=True):
    """How the accounts at one place fared in the last minutes."""

    side: str
    # A hub's address, a store platform's name, or the address of a store's server.
    place: str
    # The platform of a server.
    within: str | None
    # For which something was called, and of these, for how many most of it failed.
    accounts: int
    failing: int
    # What most of these were answered (0: nothing), and since when the first of them fails.
    status: int | None
    since: datetime | None


class OpenOutage(Struct, frozen=True):
    """One that has begun and not ended."""

    outage_id: int
    side: str
    place: str
    seen_at: datetime


class Verdict(StrEnum):
    """What to do about a place."""

    BEGINS = "begins"
    GOES_ON = "goes_on"
    ENDS = "ends"


class Finding(Struct, frozen=True):
    """What became of a place; `weather` is None where nobody called."""

    verdict: Verdict
    outage_id: int | None
    weather: Weather | None


def find_outages(
    weathers: list[Weather], standing: list[OpenOutage], now: datetime
) -> list[Finding]:
    """What begins, goes on and ends; a place at which nothing is wrong is not named."""
    by_place = {(each.side, each.place): each for each in weathers}
    known = {(each.side, each.place) for each in standing}
    findings = [
        _judge_standing(each, by_place.get((each.side, each.place)), now) for each in standing
    ]
    bad = [each for each in weathers if _is_outage(each)]
    # A platform's trouble is not told once more for each of its servers.
    wide = known | {(each.side, each.place) for each in bad}
    findings += [
        Finding(Verdict.BEGINS, None, each)
        for each in bad
        if (each.side, each.place) not in known and (each.side, each.within) not in wide
    ]
    return findings


def _is_outage(weather: Weather) -> bool:
    return (
        weather.failing >= _FEWEST_ACCOUNTS and weather.failing >= weather.accounts * _BEGINS_SHARE
    )


def _judge_standing(outage: OpenOutage, weather: Weather | None, now: datetime) -> Finding:
    if weather is None or weather.accounts == 0:
        # Whoever is down is called seldom: silence is no sign that it is well again.
        is_forgotten = now - outage.seen_at > _FORGOTTEN_AFTER
        return Finding(Verdict.ENDS if is_forgotten else Verdict.GOES_ON, outage.outage_id, None)
    is_over = weather.failing <= weather.accounts * _ENDS_SHARE
    return Finding(Verdict.ENDS if is_over else Verdict.GOES_ON, outage.outage_id, weather)
