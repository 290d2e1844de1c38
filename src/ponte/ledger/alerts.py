"""Alerts and their messages, each of which stays until it arrived or was given up."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from ponte.domain.alerts import Condition, Figures, Standing, Suspect, Thresholds
from ponte.ledger.queries import Connection, execute, rows, scalar

WEBHOOK = "webhook"
EMAIL = "email"
RAISED = "raised"
OVER = "over"


class Delivery(Struct, frozen=True):
    """A message to be sent, with its alert."""

    delivery_id: str
    channel: str
    event: str
    made_at: datetime
    attempts: int
    alert_id: int
    kind: str
    connection_id: int | None
    subject: str
    raised_at: datetime | None
    over_at: datetime | None
    figures: dict[str, Any]


class AlertRow(Struct, frozen=True):
    """An alert for people."""

    alert_id: int
    kind: str
    connection_id: int | None
    subject: str
    figures: dict[str, Any]
    raised_at: datetime
    over_at: datetime | None


class DeliveryRow(Struct, frozen=True):
    """What became of a message."""

    delivery_id: str
    alert_id: int
    channel: str
    event: str
    made_at: datetime
    due_at: datetime
    attempts: int
    sent_at: datetime | None
    given_up_at: datetime | None
    failure: str | None


async def suspects(conn: Connection, thresholds: Thresholds) -> list[Suspect]:
    """Connections in a state, or with figures, that may be worth an alert."""
    return await rows(
        conn,
        "alert_suspects",
        Suspect,
        lag_seconds=thresholds.lag_seconds,
        problems=thresholds.problems,
    )


async def standing(conn: Connection) -> list[Standing]:
    """Alerts that are not over; of connections that are gone, none is left."""
    return await rows(conn, "standing_alerts", Standing)


async def notice(conn: Connection, conditions: Sequence[Condition]) -> None:
    """Remember since when they are seen."""
    await execute(
        conn,
        "notice_alerts",
        kinds=[each.kind.value for each in conditions],
        connections=[each.connection_id for each in conditions],
        subjects=[each.subject for each in conditions],
        figures=[Jsonb(msgspec.to_builtins(each.figures)) for each in conditions],
    )


async def tell(
    conn: Connection, told: Sequence[tuple[int, Figures]], channels: Sequence[str]
) -> None:
    """They last: messages go out."""
    await execute(
        conn,
        "raise_alerts",
        alerts=[number for number, _ in told],
        figures=[Jsonb(msgspec.to_builtins(figures)) for _, figures in told],
    )
    await _message(conn, [number for number, _ in told], RAISED, channels)


async def end(conn: Connection, alerts: Sequence[int], channels: Sequence[str]) -> None:
    """They are over: messages go out."""
    await execute(conn, "end_alerts", alerts=list(alerts))
    await _message(conn, alerts, OVER, channels)


async def calm(conn: Connection, alerts: Sequence[int]) -> None:
    """They are not seen for now."""
    await execute(conn, "calm_alerts", alerts=list(alerts))


async def resume(conn: Connection, alerts: Sequence[int]) -> None:
    """They are seen again."""
    await execute(conn, "resume_alerts", alerts=list(alerts))


async def drop(conn: Connection, alerts: Sequence[int]) -> None:
    """They passed before anybody was told."""
    await execute(conn, "drop_alerts", alerts=list(alerts))


async def make_test(conn: Connection, kind: str, channels: Sequence[str]) -> int:
    """An alert about nothing, told and over at once; its number."""
    number = int(await scalar(conn, "make_test_alert", kind=kind))
    await _message(conn, [number], RAISED, channels)
    return number


async def _message(
    conn: Connection, alerts: Sequence[int], event: str, channels: Sequence[str]
) -> None:
    pairs = [(alert, channel) for alert in alerts for channel in channels]
    await execute(
        conn,
        "make_deliveries",
        ids=[f"msg_{uuid.uuid4().hex}" for _ in pairs],
        alerts=[alert for alert, _ in pairs],
        channels=[channel for _, channel in pairs],
        event=event,
    )


async def claim(conn: Connection, channel: str, count: int, lease_seconds: float) -> list[Delivery]:
    """Messages that are due, oldest first; nobody else is given them for a while."""
    return await rows(
        conn,
        "claim_deliveries",
        Delivery,
        channel=channel,
        count=count,
        lease_seconds=lease_seconds,
    )


async def delivered(conn: Connection, delivery_id: str) -> None:
    """The receiver has it."""
    await execute(conn, "delivery_sent", delivery_id=delivery_id)


async def failed(conn: Connection, delivery_id: str, failure: str, due_at: datetime | None) -> None:
    """It did not arrive; tried again at `due_at`, or given up."""
    await execute(conn, "delivery_failed", delivery_id=delivery_id, failure=failure, due_at=due_at)


async def latest(conn: Connection, count: int, before: int | None = None) -> list[AlertRow]:
    """Those that stand first, then the newest; with `before`, past ones older than that number."""
    return await rows(conn, "latest_alerts", AlertRow, count=count, before=before)


async def deliveries_of(conn: Connection, alerts: Sequence[int]) -> list[DeliveryRow]:
    """What became of the messages of these alerts."""
    return await rows(conn, "deliveries_of_alerts", DeliveryRow, alerts=list(alerts))


async def forget(conn: Connection) -> None:
    """What is over for three months goes."""
    await execute(conn, "forget_alerts")
