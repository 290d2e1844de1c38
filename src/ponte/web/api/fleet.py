"""The installation as a whole: fleet, operation, outages and alerts; for operators and support."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.domain.health import State
from ponte.services import alerts, fleet, operation, outages
from ponte.services.actors import Actor
from ponte.services.alerts import AlertPage
from ponte.services.fleet import FleetPage, FleetQuery, Sort
from ponte.services.operation import BroadcastKind, Operation
from ponte.services.outages import OutageView
from ponte.web.api.answers import Done, Made, about
from ponte.web.parts import Parts

_LARGEST = 2**31 - 1
# Longer than any name of a store or platform.
_LONGEST_WORDS = 200
# The services say what is too long; this bounds the work.
_LONGEST_TEXT = 2000
Number = FromPath[Annotated[int, Parameter(description="Its number.")]]
Text = Annotated[str, Meta(max_length=_LONGEST_TEXT)]


Reason = Annotated[str, Meta(max_length=_LONGEST_TEXT, examples=["Manutenção do Plugg.to"])]
Message = Annotated[str, Meta(max_length=_LONGEST_TEXT, examples=["Voltamos às 22h."])]


class NewPause(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything is to stop, or the stores of a platform."""

    reason: Reason
    # None: everything.
    store_platform: Text | None = None


class NewBroadcast(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to tell everybody at the panel."""

    kind: BroadcastKind
    text: Message
    text_english: Text = ""
    shown_from: Annotated[datetime, Meta(tz=True)] | None = None
    shown_until: Annotated[datetime, Meta(tz=True)] | None = None


def fleet_api(parts: Parts) -> Sequence[Any]:
    """`/fleet`, `/operation`, `/outages`, `/pauses`, `/broadcasts`, `/alerts`."""
    return [*_reading(parts), *_deeds(parts)]


def _reading(parts: Parts) -> Sequence[Any]:
    @get("/fleet", **about("readFleet", "All connections with their health", "fleet"))
    async def whole(
        caller: NamedDependency[Actor],
        words: Annotated[str, Parameter(max_length=_LONGEST_WORDS)] = "",
        health: FromQuery[State | None] = None,
        platform: Annotated[str | None, Parameter(max_length=_LONGEST_WORDS)] = None,
        sort: FromQuery[Sort] = Sort.STATE,
        descending: FromQuery[bool] = False,
        page: Annotated[int, Parameter(ge=1, le=_LARGEST)] = 1,
    ) -> FleetPage:
        query = FleetQuery(words, health, platform, sort, descending, page)
        return await fleet.page(parts.pool, caller, query)

    @get("/operation", **about("readOperation", "Processes, queues, pauses, notices", "fleet"))
    async def running(caller: NamedDependency[Actor]) -> Operation:
        return await operation.read(parts.pool, caller)

    @get("/outages", **about("listOutages", "Outages of hubs and stores", "fleet"))
    async def down(caller: NamedDependency[Actor]) -> list[OutageView]:
        return await outages.latest(parts.pool, caller)

    @get("/alerts", **about("listAlerts", "Alerts and what became of them", "fleet"))
    async def sent(
        caller: NamedDependency[Actor],
        before: Annotated[int | None, Parameter(ge=0, le=_LARGEST)] = None,
    ) -> AlertPage:
        return await alerts.latest(parts.pool, parts.settings, caller, before)

    return [whole, running, down, sent]


def _deeds(parts: Parts) -> Sequence[Any]:
    @post("/pauses", **about("pauseWork", "Stop everything, or a platform", "fleet", 409))
    async def pause(data: JSONBody[NewPause], caller: NamedDependency[Actor]) -> Made:
        return Made(await operation.pause(parts.pool, caller, data.store_platform, data.reason))

    @post(
        "/pauses/{pause:int}/end",
        status_code=200,
        **about("endPause", "Go on", "fleet"),
    )
    async def resume(pause: Number, caller: NamedDependency[Actor]) -> Done:
        known = pause <= _LARGEST
        return Done(await operation.resume(parts.pool, caller, pause if known else 0))

    @post("/broadcasts", **about("announce", "Tell everybody something", "fleet", 409))
    async def announce(data: JSONBody[NewBroadcast], caller: NamedDependency[Actor]) -> Made:
        number = await operation.announce(
            parts.pool,
            caller,
            data.kind,
            data.text,
            data.text_english,
            data.shown_from,
            data.shown_until,
        )
        return Made(number)

    @post(
        "/broadcasts/{broadcast:int}/withdraw",
        status_code=200,
        **about("withdrawBroadcast", "Show it no longer", "fleet"),
    )
    async def withdraw(broadcast: Number, caller: NamedDependency[Actor]) -> Done:
        known = broadcast <= _LARGEST
        return Done(await operation.withdraw(parts.pool, caller, broadcast if known else 0))

    @post("/alerts/test", **about("testAlerts", "Send a message about nothing", "fleet", 409))
    async def test(caller: NamedDependency[Actor]) -> Made:
        return Made(await alerts.send_test(parts.pool, parts.settings, caller))

    return [pause, resume, announce, withdraw, test]
