"""`ponte serve` and `ponte worker`: the two kinds of process, any number of each."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from msgspec import Struct

from ponte.cli.running import (
    DataOption,
    JsonOption,
    people,
    read_settings,
    run_in_words,
    run_until_stopped,
    show_json,
    start_logs,
)
from ponte.jobs.installation import open_installation
from ponte.jobs.worker import run_worker
from ponte.settings import Settings
from ponte.web.application import web_application, worker_application
from ponte.web.metrics import Metrics
from ponte.web.server import serve as serve_http

# Above the objects of a page of 500 families, so that a collection falls between pages.
_NEW_OBJECTS_PER_COLLECTION = 100_000

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]


class Ready(Struct, frozen=True, omit_defaults=True):
    """What a service says with --json once it works; `url` where it listens, if it does."""

    ready: bool
    url: str | None = None


def serve(
    host: HostOption = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 picks a free one.")
    ] = 8080,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Receive notifications and hints; health at /healthz and /readyz, figures at /metrics.

    Example: PONTE_PUBLIC_URL=https://ponte.example ponte serve --host 0.0.0.0
    """
    settings = read_settings(data)
    start_logs(settings)

    async def run() -> None:
        metrics = Metrics()
        async with open_installation(settings, metrics.observe_call) as equipment:
            app = web_application(equipment.runtime, metrics)
            await serve_http(
                app, host, port, lambda url: _say_ready(as_json, url, f"ponte serve: {url}")
            )

    run_in_words(run_until_stopped(run()))


def worker(
    host: HostOption = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, help="Port for health and metrics; none by default."
        ),
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Do the work: pull catalogues, push them, take orders in, send reports. Run any number.

    Example: ponte worker --port 9101
    """
    settings = read_settings(data)
    start_logs(settings)
    run_in_words(run_until_stopped(_work(settings, host, port, as_json)))


def _collect_garbage_rarely() -> None:
    """Take a fifth off the CPU of an export (`make bench`).

    A page of a feed is tens of thousands of objects that die by their reference counts; by the
    standard thresholds they, and every module with them, are searched for cycles again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION, 20, 50)


async def _work(settings: Settings, host: str, port: int | None, as_json: bool) -> None:
    def say_ready(url: str | None = None) -> None:
        metrics_line = [] if url is None else [f"ponte worker metrics: {url}"]
        _say_ready(as_json, url, *metrics_line, "ponte worker: ready")

    metrics = Metrics()
    async with open_installation(settings, metrics.observe_call) as equipment:
        work = [run_worker(equipment.app, equipment.runtime, settings.worker_jobs)]
        if port is not None:
            app = worker_application(equipment.runtime, metrics)
            work.append(serve_http(app, host, port, say_ready))
        _collect_garbage_rarely()
        if port is None:
            say_ready()
        await _together(work)


async def _together(parts: list[Coroutine[Any, Any, None]]) -> None:
    """Run all until one ends or fails, or we are cancelled; the others then end first."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _say_ready(as_json: bool, url: str | None, *lines: str) -> None:
    """Say that the service works, where people or a script look for it."""
    if as_json:
        show_json(Ready(True, url))
        return
    for line in lines:
        people.print(line, markup=False, highlight=False, soft_wrap=True)
