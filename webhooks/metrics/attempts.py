"""The metrics of delivery attempts, counted in the worker from `attempts_recorded`.

Labels are bounded: never a URL, subscription, tenant or id. Every known label set exists from the start, because a
series that is born at 7 makes `increase()` miss the first seven.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from webhooks import event_types
from webhooks.engine.outcome import Outcome
from webhooks.metrics import slots
from webhooks.signals import RecordedAttempt, attempts_recorded

_RESULTS = ("success", "failed")
_RETRIED = tuple(outcome.value for outcome in Outcome if outcome not in (Outcome.SUCCESS, Outcome.BLOCKED))
_COMMON_CODES = (200, 201, 202, 204, 301, 302, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503, 504)
# Seconds. 0.5, 1 and 5 are alert thresholds and 10 is the default timeout: each is an edge.
DURATION_BUCKETS = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 8, 10)


class AttemptMetrics:
    """Create it once in a worker process, after `slots.install()` and once all event types are registered."""

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

    def count(self, rows: list[RecordedAttempt], late: int, **_signal: Any) -> None:
        """Receiver of `attempts_recorded`."""
        self.late_outcomes.inc(late)
        for row in rows:
            event = row.event if row.event in self._events else "other"
            result = "success" if row.outcome == Outcome.SUCCESS else "failed"
            self.deliveries.labels(event, result).inc()
            if row.duration_ms is not None:
                self.duration.labels(result).observe(row.duration_ms / 1000)
            if row.status == "RETRYING":
                self.retries.labels(event, row.outcome).inc()
            self.http_status.labels(code_label(row.http_status)).inc()


def code_label(http_status: int | None) -> str:
    """The label `code`. The receiver chooses its status: one that is none must not become a series of its own."""
    if http_status is None:
        return "none"
    return str(http_status) if 100 <= http_status <= 599 else "other"


@cache
def start() -> None:
    """Begin to count in this process; doing it twice changes nothing."""
    slots.install()
    attempts_recorded.connect(AttemptMetrics().count, weak=False, dispatch_uid="webhooks.metrics")
