"""One product in full: what the store wants, what the hub acknowledged, and the calls made."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ponte.ledger.queries import Connection, execute, row, scalar, scalars


class ProofRow(Struct, frozen=True):
    """A family's row without its body; the facets as the ledger keeps them."""

    family_key: str
    sku: str
    store_sku: str
    sequence: int
    retired: bool
    state: int
    title: str
    desired_stock: str
    acked_stock: str | None
    desired_price: str
    acked_price: str | None
    content_is_equal: bool
    # The hub has acknowledged something of it.
    is_known: bool
    stock_since: datetime | None
    price_since: datetime | None
    content_since: datetime | None
    acked_at: datetime | None
    stock_blocked: bool
    price_blocked: bool
    content_blocked: bool
    due_at: datetime
    is_to_send: bool
    calls: str | None


async def read(conn: Connection, connection_id: int, family_key: str) -> ProofRow | None:
    """The family, or None where there is none of this key."""
    return await row(
        conn, "family_proof", ProofRow, connection_id=connection_id, family_key=family_key
    )


async def holder_of(conn: Connection, connection_id: int, sku: str) -> str | None:
    """The family that has this SKU (the hub's spelling)."""
    found = await scalar(conn, "sku_holder", connection_id=connection_id, sku=sku)
    return None if found is None else str(found)


async def send_now(conn: Connection, connection_id: int, family_key: str) -> bool:
    """Have the whole family sent at the next push; False where it may not be, or is not there."""
    sent = await execute(conn, "send_now", connection_id=connection_id, family_key=family_key)
    return sent > 0


async def refused_keys(conn: Connection, connection_id: int, count: int) -> list[str]:
    """Up to `count` families that the hub refused."""
    return await scalars(conn, "refused_keys", connection_id=connection_id, count=count)


async def retry(conn: Connection, connection_id: int, keys: Sequence[str]) -> None:
    """Try these again."""
    await execute(conn, "retry_these", connection_id=connection_id, keys=keys)
