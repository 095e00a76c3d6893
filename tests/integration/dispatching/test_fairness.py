from collections import Counter
from datetime import timedelta

from tests.factories import make_delivery, make_event, make_subscription, make_tenant
from tests.integration.dispatching.running import DispatcherThread, ended, eventually
from webhooks import subscriptions
from webhooks.dispatching import dispatcher
from webhooks.dispatching.refs import Ref
from webhooks.models import Attempt, Delivery
from webhooks.models.pace import Pace


def test_subscription_that_hangs_keeps_to_its_cap_and_delays_nobody(settings, start_worker, receiving):
    settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT, settings.WEBHOOK_TIMEOUT = 3, 60
    receiver = receiving({}, closed=["/hangs"])
    tenant = make_tenant()
    hanging = make_subscription(tenant, url=receiver.url("/hangs"), timeout=60)
    stuck = [make_delivery(hanging) for _ in range(20)]
    start_worker()
    eventually(lambda: receiver.in_flight["/hangs"] == 3)
    sibling = make_subscription(tenant, url=receiver.url("/sibling"))
    stranger = make_subscription(make_tenant(), url=receiver.url("/stranger"))
    others = [make_delivery(subscription) for subscription in (sibling, stranger) for _ in range(10)]
    assert set(ended(*others)) == {"DELIVERED"}
    assert receiver.in_flight["/hangs"] == len(receiver.seen("/hangs")) == 3
    receiver.open()
    assert set(ended(*stuck)) == {"DELIVERED"}
    assert receiver.peak["/hangs"] == 3


def test_process_keeps_to_its_cap_over_all_subscriptions(settings, start_worker, receiving):
    settings.WEBHOOK_MAX_IN_FLIGHT = 4
    receiver = receiving({}, closed=["/hook"])
    deliveries = [make_delivery(make_subscription(url=receiver.url("/hook"))) for _ in range(12)]
    start_worker()
    eventually(lambda: receiver.in_flight["/hook"] == 4)
    receiver.open()
    assert set(ended(*deliveries)) == {"DELIVERED"}
    assert receiver.peak["/hook"] == 4


def test_freed_slot_goes_to_the_next_due_row(settings, start_worker, receiver):
    settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT = 1
    deliveries = [make_delivery(make_subscription(url=receiver.url())) for _ in range(2)]
    deliveries += [make_delivery(deliveries[0].subscription) for _ in range(5)]
    start_worker()
    assert set(ended(*deliveries)) == {"DELIVERED"}


def test_two_workers_on_one_table_never_claim_the_same_row(transactional_db, receiving):
    receiver = receiving({}, closed=["/hook"])
    receivers = [make_subscription(url=receiver.url("/hook")) for _ in range(10)]
    with DispatcherThread() as first, DispatcherThread() as second:
        deliveries = [make_delivery(subscription) for subscription in receivers for _ in range(20)]
        for each in (first, second):
            # Both are woken for all of them, as by a message to one and the table to the other.
            each.offer(Ref(d.id, d.subscription_id, d.tenant_id, d.created_at.timestamp()) for d in deliveries)
        eventually(lambda: len(receiver.requests) >= len(deliveries))
        receiver.open()
        assert set(ended(*deliveries)) == {"DELIVERED"}
    assert set(Counter((request.id, request.attempt) for request in receiver.requests).values()) == {1}
    assert {request.attempt for request in receiver.requests} == {1}


def test_rate_limit_holds_over_all_workers_and_everything_arrives(transactional_db, receiving):
    receiver = receiving({})
    limited = make_subscription(url=receiver.url("/limited"), rate_limit=5)
    event = make_event(tenant_id=limited.tenant_id)
    deliveries = [make_delivery(limited, source=event) for _ in range(18)]
    with DispatcherThread(), DispatcherThread():
        assert set(ended(*deliveries)) == {"DELIVERED"}
    # By the second in which an attempt was claimed; it is received a moment later.
    started = Attempt.objects.values_list("started_at", flat=True)
    windows = Counter(moment.replace(microsecond=0) for moment in started)
    assert len(started) == 18
    assert len(windows) >= 4
    assert max(windows.values()) <= 10


def test_subscriptions_with_a_rate_limit_hide_nobody_else_in_the_table(settings, monkeypatch, start_worker, receiver):
    """Their rows stay in the table, and would be read again and again instead of others."""
    settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT = 2
    monkeypatch.setattr(dispatcher, "READ_SUBSCRIPTIONS", 3)
    monkeypatch.setattr(dispatcher, "QUEUE_REFS", 8)
    tenant = make_tenant()
    for _ in range(12):
        limited = make_subscription(tenant, url=receiver.url(), rate_limit=1)
        event = make_event(tenant)
        for _ in range(6):
            make_delivery(limited, source=event)
    newest = make_delivery(make_subscription(url=receiver.url()))
    start_worker()
    assert ended(newest) == ["DELIVERED"]
    assert Delivery.objects.filter(status="PENDING").exists()


def test_attempts_of_a_subscription_with_a_rate_limit_begin_in_their_places(start_worker, receiver):
    subscription, spacing = make_subscription(url=receiver.url(), rate_limit=10), timedelta(seconds=0.1)
    event = make_event(tenant_id=subscription.tenant_id)
    deliveries = [make_delivery(subscription, source=event) for _ in range(12)]
    start_worker()
    assert set(ended(*deliveries)) == {"DELIVERED"}
    starts = sorted(Attempt.objects.values_list("started_at", flat=True))
    # The last claim may have taken a place for which there was no delivery.
    last_place = Pace.objects.get().next_at - 2 * spacing
    for number, start in enumerate(reversed(starts)):
        assert start >= last_place - number * spacing - timedelta(seconds=0.02)


def test_a_rate_limit_that_is_taken_away_holds_nothing_back(start_worker, receiver):
    subscription = make_subscription(url=receiver.url(), rate_limit=1)
    event = make_event(tenant_id=subscription.tenant_id)
    deliveries = [make_delivery(subscription, source=event) for _ in range(100)]
    start_worker()
    ended(deliveries[0])
    subscriptions.change(subscription.id, {"rate_limit": None})
    assert set(ended(*deliveries)) == {"DELIVERED"}
