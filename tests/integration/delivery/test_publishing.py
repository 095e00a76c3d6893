import dataclasses
import json

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from erp.reconciliation.webhooks import PAYMENT_RECEIVED
from tests.factories import make_delivery, make_subscription, make_tenant, publish_payment
from webhooks import event_types, publishing
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db


EXAMPLE = PAYMENT_RECEIVED.example


def publish(tenant, event_type=PAYMENT_RECEIVED, data=EXAMPLE):
    with transaction.atomic():
        return publishing.publish(tenant.id, event_type, data)


def test_event_fans_out_to_matching_active_subscriptions_of_the_tenant():
    tenant = make_tenant()
    exact = make_subscription(tenant=tenant, events=["payment.received"])
    family = make_subscription(tenant=tenant, events=["payment.*"])
    everything = make_subscription(tenant=tenant, events=["*"])
    make_subscription(tenant=tenant, events=["payment.failed", "invoice.*"])
    make_subscription(tenant=tenant, events=["*"], active=False)
    make_subscription(tenant=make_tenant(), events=["*"])
    event = publish_payment(tenant)
    fanned_out = Delivery.objects.filter(source=event).values_list("subscription_id", flat=True)
    assert set(fanned_out) == {exact.id, family.id, everything.id}


def test_body_is_the_envelope_with_the_data():
    tenant = make_tenant()
    event = publish(tenant, data=EXAMPLE.model_copy(update={"reference": 'Peña "7"'}))
    body = json.loads(event.body)
    assert list(body) == ["id", "type", "timestamp", "tenant_id", "data"]
    assert (body["id"], body["type"], body["tenant_id"]) == (str(event.id), "payment.received", str(tenant.id))
    assert body["data"] == {**PAYMENT_RECEIVED.example_json(), "reference": 'Peña "7"'}
    assert event.entity_id == str(EXAMPLE.id)
    assert body["timestamp"].endswith("Z")


def test_rolled_back_change_leaves_neither_event_nor_delivery():
    tenant = make_tenant()
    make_subscription(tenant=tenant)
    with transaction.atomic():
        publishing.publish(tenant.id, PAYMENT_RECEIVED, EXAMPLE)
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        publishing.publish(make_tenant().id, PAYMENT_RECEIVED, EXAMPLE)


def test_unknown_event_type_is_refused():
    imagined = dataclasses.replace(PAYMENT_RECEIVED, name="payment.imagined")
    alike = dataclasses.replace(PAYMENT_RECEIVED)
    for event_type in (imagined, alike, event_types.TEST):
        with pytest.raises(ValueError, match=event_type.name):
            publish(make_tenant(), event_type)


def test_payload_over_the_limit_is_stored_thin(settings):
    event = publish(
        make_tenant(), data=EXAMPLE.model_copy(update={"reference": "x" * settings.WEBHOOK_MAX_PAYLOAD_BYTES})
    )
    assert json.loads(event.body)["data"] == {"id": str(EXAMPLE.id), "truncated": True}


def test_deliveries_allow_as_many_attempts_as_the_schedule_says():
    tenant = make_tenant()
    make_subscription(tenant=tenant, retry_schedule=[5, 5])
    publish(tenant)
    assert Delivery.objects.get().max_attempts == 3


def test_replay_is_a_new_delivery_of_the_same_event():
    original = make_delivery(status="FAILED")
    copy = publishing.replay(original)
    copy.refresh_from_db()
    assert (copy.source_id, copy.replay_of, copy.status) == (original.source_id, original.id, "PENDING")
    assert copy.id != original.id
