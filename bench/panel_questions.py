"""The questions that the panel's pages ask, each as its service asks it, with the filters, searches
and places in a list that make a difference."""

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from bench.panel_fill import HELD, LARGE, SMALL, Amounts
from bench.panel_statements import StatementLog
from bench.panel_times import DEED, QUESTION, Taken, take
from ponte.domain.comparison import Field
from ponte.domain.health import State as Health
from ponte.domain.problems import ProblemCode
from ponte.domain.standing import View
from ponte.jobs.health import CONNECTIONS_PER_LOOK
from ponte.ledger import health as health_ledger
from ponte.ledger import orders as order_ledger
from ponte.ledger import problem_lists
from ponte.ledger.order_lists import Place
from ponte.ledger.problem_lists import CauseKey, SubjectPlace
from ponte.ledger.problems import FAMILY, ORDER
from ponte.ledger.repairs import Place as DriftPlace
from ponte.services import (
    alerts,
    audits,
    catalogue,
    decisions,
    exports,
    fleet,
    guide,
    health,
    history,
    operation,
    orders,
    problems,
    products,
    users,
)
from ponte.services.actors import Actor, Role, Via
from ponte.services.orders import OrderFilter
from ponte.settings import Settings
from ponte.sync.pull import FOUND_BY_PUSH
from ponte.sync.runtime import Runtime

OPERATOR = Actor(Role.OPERATOR, "bench", Via.COMMAND)
# How many times a question is asked: from the sixth on, with the plan that PostgreSQL keeps for all
# values where it thinks it good enough.
_REPEAT = 12
# As many as a person's decision about all of a cause reaches at a time.
_DECIDED = decisions.MOST_AT_ONCE
Ask = Callable[..., Awaitable[Any]]


class Panel(Struct):
    """The filled ledger, and what asking it took."""

    runtime: Runtime
    settings: Settings
    amounts: Amounts
    log: StatementLog
    taken: list[Taken]

    async def time(self, name: str, ask: Ask, *values: Any, **named: Any) -> None:
        """Ask with these values a few times."""
        seconds = []
        await ask(*values, **named)
        self.log.forget()
        for _ in range(_REPEAT):
            began = time.perf_counter()
            await ask(*values, **named)
            seconds.append(time.perf_counter() - began)
        self.taken.append(take(name, QUESTION, seconds, self.log.slowest()))

    async def time_deed(self, name: str, do: Ask, *values: Any, **named: Any) -> None:
        """Do something of the ledger once, and leave no trace of it."""
        async with self.runtime.pool.connection() as conn, conn.transaction(force_rollback=True):
            self.log.forget()
            began = time.perf_counter()
            await do(conn, *values, **named)
            seconds = time.perf_counter() - began
        self.taken.append(take(name, DEED, [seconds], self.log.slowest()))


Measurement = Callable[[Panel], Awaitable[None]]


