import socket
from datetime import UTC, datetime

import pytest
from django.db import connection

from tests.factories import make_delivery, make_subscription
from tests.integration.dispatching.running import ended, eventually
from webhooks.models import Attempt, AttemptCount, Circuit

FAST = [0.2, 0.3, 0.4]


def test_failing_receiver_is_retried_until_the_delivery_failed(worker, receiver):
    delivery = make_delivery(make_subscription(url=receiver.url("/down"), retry_schedule=FAST))
    assert ended(delivery) == ["FAILED"]
    assert [request.attempt for request in receiver.requests] == [1, 2, 3, 4]
    assert len({request.id for request in receiver.requests}) == 1
    assert list(Attempt.objects.order_by("number").values_list("number", "outcome")) == [
        (number, "http_5xx") for number in (1, 2, 3, 4)
    ]
    assert delivery.last_error == "http_5xx: 503 Service Unavailable"
    assert (delivery.http_status, delivery.attempt_count, delivery.next_attempt_at) == (503, 4, None)


def test_no_attempt_begins_before_its_time(worker, receiving, recorded):
    receiver = receiving({"/down": [503]})
    delivery = make_delivery(make_subscription(url=receiver.url("/down"), retry_schedule=FAST))
    ended(delivery)
    due = [row.next_attempt_at for row in recorded if row.next_attempt_at]
    assert len(due) == 3
    for waited, before, after in zip(due, receiver.requests, receiver.requests[1:], strict=False):
        # 1 ms: the wall clock of a row is kept in microseconds and may be set back a little between two readings.
        assert after.at >= waited - 0.001
        assert waited >= before.at + FAST[before.attempt - 1]


def test_receiver_that_recovers_gets_its_delivery(worker, receiving):
    receiver = receiving({"/hook": [500, 404, 200]})
    delivery = make_delivery(make_subscription(url=receiver.url("/hook"), retry_schedule=FAST))
    assert ended(delivery) == ["DELIVERED"]
    assert [request.attempt for request in receiver.requests] == [1, 2, 3]
    assert (delivery.last_error, delivery.http_status) == (None, 200)
    assert list(Attempt.objects.order_by("number").values_list("http_status", flat=True)) == [500, 404, 200]


def test_gone_ends_only_its_own_subscription(worker, receiver):
    gone, sibling = make_subscription(url=receiver.url("/gone")), make_subscription(url=receiver.url("/ok"))
    deliveries = make_delivery(gone), make_delivery(sibling)
    assert ended(*deliveries) == ["FAILED", "DELIVERED"]
    for subscription in (gone, sibling):
        subscription.refresh_from_db()
    assert (gone.active, gone.disabled_reason) == (False, "gone")
    assert (sibling.active, sibling.disabled_reason) == (True, "")
    assert deliveries[0].last_error == "http_4xx: 410 Gone"


def test_refused_address_fails_at_once_without_a_request(settings, start_worker, receiver):
    settings.WEBHOOK_ALLOW_INSECURE_TARGETS = False
    start_worker()
    delivery = make_delivery(make_subscription(url=receiver.url()))
    assert ended(delivery) == ["FAILED"]
    assert delivery.last_error.startswith("blocked: ")
    assert (delivery.attempt_count, receiver.requests) == (1, [])


def test_retry_after_delays_the_next_attempt(worker, receiving):
    receiver = receiving({"/busy": [429, 200]}, retry_after="1")
    delivery = make_delivery(make_subscription(url=receiver.url("/busy"), retry_schedule=[0.05]))
    assert ended(delivery) == ["DELIVERED"]
    first, second = receiver.requests
    assert second.at >= first.at + 1


def test_connection_refused_is_retried(worker):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        delivery = make_delivery(make_subscription(url=url, retry_schedule=[0.05]))
        assert ended(delivery) == ["FAILED"]
    assert delivery.last_error.startswith("connection: ")
    assert (delivery.attempt_count, delivery.http_status) == (2, None)


def test_answer_that_does_not_come_is_a_timeout(worker, receiver):
    delivery = make_delivery(make_subscription(url=receiver.url("/timeout"), timeout=0.2, retry_schedule=[]))
    assert ended(delivery) == ["FAILED"]
    assert delivery.last_error == "timeout: no complete answer in 0.2 s"


def test_schedule_in_force_is_the_subscriptions_own_at_the_time(worker, receiver):
    subscription = make_subscription(url=receiver.url("/down"), retry_schedule=[0.05])
    delivery = make_delivery(subscription, max_attempts=4)
    assert ended(delivery) == ["FAILED"]
    assert (delivery.max_attempts, delivery.attempt_count) == (2, 2)


@pytest.fixture
def unreadable():
    """A subscription whose secret no configured key decrypts."""

    def make(**fields):
        subscription = make_subscription(**fields)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE webhook_subscriptions SET secret = 'gAAAAA' WHERE description = 'unreadable'")
        return subscription

    return lambda **fields: make(description="unreadable", **fields)


def test_secret_that_cannot_be_read_is_retried_and_stops_nobody_else(start_worker, receiver, unreadable):
    broken = make_delivery(unreadable(url=receiver.url("/never"), retry_schedule=[0.05]))
    fine = make_delivery(make_subscription(url=receiver.url()))
    start_worker()
    assert ended(broken, fine) == ["FAILED", "DELIVERED"]
    assert (broken.attempt_count, broken.max_attempts) == (2, 2)
    assert "ENCRYPTION_KEYS" in broken.last_error
    assert [request.path for request in receiver.requests] == ["/ok"]


def test_secret_that_can_be_read_again_is_used_at_once(start_worker, receiver):
    subscription = make_subscription(url=receiver.url(), retry_schedule=[0.3] * 10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhook_subscriptions")
        (encrypted,) = cursor.fetchone()
        cursor.execute("UPDATE webhook_subscriptions SET secret = 'gAAAAA'")
    delivery = make_delivery(subscription)
    start_worker()
    eventually(lambda: delivery.__class__.objects.filter(id=delivery.id, status="RETRYING").exists())
    with connection.cursor() as cursor:
        # As a rotation of the keys writes it: nothing else of the row changes.
        cursor.execute("UPDATE webhook_subscriptions SET secret = %s", [encrypted])
    assert ended(delivery) == ["DELIVERED"]


def test_secret_that_cannot_be_read_says_nothing_of_the_receiver(start_worker, receiver, unreadable):
    subscription = unreadable(url=receiver.url("/never"), retry_schedule=[])
    deliveries = [make_delivery(subscription) for _ in range(30)]
    start_worker()
    assert set(ended(*deliveries)) == {"FAILED"}
    assert not Circuit.objects.exists()
    assert not AttemptCount.objects.exists()


def test_waiting_delivery_says_when_its_next_attempt_is(worker, receiver):
    before = datetime.now(UTC)
    delivery = make_delivery(make_subscription(url=receiver.url("/down"), retry_schedule=[3600]))
    eventually(lambda: delivery.__class__.objects.filter(id=delivery.id, status="RETRYING").exists())
    delivery.refresh_from_db()
    assert (delivery.next_attempt_at - before).total_seconds() >= 3600
