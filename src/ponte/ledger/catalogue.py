"""The desired side of the catalogue: what the store's feed says, written into the ledger.

Everything is written set-based, one statement per page: at a million SKUs the ledger must cost less
than the calls. What differs, and what the hub acknowledged, is in `differences`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ponte.domain.families import (
    RETIRED,
    decode_stock,
    encode_facet,
)
from ponte.domain.packed import PackedDraft
from ponte.ledger.queries import Connection, execute, rows, scalar, scalars


class SkuPair(Struct, frozen=True):
    """A family and one of its SKUs in the hub's spelling."""

    family_key: str
    sku: str


class Fate(StrEnum):
    """What becomes of a family that is not sold any more, where it is not just off sale."""

    # The hub is to forget it.
    DELETE = "delete"
    # Nothing is sent of it any more.
    LEAVE = "leave"


class Gone(Struct, frozen=True):
    """A family that the store removed or unpublished, or that the rules leave out."""

    sequence: int
    key: str
    fate: Fate | None


class KnownFamily(Struct, frozen=True):
    """A family the ledger has, with the SKUs the hub may hold of it."""

    family_key: str
    sku: str
    desired_stock: str
    acked_stock: str | None

    def zero_stock(self) -> str:
        """The stock facet that takes every SKU of the family off sale."""
        skus = {**decode_stock(self.desired_stock), **decode_stock(self.acked_stock or "{}")}
        return encode_facet(dict.fromkeys(skus, 0)).decode()


class ChangedFamily(Struct, frozen=True):
    """A row that changed, and the part of the catalogue that it is in."""

    family_key: str
    part: int


async def known(conn: Connection, connection_id: int, keys: Collection[str]) -> list[KnownFamily]:
    """Which of `keys` the ledger has."""
    return await rows(
        conn, "known_families", KnownFamily, connection_id=connection_id, keys=list(keys)
    )


async def hold(conn: Connection, connection_id: int) -> bool:
    """Keep the connection until the transaction ends; False where it was deleted meanwhile.

    Goes before anything that adds families or SKUs: no foreign key watches them.
    """
    return await scalar(conn, "hold_connection", connection_id=connection_id) is not None


async def known_keys(conn: Connection, connection_id: int, keys: Collection[str]) -> frozenset[str]:
    """Which of `keys` the ledger has."""
    return frozenset(
        await scalars(conn, "known_keys", connection_id=connection_id, keys=list(keys))
    )


async def know_sizes(conn: Connection) -> bool:
    """Have the database look at tables that it believes to be empty; False where it had to.

    Its own look comes by the minute. Until then, and for as long as a statement planned before is
    kept, each page and each batch of an export would read the whole catalogue instead of its rows.
    """
    if await scalar(conn, "believes_empty"):
        await execute(conn, "look_at_sizes")
        return False
    return True


async def upsert(
    conn: Connection,
    connection_id: int,
    page: Sequence[tuple[int, PackedDraft]],
    held_back: Collection[str],
) -> list[ChangedFamily]:
    """Write the desired facets of (sequence, draft) pairs; the rows that changed.

    Families whose key is in `held_back` are not sent: another one owns their SKU.
    """
    return await rows(
        conn,
        "upsert_families",
        ChangedFamily,
        connection_id=connection_id,
        keys=[draft.key for _, draft in page],
        skus=[draft.sku for _, draft in page],
        store_skus=[draft.store_skus[draft.sku] for _, draft in page],
        sequences=[sequence for sequence, _ in page],
        taken=[draft.key in held_back for _, draft in page],
        stocks=[draft.stock for _, draft in page],
        prices=[draft.price for _, draft in page],
        hashes=[draft.content_hash for _, draft in page],
        contents=[draft.content for _, draft in page],
    )


async def split_renamed(
    conn: Connection, connection_id: int, drafts: Sequence[PackedDraft]
) -> bool:
    """Where a family's SKU became another one, leave the old SKU behind to be retired; whether one
    did."""
    if not drafts:
        return False
    renamed = await rows(
        conn,
        "renamed_families",
        SkuPair,
        connection_id=connection_id,
        keys=[draft.key for draft in drafts],
        skus=[draft.sku for draft in drafts],
    )
    if not renamed:
        return False
    before = {
        family.family_key: family
        for family in await known(conn, connection_id, [pair.family_key for pair in renamed])
    }
    for pair in renamed:
        await execute(
            conn,
            "split_renamed",
            connection_id=connection_id,
            family_key=pair.family_key,
            zero_stock=before[pair.family_key].zero_stock(),
            retired_content=RETIRED,
        )
    return True


async def retire(conn: Connection, connection_id: int, gone: Sequence[Gone]) -> None:
    """Families that are not sold any more; unknown ones are nothing."""
    by_key = {each.key: each for each in gone}
    if not by_key:
        return
    await execute(conn, "drop_held_back", connection_id=connection_id, keys=list(by_key))
    families = await known(conn, connection_id, by_key)
    if families:
        await execute(
            conn,
            "retire_families",
            connection_id=connection_id,
            keys=[family.family_key for family in families],
            sequences=[by_key[family.family_key].sequence for family in families],
            stocks=[family.zero_stock() for family in families],
            fates=[by_key[family.family_key].fate for family in families],
            retired_content=RETIRED,
        )


async def attach_contents(
    conn: Connection, connection_id: int, drafts: Sequence[PackedDraft]
) -> list[str]:
    """Bodies read again from the store, for the rows that still want just this content; those."""
    return await scalars(
        conn,
        "attach_contents",
        connection_id=connection_id,
        keys=[draft.key for draft in drafts],
        hashes=[draft.content_hash for draft in drafts],
        contents=[draft.content for draft in drafts],
    )


async def settle_page(
    conn: Connection, connection_id: int, rules_version: int, cursor: int | None
) -> bool | None:
    """The last of a page's transaction before it wakes anybody: the feed is in the ledger up to
    `cursor`. Whether the catalogue is at work still; None where the rules are others than those the
    page was judged by, and it must not be written.

    It comes last because the row stays locked from here on, and by it a change of rules either
    comes before, and is seen, or after, and sets the cursor back.
    """
    found: bool | None = await scalar(
        conn,
        "settle_page",
        connection_id=connection_id,
        rules_version=rules_version,
        cursor=cursor or 0,
    )
    return found


async def set_feed_tail(conn: Connection, connection_id: int, tail: int) -> None:
    """The feed's newest changes were looked at up to `tail`, ahead of their turn."""
    await execute(conn, "set_feed_tail", connection_id=connection_id, tail=tail)


async def mark_checked(
    conn: Connection, connection_id: int, rules_version: int, at: datetime, poll_seconds: float
) -> bool:
    """The feed was read to its end at `at`: all three facets are current (R3). False where the
    rules are others by now, and it is not so."""
    marked = await execute(
        conn,
        "mark_catalogue_checked",
        connection_id=connection_id,
        rules_version=rules_version,
        at=at,
        poll_seconds=poll_seconds,
    )
    return marked > 0


class _StoreSku(Struct, frozen=True):
    sku: str
    store_sku: str


async def store_skus(conn: Connection, connection_id: int, skus: Collection[str]) -> dict[str, str]:
    """The store's spelling of SKUs, by the hub's."""
    found = await rows(conn, "store_skus", _StoreSku, connection_id=connection_id, skus=list(skus))
    return {each.sku: each.store_sku for each in found}
