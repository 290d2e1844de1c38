"""`ponte sandbox hub|store`: the two systems to test against, in a process of their own.

The connector and the sandboxes know nothing of each other; this command only hands over, and tells
the program by which words it was started, for its help.
"""

import os
import sys
from typing import Annotated

import typer

sandbox = typer.Typer(
    no_args_is_help=True,
    help="A hub and a store to test integrations against.\n\n"
    "Example: ponte sandbox hub --port 8091 --data /tmp/hub",
)
# Options belong to the sandbox's own command line, `--help` included.
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

Options = Annotated[list[str] | None, typer.Argument(help="Options of the sandbox.")]


@sandbox.command("hub", context_settings=_PASS_ON)
def hub(options: Options = None) -> None:
    """A hub that behaves as Plugg.to's public API is known to.

    Example: ponte sandbox hub --port 8091 --data /tmp/hub
    """
    _become("hub", options or [])


@sandbox.command("store", context_settings=_PASS_ON)
def store(options: Options = None) -> None:
    """A small Brazilian shop that offers the store contract.

    Example: ponte sandbox store --port 8092 --families 500 --data /tmp/store
    """
    _become("store", options or [])


def _become(which: str, options: list[str]) -> None:
    command = [sys.executable, "-m", "ponte_sandbox", which, *options]
    environment = {**os.environ, "SANDBOX_COMMAND": "ponte sandbox"}
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own program, no shell
