"""A whole worker and subscriptions that want each entity's events in order."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction

from erp.reconciliation.webhooks import PAYMENT_RECEIVED
from tenancy.ids import new_id
from tests.factories import make_subscription, make_tenant
from tests.integration.dispatching.running import ended, eventually
from webhooks import publishing
from webhooks.models import Delivery


def publish(tenant, entity):
    data = PAYMENT_RECEIVED.example.model_copy(update={"id": entity})
    with transaction.atomic():
        return publishing.publish(tenant.id, PAYMENT_RECEIVED, data)


def test_events_of_an_entity_come_in_order_and_one_that_fails_holds_back_only_its_own(
    settings, start_worker, receiving
):
    settings.WEBHOOK_CIRCUIT_BREAKER = False
    receiver = receiving({"/hook": [200], "/bad": [500]})
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url("/hook"), events=["*"], ordering="entity")
    failing = make_subscription(
        tenant, url=receiver.url("/bad"), events=["*"], ordering="entity", retry_schedule=[0.3, 0.3]
    )
    entities = [new_id() for _ in range(4)]
    published = defaultdict(list)
    start_worker()
    for _ in range(3):
        for entity in entities:
            published[entity].append(str(publish(tenant, entity).id))
    eventually(lambda: Delivery.objects.filter(subscription=failing, status="RETRYING").exists())
    assert Delivery.objects.filter(subscription=failing, held="order").exists()
    deliveries = list(Delivery.objects.all())
    ended(*deliveries)
    for path, attempts in (("/hook", 1), ("/bad", 3)):
        came = [request.id for request in receiver.seen(path)]
        for entity in entities:
            of_entity = [event for event in came if event in published[entity]]
            assert of_entity == [event for event in published[entity] for _ in range(attempts)]
    assert set(Delivery.objects.filter(subscription=failing).values_list("status", flat=True)) == {"FAILED"}
