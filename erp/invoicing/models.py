"""Invoices of a tenant."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from erp.crm.models import Customer
from erp.lines import LineColumns
from erp.money import MAX_DIGITS
from erp.sales.models import SalesOrder
from tenancy.ids import new_id


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft"
    SENT = "sent"
    AUTHORIZED = "authorized"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


# Which states a state can be reached from; an invoice that is paid, in full or in part, cannot be cancelled either.
MOVES: dict[InvoiceStatus, tuple[InvoiceStatus, ...]] = {
    InvoiceStatus.SENT: (InvoiceStatus.DRAFT,),
    InvoiceStatus.AUTHORIZED: (InvoiceStatus.SENT,),
    InvoiceStatus.REJECTED: (InvoiceStatus.SENT,),
    InvoiceStatus.CANCELLED: (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.AUTHORIZED),
}
# Nobody owes anything for these.
VOID = (InvoiceStatus.REJECTED, InvoiceStatus.CANCELLED)


class Invoice(models.Model):
    """What a customer owes, for a sales order or without one. Its lines never change."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    number = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    sales_order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="invoices", null=True)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=2)
    # The sum of the payments that were received and did not fail.
    amount_paid = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=2, default=Decimal("0.00"))
    status = models.CharField(max_length=10, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    # Why it was rejected or cancelled, if somebody said so.
    reason = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    authorized_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "invoices"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="invoice_by_time"),
            models.Index(fields=["tenant_id", "customer", "-id"], name="invoice_by_customer"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="invoice_number_once"),
            models.CheckConstraint(
                condition=Q(amount_paid__gte=0, amount_paid__lte=F("total")), name="invoice_paid_at_most_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status}"

    @property
    def customer_name(self) -> str:
        return self.customer.name

    @property
    def balance(self) -> Decimal:
        """What is still to be paid."""
        return self.total - self.amount_paid

    @cached_property
    def lines(self) -> list[InvoiceLine]:
        """By position."""
        return sorted(self.stored_lines.all(), key=lambda line: line.position)


class InvoiceLine(LineColumns):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="stored_lines", db_index=False)

    class Meta:
        db_table = "invoice_lines"
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]
