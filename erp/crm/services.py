"""What can be done with customers. Each use case saves and publishes in one transaction."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from django.db import transaction

from erp.crm.models import Customer
from erp.crm.webhooks import CustomerWebhookService
from erp.errors import InvalidFieldError, NotFoundError


class CustomerChanges(TypedDict, total=False):
    """The fields of a customer that people may change."""

    name: str
    email: str
    tax_id: str


def create_customer(tenant_id: UUID, *, name: str, email: str, tax_id: str = "") -> Customer:
    """A new customer of the tenant -> `customer.created`."""
    with transaction.atomic():
        customer = Customer.objects.create(tenant_id=tenant_id, name=name, email=email, tax_id=tax_id)
        CustomerWebhookService.trigger_customer_created(customer)
    return customer


def update_customer(tenant_id: UUID, customer_id: UUID, changes: CustomerChanges) -> Customer:
    """Apply the changes -> `customer.updated`, or nothing at all when no field differs. Raises NotFoundError."""
    with transaction.atomic():
        # Locked: `changed` must name the values that this very update replaces.
        customer = Customer.objects.select_for_update().filter(tenant_id=tenant_id, id=customer_id).first()
        if customer is None:
            raise NotFoundError("customer", customer_id)
        changed = {
            field: {"old": getattr(customer, field), "new": str(value)}
            for field, value in changes.items()
            if getattr(customer, field) != value
        }
        if changed:
            for field, values in changed.items():
                setattr(customer, field, values["new"])
            customer.save(update_fields=[*changed, "updated_at"])
            CustomerWebhookService.trigger_customer_updated(customer, changed)
    return customer


def customer_of(tenant_id: UUID, customer_id: UUID) -> Customer:
    """The tenant's customer that a document names. Raises InvalidFieldError of `customer_id`."""
    customer = Customer.objects.filter(tenant_id=tenant_id, id=customer_id).first()
    if customer is None:
        raise InvalidFieldError("customer_id", "there is no such customer")
    return customer
