"""The export: the dry run before it, and how it goes."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency

from ponte.services import exports
from ponte.services.actors import Actor
from ponte.services.exports import DryRun, Export
from ponte.web.api.answers import about, refused
from ponte.web.api.paths import Known
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}"


def exports_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/dry-run` and `…/export`."""
    pool, queue = parts.pool, parts.queue

    async def dry_run(caller: Actor, number: int) -> DryRun:
        found = await exports.read_dry_run(pool, queue, caller, number)
        if found is None:
            raise refused(404, "not_found", "There is no dry run yet.")
        return found

    async def export(caller: Actor, number: int) -> Export:
        found = await exports.read_export(pool, caller, number)
        if found is None:
            raise refused(404, "not_found", "There is no such connection.")
        return found

    @get(f"{_PATH}/dry-run", **about("readDryRun", "What an export would do", "export"))
    async def read_dry_run(known: Known, caller: NamedDependency[Actor]) -> DryRun:
        return await dry_run(caller, known.connection_id)

    @post(
        f"{_PATH}/dry-run", status_code=200, **about("beginDryRun", "Find out anew", "export", 409)
    )
    async def ask_again(known: Known, caller: NamedDependency[Actor]) -> DryRun:
        await exports.ask_again(pool, queue, caller, known.connection_id)
        return await dry_run(caller, known.connection_id)

    @get(f"{_PATH}/export", **about("readExport", "How the export stands", "export"))
    async def read_export(known: Known, caller: NamedDependency[Actor]) -> Export:
        return await export(caller, known.connection_id)

    @post(
        f"{_PATH}/export", status_code=200, **about("startExport", "Send everything", "export", 409)
    )
    async def start(known: Known, caller: NamedDependency[Actor]) -> Export:
        await exports.start(parts.runtime, caller, known.connection_id)
        return await export(caller, known.connection_id)

    return [read_dry_run, ask_again, read_export, start]
