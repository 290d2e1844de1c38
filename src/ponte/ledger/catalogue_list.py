"""The catalogue as a list: found by words or SKU, cut by state, a page at a time.

No list reads a whole catalogue. What a search finds is looked at up to a bound; where it finds
more (a common word), the list is walked in its order instead, each product asked whether it
matches, up to a bound too. A page that ends there says how far it looked and goes on from there.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ponte.domain.packed import PackedDraft
from ponte.domain.search import Asked, as_query
from ponte.domain.standing import EVERY_STATE
from ponte.ledger.queries import Connection, execute, rows, scalars

# Found by a search and looked at one by one: some 6 µs each, on a machine with others on it.
MOST_MATCHES = 3000
# Walked past for one page: as much again.
MOST_WALKED = 4000
# Counted up to here; beyond, "more than" is what people are told.
MOST_COUNTED = 1000
_BEGINNING_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
# No SKU is behind this one: the last character there is.
_LAST_TEXT = "\U0010ffff"


class Place(Struct, frozen=True):
    """A family's place in a list, by its SKU."""

    sku: str
    family_key: str


class Moment(Struct, frozen=True):
    """A family's place in a list, by a time of its."""

    at: datetime
    family_key: str


FIRST = Place("", "")
LAST = Place(_LAST_TEXT, "")
FIRST_MOMENT = Moment(_BEGINNING_OF_TIME, "")
LAST_MOMENT = Moment(_END_OF_TIME, "")


class ListedFamily(Struct, frozen=True):
    """A family as a list shows it; the facets as the ledger keeps them."""

    family_key: str
    sku: str
    state: int
    title: str
    desired_stock: str
    acked_stock: str | None
    desired_price: str
    acked_price: str | None
    differs_since: datetime | None
    acked_at: datetime | None
    problems: int
    blocking: int


class StateCount(Struct, frozen=True):
    """Families in a state, counted up to `MOST_COUNTED` + 1."""

    state: int
    families: int


class Matches(Struct, frozen=True):
    """What a search found: all of it, unless it is too much to look at."""

    query: str | None
    keys: list[str]
    # More names have the words than may be looked at one by one.
    words_are_common: bool
    # More SKUs begin so; `keys` has the first of them.
    sku_is_common: bool


async def index_names(conn: Connection, connection_id: int, drafts: Sequence[PackedDraft]) -> None:
    """Have the families found by their names of now."""
    mark = f"{connection_id}~"
    await execute(
        conn,
        "index_names",
        connection_id=connection_id,
        keys=[draft.key for draft in drafts],
        titles=[draft.title for draft in drafts],
        words=[mark + draft.words.replace(" ", f" {mark}") for draft in drafts],
    )


async def match(conn: Connection, connection_id: int, asked: Asked) -> Matches:
    """Look for it among names and SKUs."""
    query = as_query(asked, connection_id)
    named: list[str] = []
    if query is not None:
        named = await scalars(conn, "families_by_words", query=query, most=MOST_MATCHES + 1)
    by_sku = await scalars(
        conn,
        "families_by_sku",
        connection_id=connection_id,
        sku=asked.sku,
        most=MOST_MATCHES + 1,
    )
    are_common = len(named) > MOST_MATCHES
    keys = list(dict.fromkeys(by_sku[:MOST_MATCHES] if are_common else [*named, *by_sku]))
    return Matches(query, keys[: 2 * MOST_MATCHES], are_common, len(by_sku) > MOST_MATCHES)


async def places_of(
    conn: Connection,
    connection_id: int,
    keys: Sequence[str],
    states: Sequence[int],
    *,
    warned: bool,
) -> list[Place]:
    """Of these families those in one of the states, in the order of their SKUs."""
    return await rows(
        conn,
        "places_of_families",
        Place,
        connection_id=connection_id,
        keys=keys,
        states=list(states),
        warned=warned,
    )


async def places_from(
    conn: Connection,
    connection_id: int,
    states: Sequence[int],
    place: Place,
    count: int,
    *,
    backwards: bool,
    search: Matches | None,
) -> list[Place]:
    """The next families by SKU, or those before; of a search with common words only what matches
    among the next `MOST_WALKED`."""
    return await rows(
        conn,
        "places_in_states",
        Place,
        turned=backwards,
        connection_id=connection_id,
        states=list(states),
        sku=place.sku,
        family_key=place.family_key,
        most=count if search is None else max(count, MOST_WALKED),
        query=None if search is None else search.query,
        keys=[] if search is None else search.keys,
        count=count,
    )


async def differing_from(
    conn: Connection,
    connection_id: int,
    states: Sequence[int],
    moment: Moment,
    count: int,
    *,
    backwards: bool,
) -> list[Moment]:
    """What differs longest, of those in some states among the next `MOST_WALKED`."""
    return await rows(
        conn,
        "differing_longest",
        Moment,
        turned=backwards,
        connection_id=connection_id,
        states=list(states),
        at=moment.at,
        family_key=moment.family_key,
        most=MOST_WALKED,
        count=count,
    )


async def acknowledged_from(
    conn: Connection, connection_id: int, moment: Moment, count: int, *, backwards: bool
) -> list[Moment]:
    """What the hub acknowledged last, from a moment back."""
    return await rows(
        conn,
        "acknowledged_last",
        Moment,
        turned=backwards,
        connection_id=connection_id,
        at=moment.at,
        family_key=moment.family_key,
        count=count,
    )


async def warned_from(
    conn: Connection,
    connection_id: int,
    key: str,
    count: int,
    *,
    backwards: bool,
    search: Matches | None,
) -> list[str]:
    """Families with a warning, in the order of their keys."""
    return await scalars(
        conn,
        "warned_families",
        turned=backwards,
        connection_id=connection_id,
        family_key=key,
        most=MOST_WALKED,
        query=None if search is None else search.query,
        keys=[] if search is None else search.keys,
        count=count,
    )


async def read_listed(
    conn: Connection, connection_id: int, keys: Collection[str]
) -> dict[str, ListedFamily]:
    """What a list shows of these families, by key."""
    found = await rows(
        conn, "listed_families", ListedFamily, connection_id=connection_id, keys=list(keys)
    )
    return {each.family_key: each for each in found}


async def count_states(conn: Connection, connection_id: int) -> dict[int, int]:
    """How many families are in each state, each up to `MOST_COUNTED` + 1."""
    found = await rows(
        conn,
        "count_states",
        StateCount,
        connection_id=connection_id,
        states=list(EVERY_STATE),
        most=MOST_COUNTED + 1,
    )
    return {each.state: each.families for each in found}
