"""`ponte worker`: the process that does the work, and its helpers."""

import asyncio
import gc
import os
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import structlog
import typer
from msgspec import Struct

from ponte.cli.crew import Crew, end_with_parent
from ponte.cli.running import (
    DataOption,
    JsonOption,
    read_settings,
    run_in_words,
    run_until_stopped,
    start_logs,
)
from ponte.cli.services import HostOption, say_ready
from ponte.jobs.audits import AUDIT_QUEUE, AUDITS_AT_ONCE
from ponte.jobs.dry_runs import DRY_RUN_QUEUE, DRY_RUNS_AT_ONCE
from ponte.jobs.installation import Equipment, open_installation
from ponte.jobs.queue import queues_of, share_of
from ponte.jobs.watch import keep_watch
from ponte.jobs.worker import PATIENT_FETCH_SECONDS, run_worker, stand_in
from ponte.ledger.differences import PARTS
from ponte.settings import Settings
from ponte.web.listening import AddressTaken
from ponte.web.metrics import Metrics

log = structlog.get_logger(__name__)

# Whoever lost a cancellation is told once more after this.
_CANCEL_AGAIN_SECONDS = 1.0
# Above the objects of a page of 500 families, so that a collection falls between pages.
_NEW_OBJECTS_PER_COLLECTION = 100_000


class _Place(Struct, frozen=True):
    """Which of how many processes of one `ponte worker` this is; 0 is the one that was started."""

    number: int
    processes: int


def worker(
    host: HostOption = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="Port for health and metrics; none by default. Each further process takes the"
            " next one.",
        ),
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    helper: Annotated[int, typer.Option("--helper", hidden=True)] = 0,
    helper_of: Annotated[int, typer.Option("--helper-of", hidden=True)] = 0,
) -> None:
    """Do the work: pull catalogues, push them, take orders in, send reports. Run any number.

    Works in PONTE_WORKER_PROCESSES processes, by default one for each core, two at most.

    Example: ponte worker --port 9101
    """
    settings = read_settings(data)
    start_logs(settings)
    place = _Place(helper, helper_of or settings.worker_processes or _fitting())
    work = _work(settings, place, host, port, as_json)
    run_in_words(run_until_stopped(work, say_so=not helper))


def _fitting() -> int:
    """One process for each core, as far as one merchant's work can be shared."""
    return min(len(os.sched_getaffinity(0)), PARTS)


def _collect_garbage_rarely() -> None:
    """Take a fifth off the CPU of an export (`make bench`).

    A page of a feed is tens of thousands of objects that die by their reference counts; by the
    standard thresholds they, and every module with them, are searched for cycles again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION, 20, 50)


async def _work(
    settings: Settings, place: _Place, host: str, port: int | None, as_json: bool
) -> None:
    ready: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    metrics = Metrics()
    async with open_installation(settings, metrics.observe_call) as equipment:
        queues = queues_of(place.number, place.processes)
        work = [
            run_worker(
                equipment.app,
                equipment.runtime,
                settings.worker_jobs,
                queues,
                keeps_time=place.number == 0,
            ),
            keep_watch(equipment.runtime, settings, "helper" if place.number else "worker"),
        ]
        if port is None:
            ready.set_result(None)
        else:
            figures = _serve_figures(equipment, metrics, host, port, ready)
            work.append(_if_possible(figures, ready) if place.number else figures)
        if place.number == 0:
            work.append(stand_in(equipment.app, DRY_RUNS_AT_ONCE, [DRY_RUN_QUEUE]))
            work.append(
                stand_in(equipment.app, AUDITS_AT_ONCE, [AUDIT_QUEUE], PATIENT_FETCH_SECONDS)
            )
        if place.number:
            work += [end_with_parent(), _announce(ready, as_json)]
        else:
            crew = Crew(
                lambda number: _command(settings, place.processes, number, host, port),
                lambda number: stand_in(
                    equipment.app, settings.worker_jobs, share_of(number, place.processes)
                ),
            )
            work += [crew.work(place.processes - 1), _announce(ready, as_json, crew)]
        _collect_garbage_rarely()
        await _together(work)


async def _serve_figures(
    equipment: Equipment,
    metrics: Metrics,
    host: str,
    port: int,
    ready: asyncio.Future[str | None],
) -> None:
    # Imported here: a worker without a port needs no web server, nor its memory.
    from ponte.web.application import worker_application
    from ponte.web.server import serve

    await serve(worker_application(equipment.runtime, metrics), host, port, ready.set_result)


async def _if_possible(
    figures: Coroutine[Any, Any, None], ready: asyncio.Future[str | None]
) -> None:
    """A helper's port is not what somebody asked for: where it is taken, it works without."""
    try:
        await figures
    except AddressTaken as error:
        log.warning("no figures of this helper", reason=str(error))
        ready.set_result(None)
        await asyncio.Event().wait()


async def _announce(
    ready: asyncio.Future[str | None], as_json: bool, crew: Crew | None = None
) -> None:
    """Say that the worker works, once all its processes do; then rest for ever."""
    url = await ready
    if crew is not None:
        await crew.all_ready()
    lines = [] if url is None else [f"ponte worker metrics: {url}"]
    say_ready(as_json, url, *lines, "ponte worker: ready")
    await asyncio.Event().wait()


def _command(
    settings: Settings, processes: int, number: int, host: str, port: int | None
) -> list[str]:
    """How a helper is started."""
    command = [sys.executable, "-m", "ponte.cli", "worker", "--data", str(settings.data), "--json"]
    command += ["--helper", str(number), "--helper-of", str(processes)]
    if port is not None:
        command += ["--host", host, "--port", str(port + number if port else 0)]
    return command


async def _end_all(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel them, and again those that are still there: before Python 3.12 `wait_for`, by which
    the database's driver waits, may lose a cancellation. A queue's jobs take their time anyway."""
    late = set(tasks)
    while late:
        for task in late:
            task.cancel()
        _, late = await asyncio.wait(late, timeout=_CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _together(parts: list[Coroutine[Any, Any, None]]) -> None:
    """Run all until one ends or fails, or we are cancelled; the others then end first."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end_all(tasks)
    for task in done:
        task.result()
