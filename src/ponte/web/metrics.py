"""Figures for Prometheus: what was called, how it ended, and how far behind we are.

The figures of the ledger are read at most every ten seconds, however often somebody asks.
"""

import asyncio
import time

import psycopg
import structlog
from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from psycopg_pool import PoolTimeout

from ponte.ledger.database import Pool
from ponte.ledger.queries import rows, scalar

log = structlog.get_logger(__name__)

# Reading the ledger's figures costs an index scan over what differs.
_LEDGER_EVERY_SECONDS = 10.0
# A scraper's usual patience is ten seconds.
_LEDGER_WITHIN_SECONDS = 5.0
_CALL_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class _Lag(Struct, frozen=True):
    facet: str
    unsent: int
    oldest_seconds: float


class _Standing(Struct, frozen=True):
    figure: str
    label: str
    value: int


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Histogram(
            "ponte_calls_seconds",
            "Calls to hub and stores, by kind and HTTP status (0: no answer)",
            ["kind", "status"],
            buckets=_CALL_BUCKETS,
            registry=self.registry,
        )
        # Finding a series by its labels costs more than counting in it.
        self._call_series: dict[tuple[str, int], Histogram] = {}
        self._requests = Counter(
            "ponte_requests_total",
            "Requests answered, by route and status",
            ["route", "status"],
            registry=self.registry,
        )
        self._unsent = Gauge(
            "ponte_unsent", "Differences not sent yet, by facet", ["facet"], registry=self.registry
        )
        self._oldest = Gauge(
            "ponte_oldest_unsent_seconds",
            "Age of the oldest difference, by facet",
            ["facet"],
            registry=self.registry,
        )
        self._jobs = Gauge(
            "ponte_jobs_waiting", "Wake-ups that no worker has taken yet", registry=self.registry
        )
        self._standing = {
            "connections": self._gauge("ponte_connections", "Connections, by state", "state"),
            "outages": self._gauge("ponte_outages", "Outages that stand, by side", "side"),
            "alerts": self._gauge("ponte_alerts", "Alerts that stand, by kind", "kind"),
            "messages": self._gauge(
                "ponte_alert_messages_waiting", "Messages on their way, by channel", "channel"
            ),
        }
        self._readable = Gauge(
            "ponte_ledger_readable",
            "Whether the ledger's figures are there",
            registry=self.registry,
        )
        self._read_at = float("-inf")

    def _gauge(self, name: str, description: str, label: str) -> Gauge:
        return Gauge(name, description, [label], registry=self.registry)

    def observe_call(self, kind: str, status: int, seconds: float) -> None:
        """A call to a hub or store ended; `ponte.http.exchange.Observe`."""
        series = self._call_series.get((kind, status))
        if series is None:
            series = self._call_series[kind, status] = self._calls.labels(kind, str(status))
        series.observe(seconds)

    def count_request(self, route: str, status: int) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).inc()

    async def render(self, pool: Pool) -> bytes:
        """The figures in Prometheus's text format; without the ledger's where it is not readable,
        so that nobody takes old figures for new ones."""
        now = time.monotonic()
        if now - self._read_at > _LEDGER_EVERY_SECONDS:
            self._read_at = now
            try:
                async with asyncio.timeout(_LEDGER_WITHIN_SECONDS):
                    await self._read_ledger(pool)
            except (psycopg.OperationalError, PoolTimeout, TimeoutError) as error:
                log.warning("no figures of the ledger", reason=type(error).__name__)
                self._unsent.clear()
                self._oldest.clear()
                for gauge in self._standing.values():
                    gauge.clear()
                self._readable.set(0)
        return generate_latest(self.registry)

    async def _read_ledger(self, pool: Pool) -> None:
        async with pool.connection() as conn:
            self._jobs.set(int(await scalar(conn, "jobs_waiting")))
            for lag in await rows(conn, "lag_by_facet", _Lag):
                self._unsent.labels(lag.facet).set(lag.unsent)
                self._oldest.labels(lag.facet).set(lag.oldest_seconds)
            standing = await rows(conn, "standing_figures", _Standing)
        # What has no row any more is none.
        for gauge in self._standing.values():
            gauge.clear()
        for each in standing:
            self._standing[each.figure].labels(each.label).set(each.value)
        self._readable.set(1)
