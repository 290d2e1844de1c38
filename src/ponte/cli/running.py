"""What the commands share: settings, an opened installation, and how results and errors are shown.

Results go to standard output, as text or as one JSON object; everything else, progress and errors
included, goes to standard error, so that a script can read the one and a person the other.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
import psycopg
import typer
import uvloop
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout
from pydantic import ValidationError
from rich.console import Console

from ponte.domain.failures import Failure
from ponte.jobs.installation import Equipment, open_installation
from ponte.ledger import connections
from ponte.ledger.connections import HUB, STORE, ConnectionRow
from ponte.ledger.vault import WrongKey
from ponte.logs import set_up_logs
from ponte.settings import Settings
from ponte.web.listening import AddressTaken

Result = TypeVar("Result")

# For people: progress, hints, errors.
people = Console(stderr=True)

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the database and the key file. [PONTE_DATA]"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
ConnectionArgument = Annotated[int, typer.Argument(help="The connection's number.")]


def read_settings(data: Path | None = None) -> Settings:
    """The settings from the environment; `data` overrules. Ends the command when one is wrong."""
    try:
        settings = Settings() if data is None else Settings(data=data)
    except ValidationError as error:
        wrong = "; ".join(f"{name}: {reason}" for name, reason in wrong_settings(error).items())
        fail(f"a setting is wrong: {wrong}. See: ponte config", code=2)
    url = settings.database_url
    if url is not None:
        try:
            conninfo_to_dict(url.get_secret_value())
        except psycopg.ProgrammingError:
            # Its text is not shown: the address may hold a password.
            fail("PONTE_DATABASE_URL is not the address of a PostgreSQL database", code=2)
    return settings


def wrong_settings(error: ValidationError) -> dict[str, str]:
    """The variables with a value that cannot be, each with the reason. No value is told."""
    return {f"PONTE_{str(each['loc'][0]).upper()}": each["msg"] for each in error.errors()}


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with a message that says what, why, and what to do."""
    people.print(f"ponte: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def show(as_json: bool, value: object, text: Callable[[], str]) -> None:
    """The command's result: `value` as JSON, or `text()` for people."""
    if as_json:
        show_json(value)
    else:
        sys.stdout.write(text() + "\n")


def show_json(value: object) -> None:
    """One JSON object on a line of its own, at once: a script may be waiting for it."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def with_installation(settings: Settings, work: Callable[[Equipment], Awaitable[Result]]) -> Result:
    """Open the installation, do `work`, close it; failures in words instead of tracebacks."""

    async def run() -> Result:
        async with open_installation(settings) as equipment:
            return await work(equipment)

    return run_in_words(run())


def run_in_words(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; what may go wrong is said in words."""
    try:
        return uvloop.run(work)
    except Failure as failure:
        fail(str(failure))
    except AddressTaken as error:
        fail(f"{error}. Choose another one with --port")
    except (psycopg.OperationalError, PoolTimeout, ConnectorException) as error:
        fail(
            f"the database does not open: {_sentence(error)}"
            " Check PONTE_DATABASE_URL, or the folder given by --data"
        )
    except subprocess.CalledProcessError as error:
        fail(
            f"the embedded database does not start (exit code {error.returncode})."
            " Its log lies in the data folder, under postgres"
        )
    except OSError as error:
        if error.filename is None:
            raise
        fail(f"{error.filename}: {error.strerror}. Choose another folder with --data")
    except WrongKey as error:
        fail(str(error))


def _sentence(error: Exception) -> str:
    """Its words on one line, ended once: PostgreSQL's end with a full stop, a question, or not."""
    words = " ".join(str(error).split()).rstrip(".")
    return words if words.endswith("?") else f"{words}."


def fail_if_paused(
    connection_id: int, *, hub_ended: bool = False, store_ended: bool = False
) -> None:
    """End the command when an access that it needs has ended: nothing would come of it."""
    ended = [side for side, is_over in ((HUB, hub_ended), (STORE, store_ended)) if is_over]
    if ended:
        fail(
            f"connection {connection_id} is paused: the access to the {' and '.join(ended)} ended."
            " Connect again with: ponte connect"
        )


async def run_until_stopped(work: Coroutine[Any, Any, None], *, say_so: bool = True) -> None:
    """Run a service until it ends, or until SIGTERM or SIGINT ask it to stop."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if say_so:
            people.print("ponte: stopped", highlight=False)


async def find_connection(equipment: Equipment, connection_id: int) -> ConnectionRow:
    """The connection; ends the command when there is none of this number."""
    async with equipment.runtime.pool.connection() as conn:
        row = await connections.read(conn, connection_id)
    if row is None:
        fail(f"there is no connection {connection_id}. See all of them with: ponte status")
    return row


def start_logs(settings: Settings) -> None:
    """Logs for a service."""
    set_up_logs(settings.log_level, settings.log_format)
