"""What an export would change, asked of the ledger without writing into it.

The comparison is with what the hub has *acknowledged*, not with what was wanted last: a person who
asks before an export wants to know which calls it will make.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from ponte.domain.packed import PackedDraft
from ponte.ledger.catalogue import SkuPair
from ponte.ledger.queries import Connection, rows, scalar


class Comparison(Struct, frozen=True):
    """One family against what the hub has acknowledged of it."""

    family_key: str
    is_new: bool
    stock_differs: bool
    price_differs: bool
    content_differs: bool

    @property
    def differs(self) -> bool:
        """Whether an export would send anything of it."""
        return self.is_new or self.stock_differs or self.price_differs or self.content_differs


async def compare(
    conn: Connection, connection_id: int, drafts: Sequence[PackedDraft]
) -> list[Comparison]:
    """Each draft against the ledger."""
    return await rows(
        conn,
        "compare_families",
        Comparison,
        connection_id=connection_id,
        keys=[draft.key for draft in drafts],
        stocks=[draft.stock for draft in drafts],
        prices=[draft.price for draft in drafts],
        hashes=[draft.content_hash for draft in drafts],
    )


async def owned_by_others(
    conn: Connection, connection_id: int, drafts: Sequence[PackedDraft]
) -> list[SkuPair]:
    """SKUs of the drafts that the ledger has bound to another family."""
    return await rows(
        conn,
        "skus_owned_by_others",
        SkuPair,
        connection_id=connection_id,
        owner_keys=[draft.key for draft in drafts for _ in draft.store_skus],
        owner_skus=[sku for draft in drafts for sku in draft.store_skus],
    )


async def count_on_sale(conn: Connection, connection_id: int, keys: Collection[str]) -> int:
    """How many of these families the hub still offers."""
    return int(
        await scalar(conn, "count_families_on_sale", connection_id=connection_id, keys=list(keys))
    )
