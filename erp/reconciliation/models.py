"""Payments that reached a tenant."""

from __future__ import annotations

from django.db import models

from erp.money import MAX_DIGITS
from tenancy.ids import new_id


class PaymentStatus(models.TextChoices):
    RECEIVED = "received"
    FAILED = "failed"


class Payment(models.Model):
    """Money received, for an invoice or on account; it may still fail (a bounced debit, a charge back)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    amount = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=2)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=40)
    reference = models.CharField(max_length=100, blank=True)
    # None: on account.
    invoice_id = models.UUIDField(null=True)
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.RECEIVED)
    failure_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "payments"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="payment_by_time"),
            models.Index(fields=["tenant_id", "invoice_id", "-id"], name="payment_by_invoice"),
            models.Index(fields=["tenant_id", "status", "-id"], name="payment_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.status}"