async def measure_catalogue(panel: Panel) -> None:
    """Every list of the catalogue, each with searches: a word of every name, of a third, of few,
    of none, two words, a beginning, a SKU, the common beginning of all SKUs."""
    texts = ["", "camiseta", "azul", "raridade", "nenhum", "camiseta azul modelo17", "raridade a"]
    texts += ["camis", "CAM-0123456", "cam-", "cam-012345"]

    async def ask(wanted: catalogue.Wanted) -> None:
        async with panel.runtime.pool.connection() as conn:
            await catalogue.list_products(conn, OPERATOR, LARGE, wanted)

    async def listing(name: str, wanted: catalogue.Wanted) -> None:
        await panel.time(f"catalogue {name}", ask, wanted)

    for view in View:
        for order in catalogue.Order:
            if catalogue.order_of(catalogue.Wanted(view, order=order)) is not order:
                continue
            for text in texts if order is catalogue.Order.SKU else ("",):
                name = f"{view} by {order} {text!r}"
                await listing(name, catalogue.Wanted(view, text, order))
    families = panel.amounts.families
    for name, place in (("middle", families // 2), ("end", families - 3)):
        sku = f"CAM-{place:07d}"
        moment = datetime.now(UTC) - timedelta(seconds=place)
        cursor = catalogue.encode(catalogue.Cursor(sku, f"p{place}", moment))
        for view in (View.ALL, View.EQUAL, View.TO_SEND, View.REFUSED, View.WARNED):
            for text in ("", "azul"):
                onward = catalogue.Wanted(view, text, after=cursor)
                await listing(f"{view} {text!r} from the {name}", onward)
                back = catalogue.Wanted(view, text, before=cursor)
                await listing(f"{view} {text!r} back from the {name}", back)

    async def counts() -> None:
        async with panel.runtime.pool.connection() as conn:
            await catalogue.count_views(conn, OPERATOR, LARGE)

    await panel.time("catalogue counts", counts)
    proof = (panel.runtime, OPERATOR, LARGE, "p4")
    await panel.time("proof of a product", products.read, *proof)


def _order_filters(panel: Panel) -> Iterable[tuple[str, OrderFilter]]:
    """By each field alone, by what is common and what is rare, and by several."""
    yield "", OrderFilter()
    for state in orders.State:
        yield f"state {state}", OrderFilter(state=state)
        yield f"state {state} with pendência", OrderFilter(state=state, with_problem=True)
    for status in ("approved", "canceled", "never"):
        yield f"hub status {status}", OrderFilter(hub_status=status)
    for channel in ("Mercado Livre", "Dafiti", "never"):
        yield f"channel {channel}", OrderFilter(channel=channel)
        yield f"channel {channel} waiting", OrderFilter(channel=channel, state=orders.State.WAITING)
    for number in ("0", "MLB-", "1234", "never", "000000000000000000000001"):
        yield f"number {number}", OrderFilter(number=number)
        yield f"number {number} with pendência", OrderFilter(number=number, with_problem=True)
    today = datetime.now(UTC).date()
    for days in (1, 30, 3650):
        since = OrderFilter(first_day=today - timedelta(days=days))
        yield f"of {days} days", since
        yield f"of {days} days, Dafiti", OrderFilter(first_day=since.first_day, channel="Dafiti")
    # The first ones come last in the list.
    early = today - timedelta(minutes=panel.amounts.orders - 1000)
    yield "of the first day", OrderFilter(first_day=early, last_day=early)
    yield "of a buyer", OrderFilter(buyer=(b"\x01" * 16).hex())
    yield "with pendência", OrderFilter(with_problem=True)
    yield "with pendência, Dafiti", OrderFilter(with_problem=True, channel="Dafiti")


async def measure_orders(panel: Panel) -> None:
    """Lists and counts of a hundred thousand orders, and of as many that are all held back."""
    runtime, middle = panel.runtime, f"{panel.amounts.orders // 2:024x}"
    place = Place(datetime.now(UTC) - timedelta(minutes=panel.amounts.orders // 2), middle)
    for number, whose in ((LARGE, "orders"), (HELD, "held orders")):
        for filtered, wanted in _order_filters(panel):
            name, asked = f"{whose} {filtered}".rstrip(), (runtime, OPERATOR, number, wanted)
            await panel.time(name, orders.list_orders, *asked)
            await panel.time(
                f"{name} from the middle", orders.list_orders, *asked, older_than=place
            )
            await panel.time(
                f"{name} back from the middle", orders.list_orders, *asked, newer_than=place
            )
            await panel.time(f"{name} counted", orders.count_orders, *asked)
        await panel.time(f"{whose} channels", orders.channels, runtime, OPERATOR, number)
    await panel.time("an order", orders.read_order, runtime, OPERATOR, HELD, middle)


NO_EAN = CauseKey(FAMILY, ProblemCode.NO_EAN, blocking=False)
REFUSED = CauseKey(FAMILY, ProblemCode.HUB_REFUSED_PRODUCT, blocking=True)
UNKNOWN_SKU = CauseKey(ORDER, ProblemCode.UNKNOWN_SKU, blocking=True)


async def measure_problems(panel: Panel) -> None:
    """Causes, the subjects of each, and a decision about as many as are decided about at once."""
    runtime = panel.runtime
    no_category = CauseKey(FAMILY, ProblemCode.NO_CATEGORY, blocking=False)
    place = SubjectPlace(datetime.now(UTC) - timedelta(minutes=500), "p2000")
    places: tuple[tuple[str, dict[str, SubjectPlace]], ...] = (
        ("", {}),
        ("from the middle", {"behind": place}),
        ("back from the middle", {"before": place}),
    )
    for ignored in (False, True):
        of = "ignored" if ignored else "standing"
        for number in (LARGE, HELD, SMALL):
            name = f"causes {of} of connection {number}"
            await panel.time(name, problems.list_causes, runtime, OPERATOR, number, ignored=ignored)
        for number, cause in (
            (LARGE, NO_EAN),
            (LARGE, no_category),
            (LARGE, REFUSED),
            (HELD, UNKNOWN_SKU),
            (SMALL, NO_EAN),
        ):
            asked = (runtime, OPERATOR, number, cause)
            for where, given in places:
                name = f"{of} {cause.code} of connection {number} {where}".rstrip()
                await panel.time(name, problems.list_subjects, *asked, **given, ignored=ignored)


async def measure_deeds(panel: Panel) -> None:
    """A person's decisions, each about as much as one transaction takes."""
    by = {"by": "bench", "reason": "bench"}
    many = f"{_DECIDED:,} of"
    for number, cause in ((LARGE, NO_EAN), (LARGE, REFUSED), (HELD, UNKNOWN_SKU)):
        decided = (number, cause, None, _DECIDED)
        await panel.time_deed(f"ignore {many} {cause.code}", problem_lists.ignore, *decided, **by)
    await panel.time_deed(
        f"heed {many} {NO_EAN.code}", problem_lists.heed, LARGE, NO_EAN, None, _DECIDED
    )
    await panel.time_deed(
        f"read {many} {NO_EAN.code} again",
        problem_lists.ask_to_reread,
        LARGE,
        NO_EAN.code,
        None,
        _DECIDED,
    )
    await panel.time_deed(
        f"send {many} {REFUSED.code} again",
        problem_lists.retry_sending,
        LARGE,
        REFUSED.code,
        None,
        _DECIDED,
        FOUND_BY_PUSH,
    )
    await panel.time_deed(
        f"read {many} {UNKNOWN_SKU.code} again",
        order_ledger.retry_cause,
        HELD,
        UNKNOWN_SKU.code,
        _DECIDED,
    )


async def measure_audits(panel: Panel) -> None:
    """The last run with as much drift as is kept."""
    asked = (panel.runtime, OPERATOR, LARGE)
    await panel.time("audits", audits.overview, *asked)
    await panel.time("audit under way", audits.under_way, *asked)
    middle = panel.amounts.drift // 2
    for where, number in (("", 0), ("from the middle", middle), ("behind the last", 10**6)):
        place = DriftPlace(f"CAM-{number:07d}")
        await panel.time(f"drift {where}".rstrip(), audits.drift, *asked, place)
        of_price = f"drift of prices {where}".rstrip()
        await panel.time(of_price, audits.drift, *asked, place, Field.PRICE)


async def measure_trail(panel: Panel) -> None:
    """Who did what, of everybody, of a connection, of a user, of both."""
    asked = (panel.runtime.pool, OPERATOR)
    for before in (None, panel.amounts.deeds // 2, 1000):
        where = "" if before is None else f" before {before:,}"
        for connection in (None, LARGE, 999_999):
            for user in (None, 5, 999_999):
                await panel.time(
                    f"trail of connection {connection or 'any'}, user {user or 'any'}{where}",
                    history.read_trail,
                    *asked,
                    before=before,
                    connection_id=connection,
                    user_id=user,
                )
        await panel.time(
            f"interventions{where}",
            history.read_interventions,
            *asked,
            LARGE,
            before=before,
            count=history.MOST_LISTED,
        )


async def measure_fleet(panel: Panel) -> None:
    """Ten thousand connections, by each column in both directions, and searched."""
    for sort in fleet.Sort:
        for descending in (False, True):
            name = f"fleet by {sort}" + (" descending" if descending else "")
            await _ask_fleet(panel, name, fleet.FleetQuery(sort=sort, descending=descending))
    for words in ("Loja", "abc1", "loja-77", "5915", "1234", "nenhuma", "%"):
        await _ask_fleet(panel, f"fleet found by {words!r}", fleet.FleetQuery(words=words))
    for state in (Health.FAILING, Health.ACTIVE):
        await _ask_fleet(panel, f"fleet {state}", fleet.FleetQuery(state=state))
    await _ask_fleet(panel, "fleet of a platform", fleet.FleetQuery(platform="outra"))
    await _ask_fleet(panel, "fleet, page 200", fleet.FleetQuery(page=200))


async def _ask_fleet(panel: Panel, name: str, query: fleet.FleetQuery) -> None:
    await panel.time(name, fleet.page, panel.runtime.pool, OPERATOR, query)


async def measure_overviews(panel: Panel) -> None:
    """How a connection stands, how far its export is, and the look that keeps both ready."""
    looked_at = list(range(1, CONNECTIONS_PER_LOOK + 1))
    name = f"a look at {CONNECTIONS_PER_LOOK:,} connections"
    await panel.time_deed(name, health_ledger.measure, looked_at)
    for number in (LARGE, HELD):
        asked = (panel.runtime.pool, OPERATOR, number)
        await panel.time(f"health of connection {number}", health.of_connection, *asked)
        await panel.time(f"charts of connection {number}", health.charts, *asked)
        await panel.time(f"guide of connection {number}", guide.read, *asked)
        await panel.time(f"export of connection {number}", exports.read_export, *asked)


async def measure_installation(panel: Panel) -> None:
    """Operation, alerts and users."""
    asked = (panel.runtime.pool, OPERATOR)
    await panel.time("operation", operation.read, *asked)
    await panel.time("announcements", operation.announcements, panel.runtime.pool)
    for before in (None, panel.amounts.alerts // 2):
        name = f"alerts before {before or 'now'}"
        await panel.time(name, alerts.latest, panel.runtime.pool, panel.settings, OPERATOR, before)
    for wanted in ("", "pessoa", "abc1", "nenhuma"):
        for role in (None, *Role):
            await panel.time(
                f"users {role or ''} found by {wanted!r}",
                users.list_users,
                *asked,
                wanted=wanted,
                role=role,
            )
    await panel.time("users from the middle", users.list_users, *asked, after="pessoa5")


MEASUREMENTS: dict[str, Measurement] = {
    "catalogue": measure_catalogue,
    "orders": measure_orders,
    "problems": measure_problems,
    "deeds": measure_deeds,
    "audits": measure_audits,
    "trail": measure_trail,
    "fleet": measure_fleet,
    "overviews": measure_overviews,
    "installation": measure_installation,
}
