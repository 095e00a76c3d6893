"""A worker counts by minute what all workers have recorded, and says the same as they do."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.factories import make_delivery, make_subscription
from tests.integration.dispatching.running import ended, eventually
from webhooks import rollups
from webhooks.models import Rollup


@pytest.fixture
def frequent_passes(frequent_sweeps, monkeypatch):
    monkeypatch.setattr(rollups, "EVERY", timedelta(seconds=0.1))


def test_what_is_counted_is_what_was_recorded(frequent_passes, start_worker, receiving, recorded):
    receiver = receiving({"/recovers": [500, 404, 200], "/down": [503], "/gone": [410], "/ok": [200]})
    paths = ("recovers", "down", "gone", "ok", "ok")
    deliveries = [
        make_delivery(make_subscription(url=receiver.url(f"/{path}"), retry_schedule=[0.1, 0.1])) for path in paths
    ]
    start_worker()
    ended(*deliveries)
    told = Counter((row.subscription_id, row.outcome, row.http_status, row.status == "RETRYING") for row in recorded)
    assert told.total() == 9

    def counted():
        found: Counter[object] = Counter()
        for row in Rollup.objects.filter(minutes=1).exclude(subscription_id=rollups.ALL):
            found[(row.subscription_id, row.outcome, row.http_status, row.retried)] += row.n
        return found

    eventually(lambda: counted() == told)


def test_a_pass_that_fails_is_made_again(frequent_passes, start_worker, receiver, monkeypatch):
    count, failures = rollups._count, iter(range(2))

    def sometimes(minute):
        if next(failures, None) is not None:
            raise RuntimeError("the database does not want to")
        count(minute)

    monkeypatch.setattr(rollups, "_count", sometimes)
    delivery = make_delivery(make_subscription(url=receiver.url("/ok")))
    start_worker()
    assert ended(delivery) == ["DELIVERED"]
    eventually(lambda: Rollup.objects.filter(subscription_id=delivery.subscription_id, n=1).exists())
