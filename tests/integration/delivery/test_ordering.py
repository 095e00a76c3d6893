"""Subscriptions that want each entity's events in order."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connection, transaction

from erp.reconciliation.webhooks import PAYMENT_RECEIVED
from tenancy.ids import new_id
from tests.factories import make_subscription, make_tenant
from tests.integration.api.answers import json_of
from webhooks import publishing, subscriptions
from webhooks.models import Delivery, delivery_states, ordering
from webhooks.models.delivery_states import Settlement

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_tenant()


@pytest.fixture
def subscription(tenant):
    return make_subscription(tenant, events=["*"], ordering="entity")


def publish(tenant, entity):
    data = PAYMENT_RECEIVED.example.model_copy(update={"id": entity})
    with transaction.atomic():
        return publishing.publish(tenant.id, PAYMENT_RECEIVED, data)


def holds(subscription):
    return list(Delivery.objects.filter(subscription=subscription).order_by("id").values_list("held", flat=True))


def end(delivery, status="DELIVERED"):
    """It ends, and lets the next one go, as the recorder does."""
    now = datetime.now(UTC)
    token = new_id()
    Delivery.objects.filter(id=delivery.id).update(status="DELIVERING", lease_token=token, next_attempt_at=None)
    with transaction.atomic():
        delivery_states.settle([Settlement(delivery.id, token, status, 4, 0, None, None, 200, now)], now)
        return ordering.release_next([(delivery.subscription_id, delivery.order_key)], now)


def test_only_the_first_of_an_entity_is_due_and_each_that_ends_lets_the_next_go(tenant, subscription):
    entity, other = new_id(), new_id()
    for each in (entity, entity, other, entity):
        publish(tenant, each)
    assert holds(subscription) == [None, "order", None, "order"]
    first, second, _, third = Delivery.objects.filter(subscription=subscription).order_by("id")
    assert (first.order_seq, second.order_seq, third.order_seq) == (1, 2, 3)
    assert [each.id for each in end(first, "FAILED")] == [second.id]
    assert [each.id for each in end(second)] == [third.id]
    assert end(third) == []


def test_a_subscription_without_order_waits_for_nobody(tenant, subscription):
    free = make_subscription(tenant, events=["*"])
    entity = new_id()
    for _ in range(2):
        publish(tenant, entity)
    assert holds(free) == [None, None]
    assert holds(subscription) == [None, "order"]


def test_without_anybody_who_wants_it_no_sequence_is_taken(tenant):
    make_subscription(tenant, events=["*"])
    publish(tenant, new_id())
    assert not ordering.EntitySequence.objects.exists()


def test_replays_and_tests_never_enter_the_order(tenant, subscription):
    entity = new_id()
    publish(tenant, entity)
    (first,) = Delivery.objects.filter(subscription=subscription)
    end(first)
    publish(tenant, entity)
    replay = publishing.replay(first)
    test = publishing.publish_test(subscription)
    for delivery in (replay, test):
        assert (delivery.held, delivery.order_key) == (None, None)


def test_cancelling_the_first_lets_the_next_go(api_client):
    subscription = make_subscription(api_client.tenant, events=["*"], ordering="entity")
    entity = new_id()
    for _ in range(2):
        publish(api_client.tenant, entity)
    first, second = Delivery.objects.filter(subscription=subscription).order_by("id")
    assert json_of(api_client("get", f"/webhooks/deliveries/{second.id}"))["held"] == "order"
    json_of(api_client("post", f"/webhooks/deliveries/{first.id}/cancel"), 202)
    assert json_of(api_client("get", f"/webhooks/deliveries/{second.id}"))["held"] is None


def test_who_was_published_while_the_first_ended_is_let_go_by_the_sweep(tenant, subscription):
    entity = new_id()
    for _ in range(3):
        publish(tenant, entity)
    first = Delivery.objects.filter(subscription=subscription).earliest("id")
    Delivery.objects.filter(id=first.id).update(status="DELIVERED", next_attempt_at=None)
    assert ordering.release_stuck(datetime.now(UTC)) == 1
    assert holds(subscription) == [None, None, "order"]
    assert ordering.release_stuck(datetime.now(UTC)) == 0


def test_disabling_and_enabling_keeps_the_order(tenant, subscription):
    entity = new_id()
    for _ in range(2):
        publish(tenant, entity)
    subscriptions.set_active(subscription.id, False)
    assert holds(subscription) == ["inactive", "order"]
    subscriptions.set_active(subscription.id, True)
    assert holds(subscription) == [None, "order"]


if not settings.EMBEDDED:  # SQLite has one writer at a time

    @pytest.mark.django_db(transaction=True)
    def test_of_two_publishers_the_second_waits_for_the_first_to_commit(tenant, subscription):
        entity = new_id()

        def second():
            publish(tenant, entity)
            connection.close()

        other = threading.Thread(target=second)
        with transaction.atomic():
            publish(tenant, entity)
            other.start()
            other.join(0.3)
            assert other.is_alive()
        other.join()
        assert holds(subscription) == [None, "order"]


def test_numbers_of_an_entity_are_forgotten_once_nothing_of_it_is_unfinished(tenant, subscription):
    done, waiting, foreign = new_id(), new_id(), make_tenant()
    make_subscription(foreign, events=["*"], ordering="entity")
    for publisher, entity in ((tenant, done), (tenant, waiting), (foreign, done)):
        publish(publisher, entity)
    end(Delivery.objects.get(subscription=subscription, order_key=str(done)))
    ordering.forget({(tenant.id, str(done)), (tenant.id, str(waiting)), (foreign.id, str(done))})
    kept = {(row.tenant_id, row.entity_id) for row in ordering.EntitySequence.objects.all()}
    assert kept == {(tenant.id, str(waiting)), (foreign.id, str(done))}
    publish(tenant, done)
    assert holds(subscription)[-1] is None


@pytest.mark.skipif(not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_numbers_of_an_entity_that_is_being_published_are_kept(tenant, subscription):
    entity = new_id()
    publish(tenant, entity)
    end(Delivery.objects.get(subscription=subscription))
    forgetting = threading.Thread(target=forget_in_a_connection_of_its_own, args=({(tenant.id, str(entity))},))
    with transaction.atomic():
        publishing.publish(tenant.id, PAYMENT_RECEIVED, PAYMENT_RECEIVED.example.model_copy(update={"id": entity}))
        forgetting.start()
        forgetting.join(0.3)
        assert forgetting.is_alive()  # it waits for this transaction
    forgetting.join(10)
    assert ordering.EntitySequence.objects.get().last == 2


def forget_in_a_connection_of_its_own(entities):
    try:
        ordering.forget(entities)
    finally:
        connection.close()
