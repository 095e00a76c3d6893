"""Customer use cases: the change and its event are one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from erp.crm.models import Customer
from erp.crm.services import create_customer, update_customer
from erp.crm.webhooks import CustomerWebhookService
from erp.errors import NotFoundError
from tenancy.ids import new_id
from tenancy.models import Tenant
from webhooks.models import Delivery, Event, Subscription

PublishedEvents = Callable[[], list[dict[str, Any]]]


def _customer(tenant: Tenant) -> Customer:
    return create_customer(tenant.id, name="Bodegas Ribera", email="ana@ribera.example", tax_id="B12345678")


def test_a_new_customer_is_published_as_it_was_saved(tenant: Tenant, published: PublishedEvents) -> None:
    customer = _customer(tenant)
    (body,) = published()
    assert body["type"] == "customer.created"
    saved = Customer.objects.get(id=customer.id)
    assert body["data"] == {
        "id": str(saved.id),
        "name": "Bodegas Ribera",
        "email": "ana@ribera.example",
        "tax_id": "B12345678",
        "created_at": saved.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": saved.updated_at.isoformat().replace("+00:00", "Z"),
    }


def test_each_matching_subscription_gets_a_delivery(tenant: Tenant, subscription: Subscription) -> None:
    _customer(tenant)
    assert list(Delivery.objects.values_list("event", "subscription_id")) == [("customer.created", subscription.id)]


def test_an_update_says_what_changed_from_what_to_what(tenant: Tenant, published: PublishedEvents) -> None:
    customer = _customer(tenant)
    update_customer(tenant.id, customer.id, {"name": "Bodegas Ribera", "email": "luis@ribera.example"})
    body = published()[-1]
    assert body["type"] == "customer.updated"
    assert body["data"]["email"] == "luis@ribera.example"
    assert body["data"]["changed"] == {"email": {"old": "ana@ribera.example", "new": "luis@ribera.example"}}
    assert body["data"]["updated_at"] > body["data"]["created_at"]


def test_an_update_leaves_the_other_fields_alone(tenant: Tenant) -> None:
    customer = _customer(tenant)
    update_customer(tenant.id, customer.id, {"tax_id": "B87654321"})
    saved = Customer.objects.get(id=customer.id)
    assert (saved.name, saved.email, saved.tax_id) == ("Bodegas Ribera", "ana@ribera.example", "B87654321")


@pytest.mark.parametrize("changes", [{}, {"name": "Bodegas Ribera"}])
def test_an_update_that_changes_nothing_publishes_nothing(
    tenant: Tenant, published: PublishedEvents, changes: dict[str, str]
) -> None:
    customer = _customer(tenant)
    updated = update_customer(tenant.id, customer.id, changes)  # type: ignore[arg-type]
    assert [body["type"] for body in published()] == ["customer.created"]
    assert updated.updated_at == customer.updated_at


def test_another_tenants_customer_is_unknown(tenant: Tenant, published: PublishedEvents) -> None:
    customer = _customer(tenant)
    with pytest.raises(NotFoundError):
        update_customer(new_id(), customer.id, {"name": "Stolen"})
    assert Customer.objects.get(id=customer.id).name == "Bodegas Ribera"


def test_a_rolled_back_change_leaves_no_event_and_no_delivery(tenant: Tenant, subscription: Subscription) -> None:
    with transaction.atomic():
        _customer(tenant)
        transaction.set_rollback(True)
    assert not Customer.objects.exists()
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_an_event_that_cannot_be_published_undoes_the_change(tenant: Tenant, subscription: Subscription) -> None:
    customer = _customer(tenant)
    Subscription.objects.update(retry_schedule="no-such-schedule")
    with pytest.raises((ValueError, KeyError)):
        _customer(tenant)
    with pytest.raises((ValueError, KeyError)):
        update_customer(tenant.id, customer.id, {"name": "Changed"})
    assert list(Customer.objects.values_list("name", flat=True)) == ["Bodegas Ribera"]
    assert Event.objects.count() == 1


def test_a_trigger_outside_a_transaction_is_refused(tenant: Tenant) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        CustomerWebhookService.trigger_customer_created(_customer(tenant))
