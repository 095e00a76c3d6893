"""The customer events."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from erp.crm.models import Customer
from webhooks.event_types import EXAMPLE_TIME, EventData, EventType, Timestamp
from webhooks.publishing import publish


class CustomerData(EventData):
    """Somebody the tenant sells to."""

    name: str
    email: str
    tax_id: str = Field(description="empty when unknown")
    created_at: Timestamp
    updated_at: Timestamp


class Change(BaseModel):
    """A field's value before and after."""

    old: str
    new: str


class UpdatedCustomerData(CustomerData):
    """The customer after the change, and `changed`: the fields that differ."""

    changed: dict[str, Change] = Field(description="by name of the field")


_EXAMPLE = {
    "id": UUID("019ab611-02aa-7e01-8f10-9a8b7c6d5e4f"),
    "name": "Bodegas Ribera",
    "email": "ana@ribera.example",
    "tax_id": "B12345678",
    "created_at": EXAMPLE_TIME,
}

CUSTOMER_CREATED = EventType(
    "customer.created",
    "A customer was created.",
    CustomerData,
    CustomerData.model_validate({**_EXAMPLE, "updated_at": EXAMPLE_TIME}),
)
CUSTOMER_UPDATED = EventType(
    "customer.updated",
    "A field of a customer changed.",
    UpdatedCustomerData,
    UpdatedCustomerData.model_validate({
        **_EXAMPLE,
        "updated_at": EXAMPLE_TIME.replace(minute=5),
        "changed": {"email": {"old": "info@ribera.example", "new": "ana@ribera.example"}},
    }),
)  # fmt: skip
EVENT_TYPES = (CUSTOMER_CREATED, CUSTOMER_UPDATED)


class CustomerWebhookService:
    """Publishes what happened to a customer, inside the transaction that did it."""

    @staticmethod
    def trigger_customer_created(customer: Customer) -> None:
        publish(customer.tenant_id, CUSTOMER_CREATED, CustomerData.model_validate(customer))

    @staticmethod
    def trigger_customer_updated(customer: Customer, changed: dict[str, dict[str, str]]) -> None:
        data = UpdatedCustomerData.model_validate({**_fields(customer), "changed": changed})
        publish(customer.tenant_id, CUSTOMER_UPDATED, data)


def _fields(customer: Customer) -> dict[str, object]:
    return {name: getattr(customer, name) for name in CustomerData.model_fields}
