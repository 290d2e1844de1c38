"""`ponte status`: whether stock, prices and orders are right, and how far behind we are.

The manual allows fifteen minutes (R3), both for looking and for sending; what is older is named as
late, with the pendências that a person can do something about underneath.
"""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from msgspec import Struct

from ponte.cli.running import (
    DataOption,
    JsonOption,
    find_connection,
    read_settings,
    show,
    with_installation,
)
from ponte.cli.tables import age_seconds, local_time, now_utc, spoken_age, table_text
from ponte.domain.problems import ADVICE, ProblemCode
from ponte.jobs.installation import Equipment
from ponte.ledger import connections, problems
from ponte.ledger import status as ledger_status
from ponte.ledger.connections import HUB, STORE
from ponte.ledger.problems import MOST_COUNTED, Cause
from ponte.ledger.status import ConnectionStatus
from ponte.settings import LONGEST_POLL_SECONDS

_ALLOWED = timedelta(seconds=LONGEST_POLL_SECONDS)
# A poll that comes every fifteen minutes takes its time, too.
_LOOKING = timedelta(seconds=60)


class FacetView(Struct, frozen=True):
    """One of the three updates (R3): product, price, stock."""

    checked_seconds_ago: float | None
    unsent: int
    oldest_unsent_seconds: float | None


class CatalogueView(Struct, frozen=True):
    """The catalogue and its three clocks."""

    families: int
    skus: int
    acknowledged_last_minute: int
    product: FacetView
    price: FacetView
    stock: FacetView


class OrdersView(Struct, frozen=True):
    """Orders by what became of them."""

    checked_seconds_ago: float | None
    seen: int
    waiting: int
    oldest_waiting_seconds: float | None
    imported: int
    unconfirmed: int
    canceled: int
    ignored: int
    with_problem: int


class ReportsView(Struct, frozen=True):
    """What the store told, and the hub has acknowledged."""

    checked_seconds_ago: float | None
    open: int
    oldest_open_seconds: float | None
    invoiced: int
    dispatched: int
    delivered: int


class CauseView(Struct, frozen=True):
    """Pendências of one cause."""

    about: str
    code: str
    blocking: bool
    # One more than 10,000 stands for any more.
    count: int
    oldest: datetime
    example: str
    detail: str
    advice: str


class ConnectionView(Struct, frozen=True):
    """One connection, as it is printed."""

    connection: int
    account: int | None
    store: str
    # Nothing is done for it before somebody asks for the export.
    held: bool
    # Since when somebody ended it; None: nobody did.
    switched_off_at: datetime | None
    # "hub", "store", or both: the merchant must connect again.
    access_ended: list[str]
    # What was not looked at, or has been waiting, for longer than the manual's fifteen minutes.
    late: list[str]
    catalogue: CatalogueView
    orders: OrdersView
    reports: ReportsView
    problems: list[CauseView]


