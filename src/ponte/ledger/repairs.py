"""Drift as people read it, and how far its repair is.

A repair sends nothing: it corrects what the ledger believes of the hub (`adopt`), and the push
closes the difference as any other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from ponte.domain.acknowledgement import Acknowledged
from ponte.ledger.audits import DriftState
from ponte.ledger.catalogue import ChangedFamily
from ponte.ledger.differences import DifferingRow, encode_members, facet, price_facet
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars


class DriftRow(Struct, frozen=True):
    """One difference; the first four fields are its place in the list."""

    product_sku: str
    sku: str
    field: str
    place: int
    # None where the ledger does not know the product.
    family_key: str | None
    title: str
    store_value: str
    hub_value: str
    refused: bool
    state: str


class Place(Struct, frozen=True):
    """Where a page of the list begins: behind this."""

    product_sku: str = ""
    sku: str = ""
    field: str = ""
    place: int = -1


class FieldCount(Struct, frozen=True):
    """How often a field differs, and how often nobody has done anything about it."""

    field: str
    rows: int
    open: int


class StateCount(Struct, frozen=True):
    """How many differences are in which state of repair."""

    state: str
    rows: int


class RepairRow(DifferingRow):
    """A family's row with what tells whether it was written since."""

    sequence: int
    acked_at: datetime | None


class Shown(Struct, frozen=True):
    """What the hub shows of a family, judged against the row as it was read then."""

    row: RepairRow
    acked: Acknowledged
    # The body, for a push that will need it.
    content: bytes | None


async def read_drift(
    conn: Connection, audit_id: int, after: Place, count: int, field: str | None = None
) -> list[DriftRow]:
    """A page of what differs; of one field where named."""
    if field is None:
        return await rows(
            conn,
            "read_drift",
            DriftRow,
            audit_id=audit_id,
            after_product=after.product_sku,
            after_sku=after.sku,
            after_field=after.field,
            after_place=after.place,
            count=count,
        )
    return await rows(
        conn,
        "read_drift_of_field",
        DriftRow,
        audit_id=audit_id,
        field=field,
        after_product=after.product_sku,
        after_sku=after.sku,
        after_place=after.place,
        count=count,
    )


async def by_field(conn: Connection, audit_id: int) -> list[FieldCount]:
    """How much of which field, the most frequent first."""
    return await rows(conn, "drift_by_field", FieldCount, audit_id=audit_id)


async def by_state(conn: Connection, audit_id: int) -> list[StateCount]:
    """How much in which state of repair."""
    return await rows(conn, "drift_by_state", StateCount, audit_id=audit_id)


async def ask(conn: Connection, audit_id: int, product_sku: str | None = None) -> int:
    """Have a product, or all, repaired; how many differences that are."""
    return await execute(conn, "ask_for_repair", audit_id=audit_id, product_sku=product_sku)


async def asked(conn: Connection, audit_id: int, after: str, count: int) -> list[str]:
    """The next products to be repaired."""
    return await scalars(conn, "asked_repairs", audit_id=audit_id, after=after, count=count)


async def families(
    conn: Connection, connection_id: int, skus: Collection[str]
) -> dict[str, RepairRow]:
    """The rows of these products, by SKU."""
    found = await rows(
        conn, "families_to_repair", RepairRow, connection_id=connection_id, skus=list(skus)
    )
    return {each.sku: each for each in found}


async def adopt(
    conn: Connection, connection_id: int, shown: Sequence[Shown]
) -> list[ChangedFamily]:
    """What the hub shows, as acknowledged, where nobody wrote the row since; which rows."""
    return await rows(
        conn,
        "adopt_shown",
        ChangedFamily,
        connection_id=connection_id,
        keys=[each.row.family_key for each in shown],
        stocks=[_text(facet(each.acked.stock)) for each in shown],
        prices=[_text(price_facet(each.acked.price, each.acked.tables)) for each in shown],
        hashes=[each.acked.content for each in shown],
        members=[_text(encode_members(each.acked.members)) for each in shown],
        contents=[each.content for each in shown],
        acked_ats=[each.row.acked_at for each in shown],
        wanted_stocks=[each.row.desired_stock for each in shown],
        wanted_prices=[each.row.desired_price for each in shown],
        wanted_contents=[each.row.desired_content for each in shown],
    )


def _text(kept: bytes | None) -> str | None:
    return None if kept is None else kept.decode()


async def set_state(
    conn: Connection, audit_id: int, product_skus: Collection[str], state: DriftState
) -> None:
    """Asked repairs of these products are so far."""
    if product_skus:
        await execute(
            conn,
            "set_repair_state",
            audit_id=audit_id,
            product_skus=list(product_skus),
            state=state.value,
        )


async def slow(conn: Connection, seconds: float) -> list[int]:
    """Connections whose repairs are under way for so long that their job may have been lost."""
    return await scalars(conn, "slow_repairs", seconds=seconds)


async def settle(conn: Connection, audit_id: int, connection_id: int, patience: float) -> bool:
    """Note what the push has done; whether anything is still under way."""
    await execute(conn, "settle_repairs", audit_id=audit_id, connection_id=connection_id)
    await execute(conn, "give_up_repairs", audit_id=audit_id, seconds=patience)
    return bool(await scalar(conn, "waiting_repairs", audit_id=audit_id))
