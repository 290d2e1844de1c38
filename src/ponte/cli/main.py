"""The command `ponte`.

A command's module is imported when that command is asked for. All of them together are the web
server, the demo and more, and whoever asks for `ponte status` would wait for it each time.
"""

import gc
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

# Each command and the module of `ponte.cli` that has it under the same name, in the order of help.
_MODULES = {
    "serve": "services",
    "worker": "worker",
    "connect": "connect",
    "disconnect": "disconnect",
    "export": "export",
    "status": "status",
    "retry": "retry",
    "rules": "rules",
    "audit": "audit",
    "config": "config",
    "demo": "demo.command",
    "orders": "orders",
    "users": "users",
    "sandbox": "sandbox",
}


class _Commands(TyperGroup):
    """The commands, known by name; each is made when it is asked for."""

    def __init__(self, **attributes: Any) -> None:
        """All names are there from the start: help lists them, a mistyped one is guessed."""
        super().__init__(**attributes)
        self._made: dict[str, Any] = dict.fromkeys(_MODULES)
        self.commands = self._made

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, None if there is none."""
        if cmd_name in self._made and self._made[cmd_name] is None:
            self._made[cmd_name] = _make(cmd_name)
        return self._made.get(cmd_name)


def _make(name: str) -> Any:
    # What is loaded stays. To look it through for garbage meanwhile takes a sixth of a start.
    gc.disable()
    try:
        module = import_module(f"ponte.cli.{_MODULES[name]}")
    finally:
        gc.enable()
    found = getattr(module, name)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return typer.main.get_group(alone).commands[name]


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Ponte joins online stores with the hub Plugg.to: products, prices and stock go to the"
    " hub, approved orders to the store, invoices and tracking back.\n\n"
    "Example: ponte demo --once",
)


@app.callback()
def _ponte() -> None:
    """Without it Typer takes a program that registers nothing for none."""


def main() -> None:
    """Run the command line; the entry point of the package."""
    app()