def status(
    connection: Annotated[
        int | None, typer.Argument(help="The connection's number; all when left out.")
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show what differs, how old it is, what became of orders, and what a person must fix.

    Example: ponte status 1
    """

    async def work(equipment: Equipment) -> list[ConnectionView]:
        return await _read_all(equipment, connection)

    views = with_installation(read_settings(data), work)
    show(as_json, {"connections": views}, lambda: _text(views))


async def _read_all(equipment: Equipment, only: int | None) -> list[ConnectionView]:
    if only is not None:
        await find_connection(equipment, only)
    async with equipment.runtime.pool.connection() as conn:
        if only is not None:
            numbers = [only]
        else:
            numbers = [row.connection_id for row in await connections.list_all(conn)]
        views = []
        for number in numbers:
            found = await ledger_status.read(conn, number)
            if found is not None:
                views.append(_view(number, found, await problems.by_cause(conn, number)))
    return views


def _view(number: int, found: ConnectionStatus, causes: list[Cause]) -> ConnectionView:
    now = now_utc()
    clocks, catalogue, orders, reports = (
        found.clocks,
        found.catalogue,
        found.orders,
        found.reports,
    )

    def facet(checked: datetime | None, unsent: int, oldest: datetime | None) -> FacetView:
        return FacetView(age_seconds(checked, now), unsent, age_seconds(oldest, now))

    return ConnectionView(
        connection=number,
        account=clocks.hub_account,
        store=clocks.store_name,
        held=clocks.released_at is None,
        switched_off_at=clocks.switched_off_at,
        access_ended=[
            side
            for side, ended in (
                (HUB, clocks.hub_access_ended_at),
                (STORE, clocks.store_access_ended_at),
            )
            if ended is not None and clocks.switched_off_at is None
        ],
        late=_late_updates(found, now),
        catalogue=CatalogueView(
            catalogue.families,
            catalogue.skus,
            found.acknowledged,
            facet(clocks.product_checked_at, catalogue.content_unsent, catalogue.content_oldest),
            facet(clocks.price_checked_at, catalogue.price_unsent, catalogue.price_oldest),
            facet(clocks.stock_checked_at, catalogue.stock_unsent, catalogue.stock_oldest),
        ),
        orders=OrdersView(
            age_seconds(clocks.orders_checked_at, now),
            orders.seen,
            orders.waiting,
            age_seconds(orders.oldest_waiting, now),
            orders.imported,
            orders.unconfirmed,
            orders.canceled,
            orders.ignored,
            orders.with_problem,
        ),
        reports=ReportsView(
            age_seconds(clocks.reports_checked_at, now),
            reports.open,
            age_seconds(reports.oldest_open, now),
            reports.invoiced,
            reports.dispatched,
            reports.delivered,
        ),
        problems=[_cause(cause) for cause in causes],
    )


def _cause(cause: Cause) -> CauseView:
    return CauseView(
        about=cause.subject_kind,
        code=cause.code,
        blocking=cause.blocking,
        count=cause.subjects,
        oldest=cause.oldest,
        example=cause.example,
        detail=cause.example_detail,
        advice=ADVICE[ProblemCode(cause.code)].pt,
    )


def _late_updates(found: ConnectionStatus, now: datetime) -> list[str]:
    """Which updates break the promise of fifteen minutes (R3): their source was not read to its end
    within them, or something has been waiting for longer. A source that was never read counts from
    the moment of release. Of a connection that is held or switched off nothing is read,
    and so nothing is late."""
    if found.clocks.released_at is None or found.clocks.switched_off_at is not None:
        return []
    clocks, catalogue = found.clocks, found.catalogue
    checked_and_oldest = {
        "product": (clocks.product_checked_at, catalogue.content_oldest),
        "price": (clocks.price_checked_at, catalogue.price_oldest),
        "stock": (clocks.stock_checked_at, catalogue.stock_oldest),
        "orders": (clocks.orders_checked_at, found.orders.oldest_waiting),
        "reports": (clocks.reports_checked_at, found.reports.oldest_open),
    }
    return [
        name
        for name, (checked, oldest) in checked_and_oldest.items()
        if now - (checked or found.clocks.released_at) > _ALLOWED + _LOOKING
        or now - (oldest or now) > _ALLOWED
    ]


def _text(views: list[ConnectionView]) -> str:
    if not views:
        return "No connections yet. Make one with: ponte connect --help"
    return "\n\n".join(_connection_text(view) for view in views)


def _connection_text(view: ConnectionView) -> str:
    account = "unknown" if view.account is None else view.account
    blocks = [f"Connection {view.connection}: {view.store}, hub account {account}"]
    if view.switched_off_at is not None:
        blocks.append(
            f"SWITCHED OFF since {local_time(view.switched_off_at)}."
            " To begin again: ponte connect, or the hub's link"
        )
    if view.access_ended:
        sides = " and ".join(view.access_ended)
        blocks.append(f"PAUSED: the access to the {sides} ended. Connect again: ponte connect")
    if view.held:
        blocks.append(
            f"HELD: waits for Exportar catálogo on its page, or for: ponte export {view.connection}"
        )
    if view.late:
        blocks.append(f"LATE (over 15 minutes): {', '.join(view.late)}")
    blocks.append(_facet_table(view))
    blocks.append(_counts(view))
    if view.problems:
        blocks.append(_problem_table(view.problems))
    return "\n".join(blocks)


def _facet_table(view: ConnectionView) -> str:
    catalogue = view.catalogue
    lines: list[tuple[object, ...]] = [
        (
            name,
            spoken_age(facet.checked_seconds_ago),
            facet.unsent,
            spoken_age(facet.oldest_unsent_seconds),
        )
        for name, facet in (
            ("product", catalogue.product),
            ("price", catalogue.price),
            ("stock", catalogue.stock),
        )
    ]
    lines.append(
        (
            "orders",
            spoken_age(view.orders.checked_seconds_ago),
            view.orders.waiting,
            spoken_age(view.orders.oldest_waiting_seconds),
        )
    )
    lines.append(
        (
            "reports",
            spoken_age(view.reports.checked_seconds_ago),
            view.reports.open,
            spoken_age(view.reports.oldest_open_seconds),
        )
    )
    return table_text(("", "checked", "waiting", "oldest"), lines)


def _counts(view: ConnectionView) -> str:
    catalogue, orders, reports = view.catalogue, view.orders, view.reports
    return (
        f"catalogue: {catalogue.families} families, {catalogue.skus} SKUs,"
        f" {catalogue.acknowledged_last_minute} acknowledged in the last minute\n"
        f"orders: {orders.seen} seen, {orders.imported} imported"
        f" ({orders.unconfirmed} unconfirmed), {orders.canceled} canceled,"
        f" {orders.ignored} ignored, {orders.with_problem} with a problem\n"
        f"reports: {reports.invoiced} invoiced, {reports.dispatched} dispatched,"
        f" {reports.delivered} delivered"
    )


def _counted(count: int) -> str:
    return f"> {MOST_COUNTED}" if count > MOST_COUNTED else str(count)


def _problem_table(causes: list[CauseView]) -> str:
    return table_text(
        ("pendências", "", "example", "what to do"),
        [
            (
                f"{_counted(cause.count)} x {cause.code}",
                "blocks" if cause.blocking else "warning",
                f"{cause.example} {cause.detail}".strip(),
                cause.advice,
            )
            for cause in causes
        ],
    )
