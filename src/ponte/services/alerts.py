"""Alerts: what stands, what was, and whether the operator's channels work."""

from collections import defaultdict
from datetime import datetime

import msgspec
from msgspec import Struct

from ponte.domain.alerts import AlertKind, Figures, Thresholds
from ponte.jobs.alert_channels import channel_names
from ponte.jobs.alerts import thresholds_of
from ponte.ledger import alerts
from ponte.ledger.alerts import AlertRow, DeliveryRow
from ponte.ledger.database import Pool
from ponte.services.actors import Actor, must_operate, must_see_fleet, record
from ponte.settings import Settings

_SHOWN = 50


class NoChannel(Exception):
    """There is nowhere to send an alert to: neither webhook nor mail is set up."""


class AlertView(Struct, frozen=True):
    """An alert, and what became of its messages."""

    alert_id: int
    kind: AlertKind
    connection_id: int | None
    subject: str
    figures: Figures
    raised_at: datetime
    over_at: datetime | None
    deliveries: list[DeliveryRow]


class AlertPage(Struct, frozen=True):
    """Those that stand, then the past; `next` is where the next page begins."""

    alerts: list[AlertView]
    next: int | None
    channels: list[str]
    thresholds: Thresholds


async def latest(
    pool: Pool, settings: Settings, actor: Actor, before: int | None = None
) -> AlertPage:
    """A page of alerts; `before` is the last page's `next`."""
    must_see_fleet(actor)
    async with pool.connection() as conn:
        rows = await alerts.latest(conn, _SHOWN + 1, before)
        shown = rows[:_SHOWN]
        deliveries = await alerts.deliveries_of(conn, [row.alert_id for row in shown])
    by_alert: defaultdict[int, list[DeliveryRow]] = defaultdict(list)
    for delivery in deliveries:
        by_alert[delivery.alert_id].append(delivery)
    past = [row.alert_id for row in shown if row.over_at is not None]
    return AlertPage(
        [_view(row, by_alert[row.alert_id]) for row in shown],
        # More standing ones than a page holds are reached through their connections.
        past[-1] if len(rows) > _SHOWN and past else None,
        channel_names(settings),
        thresholds_of(settings),
    )


async def send_test(pool: Pool, settings: Settings, actor: Actor) -> int:
    """Send a message about nothing through every channel; the alert's number. `NoChannel`."""
    must_operate(actor)
    channels = channel_names(settings)
    if not channels:
        raise NoChannel
    async with pool.connection() as conn, conn.transaction():
        number = await alerts.make_test(conn, AlertKind.TEST, channels)
        await record(conn, actor, "alert.tested", channels=channels)
    return number


def _view(row: AlertRow, deliveries: list[DeliveryRow]) -> AlertView:
    return AlertView(
        row.alert_id,
        AlertKind(row.kind),
        row.connection_id,
        row.subject,
        msgspec.convert(row.figures, Figures),
        row.raised_at,
        row.over_at,
        deliveries,
    )
