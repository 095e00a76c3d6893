"""A whole worker and a receiver that fails for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_delivery, make_event, make_subscription
from tests.integration.dispatching.running import ended, eventually, statuses
from webhooks.engine import circuit
from webhooks.models import Attempt, Circuit, Delivery


@pytest.fixture
def failing(receiving, monkeypatch):
    """A receiver whose first 26 answers are 500, a subscription to it, and 90 deliveries."""
    for name in ("FIRST_WAIT", "MAX_WAIT"):
        monkeypatch.setattr(circuit, name, timedelta(seconds=1))
    receiver = receiving({"/hook": [500] * 26 + [200]})
    subscription = make_subscription(url=receiver.url("/hook"), retry_schedule=[0.2, 0.2, 0.2, 0.2])
    event = make_event(tenant_id=subscription.tenant_id)
    return receiver, [make_delivery(subscription, source=event, max_attempts=5) for _ in range(90)]


def test_open_circuit_holds_the_rest_and_a_probe_lets_it_go(settings, start_worker, failing, recorded):
    settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT = 5
    receiver, deliveries = failing
    start_worker()
    eventually(lambda: Circuit.objects.filter(state="open").exists())
    held = [delivery for delivery in deliveries if delivery.why_held() == "circuit"]
    assert len(held) > 30
    untouched = Delivery.objects.filter(attempt_count=0)
    assert untouched
    assert {delivery.status for delivery in untouched} == {"PENDING"}
    assert len(receiver.requests) >= 20
    assert set(ended(*deliveries)) == {"DELIVERED"}
    assert Circuit.objects.get().state == "closed"
    assert "circuit" in {row.held for row in recorded}
    # Attempt numbers without holes: what was held spent none.
    for delivery in Delivery.objects.all():
        numbers = list(Attempt.objects.filter(delivery=delivery).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, delivery.attempt_count + 1))


def test_endpoints_that_hang_leave_slots_to_the_others(settings, start_worker, receiving):
    settings.WEBHOOK_MAX_IN_FLIGHT, settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT = 8, 4
    receiver = receiving({}, closed=["/hangs"])
    for _ in range(2):
        hanging = make_subscription(url=receiver.url("/hangs"), timeout=60)
        for _ in range(3):
            make_delivery(hanging)
    start_worker()
    eventually(lambda: receiver.in_flight["/hangs"] == 6)
    # Each has room for one more, and they are slow by now.
    more = [make_delivery(subscription) for subscription in {d.subscription for d in Delivery.objects.all()}]
    others = [make_delivery(make_subscription(url=receiver.url("/fine"))) for _ in range(20)]
    assert set(ended(*others)) == {"DELIVERED"}
    eventually(lambda: set(statuses(*more)) == {"PENDING"})
    assert receiver.peak["/hangs"] == 6


def test_turning_the_breaker_off_lets_go_what_it_held(settings, start_worker, receiving):
    settings.WEBHOOK_CIRCUIT_BREAKER = False
    subscription = make_subscription(url=receiving({}).url("/hook"))
    now = datetime.now(UTC)
    Circuit.objects.create(
        subscription_id=subscription.id, tenant_id=subscription.tenant_id, state="open",
        opened_at=now, failed_at=now, wait=timedelta(minutes=5), probe_at=now + timedelta(minutes=5),
    )  # fmt: skip
    delivery = make_delivery(subscription)
    start_worker()
    assert ended(delivery) == ["DELIVERED"]
    assert Circuit.objects.get().state == "closed"
