"""Which family owns a SKU: the binder that keeps two families from fighting over one product.

Stores do have the same SKU twice. The first family to name it keeps it; the other goes without that
SKU, as a pendência, and is read again as soon as the SKU is free.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from ponte.domain.families import FamilyDraft
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


async def claim(conn: Connection, connection_id: int, drafts: Sequence[FamilyDraft]) -> Claim:
    """Bind the SKUs of `drafts` to them, after releasing those they no longer have."""
    owner_keys = [draft.key for draft in drafts for _ in draft.store_skus]
    owner_skus = [sku for draft in drafts for sku in draft.store_skus]
    await execute(
        conn,
        "release_skus",
        connection_id=connection_id,
        keys=[draft.key for draft in drafts],
        owner_keys=owner_keys,
        owner_skus=owner_skus,
    )
    losing = await rows(
        conn,
        "retired_owners",
        SkuPair,
        connection_id=connection_id,
        skus=owner_skus,
        keys=[draft.key for draft in drafts],
    )
    new_skus = await scalars(
        conn,
        "claim_skus",
        connection_id=connection_id,
        owner_keys=owner_keys,
        owner_skus=owner_skus,
        store_skus=[store_sku for draft in drafts for store_sku in draft.store_skus.values()],
    )
    contested: dict[str, list[str]] = {}
    for pair in await rows(
        conn,
        "contested_skus",
        SkuPair,
        connection_id=connection_id,
        owner_keys=owner_keys,
        owner_skus=owner_skus,
    ):
        contested.setdefault(pair.family_key, []).append(pair.sku)
    return Claim(new_skus, contested, losing)


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
