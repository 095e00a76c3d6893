"""What can be done with payments. Each use case saves and publishes in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from erp.errors import ConflictError, NotFoundError, refusing
from erp.invoicing import settling
from erp.money import check_currency, parse_amount
from erp.reconciliation.models import Payment, PaymentStatus
from erp.reconciliation.webhooks import PaymentWebhookService


def receive_payment(
    tenant_id: UUID,
    *,
    amount: Decimal,
    currency: str,
    method: str,
    reference: str = "",
    invoice_id: UUID | None = None,
) -> Payment:
    """Money arrived -> `payment.received`. It settles the invoice, in full or in part; without one it is on account.

    Raises InvalidFieldError, and ConflictError when the invoice was rejected or cancelled.
    """
    with refusing("amount"):
        amount = parse_amount(amount)
    with refusing("currency"):
        check_currency(currency)
    with transaction.atomic():
        invoice = settling.pay(tenant_id, invoice_id, amount, currency) if invoice_id else None
        payment = Payment.objects.create(
            tenant_id=tenant_id,
            amount=amount,
            currency=currency,
            method=method,
            reference=reference,
            invoice_id=invoice_id,
        )
        PaymentWebhookService.trigger_payment_received(payment, invoice)
    return payment


def fail_payment(tenant_id: UUID, payment_id: UUID, reason: str = "") -> Payment:
    """A received payment failed after all -> `payment.failed`. Its invoice is open again for the amount.

    Raises NotFoundError, and ConflictError when it has failed already.
    """
    with transaction.atomic():
        payments = Payment.objects.filter(tenant_id=tenant_id, id=payment_id)
        # One guarded UPDATE: of two callers at once, one wins and the other is told.
        won = payments.filter(status=PaymentStatus.RECEIVED).update(
            status=PaymentStatus.FAILED, failure_reason=reason, updated_at=datetime.now(UTC)
        )
        payment = payments.first()
        if payment is None:
            raise NotFoundError("payment", payment_id)
        if not won:
            raise ConflictError("payment", payment_id, payment.status)
        # The payment's row is locked by now, so its amount is taken back only once.
        paid = payment.invoice_id
        invoice = settling.take_back(tenant_id, paid, payment.amount) if paid else None
        PaymentWebhookService.trigger_payment_failed(payment, invoice)
    return payment
