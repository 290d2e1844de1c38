"""Decides which alerts begin and end, and brings their messages to the operator.

The two are apart: an alert is written into the ledger together with its messages, and those are
sent by tasks of their own, one for each channel, so that a mail server which hangs delays nothing
else.
"""

from datetime import UTC, datetime

import structlog

from ponte.domain.alerts import (
    AlertKind,
    Condition,
    Figures,
    Thresholds,
    conditions_of,
    decide,
    next_try,
)
from ponte.jobs.alert_channels import Channel, Undelivered
from ponte.jobs.resting import rest
from ponte.jobs.trouble import DATABASE_TROUBLE
from ponte.ledger import alerts, outages, status
from ponte.ledger.database import Pool
from ponte.ledger.queries import Connection
from ponte.settings import Settings

log = structlog.get_logger(__name__)

# Messages handed over together by one channel, so that a receiver which is back is not flooded.
_AT_ONCE = 4
# Whoever takes messages must be done with them by then: four time-outs of the slowest channel.
_LEASE_SECONDS = 180.0
_LOOK_SECONDS = 1.0


def thresholds_of(settings: Settings) -> Thresholds:
    """What the operator set."""
    return Thresholds(settings.alert_lag_minutes * 60, settings.alert_problems)


async def look(conn: Connection, thresholds: Thresholds, channels: list[str]) -> None:
    """Compare what is wrong with what was told, in `conn`'s transaction."""
    excused = await outages.concerned(conn)
    seen = conditions_of(await alerts.suspects(conn, thresholds), thresholds, excused)
    seen += await _wide_conditions(conn)
    changes = decide(seen, await alerts.standing(conn), datetime.now(UTC))
    if changes.notice:
        await alerts.notice(conn, changes.notice)
    if changes.tell:
        await alerts.tell(conn, changes.tell, channels)
        log.warning("alerts raised", alerts=[number for number, _ in changes.tell])
    if changes.calm:
        await alerts.calm(conn, changes.calm)
    if changes.resume:
        await alerts.resume(conn, changes.resume)
    if changes.end:
        await alerts.end(conn, changes.end, channels)
        log.info("alerts over", alerts=changes.end)
    if changes.drop:
        await alerts.drop(conn, changes.drop)


async def _wide_conditions(conn: Connection) -> list[Condition]:
    found = [
        Condition(
            AlertKind.OUTAGE,
            None,
            each.place,
            Figures(
                side=each.side,
                status=each.status,
                accounts=each.accounts,
                failing=each.failing,
                since=each.began_at,
            ),
        )
        for each in await outages.all_standing(conn)
    ]
    if await status.living_workers(conn) == 0:
        found.append(Condition(AlertKind.NO_WORKER, None, "", Figures()))
    return found


async def deliver_for_ever(pool: Pool, channel: Channel) -> None:
    """Send what is due through one channel, until cancelled."""
    while True:
        try:
            sent = await deliver(pool, channel)
        except DATABASE_TROUBLE as error:
            log.warning("messages wait for the database", reason=type(error).__name__)
            sent = 0
        if not sent:
            await rest(_LOOK_SECONDS)


async def deliver(pool: Pool, channel: Channel) -> int:
    """Send what is due now; how many were tried."""
    async with pool.connection() as conn:
        due = await alerts.claim(conn, channel.name, _AT_ONCE, _LEASE_SECONDS)
    for delivery in due:
        try:
            await channel.send(delivery)
        except Undelivered as failure:
            again = next_try(delivery.attempts, delivery.made_at, datetime.now(UTC))
            log.warning("alert not delivered", channel=channel.name, reason=str(failure))
            async with pool.connection() as conn:
                await alerts.failed(conn, delivery.delivery_id, str(failure)[:300], again)
        else:
            async with pool.connection() as conn:
                await alerts.delivered(conn, delivery.delivery_id)
    return len(due)
