"""What the dispatcher has in hand survives a database that fails for a while."""

from functools import partial

from django.db import DataError, OperationalError, connection

from tests.factories import make_attempt, make_delivery, make_subscription
from tests.integration.dispatching.running import ended, eventually, statuses
from webhooks import claiming, recording
from webhooks.models import Attempt, delivery_states


def failing(function, times, error=OperationalError):
    """The function, failing the first few times as it would with the database away."""
    left = iter(range(times))

    def call(*args):
        if next(left, None) is not None:
            raise error("the database is away")
        return function(*args)

    return call


def test_finished_attempts_are_kept_until_the_database_takes_them(monkeypatch, start_worker, receiver):
    monkeypatch.setattr(recording, "record", failing(recording.record, times=3))
    start_worker()
    deliveries = [make_delivery(make_subscription(url=receiver.url())) for _ in range(5)]
    assert set(ended(*deliveries)) == {"DELIVERED"}
    assert (len(receiver.requests), Attempt.objects.count()) == (5, 5)


def test_rows_that_could_not_be_claimed_are_delivered_later(monkeypatch, start_worker, receiver):
    monkeypatch.setattr(claiming, "claim", failing(claiming.claim, times=1))
    delivery = make_delivery(make_subscription(url=receiver.url()))
    start_worker()
    assert ended(delivery) == ["DELIVERED"]


def test_reading_and_sweeping_go_on_after_an_error(frequent_sweeps, monkeypatch, start_worker, receiver):
    monkeypatch.setattr(delivery_states, "subscriptions_due", failing(delivery_states.subscriptions_due, times=1))
    monkeypatch.setattr(recording, "abandon_expired", failing(recording.abandon_expired, times=1))
    delivery = make_delivery(make_subscription(url=receiver.url()))
    start_worker()
    assert ended(delivery) == ["DELIVERED"]


def test_stopping_waits_until_what_is_in_hand_is_recorded(monkeypatch, start_worker, receiver):
    monkeypatch.setattr(recording, "record", failing(recording.record, times=2))
    worker = start_worker()
    delivery = make_delivery(make_subscription(url=receiver.url()))
    eventually(lambda: receiver.requests)
    worker.stop()
    assert statuses(delivery) == ["DELIVERED"]


def test_attempt_the_database_refuses_leaves_the_others_of_its_batch_alone(start_worker, receiving, caplog):
    receiver = receiving({}, closed=["/hook"])
    subscription = make_subscription(url=receiver.url("/hook"))
    refused, *others = [make_delivery(subscription) for _ in range(4)]
    make_attempt(refused, number=1)  # a number can be recorded once
    start_worker()
    eventually(lambda: receiver.in_flight["/hook"] == 4)
    receiver.open()
    assert set(ended(*others)) == {"DELIVERED"}
    eventually(lambda: "attempt_refused" in caplog.text)
    assert statuses(refused) == ["DELIVERING"]


def test_batch_that_is_refused_once_is_recorded_row_by_row(monkeypatch, start_worker, receiver):
    monkeypatch.setattr(recording, "record", failing(recording.record, times=1, error=DataError))
    subscription = make_subscription(url=receiver.url())
    deliveries = [make_delivery(subscription) for _ in range(50)]
    start_worker()
    assert set(ended(*deliveries)) == {"DELIVERED"}


def cut_connections():
    """End every other connection to the database; SQLite has none, there its write lock is held for a moment."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        else:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")


def test_cut_database_connections_cost_no_delivery(worker, receiver):
    subscription = make_subscription(url=receiver.url())
    deliveries = [make_delivery(subscription) for _ in range(100)]
    for sent in range(1, 100, 20):
        eventually(partial(was_sent, receiver, sent))
        cut_connections()
    assert set(ended(*deliveries)) == {"DELIVERED"}
    assert Attempt.objects.filter(outcome="success").count() == 100


def was_sent(receiver, count):
    return len(receiver.requests) >= count
