"""What is read from the database when somebody scrapes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tenancy.ids import new_id
from tests.factories import make_delivery, make_subscription
from webhooks.metrics import gauges
from webhooks.metrics.gauges import DatabaseGauges, Figures, read
from webhooks.models import Circuit, Rollup, heartbeat
from webhooks.rollups import ALL

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def waiting(subscription: Any, seconds: float, **fields: Any) -> Any:
    """A delivery that has been due for so long."""
    return make_delivery(subscription, created_at=ago(seconds), next_attempt_at=ago(seconds), **fields)


def under_way(subscription: Any, seconds: float, lease_ends_in: float = 20) -> Any:
    return make_delivery(
        subscription,
        status="DELIVERING",
        created_at=ago(seconds),
        lease_token=new_id(),
        lease_expires_at=ago(-lease_ends_in),
    )


def open_circuit(subscription: Any, state: str = "open") -> None:
    Circuit.objects.create(
        subscription_id=subscription.id,
        tenant_id=subscription.tenant_id,
        state=state,
        opened_at=ago(60),
        failed_at=ago(60),
        wait=timedelta(seconds=30),
        probe_at=ago(-30),
    )


def counted(subscription_id: Any, seconds: float, tenant_id: Any = None, **outcomes: int) -> None:
    for outcome, n in outcomes.items():
        Rollup.objects.create(
            tenant_id=tenant_id or new_id(),
            subscription_id=subscription_id,
            at=ago(seconds).replace(second=0, microsecond=0),
            minutes=1,
            outcome=outcome,
            retried=False,
            n=n,
            last_id=new_id(),
        )


def test_nothing_is_all_zeros():
    assert read(NOW) == Figures(
        pending=dict.fromkeys(gauges.PENDING_STATES, 0),
        oldest_pending_seconds=0,
        oldest_due_seconds=0,
        circuits={"closed": 0, "open": 0, "half_open": 0},
        subscriptions=dict.fromkeys(gauges.SUBSCRIPTION_STATES, 0),
        failing_subscriptions=0,
        last_success=0,
        workers=0,
        last_heartbeat=0,
    )


def test_what_is_not_finished_is_counted_by_state():
    subscription, held = make_subscription(), make_subscription()
    waiting(subscription, 10)
    waiting(subscription, 20, status="RETRYING")
    waiting(subscription, 30, status="RETRYING", held="order")
    open_circuit(held)
    waiting(held, 400)
    under_way(subscription, 40)
    under_way(subscription, 5, lease_ends_in=-1)
    make_delivery(subscription, status="DELIVERED")
    make_delivery(subscription, status="CANCELLED")
    figures = read(NOW)
    assert figures.pending == {"pending": 1, "retrying": 1, "held": 2, "delivering": 2}
    assert figures.oldest_pending_seconds == 40


def test_late_is_what_waits_for_a_worker_only():
    served, paced, held, idle = (
        make_subscription(),
        make_subscription(rate_limit=1),
        make_subscription(),
        make_subscription(),
    )
    for each in (served, paced, held):
        waiting(each, 500)
    under_way(served, 10)
    open_circuit(held)
    waiting(idle, -5)
    assert read(NOW).oldest_due_seconds == 0
    waiting(idle, 70)
    assert read(NOW).oldest_due_seconds == 70


def test_what_a_worker_left_behind_is_late_from_the_end_of_its_lease():
    subscription = make_subscription()
    under_way(subscription, 500, lease_ends_in=-90)
    assert read(NOW).oldest_due_seconds == 90
    waiting(subscription, 400)
    assert read(NOW).oldest_due_seconds == 400


def test_circuits_and_subscriptions_by_state():
    for state in ("open", "half_open"):
        open_circuit(make_subscription(), state)
    open_circuit(make_subscription(active=False, disabled_reason="failing"))
    make_subscription(active=False, disabled_reason="gone")
    make_subscription(active=False)
    make_subscription()
    figures = read(NOW)
    assert figures.circuits == {"closed": 1, "open": 1, "half_open": 1}
    assert figures.subscriptions == {"active": 3, "paused": 1, "gone": 1, "failing": 1}


def test_failing_subscriptions_are_those_that_mostly_failed_within_five_minutes():
    def one(**fields: Any) -> Any:
        return make_subscription(**fields).id

    counted(one(), 60, success=3, http_5xx=3)
    counted(one(), 60, http_5xx=2, timeout=1)
    counted(one(), 60, http_5xx=2)
    counted(one(), 60, success=100, http_5xx=99)
    counted(one(), 600, http_5xx=50)
    counted(one(active=False), 60, http_5xx=50)
    counted(new_id(), 60, http_5xx=50)  # deleted meanwhile
    counted(ALL, 60, http_5xx=50)
    assert read(NOW).failing_subscriptions == 2


def test_a_subscription_whose_circuit_is_open_is_failing_though_nothing_is_tried():
    for state in ("open", "half_open"):
        open_circuit(make_subscription(), state)
    open_circuit(make_subscription(), "closed")
    open_circuit(make_subscription(active=False))
    assert read(NOW).failing_subscriptions == 2


def test_the_last_success_is_known_to_a_minute():
    counted(ALL, 3600, tenant_id=ALL, success=1)
    counted(ALL, 120, tenant_id=ALL, http_5xx=1)
    counted(new_id(), 60, success=1)
    assert read(NOW).last_success == datetime(2026, 1, 31, 11, 1, tzinfo=UTC).timestamp()


def test_workers_are_alive_for_half_a_minute_after_they_were_heard_of():
    def beat(worker: Any, seconds: float) -> None:
        heartbeat.beat(worker, "host", os.getpid(), ago(3600), ago(seconds))

    first, second = new_id(), new_id()
    beat(first, 40)
    beat(second, 10)
    figures = read(NOW)
    assert (figures.workers, figures.last_heartbeat) == (1, ago(10).timestamp())
    beat(first, 1)
    assert read(NOW).workers == 2
    heartbeat.end(first, NOW)
    assert (read(NOW).workers, read(NOW).last_heartbeat) == (1, NOW.timestamp())


def exposed(collector: DatabaseGauges) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(collector)
    return {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}


def test_figures_are_absent_and_said_to_be_while_the_database_is_away(monkeypatch):
    told = read(NOW)
    reads: list[object] = []

    def answer() -> Figures:
        reads.append(None)
        if len(reads) == 2:
            raise RuntimeError("away")
        return told

    monkeypatch.setattr(gauges, "_read_and_close", answer)
    monkeypatch.setattr(gauges, "KEPT_SECONDS", 60)
    collector = DatabaseGauges()
    first = exposed(collector)
    assert first["webhook_database_up"] == 1
    assert {"webhook_pending_deliveries", "webhook_oldest_due_seconds", "webhook_workers"} < first.keys()
    assert exposed(collector) == first
    assert len(reads) == 1
    for expected in ({"webhook_database_up": 0}, first):
        collector._stale_at = 0.0
        assert exposed(collector) == expected
