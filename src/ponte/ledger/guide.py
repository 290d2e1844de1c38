"""The guide of a merchant's first visit: which steps are done, and whether it was closed."""

from msgspec import Struct

from ponte.ledger.queries import Connection, row, scalar


class Guide(Struct, frozen=True):
    """The first steps of a connection."""

    is_closed: bool
    is_released: bool
    is_exported: bool
    has_order: bool
    # Somebody has chosen rules.
    has_rules: bool
    has_audit: bool


async def read(conn: Connection, connection_id: int) -> Guide | None:
    """How far the first steps are, or None when there is no such connection."""
    return await row(conn, "read_guide", Guide, connection_id=connection_id)


async def close(conn: Connection, connection_id: int) -> bool:
    """Show it no more; whether it was shown."""
    return await scalar(conn, "close_guide", connection_id=connection_id) is not None
