"""What an export would change, asked of the ledger without writing into its families.

The comparison is with what the hub has *acknowledged*, not with what was wanted last: a person who
asks before an export wants to know which calls it will make.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.domain.packed import PackedDraft
from ponte.ledger.catalogue import SkuPair
from ponte.ledger.queries import Connection, execute, row, rows, scalar


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


class DryRunRow(Struct, frozen=True):
    """The latest dry run of a connection."""

    asked_at: datetime
    # Not ended, and without a sign of life for too long.
    is_silent: bool
    has_begun: bool
    ended_at: datetime | None
    families_read: int
    families_total: int | None
    # `ponte.sync.dry_run.Preview` as an object.
    result: dict[str, Any] | None
    failure: str | None


class DryRunProblem(Struct, frozen=True):
    """One problem on one family, with what people know the family by (the store's spelling)."""

    family_key: str
    sku: str
    title: str
    code: str
    detail: str
    blocking: bool


class PlacedProblem(DryRunProblem, frozen=True):
    """The same in its place within the list."""

    place: int


# So many lines nobody reads; a spreadsheet holds them, and a file of them stays under 20 MB.
MOST_PROBLEMS = 200_000
# Read at a time for a download.
_PROBLEMS_AT_ONCE = 2000
# A job shows a sign of life with every page of the feed; a slow store needs seconds for one.
_SILENT_SECONDS = 30.0


async def ask(conn: Connection, connection_id: int) -> None:
    """Forget the last one; a job will make a fresh one."""
    await execute(conn, "ask_dry_run", connection_id=connection_id)


async def note(
    conn: Connection, connection_id: int, families_read: int, families_total: int | None
) -> None:
    """It lives, and is so far."""
    await execute(
        conn,
        "note_dry_run",
        connection_id=connection_id,
        families_read=families_read,
        families_total=families_total,
    )


async def end(
    conn: Connection, connection_id: int, result: Struct | None, failure: str | None
) -> None:
    """It came to this."""
    kept = None if result is None else Jsonb(msgspec.to_builtins(result))
    await execute(conn, "end_dry_run", connection_id=connection_id, result=kept, failure=failure)


async def forget_problems(conn: Connection, connection_id: int) -> None:
    """Those of the last one."""
    await execute(conn, "forget_dry_run_problems", connection_id=connection_id)


async def add_problems(
    conn: Connection, connection_id: int, found: Sequence[DryRunProblem], first: int
) -> None:
    """Keep these, of which the first has the place `first`."""
    await execute(
        conn,
        "add_dry_run_problems",
        connection_id=connection_id,
        first=first,
        keys=[each.family_key for each in found],
        skus=[_plain(each.sku) for each in found],
        titles=[_plain(each.title) for each in found],
        codes=[each.code for each in found],
        details=[_plain(each.detail) for each in found],
        blocking=[each.blocking for each in found],
    )


def _plain(text: str) -> str:
    """Without what no text of the database can hold."""
    return text.replace("\0", "")


async def problems_from(conn: Connection, connection_id: int, place: int) -> list[PlacedProblem]:
    """The next problems behind a place, in the order in which the store has the products."""
    return await rows(
        conn,
        "dry_run_problems",
        PlacedProblem,
        connection_id=connection_id,
        place=place,
        count=_PROBLEMS_AT_ONCE,
    )


async def read(conn: Connection, connection_id: int) -> DryRunRow | None:
    """The latest one, if there was one."""
    return await row(
        conn,
        "read_dry_run",
        DryRunRow,
        connection_id=connection_id,
        silent_seconds=_SILENT_SECONDS,
    )


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
