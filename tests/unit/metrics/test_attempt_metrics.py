from __future__ import annotations

from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry, values

from webhooks import event_types
from webhooks.engine.outcome import Outcome
from webhooks.engine.retry import decide
from webhooks.metrics.attempts import AttemptMetrics
from webhooks.signals import RecordedAttempt

ALL_EVENTS = {*event_types.names(), *(each.name for each in event_types.OPERATIONAL), "other"}


@pytest.fixture
def registry(monkeypatch):
    """A registry of the test's own, with values in memory."""
    monkeypatch.setattr(values, "ValueClass", values.MutexValue)
    return CollectorRegistry()


@pytest.fixture
def counted(registry):
    return AttemptMetrics(registry)


def attempt(**changes) -> RecordedAttempt:
    fields = {
        **dict.fromkeys(("tenant_id", "delivery_id", "event_id", "subscription_id"), uuid4()),
        "event": "payment.received",
        "number": 1,
        "max_attempts": 4,
        "outcome": "success",
        "http_status": 200,
        "duration_ms": 40,
        "started_at": 0.0,
        "status": "DELIVERED",
        "held": None,
        "error": None,
        "next_attempt_at": None,
    }
    return RecordedAttempt(**{**fields, **changes})


def series(registry) -> dict[tuple, float]:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }


def labels(registry, name: str, label: str) -> set[str]:
    return {dict(key[1:])[label] for key in series(registry) if key[0] == name}


def test_every_known_series_exists_from_the_start_at_zero(counted, registry):
    assert set(series(registry).values()) == {0.0}
    assert labels(registry, "webhook_deliveries_total", "event") == ALL_EVENTS
    assert labels(registry, "webhook_deliveries_total", "status") == {"success", "failed"}
    assert labels(registry, "webhook_retries_total", "event") == ALL_EVENTS
    assert labels(registry, "webhook_delivery_duration_seconds_count", "status") == {"success", "failed"}
    assert {"200", "410", "500", "none"} <= labels(registry, "webhook_delivery_http_status_total", "code")


def test_reasons_are_the_outcomes_that_are_retried(counted, registry):
    retried = {each for each in Outcome if decide(outcome=each, schedule=(1,)).status == "RETRYING"}
    assert labels(registry, "webhook_retries_total", "reason") == retried


def test_success_is_counted_with_its_duration_and_code(counted, registry):
    counted.count([attempt()], late=0)
    value = registry.get_sample_value
    assert value("webhook_deliveries_total", {"event": "payment.received", "status": "success"}) == 1
    assert value("webhook_delivery_duration_seconds_sum", {"status": "success"}) == 0.04
    assert value("webhook_delivery_http_status_total", {"code": "200"}) == 1
    assert sum(total for key, total in series(registry).items() if key[0] == "webhook_retries_total") == 0


def test_failure_with_a_retry_is_counted_with_its_reason(counted, registry):
    counted.count([attempt(outcome="timeout", http_status=None, status="RETRYING")], late=0)
    value = registry.get_sample_value
    assert value("webhook_deliveries_total", {"event": "payment.received", "status": "failed"}) == 1
    assert value("webhook_retries_total", {"event": "payment.received", "reason": "timeout"}) == 1
    assert value("webhook_delivery_http_status_total", {"code": "none"}) == 1


def test_last_failure_is_no_retry(counted, registry):
    counted.count([attempt(outcome="http_5xx", http_status=500, status="FAILED")], late=0)
    assert registry.get_sample_value("webhook_retries_total", {"event": "payment.received", "reason": "http_5xx"}) == 0


def test_abandoned_attempt_has_no_duration(counted, registry):
    counted.count([attempt(outcome="abandoned", http_status=None, duration_ms=None, status="RETRYING")], late=0)
    assert registry.get_sample_value("webhook_delivery_duration_seconds_count", {"status": "failed"}) == 0


def test_late_outcomes_are_counted_apart(counted, registry):
    counted.count([], late=3)
    assert registry.get_sample_value("webhook_late_outcomes_total") == 3
    assert sum(series(registry).values()) == 3


def test_whatever_comes_the_label_sets_stay_bounded(counted, registry):
    for status in range(1000):
        counted.count([attempt(http_status=status, event=f"imagined.{status}")], late=0)
    assert labels(registry, "webhook_deliveries_total", "event") == ALL_EVENTS
    assert labels(registry, "webhook_delivery_http_status_total", "code") == {
        *map(str, range(100, 600)),
        "none",
        "other",
    }


def test_no_label_names_a_tenant_a_subscription_a_url_or_an_id(counted, registry):
    row = attempt(error="timeout: at https://hooks.example.com")
    counted.count([row], late=0)
    names = {name for key in series(registry) for name, _ in key[1:]}
    assert names == {"event", "status", "reason", "code", "le"}


def test_thresholds_of_the_alerts_are_edges_of_the_duration_buckets(counted, registry):
    edges = labels(registry, "webhook_delivery_duration_seconds_bucket", "le")
    assert {"0.5", "1.0", "5.0", "10.0"} <= edges
