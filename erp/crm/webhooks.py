"""The customer events.

`customer.created`
    `data`: `id name email tax_id created_at updated_at`.
`customer.updated`
    the same after the change, and `changed`: `{field: {"old", "new"}}` of the fields that differ.
"""

from __future__ import annotations

from typing import Any

from erp.crm.models import Customer
from webhooks.publishing import publish


class CustomerWebhookService:
    """Publishes what happened to a customer, inside the transaction that did it."""

    @staticmethod
    def trigger_customer_created(customer: Customer) -> None:
        publish(customer.tenant_id, "customer.created", _data(customer))

    @staticmethod
    def trigger_customer_updated(customer: Customer, changed: dict[str, dict[str, str]]) -> None:
        publish(customer.tenant_id, "customer.updated", {**_data(customer), "changed": changed})


def _data(customer: Customer) -> dict[str, Any]:
    return {
        "id": str(customer.id),
        "name": customer.name,
        "email": customer.email,
        "tax_id": customer.tax_id,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }
