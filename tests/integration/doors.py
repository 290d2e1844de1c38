"""The two doors of `ponte serve` where hub and stores drop hints, and what lies behind them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import requests
from direct import direct_session
from ponte_process import Ponte, PonteService
from standardwebhooks import Webhook

JSON = {"content-type": "application/json"}
# Everything that a refused hint must leave as it was.
_STORED = (
    "SELECT (SELECT count(*) FROM hub_order), (SELECT count(*) FROM problem),"
    " (SELECT count(*) FROM procrastinate_jobs), (SELECT count(*) FROM connection)"
)


class Doors:
    """A running `ponte serve` with one connection and nobody who works off what it notes."""

    def __init__(self, ponte: Ponte, service: PonteService, connection: int, secret: str) -> None:
        self.service = service
        self.connection = connection
        self.secret = secret
        self.ponte = ponte
        self.session = direct_session()

    def notify(self, body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
        return self.session.post(
            f"{self.service.address}/notifications/pluggto",
            data=body,
            headers=JSON if headers is None else headers,
            timeout=10,
        )

    def hint(
        self, body: bytes, headers: dict[str, str] | None = None, connection: object = None
    ) -> requests.Response:
        number = self.connection if connection is None else connection
        return self.session.post(
            f"{self.service.address}/hints/{number}",
            data=body,
            headers=self.signed(body) if headers is None else headers,
            timeout=10,
        )

    def signed(
        self, body: bytes, at: datetime | None = None, secret: str | None = None
    ) -> dict[str, str]:
        """Headers of a hint as the store signs it."""
        number, moment = f"msg_{uuid4().hex}", at or datetime.now(UTC)
        text = body.decode(errors="replace")
        signature = Webhook(secret or self.secret).sign(number, moment, text)
        return {
            **JSON,
            "webhook-id": number,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature,
        }

    def stored(self, conn: psycopg.Connection[Any]) -> tuple[int, ...]:
        found = conn.execute(_STORED).fetchone()
        assert found is not None
        return tuple(found)

    def waiting(self, conn: psycopg.Connection[Any]) -> set[str]:
        """Wake-ups that nobody has taken."""
        rows = conn.execute("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo'")
        return {name for (name,) in rows.fetchall()}
