"""The catalogue of a connection: lists that are searched and cut by state, and the proof of each
product.

A list is asked for by words in its address (view, text, order, cursor), so that it can be linked
to, and answered in pages that each look at a bounded number of products, however many there are.
"""

import base64
import binascii
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from ponte.domain.families import decode_prices, decode_stock
from ponte.domain.search import ask
from ponte.domain.standing import (
    EVERY_STATE,
    Facet,
    Standing,
    View,
    facets_of,
    standing_of,
    states_of,
)
from ponte.ledger import catalogue_list as ledger
from ponte.ledger.catalogue_list import ListedFamily, Matches, Moment, Place
from ponte.ledger.queries import Connection, plan_for_this
from ponte.services.actors import Actor, must_see

PAGE_PRODUCTS = 50
# Longer cursors are not ours.
_LONGEST_CURSOR = 2000


class Order(StrEnum):
    """In which order a list stands."""

    SKU = "sku"
    # What differs for the longest time first.
    SINCE = "desde"
    # What the hub acknowledged last first.
    ACKED = "confirmado"


class Wanted(Struct, frozen=True):
    """Which list, and which page of it."""

    view: View = View.ALL
    text: str = ""
    order: Order = Order.SKU
    # Where the page begins, as `Listing` gave it; "" is the first page.
    after: str = ""
    # The page before this place instead.
    before: str = ""


class Product(Struct, frozen=True):
    """One product as a list shows it. Money in reais, as text with two places."""

    family_key: str
    sku: str
    title: str
    standing: Standing
    differs: Facet
    skus: int
    # All SKUs together; None where the hub has acknowledged nothing.
    stock: int
    acked_stock: int | None
    # From the lowest to the highest price.
    prices: tuple[str, str] | None
    acked_prices: tuple[str, str] | None
    differs_since: datetime | None
    acked_at: datetime | None
    problems: int
    blocking: int


class Listing(Struct, frozen=True):
    """A page of a list."""

    products: list[Product]
    order: Order
    # Cursors of the neighbouring pages; None where there is none.
    before: str | None
    after: str | None
    # How many a search found; None without one, or where its words are too common to count.
    found: int | None
    # The page ended before it was full, because it had looked far enough; `after` goes on.
    looked_far: bool
    # More SKUs begin like that than were looked at.
    sku_is_common: bool


class Cursor(Struct, frozen=True, array_like=True):
    """A place in a list, as an address carries it."""

    sku: str
    family_key: str
    at: datetime | None = None


_cursor_decoder = msgspec.json.Decoder(Cursor)


def encode(cursor: Cursor) -> str:
    """The cursor as a word of an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def decode(text: str) -> Cursor | None:
    """A cursor from an address; None for whatever is not one."""
    if not text or len(text) > _LONGEST_CURSOR:
        return None
    try:
        cursor = _cursor_decoder.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    if "\0" in cursor.sku or "\0" in cursor.family_key:
        return None
    return cursor


def order_of(wanted: Wanted) -> Order:
    """The order that a list can stand in: a search's by SKU, and by time where there is one."""
    if wanted.text.strip() or wanted.view is View.WARNED:
        return Order.SKU
    if wanted.order is Order.SINCE:
        differing = wanted.view not in (View.EQUAL, View.OFF_SALE, View.SKU_TAKEN, View.REFUSED)
        return Order.SINCE if differing else Order.SKU
    if wanted.order is Order.ACKED:
        return Order.ACKED if wanted.view is View.ALL else Order.SKU
    return Order.SKU


async def list_products(
    conn: Connection, actor: Actor, connection_id: int, wanted: Wanted
) -> Listing:
    """A page of the catalogue; `Forbidden` where the actor may not see the connection."""
    must_see(actor, connection_id)
    async with conn.transaction():
        await plan_for_this(conn)
        page = await _find(conn, connection_id, wanted)
        known = await ledger.read_listed(conn, connection_id, [at.family_key for at in page.places])
    products = [
        _product(known[place.family_key]) for place in page.places if place.family_key in known
    ]
    return Listing(
        products=products,
        order=order_of(wanted),
        before=None if page.before is None else encode(page.before),
        after=None if page.after is None else encode(page.after),
        found=page.found,
        looked_far=page.looked_far,
        sku_is_common=page.sku_is_common,
    )


class _Found(Struct):
    """The places of a page, and where its neighbours begin."""

    places: list[Cursor]
    before: Cursor | None = None
    after: Cursor | None = None
    found: int | None = None
    looked_far: bool = False
    sku_is_common: bool = False


async def _find(conn: Connection, connection_id: int, wanted: Wanted) -> _Found:
    asked = ask(wanted.text)
    search = None if asked is None else await ledger.match(conn, connection_id, asked)
    if search is not None and not search.words_are_common:
        return await _among(conn, connection_id, wanted, search)
    backwards = bool(wanted.before)
    cursor = decode(wanted.before) if backwards else decode(wanted.after)
    backwards = backwards and cursor is not None
    order = order_of(wanted)
    count = PAGE_PRODUCTS + 1
    walk = _Walk(conn, connection_id, wanted.view, order, search)
    places = await walk.places(cursor, count, backwards=backwards)
    is_full = len(places) == count
    looked_far, end = False, None
    if not is_full:
        end = await walk.end(cursor, backwards=backwards)
        looked_far = end is not None
    places = places[:PAGE_PRODUCTS]
    if backwards:
        places.reverse()
    page = _Found(places, looked_far=looked_far)
    page.sku_is_common = search is not None and search.sku_is_common
    there_is_more = is_full or looked_far
    last = end or (places[-1] if places else None)
    first = end or (places[0] if places else None)
    if backwards:
        page.before = first if there_is_more else None
        page.after = places[-1] if places else cursor
    else:
        page.after = last if there_is_more else None
        page.before = (places[0] if places else cursor) if cursor is not None else None
    return page


