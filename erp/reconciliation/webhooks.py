"""The payment events.

`payment.received`, `payment.failed`
    `data`: `id amount currency method reference invoice_id status failure_reason created_at updated_at`; `amount` is a
    string with two decimals, `invoice_id` null for a payment on account, `failure_reason` "" unless it failed.
"""

from __future__ import annotations

from typing import Any

from erp.money import format_amount
from erp.reconciliation.models import Payment
from webhooks.publishing import publish


class PaymentWebhookService:
    """Publishes what happened to a payment, inside the transaction that did it."""

    @staticmethod
    def trigger_payment_received(payment: Payment) -> None:
        publish(payment.tenant_id, "payment.received", _data(payment))

    @staticmethod
    def trigger_payment_failed(payment: Payment) -> None:
        publish(payment.tenant_id, "payment.failed", _data(payment))


def _data(payment: Payment) -> dict[str, Any]:
    return {
        "id": str(payment.id),
        "amount": format_amount(payment.amount),
        "currency": payment.currency,
        "method": payment.method,
        "reference": payment.reference,
        "invoice_id": payment.invoice_id,
        "status": payment.status,
        "failure_reason": payment.failure_reason,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
    }
