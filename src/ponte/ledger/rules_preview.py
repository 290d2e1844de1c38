"""The preview of candidate rules: asked for by a person, filled by a worker, gone with a save."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.domain.problems import ProblemCode
from ponte.domain.rule_effects import Effect
from ponte.domain.rules import MerchantRules
from ponte.ledger.queries import Connection, execute, row, scalar

# A job shows a sign of life with every page of the feed; a slow store needs seconds for one.
_SILENT_SECONDS = 30.0


class PreviewRow(Struct, frozen=True):
    """The latest preview of a connection."""

    number: int
    asked_at: datetime
    asked_by: str
    # The rules that it compares with, by their version.
    rules_version: int
    rules: dict[str, Any]
    # Not ended, and without a sign of life for too long.
    is_silent: bool
    has_begun: bool
    ended_at: datetime | None
    families_read: int
    families_total: int | None
    result: dict[str, Any] | None
    failure: str | None

    def candidate(self) -> MerchantRules:
        """The rules that somebody thinks of, typed."""
        return msgspec.convert(self.rules, MerchantRules)

    def effect(self) -> Effect | None:
        """What was found so far, typed."""
        return None if self.result is None else msgspec.convert(self.result, Effect)


async def ask(
    conn: Connection,
    connection_id: int,
    asked_by: str,
    rules_version: int,
    rules: MerchantRules,
    result: Effect | None,
) -> int:
    """Forget the last one, and begin another with what is known already; its number."""
    number = await scalar(
        conn,
        "ask_rules_preview",
        connection_id=connection_id,
        asked_by=asked_by,
        rules_version=rules_version,
        rules=Jsonb(msgspec.to_builtins(rules)),
        result=None if result is None else Jsonb(msgspec.to_builtins(result)),
    )
    return int(number)


async def note(
    conn: Connection, connection_id: int, number: int, total: int | None, result: Effect | None
) -> bool:
    """It lives, and came so far; False where another one was begun, or rules were saved."""
    noted = await execute(
        conn,
        "note_rules_preview",
        connection_id=connection_id,
        number=number,
        families_read=0 if result is None else result.families,
        families_total=total,
        result=None if result is None else Jsonb(msgspec.to_builtins(result)),
    )
    return noted > 0


async def end(
    conn: Connection, connection_id: int, number: int, result: Effect | None, failure: str | None
) -> None:
    """It came to this; to nothing where it failed."""
    await execute(
        conn,
        "end_rules_preview",
        connection_id=connection_id,
        number=number,
        result=None if result is None else Jsonb(msgspec.to_builtins(result)),
        failure=failure,
    )


async def read(conn: Connection, connection_id: int) -> PreviewRow | None:
    """The latest one, if there is one."""
    return await row(
        conn,
        "read_rules_preview",
        PreviewRow,
        connection_id=connection_id,
        silent_seconds=_SILENT_SECONDS,
    )


async def forget(conn: Connection, connection_id: int) -> None:
    """There is none any more."""
    await execute(conn, "forget_rules_preview", connection_id=connection_id)


async def count_orders_with(conn: Connection, connection_id: int, code: ProblemCode) -> int:
    """How many orders a pendência of this code holds back; 10,001 stands for more."""
    return int(await scalar(conn, "count_orders_with", connection_id=connection_id, code=code))


async def count_reports(conn: Connection, connection_id: int) -> int:
    """How many reports there are; 10,001 stands for more."""
    return int(await scalar(conn, "count_reports", connection_id=connection_id))
