"""Each trouble is told once, and once when it is over; neither flapping nor a flood says more."""

from datetime import UTC, datetime, timedelta

from ponte.domain.alerts import (
    MANY_CONNECTIONS,
    AlertKind,
    Condition,
    Figures,
    Standing,
    Suspect,
    Thresholds,
    conditions_of,
    decide,
    next_try,
)

BEGAN = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
THRESHOLDS = Thresholds(lag_seconds=900, problems=100)


class Operator:
    """What an operator hears, minute by minute."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.heard: list[tuple[str, str, int | None]] = []
        self._alerts: dict[int, Standing] = {}
        self._next = 1

    def see(self, *suspects: Suspect, excused: frozenset[int] = frozenset()) -> None:
        """A look, a minute after the one before."""
        self.see_conditions(*conditions_of(suspects, THRESHOLDS, excused))

    def see_conditions(self, *seen: Condition) -> None:
        """The same, with the troubles as they are."""
        changes = decide(list(seen), list(self._alerts.values()), self.now)
        for condition in changes.notice:
            self._alerts[self._next] = Standing(
                self._next,
                condition.kind,
                condition.connection_id,
                condition.subject,
                self.now,
                None,
                None,
            )
            self._next += 1
        for number, _ in changes.tell:
            self._say("raised", number, raised_at=self.now)
        for number in changes.calm:
            self._set(number, calm_since=self.now)
        for number in changes.resume:
            self._set(number, calm_since=None)
        for number in changes.end:
            self._say("over", number)
            del self._alerts[number]
        for number in changes.drop:
            del self._alerts[number]
        self.now += timedelta(minutes=1)

    def _say(self, event: str, number: int, raised_at: datetime | None = None) -> None:
        alert = self._alerts[number]
        self.heard.append((event, str(alert.kind), alert.connection_id))
        if raised_at is not None:
            self._set(number, raised_at=raised_at)

    def _set(self, number: int, **changed: datetime | None) -> None:
        old = self._alerts[number]
        fields = {name: getattr(old, name) for name in Standing.__struct_fields__}
        self._alerts[number] = Standing(**{**fields, **changed})


def late(number: int = 1, seconds: int = 1000) -> Suspect:
    return Suspect(number, f"Loja {number}", 5910, "lagging", "stock", seconds, 0)


def test_a_lag_is_told_once_and_once_when_it_is_over() -> None:
    operator = Operator()
    for _ in range(30):
        operator.see(late())
    for _ in range(10):
        operator.see()
    assert operator.heard == [("raised", "lag", 1), ("over", "lag", 1)]


def test_what_passes_at_once_is_not_told() -> None:
    operator = Operator()
    operator.see(late())
    operator.see()
    operator.see(late())
    assert operator.heard == []


def test_what_comes_and_goes_is_told_once() -> None:
    operator = Operator()
    for _ in range(10):
        operator.see(late())
        operator.see(late())
        operator.see(late(seconds=10))
    assert operator.heard == [("raised", "lag", 1)]


def test_it_is_over_well_below_where_it_began() -> None:
    operator = Operator()
    operator.see(late())
    operator.see(late())
    for _ in range(10):
        operator.see(late(seconds=600))
    assert operator.heard == [("raised", "lag", 1)]
    for _ in range(10):
        operator.see(late(seconds=400))
    assert operator.heard[-1] == ("over", "lag", 1)


def test_between_the_two_nothing_begins() -> None:
    operator = Operator()
    for _ in range(10):
        operator.see(late(seconds=800))
    assert operator.heard == []


def test_an_access_that_ended_is_told_at_the_next_look_and_explains_the_lag() -> None:
    shut_out = Suspect(1, "Loja", 5910, "disconnected", "hub_access", 9000, 0)
    operator = Operator()
    for _ in range(20):
        operator.see(shut_out)
    operator.see()
    operator.see()
    assert operator.heard == [("raised", "disconnected", 1), ("over", "disconnected", 1)]


def test_pendencias_that_pile_up_are_told() -> None:
    operator = Operator()
    for problems in (99, 99, 100, 250, 100, 81, 81):
        operator.see(Suspect(1, "Loja", 5910, "active", "nothing", 0, problems))
    assert operator.heard == [("raised", "problems", 1)]


def test_a_wanted_pause_is_no_lag() -> None:
    operator = Operator()
    for _ in range(5):
        operator.see(Suspect(1, "Loja", 5910, "stopped", "operator", 9000, 0))
    assert operator.heard == []


def test_ten_thousand_at_once_are_one_message_and_its_end_one_more() -> None:
    fleet = [late(number) for number in range(1, 10_001)]
    operator = Operator()
    for _ in range(5):
        operator.see(*fleet)
    for _ in range(10):
        operator.see()
    assert operator.heard == [("raised", "many", None), ("over", "many", None)]


def test_a_few_at_once_are_told_each() -> None:
    operator = Operator()
    for _ in range(3):
        operator.see(*[late(number) for number in range(MANY_CONNECTIONS)])
    assert len(operator.heard) == MANY_CONNECTIONS


def test_whoever_still_has_it_when_the_many_are_well_is_told_about() -> None:
    fleet = [late(number) for number in range(1, 101)]
    operator = Operator()
    for _ in range(3):
        operator.see(*fleet)
    for _ in range(9):
        operator.see(late(1))
    assert operator.heard == [
        ("raised", "many", None),
        ("raised", "lag", 1),
        ("over", "many", None),
    ]


def test_an_outage_is_told_instead_of_its_victims() -> None:
    outage = Condition(AlertKind.OUTAGE, None, "https://hub.example", Figures(side="hub"))
    victims = [
        Suspect(number, "Loja", None, "failing", "hub", 2000, 0) for number in range(1, 10_001)
    ]
    excused = frozenset(range(1, 10_001))
    operator = Operator()
    for _ in range(10):
        operator.see_conditions(outage, *conditions_of(victims, THRESHOLDS, excused))
    for _ in range(5):
        operator.see()
    assert operator.heard == [("raised", "outage", None), ("over", "outage", None)]


def test_a_message_is_tried_for_a_day_less_and_less_often() -> None:
    now, waits = BEGAN, []
    for attempts in range(1, 1000):
        again = next_try(attempts, BEGAN, now)
        if again is None:
            break
        waits.append(again - now)
        now = again
    assert waits == sorted(waits)
    assert waits[0] < timedelta(minutes=1)
    assert timedelta(hours=22) < now - BEGAN <= timedelta(hours=24)
