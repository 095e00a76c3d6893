"""The payment events."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from erp.invoicing.models import Invoice
from erp.payloads import EXAMPLE_DOCUMENT, Amount, Currency
from erp.reconciliation.models import Payment, PaymentStatus
from webhooks.event_types import EXAMPLE_TIME, EventData, EventType, Timestamp
from webhooks.publishing import publish


class PaymentData(EventData):
    """Money received, for an invoice or on account."""

    amount: Amount
    currency: Currency
    method: str
    reference: str
    invoice_id: UUID | None = Field(description="null: the payment is on account")
    invoice_number: str | None
    invoice_balance: Amount | None = Field(description="what is still to be paid of the invoice after this")
    customer_id: UUID | None = Field(description="of the invoice")
    customer_name: str | None
    status: PaymentStatus
    failure_reason: str = Field(description="empty unless it failed, or when nobody gave a reason")
    created_at: Timestamp
    updated_at: Timestamp


_EXAMPLE = {
    "id": UUID("019ab610-41f0-7c55-93aa-0f1e2d3c4b5a"),
    "amount": "1250.50",
    "currency": "EUR",
    "method": "bank_transfer",
    "reference": "RF18-000042",
    "invoice_id": UUID("019ab613-0c2d-7e4f-8a1b-3c5d7e9f1a2b"),
    "invoice_number": "INV-000017",
    "customer_id": EXAMPLE_DOCUMENT["customer_id"],
    "customer_name": EXAMPLE_DOCUMENT["customer_name"],
    "created_at": EXAMPLE_TIME,
}

PAYMENT_RECEIVED = EventType(
    "payment.received",
    "A payment arrived.",
    PaymentData,
    PaymentData.model_validate({
        **_EXAMPLE,
        "invoice_balance": "0.00",
        "status": PaymentStatus.RECEIVED,
        "failure_reason": "",
        "updated_at": EXAMPLE_TIME,
    }),
)  # fmt: skip
PAYMENT_FAILED = EventType(
    "payment.failed",
    "A payment that had arrived failed after all.",
    PaymentData,
    PaymentData.model_validate({
        **_EXAMPLE,
        "invoice_balance": EXAMPLE_DOCUMENT["total"],
        "status": PaymentStatus.FAILED,
        "failure_reason": "insufficient funds",
        "updated_at": EXAMPLE_TIME.replace(minute=5),
    }),
)  # fmt: skip
EVENT_TYPES = (PAYMENT_RECEIVED, PAYMENT_FAILED)


class PaymentWebhookService:
    """Publishes what happened to a payment, inside the transaction that did it."""

    @staticmethod
    def trigger_payment_received(payment: Payment, invoice: Invoice | None = None) -> None:
        publish(payment.tenant_id, PAYMENT_RECEIVED, _data(payment, invoice))

    @staticmethod
    def trigger_payment_failed(payment: Payment, invoice: Invoice | None = None) -> None:
        publish(payment.tenant_id, PAYMENT_FAILED, _data(payment, invoice))


def _data(payment: Payment, invoice: Invoice | None) -> PaymentData:
    return PaymentData(
        id=payment.id,
        amount=payment.amount,
        currency=payment.currency,
        method=payment.method,
        reference=payment.reference,
        invoice_id=payment.invoice_id,
        invoice_number=invoice.number if invoice else None,
        invoice_balance=invoice.balance if invoice else None,
        customer_id=invoice.customer_id if invoice else None,
        customer_name=invoice.customer_name if invoice else None,
        status=PaymentStatus(payment.status),
        failure_reason=payment.failure_reason,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )
