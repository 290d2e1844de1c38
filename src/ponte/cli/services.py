"""`ponte serve`, and what it has in common with `ponte worker`."""

import asyncio
import gc
from typing import Annotated

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
from ponte.jobs.watch import keep_watch
from ponte.web.metrics import Metrics

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
    """Receive notifications and hints, and show the panel at /painel and the installation at
    /instalar; health at /healthz and /readyz, figures at /metrics.

    Example: PONTE_PUBLIC_URL=https://ponte.example ponte serve --host 0.0.0.0
    """
    # What is loaded stays: to look it through for garbage meanwhile takes a sixth of a start.
    gc.disable()
    # Imported here: a worker, which takes from this module what both say, needs no web server.
    from ponte.services.log_in import first_operator_link
    from ponte.web.application import web_application
    from ponte.web.panel.session import FIRST
    from ponte.web.server import serve as serve_http

    settings = read_settings(data)
    start_logs(settings)

    async def run() -> None:
        metrics = Metrics()
        async with open_installation(settings, metrics.observe_call) as equipment:
            app = web_application(equipment, metrics, settings)
            gc.enable()
            token = await first_operator_link(equipment.runtime.pool)

            def ready(url: str) -> None:
                say_ready(as_json, url, f"ponte serve: {url}")
                if token is not None:
                    _say_first_link(f"{settings.public_url or url}{FIRST}/{token}")

            watch = asyncio.create_task(keep_watch(equipment.runtime, settings, "serve"))
            try:
                await serve_http(app, host, port, ready)
            finally:
                watch.cancel()
                await asyncio.wait([watch])

    run_in_words(run_until_stopped(run()))


def _say_first_link(address: str) -> None:
    """A fresh installation has no operator: whoever reads this becomes the first."""
    people.print(
        f"ponte serve: no operator yet. Good once, for a day: {address}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def say_ready(as_json: bool, url: str | None, *lines: str) -> None:
    """Say that the service works, where people or a script look for it."""
    if as_json:
        show_json(Ready(True, url))
        return
    for line in lines:
        people.print(line, markup=False, highlight=False, soft_wrap=True)
