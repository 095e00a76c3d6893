from datetime import UTC, datetime, timedelta

import pytest

from tenancy.ids import new_id
from tests.factories import make_delivery, make_subscription
from tests.integration.dispatching.running import DispatcherThread, ended, eventually, statuses
from webhooks import recording, subscriptions
from webhooks.models import Attempt, Delivery, Subscription, delivery_states
from webhooks.signals import attempts_recorded


def make_abandoned(subscription, attempt=1, abandoned_before=0):
    """A delivery whose worker died in the middle of that attempt."""
    return make_delivery(
        subscription,
        status="DELIVERING",
        attempt_count=attempt,
        abandoned_count=abandoned_before,
        lease_token=new_id(),
        lease_expires_at=datetime.now(UTC) - timedelta(seconds=1),
    )


@pytest.fixture
def late():
    """How many outcomes of each batch came too late."""
    told = []

    def hear(late, **_signal):
        told.append(late)

    attempts_recorded.connect(hear)
    yield told
    attempts_recorded.disconnect(hear)


def attempts_of(delivery):
    return list(Attempt.objects.filter(delivery=delivery).order_by("number").values_list("number", "outcome"))


def test_lease_that_ran_out_is_recorded_as_abandoned_and_retried_at_once(frequent_sweeps, start_worker, receiver):
    delivery = make_abandoned(make_subscription(url=receiver.url()))
    start_worker()
    assert ended(delivery) == ["DELIVERED"]
    assert attempts_of(delivery) == [(1, "abandoned"), (2, "success")]
    assert receiver.requests[0].attempt == 2


def test_abandoned_attempt_spends_no_retry(frequent_sweeps, start_worker, receiver):
    delivery = make_abandoned(make_subscription(url=receiver.url("/down"), retry_schedule=[0.05]))
    start_worker()
    assert ended(delivery) == ["FAILED"]
    assert attempts_of(delivery) == [(1, "abandoned"), (2, "http_5xx"), (3, "http_5xx")]


def test_third_abandoned_attempt_ends_the_delivery(frequent_sweeps, start_worker, receiver):
    delivery = make_abandoned(make_subscription(url=receiver.url()), attempt=3, abandoned_before=2)
    start_worker()
    assert ended(delivery) == ["FAILED"]
    assert attempts_of(delivery) == [(3, "abandoned")]
    assert delivery.last_error.startswith("abandoned: ")
    assert receiver.requests == []


def test_outcome_that_comes_after_its_lease_is_counted_and_not_recorded(worker, receiving, late):
    receiver = receiving({}, closed=["/hook"])
    delivery = make_delivery(make_subscription(url=receiver.url("/hook")))
    eventually(lambda: receiver.in_flight["/hook"])
    Delivery.objects.update(lease_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    recording.abandon_expired()
    with DispatcherThread():
        eventually(lambda: receiver.in_flight["/hook"] == 2)
        receiver.open_for(attempt=1)
        eventually(lambda: sum(late) == 1)
        assert statuses(delivery) == ["DELIVERING"]
        receiver.open()
        assert ended(delivery) == ["DELIVERED"]
    assert attempts_of(delivery) == [(1, "abandoned"), (2, "success")]


def test_subscription_deleted_while_its_delivery_is_under_way_harms_nothing(worker, receiving):
    receiver = receiving({}, closed=["/hook"])
    subscription = make_subscription(url=receiver.url("/hook"))
    delivery = make_delivery(subscription)
    eventually(lambda: receiver.in_flight["/hook"])
    subscriptions.delete(subscription.id)
    receiver.open()
    assert ended(delivery) == ["DELIVERED"]
    assert attempts_of(delivery) == [(1, "success")]


def test_retry_for_a_subscription_deleted_meanwhile_is_cancelled(frequent_sweeps, start_worker, receiving):
    receiver = receiving({"/hook": [500]}, closed=["/hook"])
    subscription = make_subscription(url=receiver.url("/hook"))
    delivery = make_delivery(subscription)
    start_worker()
    eventually(lambda: receiver.in_flight["/hook"])
    subscriptions.delete(subscription.id)
    receiver.open()
    assert ended(delivery) == ["CANCELLED"]
    assert attempts_of(delivery) == [(1, "http_5xx")]


def test_subscription_deleted_between_claim_and_request_ends_the_attempt_saying_so(monkeypatch, start_worker, receiver):
    doomed, fine = make_subscription(), make_subscription(url=receiver.url())
    deliveries = make_delivery(doomed, attempt_count=1), make_delivery(fine)
    claim = delivery_states.claim

    def claim_then_delete(*args):
        rows = claim(*args)
        Subscription.objects.filter(id=doomed.id)._raw_delete("default")
        return rows

    monkeypatch.setattr(delivery_states, "claim", claim_then_delete)
    start_worker()
    assert ended(*deliveries) == ["FAILED", "DELIVERED"]
    assert deliveries[0].last_error == "other: the subscription was deleted"
    assert deliveries[0].max_attempts == 4
    assert attempts_of(deliveries[0]) == [(2, "other")]


def test_delivery_deleted_while_it_is_under_way_harms_nothing(worker, receiving):
    receiver = receiving({}, closed=["/hook"])
    subscription = make_subscription(url=receiver.url("/hook"))
    pruned, kept = make_delivery(subscription), make_delivery(subscription)
    eventually(lambda: receiver.in_flight["/hook"] == 2)
    Delivery.objects.filter(id=pruned.id).delete()
    receiver.open()
    assert ended(kept) == ["DELIVERED"]


def test_failed_attempt_of_a_subscription_disabled_meanwhile_is_held(frequent_sweeps, start_worker, receiving):
    receiver = receiving({"/hook": [500]}, closed=["/hook"])
    subscription = make_subscription(url=receiver.url("/hook"), retry_schedule=[0.05])
    delivery = make_delivery(subscription)
    start_worker()
    eventually(lambda: receiver.in_flight["/hook"])
    subscriptions.set_active(subscription.id, False)
    receiver.open()
    eventually(lambda: Delivery.objects.filter(id=delivery.id, held="inactive").exists())
    assert statuses(delivery) == ["RETRYING"]
    assert len(receiver.requests) == 1
