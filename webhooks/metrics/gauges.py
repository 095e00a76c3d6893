"""What is read from the database when somebody scrapes: the same from every web process, and true whoever was killed.

Kept for KEPT_SECONDS and longer where reading takes long. While the database does not answer, `webhook_database_up` is
0 and the others are absent: a figure of before would be taken for one of now.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tenancy.row_security import of_all_tenants
from webhooks.models import heartbeat, sql
from webhooks.models.circuit import CircuitState
from webhooks.models.delivery_states import DUE_ROWS
from webhooks.rollups import ALL

logger = structlog.get_logger(__name__)

KEPT_SECONDS = 2.0
LONGEST_KEPT_SECONDS = 15.0
DATABASE_SECONDS = 5.0
# Of these minutes a subscription is failing when half of its attempts or more failed, and so many at least.
FAILING = timedelta(minutes=5)
FAILING_LEAST = 3
LAST_SUCCESS = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
PENDING_STATES = ("pending", "retrying", "held", "delivering")
SUBSCRIPTION_STATES = ("active", "paused", "gone", "failing")


class Figures(NamedTuple):
    """Of all tenants, at one moment. Times are seconds since the epoch, 0 for never."""

    pending: dict[str, int]
    oldest_pending_seconds: float
    oldest_due_seconds: float
    circuits: dict[str, int]
    subscriptions: dict[str, int]
    failing_subscriptions: int
    last_success: float
    workers: int
    last_heartbeat: float


def read(now: datetime) -> Figures:
    """What the database says."""
    with of_all_tenants():
        pending, oldest_pending, oldest_due = _pending(now)
        subscriptions = _subscriptions()
        last_heartbeat = heartbeat.last_seen()
        return Figures(
            pending,
            oldest_pending,
            oldest_due,
            _circuits(subscriptions["active"]),
            subscriptions,
            _failing_subscriptions(now),
            _last_success(now),
            heartbeat.alive(now),
            last_heartbeat.timestamp() if last_heartbeat else 0.0,
        )


def _pending(now: datetime) -> tuple[dict[str, int], float, float]:
    """How many in each state; the age of the oldest that is not held; how long the first one in line is late.

    Late is only what waits for us: not what a circuit holds, and not where a request to the same subscription is under
    way or its own rate is what it waits for.
    """
    pending = Counter(dict.fromkeys(PENDING_STATES, 0))
    under_way = sql.rows(
        """SELECT subscription_id, count(*), min(created_at) FROM webhook_deliveries
           WHERE status = 'DELIVERING' AND lease_expires_at > %s GROUP BY subscription_id""",
        [now],
    )
    ((expired, oldest_expired),) = sql.rows(
        "SELECT count(*), min(lease_expires_at) FROM webhook_deliveries"
        " WHERE status = 'DELIVERING' AND lease_expires_at <= %s",
        [now],
    )
    waiting = sql.rows(
        f"""SELECT d.subscription_id, d.status, c.state IS NOT NULL OR s.rate_limit IS NOT NULL, c.state IS NOT NULL,
                   count(*), min(d.created_at), min(d.next_attempt_at)
            FROM webhook_deliveries d
            LEFT JOIN webhook_subscriptions s ON s.id = d.subscription_id
            LEFT JOIN webhook_circuits c ON c.subscription_id = d.subscription_id AND c.state <> 'closed'
            WHERE d.{DUE_ROWS.replace(" AND ", " AND d.")} GROUP BY 1, 2, 3, 4"""
    )
    ((held,),) = sql.rows("SELECT count(*) FROM webhook_deliveries WHERE held IS NOT NULL")
    pending["held"] = held
    pending["delivering"] = expired + sum(count for _, count, _ in under_way)
    served = {subscription_id for subscription_id, _, _ in under_way}
    born = [created for _, _, created in under_way]
    due = [oldest_expired] if expired else []
    for subscription_id, status, excused, circuit_open, count, created, next_attempt in waiting:
        pending["held" if circuit_open else status.lower()] += count
        if not circuit_open:
            born.append(created)
        if not excused and subscription_id not in served:
            due.append(next_attempt)
    return dict(pending), _age(born, now), _age(due, now)


def _age(times: list[Any], now: datetime) -> float:
    return max(0.0, (now - min(map(sql.as_time, times))).total_seconds()) if times else 0.0


def _circuits(active: int) -> dict[str, int]:
    found = dict(
        sql.rows(
            """SELECT c.state, count(*) FROM webhook_circuits c
               JOIN webhook_subscriptions s ON s.id = c.subscription_id AND s.active
               WHERE c.state <> 'closed' GROUP BY c.state"""
        )
    )
    circuits = {str(state): int(found.get(state, 0)) for state in (CircuitState.OPEN, CircuitState.HALF_OPEN)}
    return {str(CircuitState.CLOSED): active - sum(circuits.values()), **circuits}


def _subscriptions() -> dict[str, int]:
    counted = Counter(dict.fromkeys(SUBSCRIPTION_STATES, 0))
    for active, reason, count in sql.rows(
        "SELECT active, disabled_reason, count(*) FROM webhook_subscriptions GROUP BY active, disabled_reason"
    ):
        counted["active" if active else reason or "paused"] += count
    return dict(counted)


def _failing_subscriptions(now: datetime) -> int:
    """Active ones: while a circuit is open there are few attempts left to count."""
    ((count,),) = sql.rows(
        """SELECT count(*) FROM webhook_subscriptions s WHERE s.active AND (
               EXISTS (SELECT 1 FROM webhook_circuits c WHERE c.subscription_id = s.id AND c.state <> 'closed')
               OR s.id IN (
                   SELECT subscription_id FROM webhook_minutes
                   WHERE minutes = 1 AND at >= %s AND tenant_id <> %s AND subscription_id <> %s
                   GROUP BY subscription_id
                   HAVING sum(CASE WHEN outcome <> 'success' THEN n ELSE 0 END) >= %s
                      AND 2 * sum(CASE WHEN outcome <> 'success' THEN n ELSE 0 END) >= sum(n)))""",
        [now - FAILING, ALL, ALL, FAILING_LEAST],
    )
    return int(count)


def _last_success(now: datetime) -> float:
    """The end of the minute of the last one: they are counted by minute."""
    ((minute,),) = sql.rows(
        """SELECT max(at) FROM webhook_minutes
           WHERE tenant_id = %s AND subscription_id = %s AND minutes = 1 AND at > %s AND outcome = 'success'""",
        [ALL, ALL, now - LAST_SUCCESS],
    )
    return min(sql.as_time(minute) + MINUTE, now).timestamp() if minute else 0.0


class DatabaseGauges(Collector):
    """Reads now and then, in one thread: a database that hangs must not take one with every scrape."""

    def __init__(self) -> None:
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="metrics-gauges")
        self._lock = threading.Lock()
        self._figures: Figures | None = None
        self._stale_at = float("-inf")

    def collect(self) -> Iterator[Metric]:
        figures = self.latest()
        yield _gauge("webhook_database_up", "1 when the figures of the database could be read", figures is not None)
        if figures is not None:
            yield from _told(figures)

    def latest(self) -> Figures | None:
        """What was read within the last seconds; None when the database does not answer."""
        with self._lock:
            begin = time.monotonic()
            if begin > self._stale_at:
                self._figures = self._read()
                took = time.monotonic() - begin
                # With a backlog of 200,000 it takes a while: no more than a tenth of the time goes into it.
                self._stale_at = begin + min(max(KEPT_SECONDS, 10 * took), LONGEST_KEPT_SECONDS)
            return self._figures

    def _read(self) -> Figures | None:
        reading = self._reader.submit(_read_and_close)
        try:
            return reading.result(DATABASE_SECONDS)
        except Exception as exc:  # whatever the database's client raises, or nothing in time
            reading.cancel()
            logger.warning("database_gauges_unreadable", error=type(exc).__name__)
            return None


database_gauges = DatabaseGauges()


def _read_and_close() -> Figures:
    try:
        return read(sql.now())
    finally:
        connection.close()


def _told(figures: Figures) -> Iterator[Metric]:
    yield _by("webhook_pending_deliveries", "Deliveries that are not finished", "state", figures.pending)
    yield _gauge(
        "webhook_oldest_pending_seconds",
        "Age of the oldest delivery that is neither finished nor held",
        figures.oldest_pending_seconds,
    )
    yield _gauge(
        "webhook_oldest_due_seconds",
        "How long the delivery that is latest waits past its time, for nothing but a worker",
        figures.oldest_due_seconds,
    )
    yield _by("webhook_circuits", "Circuits of active subscriptions", "state", figures.circuits)
    yield _by("webhook_subscriptions", "Subscriptions", "state", figures.subscriptions)
    yield _gauge(
        "webhook_failing_subscriptions",
        "Active subscriptions whose attempts mostly failed in the last 5 minutes, or whose circuit is not closed",
        figures.failing_subscriptions,
    )
    yield _gauge(
        "webhook_last_success_timestamp_seconds", "When an attempt last succeeded, to a minute", figures.last_success
    )
    yield _gauge("webhook_workers", "Worker processes that are alive", figures.workers)
    yield _gauge("webhook_last_heartbeat_timestamp_seconds", "When a worker was last heard of", figures.last_heartbeat)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _by(name: str, meaning: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
