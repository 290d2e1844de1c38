"""What differs between store and hub, and what the hub acknowledged: the push loop's side.

One statement per batch, as in `catalogue`, which writes the desired side.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from ponte.domain.acknowledgement import Acknowledged
from ponte.domain.families import (
    Prices,
    Stock,
    decode_price_facet,
    decode_stock,
    encode_facet,
    encode_prices,
)
from ponte.domain.hub_body import Members
from ponte.domain.planner import FamilyState
from ponte.domain.price_tables import PriceTables
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars

# A catalogue is pushed in this many parts; the schema tells which one a family is in.
PARTS = 2

_members_decoder = msgspec.json.Decoder(Members)
_encode_members = msgspec.json.Encoder().encode
_NOTHING_KNOWN = Members()


class DifferingRow(Struct):
    """A family that differs, as its row keeps it; `work` is the order of sending."""

    family_key: str
    sku: str
    store_sku: str
    retired: bool
    desired_stock: str
    acked_stock: str | None
    desired_price: str
    acked_price: str | None
    desired_content: bytes
    acked_content: bytes | None
    content: bytes | None
    members: str | None
    stock_blocked: bool
    price_blocked: bool
    content_blocked: bool
    attempts: int
    failures: int
    superseded: bool
    work: int
    calls: str | None

    def state(self) -> FamilyState:
        """The row unpacked."""
        price, tables = decode_price_facet(self.desired_price)
        acked_price: Prices | None = None
        acked_tables: PriceTables = ()
        if self.acked_price == self.desired_price:
            # So it is with most of what changes its stock.
            acked_price, acked_tables = price, tables
        elif self.acked_price is not None:
            acked_price, acked_tables = decode_price_facet(self.acked_price)
        return FamilyState(
            key=self.family_key,
            sku=self.sku,
            store_sku=self.store_sku,
            retired=self.retired,
            stock=decode_stock(self.desired_stock),
            price=price,
            tables=tables,
            content_hash=self.desired_content,
            content=self.content,
            acked_stock=None if self.acked_stock is None else decode_stock(self.acked_stock),
            acked_price=acked_price,
            acked_tables=acked_tables,
            acked_content=self.acked_content,
            members=(
                _NOTHING_KNOWN if self.members is None else _members_decoder.decode(self.members)
            ),
            stock_blocked=self.stock_blocked,
            price_blocked=self.price_blocked,
            content_blocked=self.content_blocked,
            attempts=self.attempts,
            failures=self.failures,
            superseded=self.superseded,
        )


class FamilyOutcome(Struct, frozen=True):
    """What is known of a family in the hub after a pass, to be written into its row."""

    key: str
    stock: bytes | None
    price: bytes | None
    content: bytes | None
    members: bytes | None
    stock_blocked: bool = False
    price_blocked: bool = False
    content_blocked: bool = False
    attempts: int = 0
    # Seconds until the family may be looked at again, if it still differs.
    wait: float = 0.0
    # Drop the stored body: it is to be read from the store again.
    forget_content: bool = False


def outcome(
    state: FamilyState,
    acked: Acknowledged,
    *,
    attempts: int = 0,
    wait: float = 0.0,
    stock_blocked: bool | None = None,
    price_blocked: bool | None = None,
    content_blocked: bool | None = None,
) -> FamilyOutcome:
    """The outcome of a pass over `state` that the hub answered with `acked`."""
    return FamilyOutcome(
        key=state.key,
        stock=facet(acked.stock),
        price=price_facet(acked.price, acked.tables),
        content=acked.content,
        members=encode_members(acked.members),
        stock_blocked=state.stock_blocked if stock_blocked is None else stock_blocked,
        price_blocked=state.price_blocked if price_blocked is None else price_blocked,
        content_blocked=state.content_blocked if content_blocked is None else content_blocked,
        attempts=attempts,
        wait=wait,
    )


def facet(values: Stock | None) -> bytes | None:
    """A facet as the row keeps it; None where nothing is acknowledged."""
    return None if values is None else encode_facet(values)


def price_facet(prices: Prices | None, tables: PriceTables) -> bytes | None:
    """The price facet as the row keeps it; None where nothing is acknowledged."""
    return None if prices is None else encode_prices(prices, tables)


def encode_members(members: Members) -> bytes | None:
    """The members as the row keeps them; None where nothing was shown yet."""
    return None if members == _NOTHING_KNOWN else _encode_members(members)


async def differing(
    conn: Connection, connection_id: int, part: int, count: int, in_flight: Collection[str]
) -> list[DifferingRow]:
    """Up to `count` families of a part to work on: stock first, then price, then content."""
    return await rows(
        conn,
        "differing_families",
        DifferingRow,
        connection_id=connection_id,
        part=part,
        count=count,
        in_flight=list(in_flight),
    )


async def acknowledge(
    conn: Connection,
    connection_id: int,
    called: Sequence[tuple[FamilyOutcome, str | None]],
) -> None:
    """Write what the hub showed, each with the family's last calls, in one statement."""
    outcomes = [each for each, _ in called]
    await execute(
        conn,
        "acknowledge_families",
        connection_id=connection_id,
        keys=[each.key for each in outcomes],
        stocks=[_text(each.stock) for each in outcomes],
        prices=[_text(each.price) for each in outcomes],
        hashes=[each.content for each in outcomes],
        members=[_text(each.members) for each in outcomes],
        forget=[each.forget_content for each in outcomes],
        stock_blocked=[each.stock_blocked for each in outcomes],
        price_blocked=[each.price_blocked for each in outcomes],
        content_blocked=[each.content_blocked for each in outcomes],
        attempts=[each.attempts for each in outcomes],
        waits=[each.wait for each in outcomes],
        calls=[calls for _, calls in called],
    )


