import json
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from tests.factories import make_delivery, make_subscription, make_tenant
from webhooks import publishing
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db


def publish(tenant, event_type="payment.received", data=None):
    with transaction.atomic():
        return publishing.publish(tenant.id, event_type, data or {"id": str(uuid4())})


def test_event_fans_out_to_matching_active_subscriptions_of_the_tenant():
    tenant = make_tenant()
    exact = make_subscription(tenant=tenant, events=["payment.received"])
    family = make_subscription(tenant=tenant, events=["payment.*"])
    everything = make_subscription(tenant=tenant, events=["*"])
    make_subscription(tenant=tenant, events=["payment.failed", "invoice.*"])
    make_subscription(tenant=tenant, events=["*"], active=False)
    make_subscription(tenant=make_tenant(), events=["*"])
    event = publish(tenant)
    fanned_out = Delivery.objects.filter(source=event).values_list("subscription_id", flat=True)
    assert set(fanned_out) == {exact.id, family.id, everything.id}


def test_body_is_the_envelope_with_the_data():
    tenant = make_tenant()
    event = publish(tenant, data={"id": "p-1", "amount": "12.50"})
    body = json.loads(event.body)
    assert list(body) == ["id", "type", "timestamp", "tenant_id", "data"]
    assert (body["id"], body["type"], body["tenant_id"]) == (str(event.id), "payment.received", str(tenant.id))
    assert body["data"] == {"id": "p-1", "amount": "12.50"}
    assert body["timestamp"].endswith("Z")


def test_rolled_back_change_leaves_neither_event_nor_delivery():
    tenant = make_tenant()
    make_subscription(tenant=tenant)
    with transaction.atomic():
        publishing.publish(tenant.id, "payment.received", {"id": "p-1"})
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        publishing.publish(make_tenant().id, "payment.received", {"id": "p-1"})


def test_unknown_event_type_is_refused():
    with pytest.raises(ValueError, match=r"payment\.imagined"):
        publish(make_tenant(), "payment.imagined")


def test_payload_over_the_limit_is_stored_thin(settings):
    event = publish(make_tenant(), data={"id": "p-1", "note": "x" * settings.WEBHOOK_MAX_PAYLOAD_BYTES})
    assert json.loads(event.body)["data"] == {"id": "p-1", "truncated": True}


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
