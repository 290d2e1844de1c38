"""What other rules would change, shown before they are saved; and saved just as they were shown."""

import asyncio
from datetime import datetime
from enum import StrEnum

import structlog
from msgspec import Struct
from procrastinate import App

from ponte.domain.failures import Failure
from ponte.domain.rule_effects import Effect
from ponte.domain.rules import MerchantRules, RuleChange, changes_of, faults_of
from ponte.jobs.rules_previews import wake_rules_preview
from ponte.ledger import rules_preview as ledger
from ponte.ledger.queries import Connection
from ponte.ledger.rules_preview import PreviewRow
from ponte.services import rules as service
from ponte.services.actors import Actor, must_change, must_see
from ponte.services.rules import FaultyRules, NoSuchConnection, RulesNow
from ponte.sync.rules_preview import glance
from ponte.sync.runtime import Link, Runtime

log = structlog.get_logger(__name__)

# A person waits for the glance; a store that needs longer is read by the job alone.
_GLANCE_SECONDS = 1.5


class State(StrEnum):
    """How far a preview is."""

    # A worker has not begun yet.
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class Preview(Struct, frozen=True):
    """A preview as a person watches it."""

    connection_id: int
    number: int
    asked_at: datetime
    asked_by: str
    state: State
    # The rules somebody thinks of, and in what they differ from the present ones.
    rules: MerchantRules
    version: int
    changes: tuple[RuleChange, ...]
    # False where the rules were changed meanwhile: it compares with rules that are no more.
    is_current: bool
    families_read: int
    families_total: int | None
    # What was found so far; at first of the first fifty products only.
    effect: Effect | None
    # A word of `ponte.jobs.dry_runs` for why there is no more.
    failure: str | None


class PreviewGone(Exception):
    """Another preview was begun, or the rules were saved."""


async def begin(
    app: App,
    runtime: Runtime,
    actor: Actor,
    connection_id: int,
    rules: MerchantRules,
    version: int,
) -> Preview:
    """Have a worker find out what `rules` would change of those of `version`; what the first
    products show is there at once. Raises `FaultyRules`, `RulesConflict`, `NoSuchConnection`."""
    must_change(actor, connection_id)
    faults = faults_of(rules)
    if faults:
        raise FaultyRules(faults)
    link = await runtime.link(connection_id)
    if link is None:
        raise NoSuchConnection(connection_id)
    first = await _first_look(link, runtime, rules)
    async with runtime.pool.connection() as conn, conn.transaction():
        now = await service.must_be_current(conn, connection_id, version)
        await ledger.ask(conn, connection_id, actor.name, version, rules, first)
        await wake_rules_preview(app, conn, connection_id)
        asked = await ledger.read(conn, connection_id)
    if asked is None:
        raise NoSuchConnection(connection_id)
    return _as_watched(asked, now)


async def watch(app: App, runtime: Runtime, actor: Actor, connection_id: int) -> Preview | None:
    """How the latest preview stands; None where there is none. One whose worker died is begun
    again."""
    must_see(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        asked = await ledger.read(conn, connection_id)
        if asked is None:
            return None
        if asked.is_silent:
            await wake_rules_preview(app, conn, connection_id)
        now = await service.read_within(conn, connection_id)
    return _as_watched(asked, now)


async def save(runtime: Runtime, actor: Actor, connection_id: int, number: int) -> RulesNow:
    """Save the rules of preview `number`, just as they were shown. Raises `PreviewGone`,
    `RulesConflict`."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        asked = await _asked(conn, connection_id, number)
        return await service.save_within(
            conn, runtime, actor, connection_id, asked.candidate(), asked.rules_version
        )


async def discard(runtime: Runtime, actor: Actor, connection_id: int) -> None:
    """Nobody wants to know any more."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn:
        await ledger.forget(conn, connection_id)


async def _asked(conn: Connection, connection_id: int, number: int) -> PreviewRow:
    asked = await ledger.read(conn, connection_id)
    if asked is None or asked.number != number:
        raise PreviewGone
    return asked


async def _first_look(link: Link, runtime: Runtime, rules: MerchantRules) -> Effect | None:
    try:
        async with asyncio.timeout(_GLANCE_SECONDS):
            return await glance(link, runtime, rules)
    except (Failure, TimeoutError) as error:
        # The job meets the same, tries longer, and says so.
        log.info("no first look", connection=link.connection_id, reason=type(error).__name__)
        return None


def _as_watched(asked: PreviewRow, now: RulesNow) -> Preview:
    candidate = asked.candidate()
    if asked.failure is not None:
        state = State.FAILED
    elif asked.ended_at is not None:
        state = State.DONE
    else:
        state = State.READING if asked.has_begun else State.WAITING
    return Preview(
        connection_id=now.connection_id,
        number=asked.number,
        asked_at=asked.asked_at,
        asked_by=asked.asked_by,
        state=state,
        rules=candidate,
        version=asked.rules_version,
        changes=changes_of(now.rules, candidate),
        is_current=asked.rules_version == now.version,
        families_read=asked.families_read,
        families_total=asked.families_total,
        effect=asked.effect(),
        failure=asked.failure,
    )
