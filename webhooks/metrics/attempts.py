"""The metrics of attempts and deliveries, counted from the signals of whoever records or ends them.

Labels are bounded: never a URL, subscription, tenant or id. Every known label set exists from the start, because a
series that is born at 7 makes `increase()` miss the first seven.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from webhooks import event_types
from webhooks.engine.outcome import Outcome
from webhooks.metrics import store
from webhooks.signals import RecordedAttempt, attempts_recorded, deliveries_ended

_RESULTS = ("success", "failed")
_RETRIED = tuple(outcome.value for outcome in Outcome if outcome not in (Outcome.SUCCESS, Outcome.BLOCKED))
_COMMON_CODES = (200, 201, 202, 204, 301, 302, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503, 504)
# Seconds. 0.5, 1 and 5 are alert thresholds and 10 is the default timeout: each is an edge.
DURATION_BUCKETS = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 8, 10)

_DELAY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_ENDS = {"DELIVERED": "delivered", "FAILED": "failed", "CANCELLED": "cancelled"}


class AttemptMetrics:
    """Create it once in a process, after `store.install()` and once all event types are registered."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(name, meaning, labels, registry=registry)

        self.deliveries = counter("webhook_deliveries", "Delivery attempts by event type and result", "event", "status")
        self.duration = Histogram(
            "webhook_delivery_duration_seconds",
            "Duration of delivery attempts",
            ["status"],
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self.retries = counter("webhook_retries", "Retries scheduled, by event type and cause", "event", "reason")
        self.http_status = counter("webhook_delivery_http_status", "Answers by HTTP status; none without one", "code")
        self.finished = counter("webhook_deliveries_finished", "Deliveries that ended, by how", "status")
        self.first_attempt_delay = Histogram(
            "webhook_first_attempt_delay_seconds",
            "From publishing to the start of the first attempt",
            buckets=_DELAY_BUCKETS,
            registry=registry,
        )
        self.late_outcomes = counter("webhook_late_outcomes", "Outcomes that came after their lease was taken away")
        self._events = (*event_types.names(), *(each.name for each in event_types.OPERATIONAL))
        self._create_series()

    def _create_series(self) -> None:
        for event in (*self._events, "other"):
            for result in _RESULTS:
                self.deliveries.labels(event, result)
            for reason in _RETRIED:
                self.retries.labels(event, reason)
        for result in _RESULTS:
            self.duration.labels(result)
        for code in (*_COMMON_CODES, "none"):
            self.http_status.labels(str(code))
        for end in _ENDS.values():
            self.finished.labels(end)

    def count(self, rows: list[RecordedAttempt], late: int, **_signal: Any) -> None:
        """Receiver of `attempts_recorded`."""
        self.late_outcomes.inc(late)
        for row in rows:
            event = row.event if row.event in self._events else "other"
            result = "success" if row.outcome == Outcome.SUCCESS else "failed"
            self.deliveries.labels(event, result).inc()
            if row.duration_ms is not None:
                self.duration.labels(result).observe(row.duration_ms / 1000)
            if row.number == 1:
                published_at = (row.delivery_id.int >> 80) / 1000  # of a UUIDv7; cheaper than by a datetime
                self.first_attempt_delay.observe(max(0.0, row.started_at - published_at))
            if row.status == "RETRYING":
                self.retries.labels(event, row.outcome).inc()
            elif row.status in _ENDS:
                self.finished.labels(_ENDS[row.status]).inc()
            self.http_status.labels(code_label(row.http_status)).inc()

    def count_ended(self, status: str, n: int, **_signal: Any) -> None:
        """Receiver of `deliveries_ended`."""
        self.finished.labels(_ENDS[status]).inc(n)


def code_label(http_status: int | None) -> str:
    """The label `code`. The receiver chooses its status: one that is none must not become a series of its own."""
    if http_status is None:
        return "none"
    return str(http_status) if 100 <= http_status <= 599 else "other"


@cache
def start() -> None:
    """Begin to count in this process; doing it twice changes nothing."""
    store.install()
    metrics = AttemptMetrics()
    attempts_recorded.connect(metrics.count, weak=False, dispatch_uid="webhooks.metrics")
    deliveries_ended.connect(metrics.count_ended, weak=False, dispatch_uid="webhooks.metrics")
