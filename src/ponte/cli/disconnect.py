"""`ponte disconnect`: end a connection, after saying what it leaves undone."""

from typing import Annotated

import typer

from ponte.cli.running import (
    ConnectionArgument,
    DataOption,
    JsonOption,
    fail,
    people,
    read_settings,
    show,
    with_installation,
)
from ponte.cli.tables import counted
from ponte.jobs.installation import Equipment
from ponte.services.actors import COMMAND
from ponte.services.disconnecting import NotConfirmed, Outlook, SwitchedOff, look
from ponte.services.disconnecting import disconnect as end_connection
from ponte.services.rules import NoSuchConnection


def disconnect(
    connection: ConnectionArgument,
    confirmation: Annotated[
        str | None,
        typer.Option("--confirm", help="The store's domain or name, instead of being asked."),
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """End a connection: nothing is sent or taken in any more, the tokens are deleted, the history
    stays. Taken up again by: ponte connect, or by the hub's link.

    Example: ponte disconnect 7 --confirm minhaloja.com.br
    """

    async def work(equipment: Equipment) -> Outlook:
        runtime = equipment.runtime
        try:
            before = await look(runtime.pool, COMMAND, connection)
            typed = confirmation
            if typed is None:
                people.print(_warning(before), markup=False, highlight=False, soft_wrap=True)
                typed = typer.prompt("The store's domain or name, to confirm", err=True)
            return await end_connection(runtime, COMMAND, connection, typed)
        except NoSuchConnection:
            fail(f"there is no connection {connection}. See all of them with: ponte status")
        except SwitchedOff:
            fail(f"connection {connection} was ended before. See: ponte status {connection}")
        except NotConfirmed:
            fail(f"nothing was done: that is not the store of connection {connection}", code=2)

    found = with_installation(read_settings(data), work)
    show(as_json, found, lambda: _result(found))


def _warning(outlook: Outlook) -> str:
    return (
        f"Connection {outlook.connection_id}: {outlook.store_name}, {outlook.store_domain}.\n"
        f"It would leave {_left(outlook)}. The hub keeps its products as they are now."
    )


def _left(outlook: Outlook) -> str:
    return (
        f"{counted(outlook.orders_left, 'approved order')} out of the store,"
        f" {counted(outlook.reports_left, 'report')} of invoices and dispatches untold"
        f" and {counted(outlook.families_left, 'product')} unsent"
    )


def _result(outlook: Outlook) -> str:
    by_hand = "" if outlook.store_revoked_at else "the store and "
    return (
        f"Connection {outlook.connection_id} is ended. It leaves {_left(outlook)}.\n"
        f"To be done by hand: remove the app at {by_hand}the hub."
    )
