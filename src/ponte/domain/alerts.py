"""When an operator is told of a trouble: once when it lasts, once when it is over.

Two dangers: to say nothing, and to say so much that nobody reads it. A trouble must last before it
is told, and must be gone for a while before it counts as over; the figure that ends it lies well
below the one that began it. What many have at once, or what a known outage explains, is one
message.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from ponte.domain.health import State


class AlertKind(StrEnum):
    """What a person is told about."""

    DISCONNECTED = "disconnected"
    FAILING = "failing"
    LAG = "lag"
    PROBLEMS = "problems"
    OUTAGE = "outage"
    # Many connections with the same of the first four; the subject says which.
    MANY = "many"
    # Nobody works.
    NO_WORKER = "no_worker"
    # Somebody pressed *Enviar teste*.
    TEST = "test"


# How long it must last before it is told. An access does not end by mistake; the others may pass.
_LASTS: dict[AlertKind, timedelta] = {
    AlertKind.FAILING: timedelta(minutes=5),
    AlertKind.LAG: timedelta(minutes=1),
    AlertKind.PROBLEMS: timedelta(minutes=1),
    AlertKind.NO_WORKER: timedelta(minutes=1),
}
# How long it must be gone before it is over; shorter, and a trouble that comes and goes is told
# every time.
_CALMS: dict[AlertKind, timedelta] = {
    AlertKind.FAILING: timedelta(minutes=5),
    AlertKind.LAG: timedelta(minutes=5),
    AlertKind.PROBLEMS: timedelta(minutes=5),
    AlertKind.OUTAGE: timedelta(minutes=2),
    AlertKind.MANY: timedelta(minutes=5),
}
# More connections than this with the same trouble are one trouble; until half of them have it.
MANY_CONNECTIONS = 20
# The parts of a threshold at which it is over.
_LAG_IS_OVER = 0.5
_PROBLEMS_ARE_OVER = 0.8
# States in which a lag is what somebody wanted, or expects.
_MAY_LAG = frozenset({State.STOPPED, State.PAUSED, State.HELD, State.EXPORTING})


class Thresholds(Struct, frozen=True):
    """What the operator set."""

    lag_seconds: int
    problems: int


class Figures(Struct, frozen=True, omit_defaults=True):
    """What the words are made of."""

    store_name: str = ""
    hub_account: int | None = None
    reason: str = ""
    lag_seconds: int = 0
    problems: int = 0
    # Of an outage, and of many connections.
    side: str = ""
    status: int = 0
    accounts: int = 0
    failing: int = 0
    since: datetime | None = None


class Suspect(Struct, frozen=True):
    """A connection that may be worth an alert."""

    connection_id: int
    store_name: str
    hub_account: int | None
    state: str
    reason: str
    lag_seconds: int
    problems: int


class Condition(Struct, frozen=True):
    """A trouble that is seen now. One that only `holds` keeps what was told, and tells nothing."""

    kind: AlertKind
    connection_id: int | None
    subject: str
    figures: Figures
    holds: bool = False


class Standing(Struct, frozen=True):
    """An alert that is not over."""

    alert_id: int
    kind: str
    connection_id: int | None
    subject: str
    noticed_at: datetime
    raised_at: datetime | None
    calm_since: datetime | None


class Changes(Struct):
    """What is to be written down."""

    notice: list[Condition]
    # To be told now, with the figures of now.
    tell: list[tuple[int, Figures]]
    # Gone for now, and back again.
    calm: list[int]
    resume: list[int]
    # To be told that it is over.
    end: list[int]
    # Gone before anybody was told.
    drop: list[int]


_Key = tuple[str, int | None, str]


def conditions_of(
    suspects: Iterable[Suspect], thresholds: Thresholds, excused: frozenset[int]
) -> list[Condition]:
    """The troubles of single connections; those `excused` are within an outage, which is told."""
    found = []
    for each in suspects:
        figures = Figures(
            each.store_name, each.hub_account, each.reason, each.lag_seconds, each.problems
        )
        for kind, holds in _kinds_of(each, thresholds):
            is_explained = each.connection_id in excused and kind in (
                AlertKind.FAILING,
                AlertKind.LAG,
            )
            found.append(
                Condition(kind, each.connection_id, "", figures, holds=holds or is_explained)
            )
    return found


def _kinds_of(each: Suspect, thresholds: Thresholds) -> Iterable[tuple[AlertKind, bool]]:
    """Each kind that it has, and whether that is not enough to begin with. What is worse explains
    the rest: who is shut out lags, too."""
    if each.state == State.DISCONNECTED:
        yield AlertKind.DISCONNECTED, False
    # A store's or the hub's trouble may be over for a moment when access ends.
    if each.state in (State.DISCONNECTED, State.FAILING):
        yield AlertKind.FAILING, each.state == State.DISCONNECTED
    if each.state not in _MAY_LAG and each.lag_seconds > thresholds.lag_seconds * _LAG_IS_OVER:
        is_explained = each.state in (State.DISCONNECTED, State.FAILING)
        yield AlertKind.LAG, is_explained or each.lag_seconds <= thresholds.lag_seconds
    if each.problems > thresholds.problems * _PROBLEMS_ARE_OVER:
        yield AlertKind.PROBLEMS, each.problems < thresholds.problems


def decide(seen: list[Condition], standing: list[Standing], now: datetime) -> Changes:
    """What changes with what is seen now."""
    changes = Changes([], [], [], [], [], [])
    known: dict[_Key, Standing] = {
        (each.kind, each.connection_id, each.subject): each for each in standing
    }
    wide = _troubles_of_many(seen, known, now)
    told_as_one = {each.subject for each in wide}
    current: dict[_Key, Condition] = {
        (each.kind, each.connection_id, each.subject): each for each in (*seen, *wide)
    }
    for key, condition in current.items():
        alert = known.get(key)
        is_one_of_many = condition.connection_id is not None and condition.kind in told_as_one
        if alert is None:
            if not condition.holds and not is_one_of_many:
                changes.notice.append(condition)
        elif alert.raised_at is None:
            if condition.holds or is_one_of_many:
                changes.drop.append(alert.alert_id)
            elif _has_lasted(alert, condition, now):
                changes.tell.append((alert.alert_id, condition.figures))
        elif alert.calm_since is not None:
            changes.resume.append(alert.alert_id)
    for key, alert in known.items():
        if key not in current:
            _let_go(alert, now, changes)
    return changes


def _has_lasted(alert: Standing, condition: Condition, now: datetime) -> bool:
    return now - alert.noticed_at >= _LASTS.get(condition.kind, timedelta(0))


def _troubles_of_many(
    seen: list[Condition], known: dict[_Key, Standing], now: datetime
) -> list[Condition]:
    """One condition for each kind that many have who were not told about alone."""
    untold: Counter[AlertKind] = Counter()
    ripe: defaultdict[AlertKind, int] = defaultdict(int)
    for each in seen:
        alert = known.get((each.kind, each.connection_id, each.subject))
        if each.connection_id is None or each.holds or (alert and alert.raised_at):
            continue
        untold[each.kind] += 1
        ripe[each.kind] += alert is not None and _has_lasted(alert, each, now)
    found = []
    for kind, count in untold.items():
        stands = (AlertKind.MANY, None, kind.value) in known
        if ripe[kind] > MANY_CONNECTIONS or (stands and count > MANY_CONNECTIONS // 2):
            found.append(Condition(AlertKind.MANY, None, kind.value, Figures(accounts=count)))
    return found


def _let_go(alert: Standing, now: datetime, changes: Changes) -> None:
    """It is not seen any more."""
    if alert.raised_at is None:
        changes.drop.append(alert.alert_id)
        return
    calms = _CALMS.get(AlertKind(alert.kind), timedelta(0))
    if now - (alert.calm_since or now) >= calms:
        changes.end.append(alert.alert_id)
    elif alert.calm_since is None:
        changes.calm.append(alert.alert_id)


# A receiver that is down for a night gets its messages in the morning.
_GIVEN_UP_AFTER = timedelta(hours=24)
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)


def next_try(attempts: int, made_at: datetime, now: datetime) -> datetime | None:
    """When to send a message again after so many failures; None: not any more."""
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts, 12))
    return None if now + wait - made_at > _GIVEN_UP_AFTER else now + wait
