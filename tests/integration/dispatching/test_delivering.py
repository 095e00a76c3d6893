import json
import time

from django.db import transaction

from project.receiver.verifying import is_genuine
from tests.factories import SECRET, make_delivery, make_subscription, make_tenant, publish_payment
from tests.integration.dispatching.running import ended, eventually, statuses
from webhooks import subscriptions
from webhooks.models import Attempt, Delivery, Subscription


def publish(tenant, count=1):
    with transaction.atomic():
        events = [publish_payment(tenant) for _ in range(count)]
    return list(Delivery.objects.filter(source__in=events).order_by("id"))


def test_published_event_is_delivered_signed_and_recorded(worker, receiver):
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url("/created"))
    (delivery,) = publish(tenant)
    assert ended(delivery) == ["DELIVERED"]
    (request,) = receiver.requests
    assert request.body.decode() == delivery.source.body
    assert is_genuine(SECRET, request.headers, request.body, time.time())
    assert (request.id, request.event, request.attempt) == (str(delivery.source_id), "payment.received", 1)
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.http_status) == (1, "success", 201)
    assert (delivery.attempt_count, delivery.http_status, delivery.last_error) == (1, 201, None)


def test_attempt_is_kept_as_it_went_out_and_what_came_back(worker, receiver):
    delivery = make_delivery(make_subscription(url=receiver.url()))
    ended(delivery)
    attempt = Attempt.objects.get()
    assert attempt.request_headers["x-signature"] == receiver.requests[0].headers["x-signature"]
    assert json.loads(attempt.response_body) == {"received": True}
    assert attempt.response_headers["content-type"].startswith("application/json")


def test_message_alone_wakes_the_worker(wakeups_only, worker, receiver):
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url())
    assert ended(*publish(tenant)) == ["DELIVERED"]


def test_message_alone_brings_the_retry(wakeups_only, worker, receiving):
    receiver = receiving({"/hook": [500, 200]})
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url("/hook"), retry_schedule=[1.5])
    assert ended(*publish(tenant)) == ["DELIVERED"]
    assert [request.attempt for request in receiver.requests] == [1, 2]


def test_rows_whose_message_was_lost_are_delivered_all_the_same(worker, receiver):
    deliveries = [make_delivery(make_subscription(url=receiver.url())) for _ in range(3)]
    assert set(ended(*deliveries)) == {"DELIVERED"}


def test_worker_delivers_what_waited_before_it_started(start_worker, receiver):
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url())
    deliveries = publish(tenant, 300)
    start_worker()
    assert set(ended(*deliveries)) == {"DELIVERED"}
    assert len(receiver.requests) == 300


def test_backlog_over_the_length_of_a_line_is_read_from_the_table(settings, start_worker, receiver):
    settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT = 1
    subscription = make_subscription(url=receiver.url())
    deliveries = [make_delivery(subscription) for _ in range(40)]
    start_worker()
    assert set(ended(*deliveries)) == {"DELIVERED"}


def test_inactive_subscriptions_rows_are_sent_once_it_is_enabled(worker, receiver):
    inactive = make_subscription(url=receiver.url("/later"), active=False)
    held = make_delivery(inactive, held="inactive")
    stray = make_delivery(inactive)
    ended(*(make_delivery(make_subscription(url=receiver.url())) for _ in range(3)))
    assert statuses(held, stray) == ["PENDING", "PENDING"]
    assert {request.path for request in receiver.requests} == {"/ok"}
    subscriptions.set_active(inactive.id, True)
    assert ended(held, stray) == ["DELIVERED", "DELIVERED"]


def test_subscription_that_somebody_broke_by_hand_costs_nobody_else(start_worker, receiver):
    broken, whole = make_subscription(url=receiver.url()), make_subscription(url=receiver.url())
    Subscription.objects.filter(id=broken.id).update(retry_schedule="no such schedule")
    lost, delivered = make_delivery(broken), make_delivery(whole)
    start_worker()
    assert ended(lost, delivered) == ["FAILED", "DELIVERED"]
    assert lost.last_error == "other: the subscription's retry_schedule is not valid"


def test_an_answers_body_is_not_kept_for_a_subscription_that_says_so(start_worker, receiver):
    subscription = make_subscription(url=receiver.url(), store_response_body=False)
    delivery = make_delivery(subscription)
    start_worker()
    ended(delivery)
    attempt = Attempt.objects.get()
    assert (attempt.response_body, attempt.http_status) == ("", 200)
    assert attempt.response_bytes > 0


def test_stopping_finishes_what_is_under_way(start_worker, receiver):
    worker = start_worker()
    deliveries = [make_delivery(make_subscription(url=receiver.url("/slow"))) for _ in range(5)]
    eventually(lambda: len(receiver.requests) == 5)
    worker.stop()
    assert set(statuses(*deliveries)) == {"DELIVERED"}
    assert not worker.alive


def test_worker_can_be_started_again_in_the_same_process(start_worker, receiver):
    start_worker().stop()
    start_worker()
    assert ended(make_delivery(make_subscription(url=receiver.url()))) == ["DELIVERED"]


def test_stopping_does_not_wait_for_a_receiver_that_hangs(settings, start_worker, receiver):
    settings.SHUTDOWN_TIMEOUT = 0.2
    worker = start_worker()
    delivery = make_delivery(make_subscription(url=receiver.url("/timeout"), timeout=60))
    eventually(lambda: receiver.requests)
    worker.stop()
    # Its lease runs out, and another worker takes it.
    assert statuses(delivery) == ["DELIVERING"]
    assert delivery.lease_expires_at
