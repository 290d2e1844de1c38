"""The installation as a whole: the fleet, outages, alerts, workers and queues; what an operator
stops, and tells all merchants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter
from msgspec import Meta, Struct

from ponte.domain.health import State
from ponte.services import alerts, fleet, operation, outages
from ponte.services.actors import Actor
from ponte.services.alerts import AlertPage, NoChannel
from ponte.services.connections import read_connection
from ponte.services.fleet import FleetPage, FleetQuery, Sort
from ponte.services.health import LONGEST_HOURS, Charts, charts
from ponte.services.operation import (
    LONGEST_REASON,
    LONGEST_TEXT,
    BroadcastKind,
    NotDone,
    Operation,
    Refusal,
)
from ponte.services.outages import OutageView
from ponte.web.api.answers import Page, about, refused
from ponte.web.parts import Parts

_LARGEST_ALERT = 2**63 - 1
_CONFLICTS = frozenset({Refusal.STOPPED_ALREADY, Refusal.UNKNOWN_PLATFORM})
_Search = Annotated[
    str,
    Parameter(max_length=100, description="A part of the store's name or address, or a number."),
]
_PageNumber = Annotated[int, Parameter(ge=1, le=1000, description="Of fifty connections each.")]
_Connection = FromPath[Annotated[int, Parameter(description="The connection's number.")]]
_Pause = FromPath[Annotated[int, Parameter(description="The pause's number.")]]
_Broadcast = FromPath[Annotated[int, Parameter(description="The message's number.")]]
_Moment = Annotated[datetime, Meta(tz=True)]


class NewPause(Struct, frozen=True, forbid_unknown_fields=True):
    """What to stop, and why."""

    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]
    # Null: everything.
    store_platform: Annotated[str, Meta(max_length=100)] | None = None


class NewBroadcast(Struct, frozen=True, forbid_unknown_fields=True):
    """What to tell all merchants."""

    text_pt: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
    kind: BroadcastKind = BroadcastKind.INFO
    # Empty: the Portuguese is shown.
    text_en: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""
    # Null: from now on; until somebody ends it.
    shown_from: _Moment | None = None
    shown_until: _Moment | None = None


class Made(Struct, frozen=True):
    """The number of what was made."""

    number: int


def fleet_api(parts: Parts) -> Sequence[Any]:
    """`/fleet`, `/outages`, `/alerts`, `/operation`, and what is done there."""
    return [*_reading(parts), *_operating(parts)]


def _reading(parts: Parts) -> Sequence[Any]:
    @get(
        "/fleet",
        **about(
            "readFleet",
            "All connections with how they stand",
            "installation",
            description="Sorted by any figure, the worst state first unless told otherwise."
            " Calls are those of the last five minutes; counts above 10,000 mean more.",
        ),
    )
    async def whole_fleet(
        caller: NamedDependency[Actor],
        search: _Search = "",
        in_state: State | None = None,
        sort: Sort = Sort.STATE,
        descending: bool = False,
        page: _PageNumber = 1,
    ) -> FleetPage:
        query = FleetQuery(search, in_state, None, sort, descending, page)
        return await fleet.page(parts.pool, caller, query)

    @get("/outages", **about("listOutages", "Troubles of hub and platforms", "installation"))
    async def troubles(caller: NamedDependency[Actor]) -> Page[OutageView]:
        return Page(await outages.latest(parts.pool, caller), None)

    @get("/operation", **about("readOperation", "Workers, queues, pauses", "installation"))
    async def at_work(caller: NamedDependency[Actor]) -> Operation:
        return await operation.read(parts.pool, caller)

    @get("/alerts", **about("listAlerts", "Alerts, those that stand first", "installation"))
    async def told(
        caller: NamedDependency[Actor],
        before: Annotated[
            int | None,
            Parameter(ge=1, le=_LARGEST_ALERT, description="`next` of the page before."),
        ] = None,
    ) -> AlertPage:
        return await alerts.latest(parts.pool, parts.settings, caller, before)

    @get(
        "/connections/{connection:int}/charts",
        **about(
            "readCharts",
            "The last hours of a connection",
            "connections",
            description="What is missing between two entries is zero.",
        ),
    )
    async def last_hours(
        connection: _Connection,
        caller: NamedDependency[Actor],
        hours: Annotated[int, Parameter(ge=1, le=LONGEST_HOURS)] = 12,
    ) -> Charts:
        if await read_connection(parts.pool, caller, connection) is None:
            raise refused(404, "not_found", "There is no such connection.")
        return await charts(parts.pool, caller, connection, hours)

    return [whole_fleet, troubles, at_work, told, last_hours]


def _operating(parts: Parts) -> Sequence[Any]:
    @post(
        "/pauses",
        **about("stop", "Stop everything, or a platform", "installation", 409, 413, 415),
    )
    async def stop(data: NewPause, caller: NamedDependency[Actor]) -> Made:
        try:
            number = await operation.pause(parts.pool, caller, data.store_platform, data.reason)
        except NotDone as failure:
            raise _not_done(failure) from failure
        return Made(number)

    @post(
        "/pauses/{pause:int}/end",
        status_code=200,
        **about("goOn", "Let what was stopped go on", "installation"),
    )
    async def go_on(pause: _Pause, caller: NamedDependency[Actor]) -> Made:
        if not await operation.resume(parts.pool, caller, pause):
            raise refused(404, "not_found", "No such pause stands.")
        return Made(pause)

    @post(
        "/broadcasts",
        **about("announce", "Tell all merchants something", "installation", 413, 415),
    )
    async def announce(data: NewBroadcast, caller: NamedDependency[Actor]) -> Made:
        try:
            number = await operation.announce(
                parts.pool,
                caller,
                data.kind,
                data.text_pt,
                data.text_en,
                data.shown_from,
                data.shown_until,
            )
        except NotDone as failure:
            raise _not_done(failure) from failure
        return Made(number)

    @post(
        "/broadcasts/{broadcast:int}/end",
        status_code=200,
        **about("withdraw", "Show a message no longer", "installation"),
    )
    async def withdraw(broadcast: _Broadcast, caller: NamedDependency[Actor]) -> Made:
        if not await operation.withdraw(parts.pool, caller, broadcast):
            raise refused(404, "not_found", "No such message is shown.")
        return Made(broadcast)

    @post(
        "/alerts/test",
        **about("testAlerts", "Send a test through every channel", "installation", 409),
    )
    async def test(caller: NamedDependency[Actor]) -> Made:
        try:
            return Made(await alerts.send_test(parts.pool, parts.settings, caller))
        except NoChannel as failure:
            raise refused(409, "no_channel", "Neither webhook nor mail is set up.") from failure

    return [stop, go_on, announce, withdraw, test]


def _not_done(failure: NotDone) -> Exception:
    status = 409 if failure.refusal in _CONFLICTS else 400
    return refused(status, failure.refusal.value, "Nothing was done; the code says why.")