class _Walk:
    """A list walked in its order, a bounded stretch at a time."""

    def __init__(
        self,
        conn: Connection,
        connection_id: int,
        view: View,
        order: Order,
        search: Matches | None,
    ) -> None:
        self._conn = conn
        self._connection_id = connection_id
        self._view = view
        self._order = order
        self._search = search

    async def places(
        self, cursor: Cursor | None, count: int, *, backwards: bool, all_of_it: bool = False
    ) -> list[Cursor]:
        """The next places; with `all_of_it` also those that do not belong to the list."""
        states = EVERY_STATE if all_of_it else states_of(self._view)
        search = None if all_of_it else self._search
        conn, number = self._conn, self._connection_id
        if self._view is View.WARNED:
            key = cursor.family_key if cursor is not None else ""
            keys = await ledger.warned_from(
                conn, number, key, count, backwards=backwards, search=search
            )
            return [Cursor("", key) for key in keys]
        if self._order is Order.SKU:
            place = ledger.FIRST if cursor is None else Place(cursor.sku, cursor.family_key)
            by_sku = await ledger.places_from(
                conn, number, states, place, count, backwards=backwards, search=search
            )
            return [Cursor(each.sku, each.family_key) for each in by_sku]
        if self._order is Order.SINCE:
            moment = _moment(cursor) or ledger.FIRST_MOMENT
            by_age = await ledger.differing_from(
                conn, number, states, moment, count, backwards=backwards
            )
        else:
            moment = _moment(cursor) or ledger.LAST_MOMENT
            by_age = await ledger.acknowledged_from(
                conn, number, moment, count, backwards=backwards
            )
        return [Cursor("", each.family_key, each.at) for each in by_age]

    async def end(self, cursor: Cursor | None, *, backwards: bool) -> Cursor | None:
        """How far the walk looked, where there may be more behind; None where it saw the end."""
        if self._order is Order.ACKED or (self._search is None and self._order is Order.SKU):
            return None
        most = ledger.MOST_WALKED
        if self._view is View.WARNED or self._order is Order.SKU:
            walk = _Walk(self._conn, self._connection_id, self._view, self._order, None)
            looked_at = await walk.places(cursor, most, backwards=backwards)
        else:
            looked_at = await self.places(cursor, most, backwards=backwards, all_of_it=True)
        return looked_at[-1] if len(looked_at) == most else None


def _moment(cursor: Cursor | None) -> Moment | None:
    if cursor is None or cursor.at is None:
        return None
    at = cursor.at if cursor.at.tzinfo is not None else cursor.at.replace(tzinfo=UTC)
    return Moment(at, cursor.family_key)


async def _among(conn: Connection, connection_id: int, wanted: Wanted, search: Matches) -> _Found:
    """A page of what a search found, all of which is known."""
    warned = wanted.view is View.WARNED
    places = [
        Cursor(place.sku, place.family_key)
        for place in await ledger.places_of(
            conn, connection_id, search.keys, states_of(wanted.view), warned=warned
        )
    ]
    before, after = decode(wanted.before), decode(wanted.after)
    begin = 0
    if before is not None:
        begin = max(0, _count_before(places, before) - PAGE_PRODUCTS)
    elif after is not None:
        begin = _count_before(places, after)
        begin += begin < len(places) and _rank(places[begin]) == _rank(after)
    page = places[begin : begin + PAGE_PRODUCTS]
    has_more = begin + PAGE_PRODUCTS < len(places)
    return _Found(
        page,
        before=page[0] if page and begin else None,
        after=page[-1] if has_more else None,
        found=len(places),
        sku_is_common=search.sku_is_common,
    )


def _rank(place: Cursor) -> tuple[bytes, bytes]:
    """The database's order of SKUs: by their bytes."""
    return place.sku.encode(errors="replace"), place.family_key.encode(errors="replace")


def _count_before(places: list[Cursor], cursor: Cursor) -> int:
    return sum(_rank(place) < _rank(cursor) for place in places)


def _product(row: ListedFamily) -> Product:
    stock = decode_stock(row.desired_stock)
    acked = None if row.acked_stock is None else decode_stock(row.acked_stock)
    return Product(
        family_key=row.family_key,
        sku=row.sku,
        title=row.title,
        standing=standing_of(row.state),
        differs=facets_of(row.state),
        skus=len(stock),
        stock=sum(stock.values()),
        acked_stock=None if acked is None else sum(acked.values()),
        prices=_range(row.desired_price),
        acked_prices=None if row.acked_price is None else _range(row.acked_price),
        differs_since=row.differs_since,
        acked_at=row.acked_at,
        problems=row.problems,
        blocking=row.blocking,
    )


def _range(prices: str) -> tuple[str, str] | None:
    amounts = [price for price, _ in decode_prices(prices).values()]
    return (min(amounts, key=float), max(amounts, key=float)) if amounts else None


async def count_views(conn: Connection, actor: Actor, connection_id: int) -> dict[View, int]:
    """How many products each list has, counted up to a bound (`MOST_COUNTED` + 1 says "more");
    of warnings it is not told."""
    must_see(actor, connection_id)
    async with conn.transaction():
        await plan_for_this(conn)
        by_state = await ledger.count_states(conn, connection_id)
    return {
        view: min(sum(by_state.get(state, 0) for state in states_of(view)), ledger.MOST_COUNTED + 1)
        for view in View
        if view is not View.WARNED
    }
