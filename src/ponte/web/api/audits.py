"""Audits: hub and store compared, what differs, and having it repaired."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.domain.audit_plan import Every
from ponte.domain.comparison import Field
from ponte.jobs.installation import Equipment
from ponte.ledger.audits import Plan
from ponte.ledger.repairs import DriftRow, Place
from ponte.services import audits
from ponte.services.actors import Actor
from ponte.services.audits import Overview, UnderWay
from ponte.web.api.answers import Made, Page, about, refused
from ponte.web.api.paths import Key, Known, read_key, write_key
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/audit"


class NewPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """When audits begin by themselves, in local time (`PONTE_TIME_ZONE`); `weekday` 0 is Monday."""

    every: Every
    hour: Annotated[int, Meta(ge=0, le=23, examples=[3])]
    weekday: Annotated[int, Meta(ge=0, le=6, examples=[6])] = 0


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be repaired: one product by its SKU, or everything that the last run found."""

    product_sku: Annotated[str, Meta(max_length=500, examples=["CAM-1"])] | None = None


class Always(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether what a run finds is repaired without being asked."""

    always: bool


class Asked(Struct, frozen=True):
    """How many differences are repaired."""

    differences: int


def audits_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/audit` and what is below it."""
    equipment = Equipment(parts.queue, parts.runtime)
    return [*_reading(parts), *_running(parts, equipment), *_settling(equipment)]


def _reading(parts: Parts) -> Sequence[Any]:
    @get(_PATH, **about("readAudit", "How audits stand", "audit"))
    async def read(known: Known, caller: NamedDependency[Actor]) -> Overview:
        found = await audits.overview(parts.runtime, caller, known.connection_id)
        if found is None:
            raise refused(404, "not_found", "There is no such connection.")
        return found

    @get(f"{_PATH}/differences", **about("listDifferences", "What the last run found", "audit"))
    async def differences(
        known: Known,
        caller: NamedDependency[Actor],
        field: FromQuery[Field | None] = None,
        after: Key = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[DriftRow]:
        found = await audits.drift(
            parts.runtime, caller, known.connection_id, read_key(after, Place), field, limit
        )
        return Page(found.rows, write_key(found.following))

    return [read, differences]


def _running(parts: Parts, equipment: Equipment) -> Sequence[Any]:
    @post(f"{_PATH}/start", **about("startAudit", "Compare everything", "audit", 409))
    async def start(known: Known, caller: NamedDependency[Actor]) -> Made:
        return Made(await audits.start(equipment, caller, known.connection_id))

    @post(f"{_PATH}/pause", status_code=200, **about("pauseAudit", "Let it rest", "audit", 409))
    async def pause(known: Known, caller: NamedDependency[Actor]) -> UnderWay:
        await audits.pause(equipment, caller, known.connection_id)
        return await audits.under_way(parts.runtime, caller, known.connection_id)

    @post(f"{_PATH}/resume", status_code=200, **about("resumeAudit", "Let it go on", "audit", 409))
    async def resume(known: Known, caller: NamedDependency[Actor]) -> UnderWay:
        await audits.resume(equipment, caller, known.connection_id)
        return await audits.under_way(parts.runtime, caller, known.connection_id)

    @post(f"{_PATH}/stop", status_code=200, **about("stopAudit", "End it", "audit", 409))
    async def stop(known: Known, caller: NamedDependency[Actor]) -> UnderWay:
        await audits.stop(equipment, caller, known.connection_id)
        return await audits.under_way(parts.runtime, caller, known.connection_id)

    return [start, pause, resume, stop]


def _settling(equipment: Equipment) -> Sequence[Any]:
    @post(
        f"{_PATH}/repair",
        status_code=200,
        **about("repairDifferences", "Have differences repaired", "audit", 409),
    )
    async def repair(data: JSONBody[Wish], known: Known, caller: NamedDependency[Actor]) -> Asked:
        number = known.connection_id
        return Asked(await audits.repair(equipment, caller, number, data.product_sku))

    @put(f"{_PATH}/plan", **about("planAudits", "When audits begin", "audit", 409))
    async def plan(data: JSONBody[NewPlan], known: Known, caller: NamedDependency[Actor]) -> Plan:
        number = known.connection_id
        return await audits.schedule(equipment, caller, number, data.every, data.hour, data.weekday)

    @put(f"{_PATH}/repairs", **about("setRepairs", "Whether to repair always", "audit"))
    async def repairs(
        data: JSONBody[Always], known: Known, caller: NamedDependency[Actor]
    ) -> Always:
        await audits.set_repairs_always(equipment, caller, known.connection_id, always=data.always)
        return data

    return [repair, plan, repairs]
