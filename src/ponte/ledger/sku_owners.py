"""Which family owns a SKU: the binder that keeps two families from fighting over one product.

Stores do have the same SKU twice. The first family to name it keeps it; the other goes without that
SKU, as a pendência, and is read again as soon as the SKU is free.
"""

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import Struct

from ponte.domain.packed import PackedDraft
from ponte.ledger.catalogue import SkuPair
from ponte.ledger.queries import Connection, execute, rows, scalars


class Claim(Struct, frozen=True):
    """SKUs newly owned, and per family the SKUs that another family owns."""

    new_skus: list[str]
    contested: dict[str, list[str]]
    # Retired families that lost a SKU, with their own SKU in the hub.
    losing: list[SkuPair]


class FreeToClaim(Struct, frozen=True):
    """A family that may have its missing SKU now; `store_sku` is in the store's spelling."""

    family_key: str
    store_sku: str
    sequence: int


async def claim(
    conn: Connection, connection_id: int, drafts: Sequence[PackedDraft], known: Collection[str]
) -> Claim:
    """Bind the SKUs of `drafts` to them, after releasing those they no longer have.

    `known` are the keys of families that the ledger has: only they may have something to release.
    """
    binders = [
        (draft.key, sku, store_sku)
        for draft in drafts
        for sku, store_sku in draft.store_skus.items()
    ]
    if known:
        await execute(
            conn,
            "release_skus",
            connection_id=connection_id,
            keys=list(known),
            owner_keys=[key for key, _, _ in binders],
            owner_skus=[sku for _, sku, _ in binders],
        )
    free = await scalars(conn, "claim_free_skus", connection_id=connection_id, **_columns(binders))
    bound = dict.fromkeys(free)
    disputed = []
    for binder in binders:
        key, sku, _ = binder
        # The first to name a free SKU got it.
        if sku not in bound or bound[sku] is not None:
            disputed.append(binder)
        else:
            bound[sku] = key
    if not disputed:
        return Claim(free, {}, [])
    return await _settle(conn, connection_id, disputed, [draft.key for draft in drafts], free)


async def _settle(
    conn: Connection,
    connection_id: int,
    disputed: Sequence[tuple[str, str, str]],
    keys: Sequence[str],
    free: Sequence[str],
) -> Claim:
    """SKUs that somebody has already: of a retired family they are taken over."""
    losing = await rows(
        conn,
        "retired_owners",
        SkuPair,
        connection_id=connection_id,
        skus=[sku for _, sku, _ in disputed],
        keys=keys,
    )
    columns = _columns(disputed)
    taken_over = await scalars(
        conn, "take_over_skus", connection_id=connection_id, keys=keys, **columns
    )
    contested: dict[str, list[str]] = {}
    for pair in await rows(
        conn,
        "contested_skus",
        SkuPair,
        connection_id=connection_id,
        owner_keys=columns["owner_keys"],
        owner_skus=columns["owner_skus"],
    ):
        contested.setdefault(pair.family_key, []).append(pair.sku)
    return Claim([*free, *taken_over], contested, losing)


def _columns(binders: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """(family key, SKU, SKU in the store's spelling) as the statements take them."""
    keys, skus, store_skus = zip(*binders, strict=True) if binders else ((), (), ())
    return {"owner_keys": [*keys], "owner_skus": [*skus], "store_skus": [*store_skus]}


async def clear_the_way(
    conn: Connection, connection_id: int, losing: Sequence[SkuPair], written: Collection[str]
) -> None:
    """A retired family that lost a SKU: the new owner writes over its product (its SKU is among
    those `written`), or, where the SKU belongs into another product now, the hub must forget it."""
    overwritten = [pair.family_key for pair in losing if pair.sku in written]
    in_the_way = [pair.family_key for pair in losing if pair.sku not in written]
    if overwritten:
        await execute(conn, "drop_overwritten", connection_id=connection_id, keys=overwritten)
    if in_the_way:
        await execute(conn, "supersede", connection_id=connection_id, keys=in_the_way)


async def free_to_claim(conn: Connection, connection_id: int) -> list[FreeToClaim]:
    """Families whose missing SKU nobody else holds any more; up to a hundred at a time."""
    return await rows(conn, "families_free_to_claim", FreeToClaim, connection_id=connection_id)
