"""The command `ponte`."""

import typer

from ponte.cli.audit import audit
from ponte.cli.config import config
from ponte.cli.connect import connect
from ponte.cli.demo.command import demo
from ponte.cli.export import export
from ponte.cli.orders import orders
from ponte.cli.retry import retry
from ponte.cli.rules import rules
from ponte.cli.sandbox import sandbox
from ponte.cli.services import serve
from ponte.cli.status import status
from ponte.cli.worker import worker

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Ponte joins online stores with the hub Plugg.to: products, prices and stock go to the"
    " hub, approved orders to the store, invoices and tracking back.\n\n"
    "Example: ponte demo --once",
)
app.command("serve")(serve)
app.command("worker")(worker)
app.command("connect")(connect)
app.command("export")(export)
app.command("audit")(audit)
app.command("status")(status)
app.command("retry")(retry)
app.command("rules")(rules)
app.command("config")(config)
app.command("demo")(demo)
app.add_typer(orders, name="orders")
app.add_typer(sandbox, name="sandbox")


def main() -> None:
    """Run the command line; the entry point of the package."""
    app()
