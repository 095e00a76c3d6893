"""The invoice events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from erp.invoicing.models import Invoice, InvoiceStatus
from erp.payloads import EXAMPLE_DOCUMENT, Amount, DocumentData, LineData
from webhooks.event_types import EXAMPLE_TIME, EventType, Timestamp
from webhooks.publishing import publish


class InvoiceData(DocumentData):
    """What a customer owes."""

    sales_order_id: UUID | None = Field(description="null: without a sales order")
    status: InvoiceStatus
    amount_paid: Amount = Field(description="the sum of its payments, two decimals")
    balance: Amount = Field(description="what is still to be paid, two decimals")
    reason: str = Field(description="why it was rejected or cancelled; empty unless somebody said so")
    sent_at: Timestamp | None
    authorized_at: Timestamp | None
    rejected_at: Timestamp | None
    cancelled_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    lines: list[LineData]


_SENT = EXAMPLE_TIME + timedelta(minutes=10)
_ENDED = EXAMPLE_TIME + timedelta(minutes=30)


def _example(**changes: Any) -> InvoiceData:
    return InvoiceData.model_validate({
        **EXAMPLE_DOCUMENT,
        "id": UUID("019ab613-0c2d-7e4f-8a1b-3c5d7e9f1a2b"),
        "number": "INV-000017",
        "sales_order_id": UUID("019ab612-6f10-7a3c-9d2e-5b4a39281706"),
        "status": InvoiceStatus.DRAFT,
        "amount_paid": "0.00",
        "balance": EXAMPLE_DOCUMENT["total"],
        "reason": "",
        "sent_at": None,
        "authorized_at": None,
        "rejected_at": None,
        "cancelled_at": None,
        "created_at": EXAMPLE_TIME,
        "updated_at": EXAMPLE_TIME,
        **changes,
    })  # fmt: skip


INVOICE_CREATED = EventType("invoice.created", "An invoice was created, as a draft.", InvoiceData, _example())
INVOICE_SENT = EventType(
    "invoice.sent",
    "An invoice was sent to the customer.",
    InvoiceData,
    _example(status=InvoiceStatus.SENT, sent_at=_SENT, updated_at=_SENT),
)
INVOICE_AUTHORIZED = EventType(
    "invoice.authorized",
    "A sent invoice was accepted.",
    InvoiceData,
    _example(status=InvoiceStatus.AUTHORIZED, sent_at=_SENT, authorized_at=_ENDED, updated_at=_ENDED),
)
INVOICE_REJECTED = EventType(
    "invoice.rejected",
    "A sent invoice was refused.",
    InvoiceData,
    _example(
        status=InvoiceStatus.REJECTED,
        sent_at=_SENT,
        rejected_at=_ENDED,
        updated_at=_ENDED,
        reason="the tax id is wrong",
    ),
)
INVOICE_CANCELLED = EventType(
    "invoice.cancelled",
    "An unpaid invoice was cancelled.",
    InvoiceData,
    _example(
        status=InvoiceStatus.CANCELLED,
        sent_at=_SENT,
        cancelled_at=_ENDED,
        updated_at=_ENDED,
        reason="the order was called off",
    ),
)
EVENT_TYPES = (INVOICE_CREATED, INVOICE_SENT, INVOICE_AUTHORIZED, INVOICE_REJECTED, INVOICE_CANCELLED)


class InvoiceWebhookService:
    """Publishes what happened to an invoice, inside the transaction that did it."""

    @staticmethod
    def trigger_invoice_created(invoice: Invoice) -> None:
        publish(invoice.tenant_id, INVOICE_CREATED, InvoiceData.model_validate(invoice))

    @staticmethod
    def trigger_invoice_sent(invoice: Invoice) -> None:
        publish(invoice.tenant_id, INVOICE_SENT, InvoiceData.model_validate(invoice))

    @staticmethod
    def trigger_invoice_authorized(invoice: Invoice) -> None:
        publish(invoice.tenant_id, INVOICE_AUTHORIZED, InvoiceData.model_validate(invoice))

    @staticmethod
    def trigger_invoice_rejected(invoice: Invoice) -> None:
        publish(invoice.tenant_id, INVOICE_REJECTED, InvoiceData.model_validate(invoice))

    @staticmethod
    def trigger_invoice_cancelled(invoice: Invoice) -> None:
        publish(invoice.tenant_id, INVOICE_CANCELLED, InvoiceData.model_validate(invoice))
