"""Who may have audits made, what they did stands in the trail, and what begins by itself."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from auditing import Auditor
from world import Systems, World

from ponte.domain.audit_plan import Every
from ponte.http.exchange import open_session
from ponte.jobs.audits import begin_due_audits, run_audit
from ponte.jobs.installation import Equipment
from ponte.ledger import audits as ledger
from ponte.ledger import trail
from ponte.ledger.repairs import Place
from ponte.services import audits, operation
from ponte.services.actors import COMMAND, Actor, Forbidden, Role, Via
from ponte.services.audits import DriftPage, NotDone, Overview, Refusal

Answer = TypeVar("Answer")
OPERATOR = Actor(Role.OPERATOR, "Olga", Via.PANEL)
SUPPORT = Actor(Role.SUPPORT, "Sílvia", Via.PANEL)


class House:
    """A connection, and the services as a page would call them."""

    def __init__(self, systems: Systems) -> None:
        self.world = World(systems)
        self.world.fill(2)
        self.world.be_quiet()
        self.auditor = Auditor(self.world)
        self.number = self.world.connection_id
        self.merchant = Actor(Role.MERCHANT, "Mara", Via.HUB, connection_id=self.number)

    def ask(self, work: Callable[[Equipment], Awaitable[Answer]]) -> Answer:
        async def story() -> Answer:
            async with open_session() as http:
                runtime = self.world._make_runtime(http)
                return await work(Equipment(self.world.systems.app, runtime))

        answer: Answer = self.world._run(story())
        return answer

    def overview(self) -> Overview:
        found = self.ask(lambda each: audits.overview(each.runtime, SUPPORT, self.number))
        assert found is not None
        return found

    def deeds(self) -> list[tuple[str, str]]:
        async def read(equipment: Equipment) -> list[tuple[str, str]]:
            async with equipment.runtime.pool.connection() as conn:
                entries = await trail.latest(conn, 20, connection_id=self.number)
            return [(each.actor, each.action) for each in reversed(entries)]

        return self.ask(read)

    def refused(self, work: Callable[[Equipment], Awaitable[Any]]) -> Refusal:
        with pytest.raises(NotDone) as refusal:
            self.ask(work)
        return refusal.value.reason

    def jobs(self) -> int:
        """Audits of this connection that wait for a worker; they are taken out."""

        async def count(equipment: Equipment) -> int:
            async with equipment.runtime.pool.connection() as conn:
                cursor = await conn.execute(
                    "DELETE FROM procrastinate_jobs WHERE queueing_lock = %s",
                    [f"audit:{self.number}"],
                )
                return cursor.rowcount

        return self.ask(count)

    def change(self, statement: str) -> None:
        async def change(equipment: Equipment) -> None:
            async with equipment.runtime.pool.connection() as conn:
                await conn.execute(statement.encode(), {"id": self.number})

        self.ask(change)


@pytest.fixture
def house(systems: Systems) -> House:
    return House(systems)


def test_a_merchant_starts_pauses_goes_on_and_stops(house: House) -> None:
    number, merchant = house.number, house.merchant
    house.ask(lambda each: audits.start(each, merchant, number))
    assert house.jobs() == 1
    assert house.refused(lambda each: audits.start(each, merchant, number)) is Refusal.UNDER_WAY
    house.ask(lambda each: audits.pause(each, merchant, number))
    # A worker that comes now does nothing.
    house.auditor.run_job()
    progress = house.overview().progress
    assert progress is not None
    assert (progress.paused, progress.read) == (True, 0)
    house.ask(lambda each: audits.resume(each, merchant, number))
    assert house.jobs() == 1
    house.ask(lambda each: audits.stop(each, merchant, number))
    assert house.overview().progress is None
    assert house.overview().history[0].outcome == "stopped"
    none = house.refused(lambda each: audits.stop(each, merchant, number))
    assert none is Refusal.NONE_UNDER_WAY
    assert house.deeds() == [
        ("Mara", "audit.started"),
        ("Mara", "audit.paused"),
        ("Mara", "audit.resumed"),
        ("Mara", "audit.stopped"),
    ]


DEEDS: dict[str, Callable[[Equipment, Actor, int], Awaitable[Any]]] = {
    "start": audits.start,
    "pause": audits.pause,
    "resume": audits.resume,
    "stop": audits.stop,
    "repair": audits.repair,
    "schedule": lambda each, actor, number: audits.schedule(each, actor, number, Every.DAILY, 3, 0),
    "mode": lambda each, actor, number: audits.set_repairs_always(each, actor, number, always=True),
}


@pytest.mark.parametrize("name", DEEDS)
def test_who_only_looks_and_who_is_somebody_else_changes_nothing(
    systems: Systems, name: str
) -> None:
    house = _shared(systems)
    stranger = Actor(Role.MERCHANT, "Nino", Via.HUB, connection_id=house.number + 1)
    for actor in (SUPPORT, stranger):
        with pytest.raises(Forbidden):
            house.ask(partial(_deed, name, actor, house.number))
    with pytest.raises(Forbidden):
        house.ask(lambda each: audits.overview(each.runtime, stranger, house.number))
    with pytest.raises(Forbidden):
        house.ask(lambda each: audits.drift(each.runtime, stranger, house.number))
    assert house.deeds() == []


async def _deed(name: str, actor: Actor, number: int, equipment: Equipment) -> None:
    await DEEDS[name](equipment, actor, number)


_houses: dict[int, House] = {}


def _shared(systems: Systems) -> House:
    return _houses.setdefault(id(systems), House(systems))


def test_a_held_connection_and_one_that_is_shut_out_are_not_audited(house: House) -> None:
    number = house.number
    house.change("UPDATE connection SET released_at = NULL WHERE connection_id = %(id)s")
    assert house.refused(lambda each: audits.start(each, COMMAND, number)) is Refusal.HELD
    house.change(
        "UPDATE connection SET released_at = now(), hub_access_ended_at = now()"
        " WHERE connection_id = %(id)s"
    )
    ended = house.refused(lambda each: audits.start(each, COMMAND, number))
    assert ended is Refusal.ACCESS_ENDED


def test_an_access_that_ends_ends_the_audit(house: House) -> None:
    house.auditor.begin()
    house.change("DELETE FROM access_grant WHERE connection_id = %(id)s AND side = 'store'")
    house.auditor.run_job()
    last = house.overview().history[0]
    assert (last.outcome, last.failure) == ("failed", "access_ended")
    assert house.overview().access_ended


def test_a_plan_begins_an_audit_when_its_time_has_come_and_once(house: House) -> None:
    number = house.number
    plan = house.ask(lambda each: audits.schedule(each, house.merchant, number, Every.DAILY, 3, 0))
    assert plan.next_at is not None
    assert timedelta(0) < plan.next_at - datetime.now(UTC) < timedelta(days=1)
    house.ask(lambda each: begin_due_audits(each.app, each.runtime))
    assert house.overview().progress is None
    house.change("UPDATE audit_plan SET next_at = now() WHERE connection_id = %(id)s")
    for _ in range(2):
        house.ask(lambda each: begin_due_audits(each.app, each.runtime))
    assert house.jobs() == 1
    figures = house.overview().figures_so_far
    assert figures is not None
    assert figures.by_plan
    following = house.overview().plan.next_at
    assert following is not None
    assert following > datetime.now(UTC)
    wrong = house.refused(
        lambda each: audits.schedule(each, house.merchant, number, Every.DAILY, 24, 0)
    )
    assert wrong is Refusal.WRONG_TIME


def test_a_run_whose_job_was_lost_is_woken_once(house: House) -> None:
    house.auditor.begin()
    house.change("UPDATE audit SET asked_at = now() - interval '1 hour'")
    for _ in range(2):
        house.ask(lambda each: begin_due_audits(each.app, each.runtime))
    assert house.jobs() == 1
    house.ask(lambda each: begin_due_audits(each.app, each.runtime))
    assert house.jobs() == 0


def test_the_last_drift_is_kept_and_of_older_runs_the_figures(house: House) -> None:
    world = house.world
    world.api.put_sku("CAM-0", quantity=99)
    house.auditor.audit()
    world.api.put_sku("CAM-1", quantity=98)
    house.auditor.audit()
    assert len(house.auditor.drift()) == 2
    assert [each.differences for each in house.overview().history] == [2, 1]

    async def rows(equipment: Equipment) -> list[Any]:
        async with equipment.runtime.pool.connection() as conn:
            cursor = await conn.execute(
                "SELECT (SELECT count(*) FROM audit_drift JOIN audit USING (audit_id)"
                " WHERE connection_id = %(id)s), (SELECT count(*) FROM audit_seen"
                " JOIN audit USING (audit_id) WHERE connection_id = %(id)s)",
                {"id": house.number},
            )
            return await cursor.fetchall()

    assert house.ask(rows) == [(2, 0)]
    # A run that is stopped takes its drift along, and the last complete one stays.
    house.auditor.begin()
    house.auditor.step(2)
    house.ask(lambda each: audits.stop(each, house.merchant, house.number))
    assert house.ask(rows) == [(2, 0)]


def test_headers_of_long_ago_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "RUNS_KEPT", 2)
    for _ in range(4):
        house.auditor.audit()
    assert len(house.overview().history) == 2
    assert house.overview().last is not None


async def _page(number: int, after: Place | None, equipment: Equipment) -> DriftPage:
    return await audits.drift(equipment.runtime, SUPPORT, number, after, count=1)


def test_drift_is_read_page_by_page_and_by_field(house: House) -> None:
    world = house.world
    world.api.put_sku("CAM-0", quantity=99, name="Outro", price="1.00")
    world.api.put_sku("CAM-1", name="Outro")
    house.auditor.audit()
    read: list[tuple[str, str]] = []
    after = None
    while True:
        page = house.ask(partial(_page, house.number, after))
        read += [(row.sku, row.field) for row in page.rows]
        after = page.following
        if after is None:
            break
    assert read == [
        ("CAM-0", "name"),
        ("CAM-0", "price"),
        ("CAM-0", "stock"),
        ("CAM-1", "name"),
    ]


def test_a_paused_catalogue_is_not_repaired_and_a_stop_holds_an_audit(house: House) -> None:
    number = house.number
    house.world.api.put_sku("CAM-0", quantity=99)
    house.auditor.audit()
    house.change("UPDATE connection SET catalogue_paused_at = now() WHERE connection_id = %(id)s")
    assert house.refused(lambda each: audits.repair(each, COMMAND, number)) is Refusal.PAUSED
    house.change("UPDATE connection SET catalogue_paused_at = NULL WHERE connection_id = %(id)s")

    async def run_while_stopped(equipment: Equipment) -> None:
        stopped = await operation.pause(equipment.runtime.pool, OPERATOR, None, "manutenção")
        try:
            await equipment.runtime.stops.read(equipment.runtime.pool)
            await run_audit(equipment.app, equipment.runtime, number)
        finally:
            await operation.resume(equipment.runtime.pool, OPERATOR, stopped)

    house.auditor.begin()
    house.ask(run_while_stopped)
    progress = house.overview().progress
    assert progress is not None
    assert (progress.waiting, progress.failures) == (True, 0)
    assert house.jobs() == 1


def test_a_repair_whose_job_was_lost_is_woken_and_one_that_cannot_be_sent_is_given_up(
    house: House,
) -> None:
    house.world.api.put_sku("CAM-0", quantity=99)
    house.auditor.audit()
    house.ask(lambda each: audits.repair(each, COMMAND, house.number))
    assert house.jobs() == 1
    house.change("UPDATE audit_drift SET asked_at = now() - interval '5 minutes'")
    house.ask(lambda each: begin_due_audits(each.app, each.runtime))
    assert house.jobs() == 1
    house.change("UPDATE connection SET catalogue_paused_at = now() WHERE connection_id = %(id)s")
    house.auditor.run_job()
    assert house.jobs() == 1
    assert house.auditor.states() == {"CAM-0": "asked"}
    house.change("UPDATE audit_drift SET asked_at = now() - interval '1 hour'")
    house.auditor.run_job()
    assert house.jobs() == 0
    assert house.auditor.states() == {"CAM-0": "open"}
