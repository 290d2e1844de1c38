"""The merchant's rules as the ledger keeps them, each change one version higher.

A change that alters the catalogue lets the store's feed be read anew from its beginning, in the
transaction of the change: the ledger keeps what the hub should have, not what the store said, so
there is nothing else to derive it from. A page that was read under the older version is not written
(`catalogue.settle_page`), so no crash and no pull under way can leave old prices behind.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.domain.rules import MerchantRules
from ponte.ledger.queries import Connection, execute, row, rows, scalar


class RulesRow(Struct, frozen=True):
    """The rules and their version."""

    rules: dict[str, Any]
    version: int

    def merchant_rules(self) -> MerchantRules:
        """The rules, typed."""
        return msgspec.convert(self.rules, MerchantRules)


class ChangeEntry(Struct, frozen=True):
    """A change of rules in the trail: `detail` has its `version` and `changes`."""

    at: datetime
    actor: str
    detail: dict[str, Any]


async def read(conn: Connection, connection_id: int) -> RulesRow | None:
    """The rules of a connection, if there is one."""
    return await row(conn, "read_rules", RulesRow, connection_id=connection_id)


async def change(
    conn: Connection,
    connection_id: int,
    rules: MerchantRules,
    *,
    version: int,
    read_again: bool,
) -> int | None:
    """Replace the rules of `version`; the new version, or None where they are others by now.

    `read_again`: the store's whole feed is read under them.
    """
    found: int | None = await scalar(
        conn,
        "change_rules",
        connection_id=connection_id,
        rules=Jsonb(msgspec.to_builtins(rules)),
        version=version,
        read_again=read_again,
    )
    return found


async def changed_since(conn: Connection, connection_id: int, version: int) -> list[ChangeEntry]:
    """Who changed what after `version`, the newest first; some twenty at most."""
    return await rows(
        conn,
        "rules_changed_since",
        ChangeEntry,
        connection_id=connection_id,
        version=version,
    )


async def reopen_reports(conn: Connection, connection_id: int) -> None:
    """The report mode changed: every order is looked at again."""
    await execute(conn, "reopen_reports", connection_id=connection_id)
