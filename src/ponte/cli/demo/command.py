"""The command `ponte demo`: options, the temporary folder, output, and how it ends.

Whatever happens, nothing is left running: an interrupt cancels the story, whose systems end with
it; a kill is noticed by the watchdog. The folder with data and logs goes when all went well, and
stays, named, when there is something to look at.
"""

import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
import uvloop

from ponte.cli.demo.journal import Journal
from ponte.cli.demo.narration import Narrator
from ponte.cli.demo.neighbours import CallFailed
from ponte.cli.demo.processes import ProcessDied
from ponte.cli.demo.report import NOTHING, make_report, tell
from ponte.cli.demo.story import Stage, Story, Wish
from ponte.cli.running import fail

# Longer than a killed worker is missed, twice; larger catalogues get a second per 200 items more.
_PATIENCE_SECONDS = 45.0
_ITEMS_A_SECOND = 200
# As a shell reports a program that was interrupted.
_INTERRUPTED = 130
_LOOK_SECONDS = 0.5
# What can go wrong around the demo, as opposed to within it.
_TROUBLE = (ProcessDied, CallFailed, aiohttp.ClientError, TimeoutError)


def demo(
    products: Annotated[int, typer.Option(min=1, help="Product families of the shop.")] = 2000,
    orders: Annotated[int, typer.Option(min=1, help="Orders the marketplaces place.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="End after the comparison.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON object.")
    ] = False,
    kill: Annotated[
        bool, typer.Option("--kill", help="Kill and restart workers and server meanwhile.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Keep data and logs in this new or empty folder.")
    ] = None,
    patience: Annotated[
        float | None, typer.Option(min=1, help="Seconds the two sides have to become equal.")
    ] = None,
) -> None:
    """Let a hub, a store and Ponte live a working day, and compare everything.

    Example: ponte demo --once --kill --products 500 --orders 100
    """
    if data is not None and data.exists() and any(data.iterdir()):
        fail(f"{data} is not empty, and the demo starts from nothing: name a new folder", code=2)
    longest = _PATIENCE_SECONDS + (products + orders) / _ITEMS_A_SECOND
    wish = Wish(products, orders, seed, kill, patience or longest)
    folder = (data or Path(tempfile.mkdtemp(prefix="ponte-demo-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal()
    narrator = Narrator(journal)
    code = 1
    try:
        code = uvloop.run(_tell(wish, folder, journal, narrator, once=once, as_json=as_json))
    finally:
        if data is None and code != 1:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            narrator.say(f"Data and logs are in {folder}")
    raise typer.Exit(code)


async def _tell(
    wish: Wish,
    folder: Path,
    journal: Journal,
    narrator: Narrator,
    *,
    once: bool,
    as_json: bool,
) -> int:
    """The exit code: 0 when every check held, 1 when not, 130 when interrupted before."""
    story = Story(wish, folder, journal, narrator)
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, _cancel, task)
    try:
        await _follow(story, narrator, once=once, as_json=as_json)
    except asyncio.CancelledError:
        narrator.say("Interrupted; everything is ended")
        if story.report is None:
            return _INTERRUPTED
    except (*_TROUBLE, ExceptionGroup) as error:
        calls = dict[str, int]()
        report = make_report(NOTHING, journal.seconds, calls, journal.done, 0, [], _why(error))
        narrator.say(report.why or "", "bold red")
        if as_json and story.report is None:
            _print(report.as_json())
        return 1
    return 0 if story.report is not None and story.report.ok else 1


async def _follow(story: Story, narrator: Narrator, *, once: bool, as_json: bool) -> None:
    async with story.told() as stage:
        if story.report is not None:
            tell(story.report, narrator)
            if as_json:
                _print(story.report.as_json())
        if not once:
            _tell_addresses(stage, narrator)
            while True:
                stage.troupe.check()
                await asyncio.sleep(_LOOK_SECONDS)


def _tell_addresses(stage: Stage, narrator: Narrator) -> None:
    """Where everything is, and how to get in."""
    account, shop = stage.hub.account, stage.store.account
    # Of its last start, where it was killed on the way.
    told = " ".join(stage.serve.mentions(("no operator yet",), 1))
    panel = told.rpartition(" ")[2] or f"{stage.serve_url}/painel"
    narrator.say(
        f"""Everything runs on; end it with Ctrl-C.
    hub     {stage.hub.url}  account {account["account"]}
            API user {account["username"]}, secret {account["password"]}
            app {account["client_id"]}, secret {account["client_secret"]}
    store   {stage.store.url}  {shop["name"]}
            user {shop["username"]}, password {shop["password"]}, token {shop["access_token"]}
    Ponte   {stage.serve_url}  connection {stage.connection}, data {stage.data}
            PONTE_DATA={stage.data} ponte status {stage.connection}
    panel   {panel}"""
    )


def _why(error: BaseException) -> str:
    """What went wrong, in a sentence. Raises what the demo has no words for."""
    if isinstance(error, BaseExceptionGroup):
        known, other = error.split(_TROUBLE)
        if other is not None or known is None:
            raise error
        # Of several, the death of a process is the cause of the others.
        leaves = sorted(_leaves(known), key=lambda leaf: not isinstance(leaf, ProcessDied))
        return _why(leaves[0])
    said = str(error) or type(error).__name__
    return f"{said} (because of {error.__cause__!r})" if error.__cause__ is not None else said


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


def _cancel(task: "asyncio.Task[object] | None") -> None:
    if task is not None:
        task.cancel()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
