"""One product: the proof of how it stands, and what a person can have done about it.

The proof is the ledger's (what the store wants, what the hub acknowledged and when, the calls
made); a live look at both sides is asked for apart, because it makes calls. *Enviar agora* writes
nothing into the hub by itself: it makes a difference due, which the push closes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ponte.domain.families import decode_price_facet, decode_prices, decode_stock
from ponte.domain.made_calls import CallOutcome, MadeCall
from ponte.domain.made_calls import read as read_calls
from ponte.domain.price_tables import AmountTable, NoTable, PercentTable
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.standing import Facet, Standing, facets_of, standing_of
from ponte.ledger import family_proof as ledger
from ponte.ledger import problems
from ponte.ledger.family_proof import ProofRow
from ponte.ledger.problems import FAMILY
from ponte.ledger.sku_owners import FreeToClaim
from ponte.services.actors import Actor, must_change, must_see, record
from ponte.services.deadlocks import outlives_deadlocks
from ponte.sync.looking import Looked, look
from ponte.sync.pull import FOUND_BY_PUSH, read_by_sku
from ponte.sync.runtime import Link, Loop, Runtime

# What one transaction writes within a second or so; who has more refused presses once more.
MOST_AT_ONCE = 20_000


class NoSuchProduct(Exception):
    """The connection has no product of this key."""


class ShutOut(Exception):
    """An access ended: neither side can be asked until the merchant connects again."""


class Offer(Struct, frozen=True):
    """One SKU, side by side. Money in reais as text; None: the hub has acknowledged nothing."""

    sku: str
    stock: int | None
    acked_stock: int | None
    price: str | None
    acked_price: str | None
    special_price: str | None
    acked_special_price: str | None

    @property
    def stock_differs(self) -> bool:
        """Whether the stock is to be sent. A parent has none of its own."""
        return self.stock != self.acked_stock

    @property
    def price_differs(self) -> bool:
        """Whether the price or the promotion is to be sent."""
        return (self.price, self.special_price) != (self.acked_price, self.acked_special_price)


class ChannelPrice(Struct, frozen=True):
    """What a channel pays by our price table: an amount, or so many per cent more; neither where
    our table of that code has to go."""

    code: str
    label: str
    price: str | None
    special_price: str | None
    percent: str | None
    is_acked: bool


class StandingProblem(Struct, frozen=True):
    """A pendência or warning on the product."""

    problem: Problem
    blocking: bool
    since: datetime


class Call(Struct, frozen=True):
    """One call to the hub."""

    at: datetime
    # What for: stock, price, content, or probe for a look.
    kind: str
    outcome: CallOutcome
    milliseconds: int
    # Of the answer; 0 where there was none, or where it was good.
    status: int
    # The hub's, where it said no.
    words: str


class Proof(Struct, frozen=True):
    """How a product stands, with the evidence."""

    family_key: str
    sku: str
    store_sku: str
    title: str
    standing: Standing
    differs: Facet
    # What the hub refused.
    refused: Facet
    offers: list[Offer]
    channels: list[ChannelPrice]
    content_is_equal: bool
    is_known: bool
    is_to_send: bool
    stock_since: datetime | None
    price_since: datetime | None
    content_since: datetime | None
    acked_at: datetime | None
    # When the next try is due, where something is to be sent.
    due_at: datetime | None
    problems: list[StandingProblem]
    # The newest first.
    calls: list[Call]
    # The product that has the SKU, where another one does.
    taken_by: str | None


async def read(runtime: Runtime, actor: Actor, connection_id: int, family_key: str) -> Proof:
    """The proof of one product, from the ledger."""
    must_see(actor, connection_id)
    row = await _row(runtime, connection_id, family_key)
    async with runtime.pool.connection() as conn:
        standing = await problems.of_subjects(conn, connection_id, FAMILY, [family_key])
        holder = await ledger.holder_of(conn, connection_id, row.sku)
    refused = Facet(0)
    for facet, is_blocked in (
        (Facet.STOCK, row.stock_blocked),
        (Facet.PRICE, row.price_blocked),
        (Facet.CONTENT, row.content_blocked),
    ):
        if is_blocked:
            refused |= facet
    return Proof(
        family_key=row.family_key,
        sku=row.sku,
        store_sku=row.store_sku,
        title=row.title,
        standing=standing_of(row.state),
        differs=facets_of(row.state),
        refused=refused,
        offers=_offers(row),
        channels=_channels(row),
        content_is_equal=row.content_is_equal,
        is_known=row.is_known,
        is_to_send=row.is_to_send,
        stock_since=row.stock_since,
        price_since=row.price_since,
        content_since=row.content_since,
        acked_at=row.acked_at,
        due_at=row.due_at if row.is_to_send else None,
        problems=[
            StandingProblem(Problem(ProblemCode(each.code), each.detail), each.blocking, each.since)
            for each in standing
        ],
        calls=[_call(each) for each in read_calls(row.calls)],
        taken_by=holder if holder != family_key and row.state == _SKU_TAKEN else None,
    )


# `family.state` of a family whose SKU is another's (ponte.domain.standing).
_SKU_TAKEN = 24


def _call(made: MadeCall) -> Call:
    at = datetime.fromtimestamp(made.at / 1000, UTC)
    return Call(at, made.kind, made.outcome, made.milliseconds, made.status, made.words)


def _channels(row: ProofRow) -> list[ChannelPrice]:
    """The price tables of ours. Of those that have gone nothing is said."""
    wanted = decode_price_facet(row.desired_price)[1]
    acked = decode_price_facet(row.acked_price or "{}")[1]
    channels = []
    for table in wanted:
        is_acked = table in acked
        match table:
            case AmountTable(code, label, price, special_price):
                channels.append(ChannelPrice(code, label, price, special_price, None, is_acked))
            case PercentTable(code, label, percent):
                channels.append(ChannelPrice(code, label, None, None, percent, is_acked))
            case NoTable(code):
                if not is_acked:
                    channels.append(ChannelPrice(code, code, None, None, None, is_acked))
    return channels


def _offers(row: ProofRow) -> list[Offer]:
    """Every SKU of the family, those included that only one side has."""
    stock, price = decode_stock(row.desired_stock), decode_prices(row.desired_price)
    acked_stock = decode_stock(row.acked_stock or "{}")
    acked_price = decode_prices(row.acked_price or "{}")
    nothing = (None, None)
    return [
        Offer(
            sku,
            stock.get(sku),
            acked_stock.get(sku),
            price.get(sku, nothing)[0],
            acked_price.get(sku, nothing)[0],
            price.get(sku, nothing)[1],
            acked_price.get(sku, nothing)[1],
        )
        for sku in dict.fromkeys([*stock, *price, *acked_stock, *acked_price])
    ]


async def look_live(runtime: Runtime, actor: Actor, connection_id: int, family_key: str) -> Looked:
    """What store and hub say of it at this moment; two calls, and nothing is written."""
    must_see(actor, connection_id)
    row = await _row(runtime, connection_id, family_key)
    return await look(await _link(runtime, connection_id), row)


@outlives_deadlocks
async def send_now(runtime: Runtime, actor: Actor, connection_id: int, family_key: str) -> bool:
    """Have everything of the product sent at once; False where another product has its SKU."""
    must_change(actor, connection_id)
    await _row(runtime, connection_id, family_key)
    async with runtime.pool.connection() as conn, conn.transaction():
        if not await ledger.send_now(conn, connection_id, family_key):
            return False
        await problems.clear(conn, connection_id, FAMILY, [family_key], FOUND_BY_PUSH)
        await runtime.waker.wake(conn, Loop.PUSH, connection_id)
        await record(conn, actor, "product.sent", connection_id, family=family_key)
    return True


@outlives_deadlocks
async def send_refused(runtime: Runtime, actor: Actor, connection_id: int) -> int:
    """Try what the hub refused once more, up to `MOST_AT_ONCE` products; how many."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        keys = await ledger.refused_keys(conn, connection_id, MOST_AT_ONCE)
        if keys:
            await ledger.retry(conn, connection_id, sorted(keys))
            await problems.clear(conn, connection_id, FAMILY, keys, FOUND_BY_PUSH)
            await runtime.waker.wake(conn, Loop.PUSH, connection_id)
            await record(conn, actor, "products.sent", connection_id, products=len(keys))
    return len(keys)


async def read_again(runtime: Runtime, actor: Actor, connection_id: int, family_key: str) -> bool:
    """Read the product from the store once more; False where the store does not show it under its
    SKU any more: the feed will say what became of it. Raises the store's failures."""
    must_change(actor, connection_id)
    row = await _row(runtime, connection_id, family_key)
    link = await _link(runtime, connection_id)
    asked: Sequence[FreeToClaim] = [FreeToClaim(row.family_key, row.store_sku, row.sequence)]
    found = await read_by_sku(link, runtime, asked)
    async with runtime.pool.connection() as conn:
        await record(conn, actor, "product.reread", connection_id, family=family_key)
    return found


async def _row(runtime: Runtime, connection_id: int, family_key: str) -> ProofRow:
    async with runtime.pool.connection() as conn:
        row = await ledger.read(conn, connection_id, family_key)
    if row is None:
        raise NoSuchProduct(family_key)
    return row


async def _link(runtime: Runtime, connection_id: int) -> Link:
    link = await runtime.link(connection_id)
    if link is None or link.row.hub_access_ended_at or link.row.store_access_ended_at:
        raise ShutOut(connection_id)
    return link
