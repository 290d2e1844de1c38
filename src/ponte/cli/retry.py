"""`ponte retry`: products the hub refused, tried again on request.

A refused product is tried again by itself only when the store changes it, because the same call
would be refused again. A person may know better: the hub was corrected, or a rule there changed.
"""

from typing import Annotated

import typer

from ponte.cli.running import (
    ConnectionArgument,
    DataOption,
    JsonOption,
    fail,
    fail_if_paused,
    find_connection,
    read_settings,
    show,
    with_installation,
)
from ponte.cli.tables import counted
from ponte.jobs.installation import Equipment
from ponte.services.actors import COMMAND
from ponte.services.decisions import NotRefused, retry_products


def retry(
    connection: ConnectionArgument,
    family: Annotated[
        str | None, typer.Option("--family", help="Only this product: the store's id, or a SKU.")
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Send products again that the hub refused: all, or one.

    Example: ponte retry 1 --family CAM-1
    """

    async def work(equipment: Equipment) -> list[str]:
        row = await find_connection(equipment, connection)
        fail_if_paused(connection, hub_ended=row.hub_access_ended_at is not None)
        try:
            return await retry_products(equipment.runtime, COMMAND, connection, family)
        except NotRefused:
            fail(
                f"the hub has not refused a product {family} of connection {connection}."
                f" See what it refused with: ponte status {connection}"
            )

    skus = with_installation(read_settings(data), work)
    show(
        as_json,
        {"connection": connection, "families": skus},
        lambda: f"{counted(len(skus), 'product')} {'is' if len(skus) == 1 else 'are'} sent again.",
    )
