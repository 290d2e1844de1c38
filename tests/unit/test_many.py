"""A slice of work: what one order's failure means for it, for the others, and for the account."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import pytest
from virtual_time import run_virtually

from ponte.domain.failures import Failure, Throttled, Transient, Unauthorised
from ponte.http.circuit import FAILURES_TO_OPEN
from ponte.http.pacing import Pace
from ponte.sync import many
from ponte.sync.many import CONCURRENCY, SHORTEST_PAUSE_SECONDS, Worked, work_through
from ponte.sync.runtime import FIRST_WAIT_SECONDS


@dataclass
class Thing:
    """Something about an order."""

    hub_order_id: str
    attempts: int = 0


@dataclass
class Things:
    """Work whose every call to the hub comes to what `outcome` says: None is good."""

    due: list[Thing]
    outcome: Callable[[Thing], Failure | None] = lambda _: None
    # Whatever is done, something new came meanwhile.
    endless: bool = False
    pace: Pace = field(default_factory=Pace)
    handled: list[str] = field(default_factory=list)
    waits: dict[str, float] = field(default_factory=dict)
    together: set[str] = field(default_factory=set)
    most_together: int = 0

    async def claim(self, count: int, in_flight: Collection[str]) -> list[Thing]:
        assert self.together <= set(in_flight)
        free = [each for each in self.due if each.hub_order_id not in in_flight]
        return free[:count]

    async def handle(self, item: Thing) -> None:
        assert item.hub_order_id not in self.together, "handled twice at the same time"
        self.together.add(item.hub_order_id)
        self.most_together = max(self.most_together, len(self.together))
        self.handled.append(item.hub_order_id)
        try:
            async with self.pace.turn("hub GET /orders/x"):
                await asyncio.sleep(0)
                if (failure := self.outcome(item)) is not None:
                    raise failure
            if not self.endless:
                self.due.remove(item)
        finally:
            self.together.discard(item.hub_order_id)

    async def postpone(self, item: Thing, wait: float) -> None:
        self.waits[item.hub_order_id] = wait
        self.due.remove(item)

    async def work(self) -> Worked:
        """One slice."""
        return await work_through(self, self.pace)


def some_things(count: int) -> list[Thing]:
    return [Thing(f"o{number}") for number in range(count)]


async def test_everything_due_is_handled_once_and_a_few_at_a_time() -> None:
    things = Things(some_things(200))
    assert await things.work() == Worked(more=False)
    assert sorted(things.handled) == sorted(thing.hub_order_id for thing in some_things(200))
    assert 1 < things.most_together <= CONCURRENCY


async def test_one_that_fails_waits_and_holds_nobody_up() -> None:
    def outcome(thing: Thing) -> Failure | None:
        return Transient("broken") if thing.hub_order_id == "o3" else None

    things = Things(some_things(50), outcome)
    things.due[3].attempts = 4
    assert await things.work() == Worked(more=False)
    assert len(things.handled) == 50
    longest = FIRST_WAIT_SECONDS * 2**4
    assert longest / 2 <= things.waits.pop("o3") <= longest
    assert things.waits == {}


async def test_a_slice_that_ends_before_the_work_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "SLICE_SECONDS", 0.05)
    monkeypatch.setattr(many, "SLICE_SECONDS", 0.05)
    things = Things(some_things(3), endless=True)
    assert await things.work() == Worked(more=True)
    assert len(things.handled) > 3


async def test_a_throttled_account_is_left_alone_for_as_long_as_it_says() -> None:
    things = Things(some_things(500), lambda _: Throttled("slower", retry_after=30.0))
    worked = await things.work()
    assert 29 <= worked.pause <= 30
    # Only those under way at the first refusal met it; the others keep their place and attempts.
    assert len(things.handled) <= CONCURRENCY
    assert len(things.due) == 500 - len(things.waits)
    assert all(30 <= wait <= 31 for wait in things.waits.values())


def test_a_hub_that_is_down_ends_the_slice() -> None:
    things = Things(some_things(500), lambda _: Transient("no answer"))

    async def work() -> Worked:
        # Those in line at the pace wait for its circuit to try the hub once more.
        things.pace = Pace(clock=asyncio.get_running_loop().time)
        return await things.work()

    assert run_virtually(work()) == Worked(more=True, pause=SHORTEST_PAUSE_SECONDS)
    assert FAILURES_TO_OPEN <= len(things.handled) <= CONCURRENCY * 2
    assert len(things.due) == 500 - len(things.waits)


async def test_an_ended_access_is_raised_after_those_under_way() -> None:
    def outcome(thing: Thing) -> Failure | None:
        return Unauthorised("connect again") if thing.hub_order_id == "o1" else None

    things = Things(some_things(500), outcome)
    with pytest.raises(Unauthorised):
        await things.work()
    assert things.together == set()
    assert len(things.handled) <= CONCURRENCY * 2
    assert "o1" not in things.waits


async def test_what_failed_for_another_reason_is_not_hidden() -> None:
    def broken(thing: Thing) -> Failure | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Things(some_things(1), broken).work()


async def test_what_is_under_way_ends_before_a_failure_is_raised() -> None:
    def outcome(thing: Thing) -> Failure | None:
        if thing.hub_order_id == "o1":
            raise ZeroDivisionError
        return None

    things = Things(some_things(500), outcome)
    with pytest.raises(ZeroDivisionError):
        await things.work()
    assert things.together == set()
    assert len(things.handled) >= CONCURRENCY
    assert len(things.due) == 500 - (len(things.handled) - 1)
