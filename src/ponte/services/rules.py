"""The merchant's rules: read, changed by two people without one undoing the other, and paused.

A change names the version it was made from. Where somebody changed the rules meanwhile nothing is
saved, and the conflict says what they changed and who they are.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.problems import ProblemCode
from ponte.domain.rules import (
    Fault,
    MerchantRules,
    Pausable,
    RuleChange,
    alters_catalogue,
    changes_of,
    faults_of,
    remember_dropped,
)
from ponte.ledger import orders, pauses, rules_preview
from ponte.ledger import rules as ledger
from ponte.ledger.pauses import Pauses
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, must_change, must_see, record
from ponte.sync.runtime import Loop, Runtime

# What the trail calls a change of rules; the index `trail_rules` knows the word.
CHANGED = "rules.changed"
_LOOPS = {
    Pausable.CATALOGUE: (Loop.PULL, Loop.PUSH),
    Pausable.ORDERS: (Loop.ORDERS,),
    Pausable.REPORTS: (Loop.REPORTS,),
}


class RulesNow(Struct, frozen=True):
    """The rules of a connection, and which of its loops rest."""

    connection_id: int
    version: int
    rules: MerchantRules
    pauses: Pauses


class ChangedMeanwhile(Struct, frozen=True):
    """What somebody else changed since."""

    at: datetime
    actor: str
    changes: tuple[RuleChange, ...]


class NoSuchConnection(Exception):
    """There is no connection of this number."""


class FaultyRules(Exception):
    """Some fields are out of their range; nothing was saved."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(", ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = faults


class RulesConflict(Exception):
    """Somebody changed the rules meanwhile; nothing was saved."""

    def __init__(self, now: RulesNow, meanwhile: tuple[ChangedMeanwhile, ...]) -> None:
        super().__init__(f"the rules are of version {now.version} by now")
        self.now = now
        # The newest first.
        self.meanwhile = meanwhile


class Merged(Struct, frozen=True):
    """Somebody's changes put over what the rules have become meanwhile."""

    rules: MerchantRules
    # Rules that both changed, to something else each; those of `rules` are the second one's.
    both: tuple[str, ...]


def merge(mine: MerchantRules, conflict: RulesConflict) -> Merged:
    """What `mine` changes of the rules that it was made from, over the rules of now."""
    now = conflict.now.rules
    before = msgspec.to_builtins(now)
    for meanwhile in conflict.meanwhile:
        before |= {each.rule: each.before for each in meanwhile.changes}
    origin = msgspec.convert(before, MerchantRules)
    changed = {each.rule: getattr(mine, each.rule) for each in changes_of(origin, mine)}
    both = tuple(
        name
        for name, value in changed.items()
        if getattr(now, name) not in (getattr(origin, name), value)
    )
    return Merged(msgspec.structs.replace(now, **changed), both)


async def read(runtime: Runtime, actor: Actor, connection_id: int) -> RulesNow:
    """The rules as they are. Raises `NoSuchConnection`."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn:
        return await read_within(conn, connection_id)


async def save(
    runtime: Runtime, actor: Actor, connection_id: int, rules: MerchantRules, version: int
) -> RulesNow:
    """Change the rules of `version` to these. Raises `FaultyRules`, `RulesConflict`,
    `NoSuchConnection`. What equals the rules as they are changes nothing and wakes nobody."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        return await save_within(conn, runtime, actor, connection_id, rules, version)


async def save_within(
    conn: Connection,
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    rules: MerchantRules,
    version: int,
) -> RulesNow:
    """The same, within a transaction of the caller."""
    faults = faults_of(rules)
    if faults:
        raise FaultyRules(faults)
    before = await must_be_current(conn, connection_id, version)
    changes = changes_of(before.rules, rules)
    rules = remember_dropped(before.rules, rules)
    # What was previewed is saved, or compares with rules that are no more.
    await rules_preview.forget(conn, connection_id)
    if not changes:
        return before
    concerns_catalogue = alters_catalogue(before.rules, rules)
    # The connection first, then the jobs: the order in which everybody locks them.
    changed = await ledger.change(
        conn, connection_id, rules, version=version, read_again=concerns_catalogue
    )
    if changed is None:
        raise await _conflict(conn, await read_within(conn, connection_id), version)
    await record(conn, actor, CHANGED, connection_id, version=changed, changes=changes)
    if concerns_catalogue:
        await runtime.waker.wake(conn, Loop.PULL, connection_id)
    if rules.report_mode is not before.rules.report_mode:
        await ledger.reopen_reports(conn, connection_id)
        await runtime.waker.wake(conn, Loop.REPORTS, connection_id)
    if rules.order_tolerance != before.rules.order_tolerance:
        await orders.want_with_problem(conn, connection_id, [ProblemCode.TOTAL_MISMATCH])
        await runtime.waker.wake(conn, Loop.ORDERS, connection_id)
    return msgspec.structs.replace(before, version=changed, rules=rules)


async def change(
    runtime: Runtime, actor: Actor, connection_id: int, named: dict[str, Any]
) -> RulesNow:
    """Change the named rules, whatever the others are at this moment; as `save` otherwise."""
    now = await read(runtime, actor, connection_id)
    rules = msgspec.structs.replace(now.rules, **named)
    return await save(runtime, actor, connection_id, rules, now.version)


async def pause(
    runtime: Runtime, actor: Actor, connection_id: int, loop: Pausable, *, on: bool
) -> Pauses:
    """Let a loop rest (`on`), or work again from now on; what was so already stays as it is.

    Nothing is lost: what differs is sent, what was wanted is read when it works again.
    """
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        turn = pauses.pause if on else pauses.resume
        if await turn(conn, connection_id, loop):
            action = "loop.paused" if on else "loop.resumed"
            await record(conn, actor, action, connection_id, loop=loop)
            if not on:
                for each in _LOOPS[loop]:
                    await runtime.waker.wake(conn, each, connection_id)
        found = await pauses.read(conn, connection_id)
    if found is None:
        raise NoSuchConnection(connection_id)
    return found


async def must_be_current(conn: Connection, connection_id: int, version: int) -> RulesNow:
    """The rules, which are of this version still; raises `RulesConflict`."""
    now = await read_within(conn, connection_id)
    if now.version != version:
        raise await _conflict(conn, now, version)
    return now


async def read_within(conn: Connection, connection_id: int) -> RulesNow:
    """The rules as they are, within a transaction of the caller."""
    row = await ledger.read(conn, connection_id)
    resting = await pauses.read(conn, connection_id)
    if row is None or resting is None:
        raise NoSuchConnection(connection_id)
    return RulesNow(connection_id, row.version, row.merchant_rules(), resting)


async def _conflict(conn: Connection, now: RulesNow, version: int) -> RulesConflict:
    entries = await ledger.changed_since(conn, now.connection_id, version)
    meanwhile = tuple(
        ChangedMeanwhile(
            entry.at,
            entry.actor,
            msgspec.convert(entry.detail["changes"], tuple[RuleChange, ...]),
        )
        for entry in entries
    )
    return RulesConflict(now, meanwhile)