def _text(facet: bytes | None) -> str | None:
    return None if facet is None else facet.decode()


async def postpone(conn: Connection, connection_id: int, waits: Mapping[str, float]) -> None:
    """Try these families again, each in so many seconds."""
    await postpone_called(conn, connection_id, {key: (wait, None) for key, wait in waits.items()})


async def postpone_called(
    conn: Connection, connection_id: int, waits: Mapping[str, tuple[float, str | None]]
) -> None:
    """The same after calls that failed for now: each with the family's last calls."""
    await execute(
        conn,
        "postpone_families",
        connection_id=connection_id,
        keys=list(waits),
        waits=[wait for wait, _ in waits.values()],
        calls=[calls for _, calls in waits.values()],
    )


async def drop(conn: Connection, connection_id: int, key: str) -> None:
    """Forget a retired family that the hub never had."""
    await execute(conn, "drop_family", connection_id=connection_id, family_key=key)


async def unblock_owners(
    conn: Connection, connection_id: int, skus: Collection[str], deleted: str | None
) -> list[str]:
    """The hub let go of these SKUs: families that were refused for one may pass now; which.

    The product `deleted` is gone altogether: who has its SKU now is sent as a whole again.
    """
    return await scalars(
        conn,
        "unblock_owners",
        connection_id=connection_id,
        skus=list(skus),
        deleted=deleted,
    )


async def schedule_push(
    conn: Connection, connection_id: int, part: int, poll_seconds: float, pause: float
) -> None:
    """Plan the next wake-up of the push loop after `part` was pushed, in `pause` seconds at the
    earliest."""
    due_at: datetime | None = await scalar(
        conn, "next_push_due", connection_id=connection_id, part=part, parts=PARTS
    )
    await execute(
        conn,
        "schedule_push",
        connection_id=connection_id,
        due_at=due_at,
        poll_seconds=poll_seconds,
        pause=pause,
    )


async def retry_refused(conn: Connection, connection_id: int, key: str | None = None) -> int:
    """Try refused families again: one, or all. How many."""
    return await execute(conn, "retry_families", connection_id=connection_id, family_key=key)
