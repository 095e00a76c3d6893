import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from tenancy.ids import new_id
from tests.factories import make_delivery, make_subscription, make_tenant
from webhooks import subscriptions
from webhooks.models import Delivery, delivery_states
from webhooks.models.delivery_states import Lease, Settlement

pytestmark = pytest.mark.django_db

SOON = timedelta(seconds=1)


def now() -> datetime:
    return datetime.now(UTC)


def claim(*deliveries: Delivery, lease: timedelta = timedelta(seconds=20)):
    with transaction.atomic():
        return delivery_states.claim([d.id for d in deliveries], Lease(new_id(), now(), now() + lease))


def settle(row, status: str, **changes):
    values = {
        "id": row.id,
        "lease_token": row.lease_token,
        "status": status,
        "max_attempts": 4,
        "abandoned": 0,
        "next_attempt_at": None,
        "last_error": None,
        "http_status": 200,
        "delivered_at": None,
    }
    return delivery_states.settle([Settlement(**{**values, **changes})], now())


def test_claim_reserves_the_next_attempt_and_leases_the_row():
    delivery = make_delivery(attempt_count=2, status="RETRYING")
    (row,) = claim(delivery)
    delivery.refresh_from_db()
    assert (row.id, row.attempt, row.event_id) == (delivery.id, 3, delivery.source_id)
    assert (delivery.status, delivery.attempt_count, delivery.lease_token) == ("DELIVERING", 3, row.lease_token)


def test_second_claim_of_the_same_delivery_wins_nothing():
    delivery = make_delivery()
    assert len(claim(delivery)) == 1
    assert claim(delivery) == []


@pytest.mark.parametrize("status", ["DELIVERING", "DELIVERED", "FAILED", "CANCELLED"])
def test_only_waiting_deliveries_are_claimed(status):
    assert claim(make_delivery(status=status)) == []


def test_delivery_that_is_not_due_is_not_claimed():
    assert claim(make_delivery(next_attempt_at=now() + timedelta(minutes=1))) == []


def test_held_delivery_is_not_claimed():
    assert claim(make_delivery(held="circuit")) == []


def test_delivery_of_an_inactive_subscription_is_not_claimed():
    assert claim(make_delivery(subscription=make_subscription(active=False))) == []


def test_settling_applies_the_outcome_once():
    delivery = make_delivery()
    (row,) = claim(delivery)
    assert settle(row, "RETRYING", next_attempt_at=now() + SOON, last_error="timeout: …", http_status=None) == {row.id}
    assert settle(row, "DELIVERED") == set()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_error, delivery.http_status) == ("RETRYING", "timeout: …", None)
    assert delivery.next_attempt_at > now()


def test_outcome_with_another_lease_token_changes_nothing():
    delivery = make_delivery()
    (row,) = claim(delivery)
    assert settle(row._replace(lease_token=new_id()), "DELIVERED") == set()
    delivery.refresh_from_db()
    assert delivery.status == "DELIVERING"


def test_batch_with_nulls_and_values_in_any_order_is_settled():
    rows = claim(make_delivery(), make_delivery(), make_delivery())
    first, second, third = rows
    batch = [
        Settlement(first.id, first.lease_token, "FAILED", 4, 0, None, None, None, None),
        Settlement(second.id, second.lease_token, "DELIVERED", 4, 0, None, None, 204, now()),
        Settlement(third.id, third.lease_token, "RETRYING", 4, 1, now(), "x", 503, None),
    ]
    assert delivery_states.settle(batch, now()) == {row.id for row in rows}
    assert sorted(Delivery.objects.values_list("status", "http_status", "abandoned_count")) == [
        ("DELIVERED", 204, 0),
        ("FAILED", None, 0),
        ("RETRYING", 503, 1),
    ]


def test_expired_lease_is_found_and_a_living_one_is_not():
    (dead,) = claim(make_delivery(), lease=-SOON)
    claim(make_delivery())
    with transaction.atomic():
        ids = delivery_states.expired_ids(now())
        ((row, lease_end, request_id),) = delivery_states.expired(ids, now())
    assert (row, request_id) == (dead, None)
    assert lease_end < now()


def test_due_rows_are_read_for_each_subscription_up_to_a_limit():
    tenant = make_tenant()
    busy, quiet = make_subscription(tenant=tenant), make_subscription(tenant=tenant)
    for _ in range(5):
        make_delivery(subscription=busy)
    lone = make_delivery(subscription=quiet)
    found = delivery_states.due([busy.id, quiet.id], now() + SOON, per_subscription=3)
    assert sorted(row.subscription_id for row in found) == sorted([busy.id] * 3 + [quiet.id])
    assert lone.id in {row.id for row in found}


def test_due_rows_leave_out_saturated_inactive_held_and_future_ones():
    saturated = make_subscription()
    make_delivery(subscription=saturated)
    make_delivery(subscription=make_subscription(active=False))
    make_delivery(held="inactive")
    make_delivery(next_attempt_at=now() + timedelta(hours=1))
    due = make_delivery(), make_delivery()
    expected = sorted(delivery.subscription_id for delivery in due)
    assert delivery_states.subscriptions_due(now() + SOON, [saturated.id]) == expected


def test_due_rows_say_when_they_fall_due():
    delivery = make_delivery(next_attempt_at=now() + SOON)
    (row,) = delivery_states.due([delivery.subscription_id], now() + 2 * SOON, 10)
    assert row.due == delivery.next_attempt_at


def test_disabling_holds_and_enabling_releases_what_waits():
    delivery = make_delivery()
    assert delivery_states.hold_waiting_of(delivery.subscription_id, now()) == 1
    delivery.refresh_from_db()
    assert (delivery.held, delivery.status) == ("inactive", "PENDING")
    assert delivery_states.release_waiting_of(delivery.subscription_id, now()) == 1
    delivery.refresh_from_db()
    assert delivery.held is None


def test_cancelling_works_while_a_delivery_waits_and_not_after():
    waiting, flying = make_delivery(), make_delivery(status="DELIVERING")
    assert delivery_states.cancel(waiting.id, now())
    assert not delivery_states.cancel(flying.id, now())
    waiting.refresh_from_db()
    assert (waiting.status, waiting.next_attempt_at) == ("CANCELLED", None)


def test_strays_of_a_disabled_subscription_are_held_and_of_a_deleted_one_cancelled():
    disabled, deleted = make_subscription(active=False), make_subscription()
    held, orphan, fine = make_delivery(subscription=disabled), make_delivery(subscription=deleted), make_delivery()
    deleted.delete()
    assert delivery_states.settle_strays(now()) == (1, 1)
    for delivery in (held, orphan, fine):
        delivery.refresh_from_db()
    assert (held.held, orphan.status, fine.status) == ("inactive", "CANCELLED", "PENDING")


if not settings.EMBEDDED:  # SQLite has one writer at a time

    @pytest.mark.django_db(transaction=True)
    def test_strays_are_not_held_while_their_subscription_is_being_enabled():
        subscription = make_subscription(active=False)
        stray = make_delivery(subscription=subscription)
        found = []

        def sweep():
            found.append(delivery_states.settle_strays(now()))
            connection.close()

        sweeper = threading.Thread(target=sweep)
        with transaction.atomic():
            subscriptions.set_active(subscription.id, True)
            sweeper.start()
            sweeper.join()
        stray.refresh_from_db()
        assert (found, stray.held) == ([(0, 0)], None)
